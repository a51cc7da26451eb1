// RegisterJobDefinition, DeregisterJobDefinition and DescribeJobDefinitions together: what goes in must come out.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore, type SqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import type { CallContext, InputOf } from '../../../api/operation.ts';
import { deregisterJobDefinition } from '../../../api/operations/deregister-job-definition.ts';
import { describeJobDefinitions } from '../../../api/operations/describe-job-definitions.ts';
import { registerJobDefinition } from '../../../api/operations/register-job-definition.ts';
import type { Table } from '../../../engine/table-ports.ts';

const ARN = 'arn:aws:batch:us-east-1:123456789012:job-definition';

let store: SqliteStore;
let nowMs: number;

beforeEach(() => {
  nowMs = 1_700_000_000_000;
  store = openSqliteStore({ file: ':memory:', clock: { now: () => nowMs } });
});
afterEach(() => store.close());

function context(): CallContext<{ readonly table: Table }> {
  nowMs += 1;
  return {
    deps: { table: store.table },
    scope: { partition: 'aws', region: 'us-east-1', account: '123456789012' },
    identity: {
      arn: 'arn',
      accountId: '123456789012',
      accessKeyId: 'key',
      principalId: 'p',
      type: 'IAMUser',
    },
    requestId: 'request',
    sourceIp: '127.0.0.1',
    userAgent: 'test',
    atMs: nowMs,
  };
}

type RegisterInput = InputOf<'RegisterJobDefinition'>;

const register = (changes: Partial<RegisterInput> = {}) =>
  registerJobDefinition.handle(context(), {
    jobDefinitionName: 'd',
    type: 'container',
    containerProperties: {
      image: 'busybox',
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '512' },
      ],
    },
    ...changes,
  });
const describeAll = (input: InputOf<'DescribeJobDefinitions'> = {}) =>
  describeJobDefinitions.handle(context(), input);
const deregister = (jobDefinition: string) => deregisterJobDefinition.handle(context(), { jobDefinition });
const arns = async (input: InputOf<'DescribeJobDefinitions'>) =>
  (await describeAll(input)).jobDefinitions?.map(({ jobDefinitionArn }) => jobDefinitionArn);

describe('RegisterJobDefinition', () => {
  it('answers the name, the ARN and the revision', async () => {
    expect(await register()).toEqual({
      jobDefinitionName: 'd',
      jobDefinitionArn: `${ARN}/d:1`,
      revision: 1,
    });
    expect(await register()).toMatchObject({ revision: 2 });
  });

  it('refuses a definition that breaks a rule, in the words of AWS, and stores nothing', async () => {
    const refused = register({ containerProperties: { image: 'busybox', resourceRequirements: [] } });
    await expect(refused).rejects.toMatchObject({
      name: 'ClientException',
      status: 400,
      message: 'vCPU is not provided.',
    });
    expect(await describeAll()).toEqual({ jobDefinitions: [] });
  });
});

