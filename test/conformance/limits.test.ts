// Every limit of AWS Batch through the real wire: the value just inside it is accepted, the one just outside is refused with
// words that name the member. Sources: AWS Batch API Reference and User Guide, "Service quotas".
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AWire } from './a-wire.ts';
import { aWire } from './a-wire.ts';
import {
  JOB,
  of,
  tags,
  needs,
  container,
  SUBMIT,
  BASE,
  ofContainer,
  ofFargate,
  ofRetry,
  ofTask,
  ofPod,
  managed,
  managedFargate,
  ofTimeLimit,
  launchTemplate,
  fargatePair,
} from './limit-inputs.ts';
import type { Input } from './limit-inputs.ts';

let wire: AWire;
beforeAll(async () => {
  wire = await aWire({ onStart: () => undefined });
  await wire.call('CreateSchedulingPolicy', { name: 'fair', fairsharePolicy: {} });
  await wire.call('CreateJobQueue', {
    jobQueueName: 'shares',
    priority: 1,
    schedulingPolicyArn: 'arn:aws:batch:us-east-1:123456789012:scheduling-policy/fair',
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'local' }],
  });
  await wire.call('RegisterJobDefinition', {
    jobDefinitionName: 'nodes',
    type: 'multinode',
    nodeProperties: {
      numNodes: 2,
      mainNode: 0,
      nodeRangeProperties: [{ targetNodes: '0:', container: container({}) }],
    },
  });
});
afterAll(() => wire.close());

/** What is accepted, what is refused, and what the refusal says. */
type Case = readonly [rule: string, accepted: Input, refused: Input, message: RegExp];

const FARGATE_SIZE = /^Fargate resource requirements \(.* vCPU, \d+ MiB\) not valid\.$/;
const LONG = 'n'.repeat(128);
const NAME = /Provided name .* is not supported pattern\[a-zA-Z_0-9-\]\{1,128\}/;
const nameCases = (member: string): readonly Case[] => [
  ['names of up to 128 characters', { [member]: LONG }, { [member]: `${LONG}n` }, NAME],
  ['names of letters, digits, - and _', { [member]: 'A-z_0' }, { [member]: 'a.b' }, NAME],
];
const tagCases = (operation: string): readonly Case[] => [
  [`${operation}: up to 50 tags`, { tags: tags(50) }, { tags: tags(51) }, /tags .*50/],
  [`${operation}: tag keys up to 128`, { tags: { [LONG]: 'v' } }, { tags: { [`${LONG}n`]: 'v' } }, /tags/],
  [
    `${operation}: tag values up to 256`,
    { tags: { k: 'v'.repeat(256) } },
    { tags: { k: 'v'.repeat(257) } },
    /tags/,
  ],
  [`${operation}: no keys of aws:`, { tags: { 'not-aws:x': 'v' } }, { tags: { 'AwS:x': 'v' } }, /aws:/],
];
const reasonCases: readonly Case[] = [
  ['a reason of up to 1024', { reason: 'r'.repeat(1024) }, { reason: 'r'.repeat(1025) }, /reason .*1024/],
];

