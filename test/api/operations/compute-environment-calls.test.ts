// The life of a compute environment as an AWS client sees it.
import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DeleteComputeEnvironmentCommand,
  DescribeComputeEnvironmentsCommand,
  paginateDescribeComputeEnvironments,
  UpdateComputeEnvironmentCommand,
} from '@aws-sdk/client-batch';
import type { BatchClient, ComputeEnvironmentDetail } from '@aws-sdk/client-batch';
import { describe, expect, it } from 'vitest';
import { arnOfType, EC2_ENVIRONMENT, resourceCalls } from './resource-calls.ts';

const ARN = arnOfType('compute-environment', 'ce');

async function create(batch: BatchClient, computeEnvironmentName = 'ce'): Promise<void> {
  await batch.send(new CreateComputeEnvironmentCommand({ computeEnvironmentName, ...EC2_ENVIRONMENT }));
}

async function show(
  batch: BatchClient,
  ...names: readonly string[]
): Promise<readonly ComputeEnvironmentDetail[]> {
  const { computeEnvironments } = await batch.send(
    new DescribeComputeEnvironmentsCommand({ computeEnvironments: [...names] }),
  );
  return computeEnvironments ?? [];
}

describe('compute environments', () => {
  it('are created, shown whole, updated, disabled and deleted', async () => {
    const { batch } = resourceCalls();
    const created = await batch.send(
      new CreateComputeEnvironmentCommand({
        computeEnvironmentName: 'ce',
        ...EC2_ENVIRONMENT,
        tags: { team: 'a' },
      }),
    );
    expect(created).toMatchObject({ computeEnvironmentName: 'ce', computeEnvironmentArn: ARN });
    const [shown] = await show(batch, ARN);
    expect(shown).toEqual({
      computeEnvironmentName: 'ce',
      computeEnvironmentArn: ARN,
      ecsClusterArn: `arn:aws:ecs:us-east-1:123456789012:cluster/AWSBatch-ce-${shown?.uuid}`,
      tags: { team: 'a' },
      type: 'MANAGED',
      state: 'ENABLED',
      status: 'VALID',
      statusReason: 'ComputeEnvironment Healthy',
      computeResources: { ...EC2_ENVIRONMENT.computeResources, desiredvCpus: 0, tags: {} },
      serviceRole:
        'arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch',
      containerOrchestrationType: 'ECS',
      uuid: shown?.uuid,
    });
    const updated = await batch.send(
      new UpdateComputeEnvironmentCommand({
        computeEnvironment: ARN,
        state: 'DISABLED',
        computeResources: { maxvCpus: 4 },
        updatePolicy: { terminateJobsOnUpdate: true },
      }),
    );
    expect(updated).toMatchObject({ computeEnvironmentName: 'ce', computeEnvironmentArn: ARN });
    expect((await show(batch, 'ce'))[0]).toMatchObject({
      state: 'DISABLED',
      status: 'VALID',
      computeResources: { maxvCpus: 4 },
      updatePolicy: { terminateJobsOnUpdate: true, jobExecutionTimeoutMinutes: 30 },
    });
    await batch.send(new DeleteComputeEnvironmentCommand({ computeEnvironment: 'ce' }));
    expect(await show(batch, 'ce')).toEqual([]);
  });
  it('are CREATING without a reason while their capacity is made', async () => {
    const { batch } = resourceCalls({ applyEnvironment: async () => 'in-progress' });
    await create(batch);
    const [shown] = await show(batch, 'ce');
    expect(shown?.status).toBe('CREATING');
    expect(shown).not.toHaveProperty('statusReason');
  });
  it('that are unmanaged show no resources', async () => {
    const { batch } = resourceCalls();
    await batch.send(
      new CreateComputeEnvironmentCommand({
        computeEnvironmentName: 'mine',
        type: 'UNMANAGED',
        serviceRole: 'arn:aws:iam::123456789012:role/mine',
        unmanagedvCpus: 8,
      }),
    );
    const [shown] = await show(batch, 'mine');
    expect(shown).toMatchObject({ type: 'UNMANAGED', unmanagedvCpus: 8, status: 'VALID' });
    expect(shown).not.toHaveProperty('computeResources');
  });
  it('that are Fargate show the four members of Fargate', async () => {
    const { batch } = resourceCalls();
    const computeResources = {
      type: 'FARGATE' as const,
      maxvCpus: 4,
      subnets: ['s'],
      securityGroupIds: ['g'],
    };
    await batch.send(
      new CreateComputeEnvironmentCommand({
        computeEnvironmentName: 'fargate',
        type: 'MANAGED',
        computeResources,
      }),
    );
    expect((await show(batch, 'fargate'))[0]?.computeResources).toEqual(computeResources);
  });
  it('are shown in the order asked for, each once, without the unknown ones', async () => {
    const { batch } = resourceCalls();
    for (const name of ['a', 'b']) await create(batch, name);
    const shown = await show(batch, 'b', 'nobody', 'not a name', arnOfType('compute-environment', 'a'), 'b');
    expect(shown.map((environment) => environment.computeEnvironmentName)).toEqual(['b', 'a']);
  });
  it('are all listed page by page when none is asked for', async () => {
    const { batch } = resourceCalls();
    for (const name of ['c', 'a', 'd', 'b', 'e']) await create(batch, name);
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateDescribeComputeEnvironments({ client: batch, pageSize: 2 }, {})) {
      pages.push((page.computeEnvironments ?? []).map((environment) => environment.computeEnvironmentName));
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });
  it.each([
    [
      'update',
      (batch: BatchClient, computeEnvironment: string) =>
        batch.send(new UpdateComputeEnvironmentCommand({ computeEnvironment })),
    ],
    [
      'delete',
      (batch: BatchClient, computeEnvironment: string) =>
        batch.send(new DeleteComputeEnvironmentCommand({ computeEnvironment })),
    ],
    ['describe', (batch: BatchClient, name: string) => show(batch, name)],
  ] as const)('of another account or Region are refused on %s', async (_verb, call) => {
    const { batch } = resourceCalls();
    for (const foreign of [
      ARN.replace('123456789012', '999999999999'),
      ARN.replace('us-east-1', 'eu-west-1'),
    ]) {
      await expect(call(batch, foreign)).rejects.toMatchObject({
        name: 'ClientException',
        message: expect.stringContaining('must belong to account 123456789012 and Region us-east-1'),
      });
    }
  });
  it('answer a mistake with a ClientException that says what is wrong', async () => {
    const { batch } = resourceCalls();
    await create(batch);
    await expect(create(batch)).rejects.toMatchObject({
      name: 'ClientException',
      message: 'Object already exists',
    });
    const remove = new DeleteComputeEnvironmentCommand({ computeEnvironment: 'ce' });
    await expect(batch.send(remove)).rejects.toThrow('Cannot delete, resource must be DISABLED');
    const update = new UpdateComputeEnvironmentCommand({ computeEnvironment: 'nobody' });
    await expect(batch.send(update)).rejects.toThrow('computeEnvironment nobody does not exist.');
    await expect(show(batch, ...Array.from({ length: 101 }, (_, index) => `ce-${index}`))).rejects.toThrow(
      'computeEnvironments must have at most 100 elements, but has 101.',
    );
  });
  it('stay as long as a queue uses them', async () => {
    const { batch } = resourceCalls();
    await create(batch);
    await batch.send(new UpdateComputeEnvironmentCommand({ computeEnvironment: 'ce', state: 'DISABLED' }));
    await batch.send(
      new CreateJobQueueCommand({
        jobQueueName: 'q',
        priority: 1,
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'ce' }],
      }),
    );
    await expect(
      batch.send(new DeleteComputeEnvironmentCommand({ computeEnvironment: 'ce' })),
    ).rejects.toThrow('Cannot delete, found existing JobQueue relationship');
  });
  it('of Fargate stay as long as jobs run in them', async () => {
    const { batch } = resourceCalls({ hasActiveJobs: async () => true });
    const computeResources = {
      type: 'FARGATE' as const,
      maxvCpus: 4,
      subnets: ['s'],
      securityGroupIds: ['g'],
    };
    const request = new CreateComputeEnvironmentCommand({
      computeEnvironmentName: 'fargate',
      type: 'MANAGED',
      state: 'DISABLED',
      computeResources,
    });
    await batch.send(request);
    await expect(
      batch.send(new DeleteComputeEnvironmentCommand({ computeEnvironment: 'fargate' })),
    ).rejects.toThrow('Cannot delete, compute environment has active jobs');
  });
});