describe('DescribeJobDefinitions', () => {
  it('gives back exactly what was registered', async () => {
    const registered: RegisterInput = {
      jobDefinitionName: 'redun-job',
      type: 'container',
      platformCapabilities: ['EC2'],
      parameters: { 'nf-token': 'abc' },
      containerProperties: {
        image: 'busybox',
        vcpus: 1,
        memory: 1024,
        command: ['true'],
        environment: [],
        privileged: false,
        ulimits: [],
        resourceRequirements: [],
        linuxParameters: { devices: [], tmpfs: [] },
        logConfiguration: { logDriver: 'awslogs', options: {}, secretOptions: [] },
      },
      retryStrategy: { attempts: 3, evaluateOnExit: [{ action: 'RETRY', onReason: '*' }] },
      timeout: { attemptDurationSeconds: 60 },
      propagateTags: false,
      schedulingPriority: 0,
      tags: { 'nextflow.io/version': '24.10' },
    };
    await register(registered);
    const [described] =
      (await describeAll({ jobDefinitionName: 'redun-job', status: 'ACTIVE' })).jobDefinitions ?? [];
    expect(described).toEqual({
      ...registered,
      jobDefinitionArn: `${ARN}/redun-job:1`,
      revision: 1,
      status: 'ACTIVE',
      containerOrchestrationType: 'ECS',
      containerProperties: { ...registered.containerProperties, mountPoints: [], secrets: [], volumes: [] },
    });
  });

  it('shows all revisions of a name, newest first, and those of a status', async () => {
    await register();
    await register();
    await register();
    await deregister('d:2');
    expect(await arns({ jobDefinitionName: 'd' })).toEqual([`${ARN}/d:3`, `${ARN}/d:2`, `${ARN}/d:1`]);
    expect(await arns({ jobDefinitionName: 'd', status: 'ACTIVE' })).toEqual([`${ARN}/d:3`, `${ARN}/d:1`]);
    expect(await arns({ status: 'INACTIVE' })).toEqual([`${ARN}/d:2`]);
    expect(await arns({ status: 'RETIRED' })).toEqual([]);
  });

  it.each(['unknown', 'd:1', `${ARN}/d`, 'a b'])(
    'shows nothing by the name %s',
    async (jobDefinitionName) => {
      await register();
      expect(await arns({ jobDefinitionName })).toEqual([]);
    },
  );

  it('shows the named ones in the order of the request, without the unknown', async () => {
    await register();
    await register();
    await register({ jobDefinitionName: 'other' });
    const jobDefinitions = [`${ARN}/d:2`, 'unknown:1', 'other', 'd:1', 'd:7', `${ARN}/d:1`, 'no name'];
    expect(await arns({ jobDefinitions })).toEqual([`${ARN}/d:2`, `${ARN}/other:1`, `${ARN}/d:1`]);
  });

  it('goes through all of them page by page', async () => {
    for (const jobDefinitionName of ['a', 'b', 'c']) await register({ jobDefinitionName });
    const first = await describeAll({ maxResults: 2 });
    expect(first.jobDefinitions?.map(({ jobDefinitionName }) => jobDefinitionName)).toEqual(['c', 'b']);
    const second = await describeAll({ maxResults: 2, nextToken: first.nextToken ?? '' });
    expect(second.jobDefinitions?.map(({ jobDefinitionName }) => jobDefinitionName)).toEqual(['a']);
    expect(second.nextToken).toBeUndefined();
  });

  it.each<[string, InputOf<'DescribeJobDefinitions'>, string]>([
    [
      'a list together with a name',
      { jobDefinitions: ['d:1'], jobDefinitionName: 'd' },
      'jobDefinitions must be the only parameter, but came with jobDefinitionName.',
    ],
    [
      'a list together with a status',
      { jobDefinitions: ['d:1'], status: 'ACTIVE' },
      'jobDefinitions must be the only parameter, but came with status.',
    ],
    [
      'more than 100 at once',
      { jobDefinitions: Array.from({ length: 101 }, (_, index) => `d:${index + 1}`) },
      'jobDefinitions must have at most 100 elements, but has 101.',
    ],
    [
      'an ARN of another account',
      { jobDefinitions: ['arn:aws:batch:us-east-1:999999999999:job-definition/d:1'] },
      'jobDefinition must belong to account 123456789012 and Region us-east-1, but is ' +
        '"arn:aws:batch:us-east-1:999999999999:job-definition/d:1".',
    ],
    [
      'a token that it did not give',
      { nextToken: 'made-up' },
      'DescribeJobDefinitions.nextToken is not a token that this operation returned for the same parameters.',
    ],
  ])('refuses %s', async (_name, input, message) => {
    await expect(describeAll(input)).rejects.toMatchObject({ name: 'ClientException', message });
  });

  it('refuses a token of other parameters', async () => {
    await register();
    await register();
    const { nextToken = '' } = await describeAll({ maxResults: 1 });
    await expect(describeAll({ maxResults: 1, status: 'ACTIVE', nextToken })).rejects.toMatchObject({
      name: 'ClientException',
    });
  });
});

describe('DeregisterJobDefinition', () => {
  it.each(['d:1', `${ARN}/d:1`])('takes %s, and may be repeated', async (jobDefinition) => {
    await register();
    expect(await deregister(jobDefinition)).toEqual({});
    expect(await deregister(jobDefinition)).toEqual({});
    expect(await arns({ jobDefinitionName: 'd', status: 'ACTIVE' })).toEqual([]);
    expect(await arns({ jobDefinitionName: 'd' })).toEqual([`${ARN}/d:1`]);
  });

  it('takes a revision that is not there for done', async () => {
    expect(await deregister('d:1')).toEqual({});
  });

  it.each([
    ['d', 'jobDefinition must be name:revision or an ARN with a revision, but is d.'],
    [`${ARN}/d`, `jobDefinition must be name:revision or an ARN with a revision, but is ${ARN}/d.`],
    ['a b', 'JobDefinition name a b does not exist or is not in ACTIVE status'],
  ])('refuses %s', async (jobDefinition, message) => {
    await expect(deregister(jobDefinition)).rejects.toMatchObject({ name: 'ClientException', message });
  });
});
