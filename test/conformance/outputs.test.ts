// Every answer of every offered operation, over a life with jobs of all kinds: the SDK reads it without losing a member or
// changing a value, and it says nothing that the model does not know.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { NormalizedSchema } from '@smithy/core/schema';
import { OPERATIONS } from '../../api/offered-operations.ts';
import type { AWire, Json } from './a-wire.ts';
import { aWire } from './a-wire.ts';
import { DEFINITIONS, EC2_CONTAINER, FARGATE_CONTAINER, OLD_CONTAINER } from './definitions.ts';
import { outputOf, strangeIn, structureOf } from './sdk-model.ts';

const arnOf = (type: string, name: string): string => `arn:aws:batch:us-east-1:123456789012:${type}/${name}`;
const ROLE = 'arn:aws:iam::123456789012:role/service';

let wire: AWire;
/** Jobs of the scenario by what became of them. */
const jobs = new Map<string, string>();
let described = new Map<string, Json>();

async function submit(kind: string, input: object = {}): Promise<string> {
  const answer = await wire.call('SubmitJob', {
    jobName: kind,
    jobQueue: 'default',
    jobDefinition: 'shell',
    ...input,
  });
  const jobId = String(answer['jobId']);
  jobs.set(kind, jobId);
  return jobId;
}

async function manageResources(): Promise<void> {
  await wire.call('CreateSchedulingPolicy', {
    name: 'fair',
    tags: { team: 'a' },
    fairsharePolicy: {
      shareDecaySeconds: 600,
      computeReservation: 10,
      shareDistribution: [{ shareIdentifier: 'red*', weightFactor: 0.125 }],
    },
  });
  const policy = arnOf('scheduling-policy', 'fair');
  await wire.call('UpdateSchedulingPolicy', { arn: policy, fairsharePolicy: { shareDecaySeconds: 0 } });
  await wire.call('CreateComputeEnvironment', {
    computeEnvironmentName: 'ec2',
    type: 'MANAGED',
    state: 'ENABLED',
    serviceRole: ROLE,
    tags: { team: 'a' },
    computeResources: {
      type: 'SPOT',
      allocationStrategy: 'SPOT_CAPACITY_OPTIMIZED',
      minvCpus: 0,
      maxvCpus: 64,
      desiredvCpus: 2,
      instanceTypes: ['m5', 'c5.large'],
      subnets: ['subnet-1'],
      securityGroupIds: ['sg-1'],
      instanceRole: 'ecsInstanceRole',
      ec2KeyPair: 'pair',
      bidPercentage: 60,
      tags: { Name: 'node' },
      launchTemplate: { launchTemplateName: 'lt', version: '$Latest' },
      ec2Configuration: [{ imageType: 'ECS_AL2' }],
    },
  });
  await wire.call('CreateComputeEnvironment', {
    computeEnvironmentName: 'bare',
    type: 'UNMANAGED',
    serviceRole: ROLE,
    unmanagedvCpus: 8,
  });
  await wire.call('CreateComputeEnvironment', {
    computeEnvironmentName: 'fargate',
    type: 'MANAGED',
    computeResources: { type: 'FARGATE', maxvCpus: 16, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
  });
  await settledEnvironments();
  await wire.call('UpdateComputeEnvironment', { computeEnvironment: 'fargate', state: 'DISABLED' });
  await wire.call('CreateConsumableResource', {
    consumableResourceName: 'licence',
    totalQuantity: 5,
    resourceType: 'REPLENISHABLE',
    tags: { team: 'a' },
  });
  await wire.call('UpdateConsumableResource', {
    consumableResource: 'licence',
    operation: 'ADD',
    quantity: 2,
    clientToken: 'once',
  });
  await wire.call('CreateJobQueue', {
    jobQueueName: 'shares',
    priority: 3,
    state: 'ENABLED',
    schedulingPolicyArn: policy,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'ec2' }],
    jobStateTimeLimitActions: [
      {
        reason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
        state: 'RUNNABLE',
        maxTimeSeconds: 600,
        action: 'CANCEL',
      },
    ],
    tags: { team: 'a' },
  });
  await settledQueues();
  await wire.call('UpdateJobQueue', { jobQueue: 'shares', priority: 4 });
  await settledQueues();
}

const settledEnvironments = (): Promise<unknown> =>
  settled('DescribeComputeEnvironments', 'computeEnvironments', (status) => status === 'VALID');
const settledQueues = (): Promise<unknown> =>
  settled('DescribeJobQueues', 'jobQueues', (status) => status === 'VALID');

/** Asks again until what was changed has settled. */
async function settled(
  operation: string,
  member: string,
  isSettled: (status: unknown) => boolean,
): Promise<unknown> {
  return vi.waitUntil(
    async () => listOf(await wire.call(operation), member).every(({ status }) => isSettled(status)),
    { timeout: 5_000, interval: 5 },
  );
}