const LIMITS: Readonly<Record<string, readonly Case[]>> = {
  CreateJobQueue: [
    ...nameCases('jobQueueName'),
    ...tagCases('queue'),
    [
      'one to three compute environments',
      {},
      { computeEnvironmentOrder: of(4, (order) => ({ order, computeEnvironment: 'local' })) },
      /computeEnvironmentOrder/,
    ],
    ['at least one compute environment', {}, { computeEnvironmentOrder: [] }, /computeEnvironmentOrder/],
    ['time limits from 600 s', ofTimeLimit({}), ofTimeLimit({ maxTimeSeconds: 599 }), /maxTimeSeconds.*600/],
    [
      'time limits to 86,400 s',
      ofTimeLimit({ maxTimeSeconds: 86_400 }),
      ofTimeLimit({ maxTimeSeconds: 86_401 }),
      /maxTimeSeconds.*86400/,
    ],
    [
      'CANCEL as the action of a container queue',
      ofTimeLimit({}),
      ofTimeLimit({ action: 'TERMINATE' }),
      /action/,
    ],
  ],
  CreateComputeEnvironment: [
    ...nameCases('computeEnvironmentName'),
    ...tagCases('environment'),
    [
      'scale-down delays from 20 minutes',
      managed({ scalingPolicy: { minScaleDownDelayMinutes: 20 } }),
      managed({ scalingPolicy: { minScaleDownDelayMinutes: 19 } }),
      /minScaleDownDelayMinutes/,
    ],
    [
      'scale-down delays to 10,080 minutes',
      managed({ scalingPolicy: { minScaleDownDelayMinutes: 10_080 } }),
      managed({ scalingPolicy: { minScaleDownDelayMinutes: 10_081 } }),
      /minScaleDownDelayMinutes/,
    ],
    ['up to ten launch template overrides', launchTemplate(10), launchTemplate(11), /overrides/],
    [
      'up to two ec2Configurations',
      managed({ ec2Configuration: [{ imageType: 'ECS_AL2' }, { imageType: 'ECS_AL2_NVIDIA' }] }),
      managed({ ec2Configuration: of(3, () => ({ imageType: 'ECS_AL2' })) }),
      /ec2Configuration/,
    ],
    [
      'up to 16 subnets on Fargate',
      managedFargate({ subnets: of(16, (at) => `subnet-${at}`) }),
      managedFargate({ subnets: of(17, (at) => `subnet-${at}`) }),
      /subnets/,
    ],
    [
      'up to five security groups on Fargate',
      managedFargate({ securityGroupIds: of(5, (at) => `sg-${at}`) }),
      managedFargate({ securityGroupIds: of(6, (at) => `sg-${at}`) }),
      /securityGroupIds/,
    ],
  ],
  CreateSchedulingPolicy: [...nameCases('name'), ...tagCases('policy')],
  CreateConsumableResource: [...nameCases('consumableResourceName'), ...tagCases('resource')],
  CancelJob: reasonCases,
  TerminateJob: reasonCases,
  CancelJobs: [
    ...reasonCases,
    ['up to 50 jobs', { jobs: of(50, () => JOB) }, { jobs: of(51, () => JOB) }, /jobs must have 1 to 50/],
  ],
  TerminateJobs: reasonCases,
  SubmitJob: [
    [
      'job names that begin with a letter or digit',
      { jobName: '0_-' },
      { jobName: '-a' },
      /Job name should match valid pattern/,
    ],
    [
      'job names of up to 128',
      { jobName: LONG },
      { jobName: `${LONG}n` },
      /Job name should match valid pattern/,
    ],
    ...tagCases('job'),
    [
      'arrays from 2',
      { arrayProperties: { size: 2 } },
      { arrayProperties: { size: 1 } },
      /arrayProperties.size/,
    ],
    [
      'arrays to 10,000',
      { arrayProperties: { size: 10_000 }, dependsOn: [{ type: 'SEQUENTIAL' }] },
      { arrayProperties: { size: 10_001 } },
      /arrayProperties.size/,
    ],
    [
      'no array of a multi-node definition',
      { jobDefinition: 'nodes' },
      { jobDefinition: 'nodes', arrayProperties: { size: 2 } },
      /arrayProperties/,
    ],
    [
      '1 to 10 attempts',
      { retryStrategy: { attempts: 10 } },
      { retryStrategy: { attempts: 11 } },
      /attempts .*1 to 10/,
    ],
    [
      'attempts with evaluateOnExit',
      ofRetry({ action: 'RETRY', onReason: '*' }),
      { retryStrategy: { evaluateOnExit: [{ action: 'RETRY', onReason: '*' }] } },
      /retryStrategy.attempts is required/,
    ],
    [
      'up to five exit rules',
      ofRetry(...of(5, () => ({ action: 'exit', onReason: '*' }))),
      ofRetry(...of(6, () => ({ action: 'exit', onReason: '*' }))),
      /evaluateOnExit/,
    ],
    [
      'exit rules with a condition',
      ofRetry({ action: 'Exit', onStatusReason: 'a' }),
      ofRetry({ action: 'EXIT' }),
      /evaluateOnExit\[0\]/,
    ],
    [
      'exit codes of digits',
      ofRetry({ action: 'EXIT', onExitCode: '13*' }),
      ofRetry({ action: 'EXIT', onExitCode: '-1' }),
      /onExitCode/,
    ],
    [
      'exit codes of up to 512',
      ofRetry({ action: 'EXIT', onExitCode: '1'.repeat(512) }),
      ofRetry({ action: 'EXIT', onExitCode: '1'.repeat(513) }),
      /onExitCode/,
    ],
    [
      'reasons of letters, digits, . : space and tab',
      ofRetry({ action: 'EXIT', onReason: 'Host: 1.2\t*' }),
      ofRetry({ action: 'EXIT', onReason: '*a' }),
      /onReason/,
    ],
    [
      'status reasons of up to 512',
      ofRetry({ action: 'EXIT', onStatusReason: 'a'.repeat(512) }),
      ofRetry({ action: 'EXIT', onStatusReason: 'a'.repeat(513) }),
      /onStatusReason/,
    ],
    [
      'timeouts from 60 s',
      { timeout: { attemptDurationSeconds: 60 } },
      { timeout: { attemptDurationSeconds: 59 } },
      /attemptDurationSeconds/,
    ],
    [
      'priorities from 0 to 9999',
      { schedulingPriorityOverride: 9999 },
      { schedulingPriorityOverride: 10_000 },
      /schedulingPriorityOverride/,
    ],
    [
      'share identifiers of up to 255',
      { jobQueue: 'shares', shareIdentifier: 's'.repeat(255) },
      { jobQueue: 'shares', shareIdentifier: 's'.repeat(256) },
      /shareIdentifier/,
    ],
    [
      'alphanumeric share identifiers',
      { jobQueue: 'shares', shareIdentifier: 'red1*' },
      { jobQueue: 'shares', shareIdentifier: 'red-1' },
      /shareIdentifier/,
    ],
    [
      'a share for a fair-share queue',
      { jobQueue: 'shares', shareIdentifier: 'red' },
      { jobQueue: 'shares' },
      /shareIdentifier is required/,
    ],
    ['no share for another queue', {}, { shareIdentifier: 'red' }, /shareIdentifier must not be given/],
    [
      'no variables of AWS_BATCH',
      { containerOverrides: { environment: [{ name: 'MY_AWS_BATCH', value: '1' }] } },
      { containerOverrides: { environment: [{ name: 'AWS_BATCH_X', value: '1' }] } },
      /AWS_BATCH/,
    ],
    [
      'commands without empty words',
      { containerOverrides: { command: ['a'] } },
      { containerOverrides: { command: ['a', ''] } },
      /Command cannot be empty/,
    ],
    [
      'requests of up to 30 KiB',
      { parameters: { p: 'x'.repeat(30_000) } },
      { parameters: { p: 'x'.repeat(31_000) } },
      /SubmitJob request has \d+ bytes; at most 30720/,
    ],
  ],
  RegisterJobDefinition: [
    ...nameCases('jobDefinitionName'),
    ...tagCases('definition'),
    [
      'priorities from 0 to 9999',
      { schedulingPriority: 0 },
      { schedulingPriority: -1 },
      /schedulingPriority/,
    ],
    [
      'requests of up to 24 KiB',
      { parameters: { p: 'x'.repeat(24_000) } },
      { parameters: { p: 'x'.repeat(25_000) } },
      /RegisterJobDefinition request has \d+ bytes; at most 24576/,
    ],
    [
      'images of up to 255',
      ofContainer({ image: 'i'.repeat(255) }),
      ofContainer({ image: 'i'.repeat(256) }),
      /image/,
    ],
    [
      'images of some characters',
      ofContainer({ image: 'a-_:./#@0' }),
      ofContainer({ image: 'a b' }),
      /image/,
    ],
    [
      'volume names of up to 255',
      ofContainer({ volumes: [{ name: 'v'.repeat(255) }] }),
      ofContainer({ volumes: [{ name: 'v'.repeat(256) }] }),
      /volumes\[0\].name/,
    ],
    [
      'EFS folders of up to 4096',
      ofContainer({
        volumes: [
          { name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs', rootDirectory: 'd'.repeat(4096) } },
        ],
      }),
      ofContainer({
        volumes: [
          { name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs', rootDirectory: 'd'.repeat(4097) } },
        ],
      }),
      /rootDirectory/,
    ],
    [
      'memory from 4 MiB',
      ofContainer({ resourceRequirements: needs('1', '4') }),
      ofContainer({ resourceRequirements: needs('1', '3') }),
      /(?:MEMORY|memory|resourceRequirements)/,
    ],
    [
      'whole vCPUs on EC2',
      ofContainer({ resourceRequirements: needs('2', '64') }),
      ofContainer({ resourceRequirements: needs('0.5', '64') }),
      /(?:VCPU|vCPU|resourceRequirements)/,
    ],
    [
      'GPUs on EC2 only',
      ofContainer({ resourceRequirements: needs('1', '64', { type: 'GPU', value: '1' }) }),
      ofFargate({ resourceRequirements: needs('1', '2048', { type: 'GPU', value: '1' }) }),
      /GPU|resourceRequirements/,
    ],
    [
      'ephemeral storage from 21 GiB',
      ofFargate({ ephemeralStorage: { sizeInGiB: 21 } }),
      ofFargate({ ephemeralStorage: { sizeInGiB: 20 } }),
      /ephemeralStorage.sizeInGiB/,
    ],
    [
      'ephemeral storage to 200 GiB',
      ofFargate({ ephemeralStorage: { sizeInGiB: 200 } }),
      ofFargate({ ephemeralStorage: { sizeInGiB: 201 } }),
      /ephemeralStorage.sizeInGiB/,
    ],
    [
      'swappiness to 100',
      ofContainer({ linuxParameters: { swappiness: 100 } }),
      ofContainer({ linuxParameters: { swappiness: 101 } }),
      /swappiness/,
    ],
    ['one task', ofTask(1), ofTask(1, 2), /taskProperties/],
    ['up to ten containers of a task', ofTask(10), ofTask(11), /containers/],
    ['up to ten containers of a pod', ofPod({ containers: 10 }), ofPod({ containers: 11 }), /containers/],
    [
      'up to ten first containers of a pod',
      ofPod({ initContainers: 10 }),
      ofPod({ initContainers: 11 }),
      /initContainers/,
    ],
    [
      'no variables of AWS_BATCH',
      ofContainer({ environment: [{ name: 'aws_batch', value: '1' }] }),
      ofContainer({ environment: [{ name: 'AWS_BATCHES', value: '1' }] }),
      /AWS_BATCH/,
    ],
    ['Fargate’s size 0.25', fargatePair('0.25', '512'), fargatePair('0.25', '4096'), FARGATE_SIZE],
    ['Fargate’s size 1', fargatePair('1', '8192'), fargatePair('1', '9216'), FARGATE_SIZE],
    ['Fargate’s size 16', fargatePair('16', '122880'), fargatePair('16', '122881'), FARGATE_SIZE],
    [
      'an execution role on Fargate',
      ofFargate({}),
      ofFargate({ executionRoleArn: undefined }),
      /executionRoleArn is required/,
    ],
  ],
};

describe.each(Object.entries(LIMITS))('%s takes', (operation, cases) => {
  it.each(cases)('%s', async (_rule, accepted, refused, message) => {
    const base = BASE[operation] ?? (() => ({}));
    await wire.call(operation, { ...base(), ...accepted });
    const refusal = await wire.refusal(operation, { ...base(), ...refused });
    expect(refusal).toEqual({ name: 'ClientException', message: expect.stringMatching(message) });
  });
});

describe('SubmitJob', () => {
  it('takes up to 20 dependencies', async () => {
    const ids = await Promise.all(of(21, async () => (await wire.call('SubmitJob', SUBMIT))['jobId']));
    const dependsOn = ids.map((jobId) => ({ jobId }));
    await wire.call('SubmitJob', { ...SUBMIT, dependsOn: dependsOn.slice(1) });
    const refusal = await wire.refusal('SubmitJob', { ...SUBMIT, dependsOn });
    expect(refusal).toMatchObject({
      name: 'ClientException',
      message: expect.stringMatching(/dependsOn .*20/),
    });
  });

  it('accepts a job whose tags and definition have more than 50 tags to propagate, and fails it', async () => {
    const containerProperties = container({});
    const definition = {
      jobDefinitionName: 'tagged',
      type: 'container',
      tags: tags(50),
      containerProperties,
    };
    await wire.call('RegisterJobDefinition', definition);
    const input = { ...SUBMIT, jobDefinition: 'tagged', propagateTags: true, tags: { one: 'more' } };
    const { jobId } = await wire.call('SubmitJob', input);
    expect(await wire.ended(jobId as never)).toMatchObject({ status: 'FAILED', attempts: [] }); // a job id
  });
});

describe('UpdateComputeEnvironment', () => {
  it('takes an update policy of 1 to 7200 minutes', async () => {
    await wire.call('CreateComputeEnvironment', { computeEnvironmentName: 'updated', ...managed({}) });
    const update = (jobExecutionTimeoutMinutes: number): Input => ({
      computeEnvironment: 'updated',
      updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes },
    });
    await wire.call('UpdateComputeEnvironment', update(7200));
    const refusal = await wire.refusal('UpdateComputeEnvironment', update(7201));
    expect(refusal).toMatchObject({
      name: 'ClientException',
      message: expect.stringMatching(/jobExecutionTimeoutMinutes/),
    });
  });
});

describe('an account', () => {
  it.each([
    ['CreateJobQueue', 'jobQueues', 'DescribeJobQueues'],
    ['CreateComputeEnvironment', 'computeEnvironments', 'DescribeComputeEnvironments'],
  ])('has at most 50 of what %s makes', async (operation, member, describing) => {
    const count = async (): Promise<number> => ((await wire.call(describing))[member] as unknown[]).length;
    for (let have = await count(); have < 50; have += 1) await wire.call(operation, BASE[operation]?.());
    const refusal = await wire.refusal(operation, BASE[operation]?.() ?? {});
    expect(refusal).toMatchObject({ name: 'ClientException', message: expect.stringMatching(/50/) });
    expect(await count()).toBe(50);
  });
});
