// The life of a job queue as an AWS client sees it.
import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  CreateSchedulingPolicyCommand,
  DeleteJobQueueCommand,
  DescribeJobQueuesCommand,
  paginateDescribeJobQueues,
  UpdateJobQueueCommand,
} from '@aws-sdk/client-batch';
import type { BatchClient, CreateJobQueueRequest, JobQueueDetail } from '@aws-sdk/client-batch';
import { describe, expect, it } from 'vitest';
import { arnOfType, EC2_ENVIRONMENT, resourceCalls } from './resource-calls.ts';
import type { ResourceCalls } from './resource-calls.ts';

const ARN = arnOfType('job-queue', 'q');
const POLICY = arnOfType('scheduling-policy', 'fair');
const environmentArn = (name: string): string => arnOfType('compute-environment', name);

async function withEnvironments(overrides?: Parameters<typeof resourceCalls>[0]): Promise<ResourceCalls> {
  const calls = resourceCalls(overrides);
  for (const computeEnvironmentName of ['one', 'two']) {
    await calls.batch.send(
      new CreateComputeEnvironmentCommand({ computeEnvironmentName, ...EC2_ENVIRONMENT }),
    );
  }
  await calls.batch.send(new CreateSchedulingPolicyCommand({ name: 'fair' }));
  return calls;
}

async function create(batch: BatchClient, members: Partial<CreateJobQueueRequest> = {}): Promise<void> {
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'one' }];
  await batch.send(
    new CreateJobQueueCommand({ jobQueueName: 'q', priority: 1, computeEnvironmentOrder, ...members }),
  );
}

async function show(batch: BatchClient, ...names: readonly string[]): Promise<readonly JobQueueDetail[]> {
  return (await batch.send(new DescribeJobQueuesCommand({ jobQueues: [...names] }))).jobQueues ?? [];
}