function listOf(answer: Json, member: string): readonly Json[] {
  return answer[member] as readonly Json[]; // compared with the model below
}

async function runJobs(): Promise<void> {
  for (const [name, definition] of Object.entries(DEFINITIONS)) {
    await wire.call('RegisterJobDefinition', { jobDefinitionName: name, ...definition });
  }
  await wire.call('DeregisterJobDefinition', { jobDefinition: 'old:1' });
  const succeeded = await submit('succeeded', { tags: { colour: 'blue' } });
  await submit('failed', { containerOverrides: { command: ['fail'] } });
  await submit('retried', {
    containerOverrides: { command: ['fail'] },
    retryStrategy: { attempts: 2, evaluateOnExit: [{ action: 'retry', onExitCode: '3' }] },
    timeout: { attemptDurationSeconds: 120 },
  });
  await submit('refused', { containerOverrides: { command: ['refuse'] } });
  await submit('array', { arrayProperties: { size: 3 }, dependsOn: [{ type: 'SEQUENTIAL' }] });
  await submit('everything', {
    jobDefinition: 'ec2',
    parameters: { greeting: 'good day' },
    containerOverrides: {
      environment: [{ name: 'COLOUR', value: 'red' }],
      resourceRequirements: [{ type: 'MEMORY', value: '512' }],
    },
    consumableResourcePropertiesOverride: {
      consumableResourceList: [{ consumableResource: 'licence', quantity: 1 }],
    },
    schedulingPriorityOverride: 9,
  });
  await submit('several', { jobDefinition: 'several' });
  await submit('nodes', { jobDefinition: 'nodes' });
  await submit('share', { jobQueue: 'shares', shareIdentifier: 'red1' });
  for (const jobId of jobs.values()) await wire.ended(jobId as never); // a job id
  const running = await submit('running', { containerOverrides: { command: ['stay'] } });
  await wire.until(running as never, ({ status }) => status === 'RUNNING');
  await submit('dependent', { dependsOn: [{ jobId: succeeded }, { jobId: running }] });
  await submit('too-large', {
    containerOverrides: { resourceRequirements: [{ type: 'VCPU', value: '400' }] },
  });
  await submit('cancelled', { dependsOn: [{ jobId: running }] });
  await submit('terminated', { dependsOn: [{ jobId: running }] });
}

async function askEverything(): Promise<void> {
  const id = (kind: string): string => jobs.get(kind) ?? '';
  await wire.call('CancelJob', { jobId: id('cancelled'), reason: 'enough' });
  await wire.call('TerminateJob', { jobId: id('terminated'), reason: 'enough' });
  await wire.call('CancelJobs', { jobs: [id('cancelled'), 'no id'], reason: 'enough' });
  await wire.call('TerminateJobs', { jobs: [id('terminated')], reason: 'enough' });
  const array = id('array');
  const answer = await wire.call('DescribeJobs', {
    jobs: [...jobs.values(), `${array}:1`, `${id('nodes')}#0`, `${id('nodes')}#1`],
  });
  described = new Map(listOf(answer, 'jobs').map((job) => [String(job['jobId']), job]));
  await wire.call('ListJobs', { jobQueue: 'default', jobStatus: 'FAILED' });
  await wire.call('ListJobs', {
    jobQueue: 'default',
    filters: [{ name: 'AFTER_CREATED_AT', values: ['0'] }],
  });
  await wire.call('ListJobs', { jobQueue: 'shares', jobStatus: 'SUCCEEDED' });
  await wire.call('ListJobs', { arrayJobId: array, jobStatus: 'SUCCEEDED' });
  await wire.call('ListJobs', { multiNodeJobId: id('nodes'), jobStatus: 'SUCCEEDED' });
  await wire.call('ListJobsByConsumableResource', { consumableResource: 'licence' });
  await wire.call('GetJobQueueSnapshot', { jobQueue: 'default' });
  await wire.call('GetJobQueueSnapshot', { jobQueue: 'shares' });
  await wire.call('DescribeJobDefinitions', { status: 'ACTIVE' });
  await wire.call('DescribeJobDefinitions', { jobDefinitionName: 'old' });
  await wire.call('DescribeSchedulingPolicies', { arns: [arnOf('scheduling-policy', 'fair')] });
  await wire.call('ListSchedulingPolicies');
  await wire.call('DescribeConsumableResource', { consumableResource: 'licence' });
  await wire.call('ListConsumableResources');
  const resourceArn = arnOf('job', id('succeeded'));
  await wire.call('TagResource', { resourceArn, tags: { shape: 'round' } });
  await wire.call('ListTagsForResource', { resourceArn });
  await wire.call('UntagResource', { resourceArn, tagKeys: ['colour'] });
}

