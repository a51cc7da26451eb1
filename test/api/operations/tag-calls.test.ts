// Tags of every kind of resource as an AWS client sees them.
import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  CreateSchedulingPolicyCommand,
  DescribeComputeEnvironmentsCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-batch';
import type { BatchClient } from '@aws-sdk/client-batch';
import { describe, expect, it } from 'vitest';
import { registerDefinition } from '../../../engine/store/definitions.ts';
import type { TagTarget } from '../../../engine/store/tags.ts';
import { queueTableTags } from '../../../engine/store/tags.ts';
import { aHome } from '../../engine/a-home.ts';
import { SCOPE } from '../../core/placement/an-environment.ts';
import type { Tags } from '../../../core/tags.ts';
import { arnOfType, EC2_ENVIRONMENT, resourceCalls } from './resource-calls.ts';

const JOB = '0f1e2d3c-0000-4000-8000-000000000001';
const ARNS = {
  environment: arnOfType('compute-environment', 'ce'),
  queue: arnOfType('job-queue', 'q'),
  policy: arnOfType('scheduling-policy', 'p'),
  definition: arnOfType('job-definition', 'd:1'),
  job: arnOfType('job', JOB),
} as const;

/** The tags of one job, held in memory. */
function jobTags(): TagTarget {
  let tags: Tags = { given: 'yes' };
  return {
    read: async (arn) => (arn === ARNS.job ? tags : undefined),
    update: async (arn, change) => {
      if (arn !== ARNS.job) return 'missing';
      tags = change(tags);
      return 'updated';
    },
  };
}

/** One resource of each kind, each with the tag `given`. */
async function everyKind(): Promise<BatchClient> {
  const { table } = aHome().deps;
  const { batch } = resourceCalls({ table, tagTargets: { ...queueTableTags(table), job: jobTags() } });
  const tags = { given: 'yes' };
  await batch.send(
    new CreateComputeEnvironmentCommand({ computeEnvironmentName: 'ce', ...EC2_ENVIRONMENT, tags }),
  );
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'ce' }];
  await batch.send(
    new CreateJobQueueCommand({ jobQueueName: 'q', priority: 1, computeEnvironmentOrder, tags }),
  );
  await batch.send(new CreateSchedulingPolicyCommand({ name: 'p', tags }));
  await registerDefinition(table, SCOPE, {
    name: 'd',
    type: 'container',
    registered: { type: 'container' },
    tags,
    createdAtMs: 1,
  });
  return batch;
}

async function tagsOf(batch: BatchClient, resourceArn: string): Promise<Record<string, string> | undefined> {
  return (await batch.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
}

describe('tags', () => {
  it.each(Object.entries(ARNS))('of a %s are listed, merged and removed', async (_kind, resourceArn) => {
    const batch = await everyKind();
    expect(await tagsOf(batch, resourceArn)).toEqual({ given: 'yes' });
    await batch.send(
      new TagResourceCommand({ resourceArn, tags: { given: 'again', 'metaflow.user': 'a b/c' } }),
    );
    expect(await tagsOf(batch, resourceArn)).toEqual({ given: 'again', 'metaflow.user': 'a b/c' });
    await batch.send(new UntagResourceCommand({ resourceArn, tagKeys: ['given', 'unknown'] }));
    expect(await tagsOf(batch, resourceArn)).toEqual({ 'metaflow.user': 'a b/c' });
  });
  it('change nothing else of a resource, not even its status', async () => {
    const batch = await everyKind();
    const ask = new DescribeComputeEnvironmentsCommand({ computeEnvironments: ['ce'] });
    const [before] = (await batch.send(ask)).computeEnvironments ?? [];
    await batch.send(new TagResourceCommand({ resourceArn: ARNS.environment, tags: { a: 'b' } }));
    const [after] = (await batch.send(ask)).computeEnvironments ?? [];
    expect(after).toEqual({ ...before, tags: { given: 'yes', a: 'b' } });
  });
  it('of one resource change one after the other when many callers tag it at once', async () => {
    const batch = await everyKind();
    const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
    await Promise.all(
      keys.map((key) =>
        batch.send(new TagResourceCommand({ resourceArn: ARNS.queue, tags: { [key]: 'v' } })),
      ),
    );
    expect(Object.keys((await tagsOf(batch, ARNS.queue)) ?? {})).toEqual(expect.arrayContaining(keys));
  });
  it.each([
    ['an unknown queue', arnOfType('job-queue', 'no'), 'does not exist.'],
    ['an unknown definition', arnOfType('job-definition', 'd:2'), 'does not exist.'],
    ['a definition without revision', arnOfType('job-definition', 'd'), 'does not exist.'],
    ['an unknown job', arnOfType('job', JOB.replace('1', '2')), 'does not exist.'],
    ['a child of an array job', arnOfType('job', `${JOB}:0`), 'has no tags of its own.'],
    ['a node of a multi-node job', arnOfType('job', `${JOB}#0`), 'has no tags of its own.'],
    ['a resource of a type without tags here', arnOfType('service-job', 'x'), 'must be the ARN of one of'],
    ['no ARN', 'q', 'must be the ARN of one of'],
    ['another account', ARNS.queue.replace('123456789012', '999999999999'), 'must belong to account'],
    ['another Region', ARNS.queue.replace('us-east-1', 'eu-west-1'), 'must belong to account'],
  ])('of %s are refused', async (_what, resourceArn, text) => {
    const batch = await everyKind();
    const calls = [
      () => tagsOf(batch, resourceArn),
      () => batch.send(new TagResourceCommand({ resourceArn, tags: { a: 'b' } })),
      () => batch.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] })),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        name: 'ClientException',
        message: expect.stringContaining(text),
      });
    }
  });
  it('beyond the limits are refused, and nothing is changed', async () => {
    const batch = await everyKind();
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, 'v']));
    for (const tags of [many, { 'aws:x': 'v' }]) {
      await expect(
        batch.send(new TagResourceCommand({ resourceArn: ARNS.queue, tags })),
      ).rejects.toMatchObject({
        name: 'ClientException',
      });
    }
    expect(await tagsOf(batch, ARNS.queue)).toEqual({ given: 'yes' });
  });
});