describe('job queues', () => {
  it('are created, shown whole, updated, disabled and deleted', async () => {
    const { batch } = await withEnvironments();
    const action = {
      reason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
      state: 'RUNNABLE',
      maxTimeSeconds: 600,
      action: 'CANCEL',
    } as const;
    const created = await batch.send(
      new CreateJobQueueCommand({
        jobQueueName: 'q',
        priority: 10,
        computeEnvironmentOrder: [
          { order: 2, computeEnvironment: environmentArn('two') },
          { order: 1, computeEnvironment: 'one' },
        ],
        schedulingPolicyArn: POLICY,
        jobStateTimeLimitActions: [action],
        tags: { team: 'a' },
      }),
    );
    expect(created).toMatchObject({ jobQueueName: 'q', jobQueueArn: ARN });
    expect(await show(batch, 'q')).toEqual([
      {
        jobQueueName: 'q',
        jobQueueArn: ARN,
        state: 'ENABLED',
        status: 'VALID',
        statusReason: 'JobQueue Healthy',
        priority: 10,
        computeEnvironmentOrder: [
          { order: 1, computeEnvironment: environmentArn('one') },
          { order: 2, computeEnvironment: environmentArn('two') },
        ],
        schedulingPolicyArn: POLICY,
        jobStateTimeLimitActions: [action],
        jobQueueType: 'ECS',
        tags: { team: 'a' },
      },
    ]);
    const update = new UpdateJobQueueCommand({
      jobQueue: ARN,
      state: 'DISABLED',
      priority: 2,
      computeEnvironmentOrder: [{ order: 5, computeEnvironment: 'two' }],
    });
    expect(await batch.send(update)).toMatchObject({ jobQueueName: 'q', jobQueueArn: ARN });
    expect((await show(batch, ARN))[0]).toMatchObject({
      state: 'DISABLED',
      status: 'VALID',
      priority: 2,
      computeEnvironmentOrder: [{ order: 5, computeEnvironment: environmentArn('two') }],
      schedulingPolicyArn: POLICY,
      jobStateTimeLimitActions: [action],
    });
    await batch.send(new DeleteJobQueueCommand({ jobQueue: 'q' }));
    expect(await show(batch, 'q')).toEqual([]);
  });
  it('are all listed, page by page, when none is asked for', async () => {
    const { batch } = await withEnvironments();
    for (const jobQueueName of ['c', 'a', 'b']) await create(batch, { jobQueueName });
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateDescribeJobQueues({ client: batch, pageSize: 2 }, {})) {
      pages.push((page.jobQueues ?? []).map((queue) => queue.jobQueueName));
    }
    expect(pages).toEqual([['a', 'b'], ['c']]);
  });
  it('are shown in the order asked for, each once, without the unknown ones', async () => {
    const { batch } = await withEnvironments();
    for (const jobQueueName of ['a', 'b']) await create(batch, { jobQueueName });
    const shown = await show(batch, 'b', 'nobody', arnOfType('job-queue', 'a'), 'b');
    expect(shown.map((queue) => queue.jobQueueName)).toEqual(['b', 'a']);
  });
  it('show DELETING while their jobs end', async () => {
    const { batch } = await withEnvironments({ onQueueDeleting: async () => 'in-progress' });
    await create(batch, { state: 'DISABLED' });
    await batch.send(new DeleteJobQueueCommand({ jobQueue: 'q' }));
    expect((await show(batch, 'q'))[0]?.status).toBe('DELETING');
  });
  it('are not seen from another Region, and their ARNs are refused there', async () => {
    const { batch } = await withEnvironments();
    for (const foreign of [
      ARN.replace('us-east-1', 'eu-west-1'),
      ARN.replace('123456789012', '999999999999'),
    ]) {
      const calls = [
        () => show(batch, foreign),
        () => batch.send(new UpdateJobQueueCommand({ jobQueue: foreign })),
        () => batch.send(new DeleteJobQueueCommand({ jobQueue: foreign })),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({
          name: 'ClientException',
          message: expect.stringContaining('must belong to account'),
        });
      }
    }
  });
  it('refuse compute environments and policies from elsewhere', async () => {
    const { batch } = await withEnvironments();
    const foreign = environmentArn('one').replace('us-east-1', 'eu-west-1');
    await expect(
      create(batch, { computeEnvironmentOrder: [{ order: 1, computeEnvironment: foreign }] }),
    ).rejects.toThrow(
      `computeEnvironmentOrder[0].computeEnvironment must belong to account 123456789012 and Region us-east-1, but is "${foreign}".`,
    );
    const policy = POLICY.replace('123456789012', '999999999999');
    await expect(create(batch, { schedulingPolicyArn: policy })).rejects.toThrow(
      'schedulingPolicyArn must belong to',
    );
    await expect(create(batch, { schedulingPolicyArn: 'fair' })).rejects.toThrow(
      'schedulingPolicyArn must be the ARN of a scheduling-policy, but is "fair".',
    );
  });
  it('answer a mistake with a ClientException that says what is wrong', async () => {
    const { batch } = await withEnvironments();
    await create(batch);
    await expect(create(batch)).rejects.toMatchObject({
      name: 'ClientException',
      message: 'Object already exists',
    });
    await expect(batch.send(new DeleteJobQueueCommand({ jobQueue: 'q' }))).rejects.toThrow(
      'Cannot delete, resource must be DISABLED',
    );
    await expect(batch.send(new UpdateJobQueueCommand({ jobQueue: 'nobody' }))).rejects.toThrow(
      'jobQueue nobody does not exist.',
    );
    await expect(
      batch.send(new UpdateJobQueueCommand({ jobQueue: 'q', schedulingPolicyArn: POLICY })),
    ).rejects.toThrow('schedulingPolicyArn cannot be added');
    await expect(
      create(batch, {
        jobQueueName: 'r',
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'nobody' }],
      }),
    ).rejects.toThrow(
      `computeEnvironmentOrder[0].computeEnvironment ${environmentArn('nobody')} does not exist.`,
    );
  });
  it('keep their policy', async () => {
    const { batch } = await withEnvironments();
    await create(batch, { schedulingPolicyArn: POLICY });
    await expect(
      batch.send(new UpdateJobQueueCommand({ jobQueue: 'q', schedulingPolicyArn: '' })),
    ).rejects.toThrow('schedulingPolicyArn cannot be removed from job queue q, only replaced.');
  });
});