async function tearDown(): Promise<void> {
  await wire.call('UpdateJobQueue', { jobQueue: 'shares', state: 'DISABLED' });
  await settledQueues();
  await wire.call('DeleteJobQueue', { jobQueue: 'shares' });
  await settled('DescribeJobQueues', 'jobQueues', (status) => status !== 'DELETING');
  await wire.call('DeleteSchedulingPolicy', { arn: arnOf('scheduling-policy', 'fair') });
  await wire.call('DeleteConsumableResource', { consumableResource: 'licence' });
  await wire.call('DeleteComputeEnvironment', { computeEnvironment: 'fargate' });
}

beforeAll(async () => {
  wire = await aWire({
    onStart: ({ command }) =>
      command[0] === 'stay' ? undefined : { exitCode: command[0] === 'fail' ? 3 : 0 },
    refuse: ({ command }) =>
      command[0] === 'refuse' ? 'CannotPullContainerError: no such image' : undefined,
  });
  await manageResources();
  await runJobs();
  await askEverything();
  await tearDown();
});
afterAll(() => wire.close());

describe.each(Object.keys(OPERATIONS))('%s', (operation) => {
  const answers = () => wire.answers.filter((answer) => answer.operation === operation);

  it('answers what the SDK reads without loss', () => {
    expect(answers()).not.toEqual([]);
    for (const { wire: sent, output } of answers()) expect(output).toEqual(sent);
  });

  it('says only what the model knows, in its types', () => {
    const strange = answers().flatMap(({ wire: sent }) => [...strangeIn(outputOf(operation), sent)]);
    expect(strange).toEqual([]);
  });
});

describe('a job definition', () => {
  it('has every member of containerProperties among those of this test', () => {
    const members = (schema: NormalizedSchema): string[] =>
      [...schema.structIterator()].map(([name]) => name);
    const all = { ...EC2_CONTAINER, ...FARGATE_CONTAINER, ...OLD_CONTAINER };
    // Only multi-node jobs have an instance type.
    expect([...Object.keys(all), 'instanceType'].sort()).toEqual(
      members(structureOf('ContainerProperties')).sort(),
    );
  });

  it.each(['ec2', 'fargate', 'old', 'several', 'nodes', 'pods'])(
    'comes back as it was registered: %s',
    (name) => {
      const found = wire.answers
        .filter(({ operation }) => operation === 'DescribeJobDefinitions')
        .flatMap(({ wire: sent }) => listOf(sent, 'jobDefinitions'))
        .find(({ jobDefinitionName }) => jobDefinitionName === name);
      expect(found).toMatchObject({ revision: 1, ...DEFINITIONS[name] });
    },
  );
});

describe('a job', () => {
  const job = (kind: string): Json | undefined => described.get(jobs.get(kind) ?? '');

  it('shows every member of its definition’s container after the overrides', () => {
    const { environment: _environment, resourceRequirements: _requirements, ...kept } = EC2_CONTAINER;
    expect(job('everything')).toMatchObject({
      status: 'SUCCEEDED',
      parameters: { greeting: 'good day' },
      schedulingPriority: 9,
      timeout: { attemptDurationSeconds: 3600 },
      retryStrategy: DEFINITIONS['ec2']?.retryStrategy,
      container: {
        ...kept,
        environment: [{ name: 'COLOUR', value: 'red' }],
        resourceRequirements: expect.arrayContaining([
          { type: 'VCPU', value: '1' },
          { type: 'MEMORY', value: '512' },
        ]),
        exitCode: 0,
      },
    });
  });

  it.each([
    [
      'succeeded',
      { status: 'SUCCEEDED', tags: { colour: 'blue' }, attempts: [{ container: { exitCode: 0 } }] },
    ],
    ['failed', { status: 'FAILED', container: { exitCode: 3 } }],
    [
      'retried',
      { status: 'FAILED', attempts: [{ container: { exitCode: 3 } }, { container: { exitCode: 3 } }] },
    ],
    ['refused', { status: 'FAILED', statusReason: 'Task failed to start' }],
    [
      'array',
      { status: 'SUCCEEDED', arrayProperties: { size: 3, statusSummary: { SUCCEEDED: 3, FAILED: 0 } } },
    ],
    [
      'several',
      { status: 'SUCCEEDED', container: {}, ecsProperties: { taskProperties: [{ containers: [{}, {}] }] } },
    ],
    ['nodes', { status: 'SUCCEEDED', nodeProperties: { numNodes: 2, mainNode: 0 } }],
    ['share', { status: 'SUCCEEDED', shareIdentifier: 'red1' }],
    ['running', { status: 'RUNNING' }],
    ['dependent', { status: 'PENDING' }],
    ['too-large', { status: 'RUNNABLE', statusReason: expect.stringMatching(/^MISCONFIGURATION:/) }],
    ['cancelled', { isCancelled: true }],
    ['terminated', { isTerminated: true }],
  ])('of the kind “%s” is described as what became of it', (kind, expected) => {
    expect(job(kind)).toMatchObject(expected);
  });
});
