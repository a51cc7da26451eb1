// The two things that a restJson client does its own way: an ARN in the path of a tag call, and going through pages.
import * as sdk from '@aws-sdk/client-batch';
import type { BatchClient } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../api/offered-operations.ts';
import type { AWire, Json } from './a-wire.ts';
import { aWire } from './a-wire.ts';

const arnOf = (type: string, name: string): string => `arn:aws:batch:us-east-1:123456789012:${type}/${name}`;
const COUNT = 5;
const range = Array.from({ length: COUNT }, (_, index) => index);

let wire: AWire;
let arrayId = '';
beforeAll(async () => {
  wire = await aWire({ onStart: () => undefined, vcpus: 64 });
  for (const at of range) {
    await wire.call('CreateSchedulingPolicy', { name: `policy${at}` });
    await wire.call('CreateConsumableResource', { consumableResourceName: `licence${at}`, totalQuantity: 9 });
    await wire.call('CreateComputeEnvironment', {
      computeEnvironmentName: `environment${at}`,
      type: 'UNMANAGED',
      serviceRole: 'arn:aws:iam::123456789012:role/service',
    });
    await wire.call('CreateJobQueue', {
      jobQueueName: `queue${at}`,
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'local' }],
    });
    await wire.call('RegisterJobDefinition', {
      jobDefinitionName: 'revised',
      type: 'container',
      containerProperties: { image: 'busybox', vcpus: 1, memory: 64 },
    });
    await wire.call('SubmitJob', {
      jobName: `job${at}`,
      jobQueue: 'default',
      jobDefinition: 'shell',
      consumableResourcePropertiesOverride: {
        consumableResourceList: [{ consumableResource: 'licence0', quantity: 1 }],
      },
    });
  }
  const array = await wire.call('SubmitJob', {
    jobName: 'array',
    jobQueue: 'queue0',
    jobDefinition: 'shell',
    arrayProperties: { size: COUNT },
  });
  arrayId = String(array['jobId']);
  for (const at of range) {
    await wire.until(`${arrayId}:${at}` as never, ({ status }) => status === 'RUNNING'); // a child's id
  }
});
afterAll(() => wire.close());

describe('the tags of', () => {
  const targets = {
    'a job definition': () => arnOf('job-definition', 'revised:3'),
    'a job queue': () => arnOf('job-queue', 'queue1'),
    'a compute environment': () => arnOf('compute-environment', 'environment1'),
    'a scheduling policy': () => arnOf('scheduling-policy', 'policy1'),
    'a consumable resource': () => arnOf('consumable-resource', 'licence1'),
    'a job': () => arnOf('job', arrayId),
  };

  it.each(Object.entries(targets))('%s are reached by the ARN, encoded or not', async (_, arn) => {
    const tags = { 'a+b': 'c d', 'ünï/x': 'e&f=g' };
    await wire.call('TagResource', { resourceArn: arn(), tags: { ...tags, gone: '' } });
    await wire.call('UntagResource', { resourceArn: arn(), tagKeys: ['gone', 'never there'] });
    expect(await wire.call('ListTagsForResource', { resourceArn: arn() })).toEqual({ tags });
    const written = [encodeURIComponent(arn()), arn(), arn().replace('/', '%2F'), arn().replace('/', '%2f')];
    for (const path of written) {
      const answer = await wire.send({ method: 'GET', rawPath: `/v1/tags/${path}` });
      expect([path, answer.status, JSON.parse(answer.body)]).toEqual([path, 200, { tags }]);
    }
    const rawQuery = 'tagKeys=a+b&tagKeys=%C3%BCn%C3%AF%2Fx';
    await wire.send({ method: 'DELETE', rawPath: `/v1/tags/${written[0]}`, rawQuery });
    expect(await wire.call('ListTagsForResource', { resourceArn: arn() })).toEqual({ tags: {} });
  });
});

type Paginate = (
  config: { client: BatchClient; pageSize: number },
  input: object,
) => AsyncGenerator<Json, unknown, unknown>;

const PAGINATORS = new Map(
  Object.entries(sdk)
    .filter(([name]) => name.startsWith('paginate'))
    .map(([name, paginate]) => [name.slice('paginate'.length), paginate as Paginate]), // all are made the same way
);

/** What is listed, under which member of the answer, and how many there are. */
const LISTS: readonly (readonly [operation: string, input: () => object, member: string, count: number])[] = [
  ['DescribeComputeEnvironments', () => ({}), 'computeEnvironments', COUNT + 1],
  ['DescribeJobDefinitions', () => ({ jobDefinitionName: 'revised' }), 'jobDefinitions', COUNT],
  ['DescribeJobQueues', () => ({}), 'jobQueues', COUNT + 1],
  ['ListConsumableResources', () => ({}), 'consumableResources', COUNT],
  ['ListJobs', () => ({ jobQueue: 'default', jobStatus: 'RUNNING' }), 'jobSummaryList', COUNT],
  ['ListJobs', () => ({ arrayJobId: arrayId, jobStatus: 'RUNNING' }), 'jobSummaryList', COUNT],
  [
    'ListJobs',
    () => ({ jobQueue: 'default', filters: [{ name: 'JOB_NAME', values: ['job*'] }] }),
    'jobSummaryList',
    COUNT,
  ],
  ['ListJobsByConsumableResource', () => ({ consumableResource: 'licence0' }), 'jobs', COUNT],
  ['ListSchedulingPolicies', () => ({}), 'schedulingPolicies', COUNT],
];

describe('the SDK’s paginator of', () => {
  async function pages(operation: string, input: object, pageSize: number): Promise<readonly Json[]> {
    const paginate = PAGINATORS.get(operation);
    if (!paginate) throw new Error(`The SDK has no paginator for ${operation}.`);
    const read: Json[] = [];
    for await (const page of paginate({ client: wire.batch, pageSize }, input)) read.push(page);
    return read;
  }

  it.each(LISTS)('%s finds everything once, in the same order', async (operation, input, member, count) => {
    const small = await pages(operation, input(), 2);
    const whole = await pages(operation, input(), 100);
    const entries = (of: readonly Json[]): unknown[] => of.flatMap((page) => page[member] as unknown[]); // a list
    expect(entries(whole)).toHaveLength(count);
    expect(entries(small)).toEqual(entries(whole));
    expect(small.length).toBeGreaterThan(2);
    for (const page of small) expect((page[member] as unknown[]).length).toBeLessThanOrEqual(2); // a list
  });

  it('each offered operation that has one is among them', () => {
    const offered = [...PAGINATORS.keys()].filter((name) => name in OPERATIONS);
    expect([...new Set(LISTS.map(([name]) => name))].sort()).toEqual(offered.sort());
  });

  it.each(LISTS)('%s refuses a token of another call', async (operation, input) => {
    const refusal = await wire.refusal(operation, { ...input(), nextToken: 'bm90IG91cnM' });
    expect(refusal).toMatchObject({ name: 'ClientException', message: expect.stringContaining('nextToken') });
  });

  it.each(LISTS)('%s takes pages of 1 to its limit', async (operation, input) => {
    const most = operation === 'ListJobs' && !('filters' in input()) ? 1000 : 100;
    for (const maxResults of [0, most + 1]) {
      const refusal = await wire.refusal(operation, { ...input(), maxResults });
      expect(refusal).toMatchObject({
        name: 'ClientException',
        message: expect.stringContaining('maxResults'),
      });
    }
    await wire.call(operation, { ...input(), maxResults: most });
  });
});
