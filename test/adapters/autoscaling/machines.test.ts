import { describe, expect, it } from 'vitest';
import { machineNewsOf } from '../../../adapters/autoscaling/events.ts';
import { createMachines } from '../../../adapters/autoscaling/machines.ts';
import { groupNameOf } from '../../../adapters/autoscaling/names.ts';
import { troubleOf } from '../../../adapters/autoscaling/refusals.ts';
import { anEnvironment, ec2With, managed, UUID } from '../../core/placement/an-environment.ts';
import { awsError, ecsMachine, machineAws } from './a-machine-aws.ts';

const environment = managed(anEnvironment({ computeResources: ec2With({ instanceTypes: ['m5'] }) }));
const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/cluster';
const GROUP = groupNameOf(environment);

function open() {
  const aws = machineAws();
  const machines = createMachines({
    clients: aws.clients,
    retry: { maxAttempts: 3, firstWaitMs: 0, maxWaitMs: 0 },
  });
  const group = { AutoScalingGroupName: GROUP, DesiredCapacity: 3, Instances: [] };
  return { aws, machines, group };
}
const inGroup = (InstanceId: string, LifecycleState = 'InService', more: object = {}) => ({
  InstanceId,
  InstanceType: 'm5.large',
  LifecycleState,
  ...more,
});

describe('the machines of a group', () => {
  it('are those that are not about to end', async () => {
    const { aws, machines, group } = open();
    expect(await machines.describeGroup(environment)).toBeUndefined();
    const Overrides = [{ InstanceType: 'm5.large' }, { InstanceType: 'm5a.large' }];
    aws.groups.set(GROUP, {
      ...group,
      MixedInstancesPolicy: { LaunchTemplate: { Overrides } },
      Instances: [
        inGroup('i-1'),
        inGroup('i-2', 'Pending'),
        inGroup('i-3', 'Terminating:Wait'),
        inGroup('i-4', 'InService', { HealthStatus: 'Unhealthy' }),
      ],
    });
    expect(await machines.describeGroup(environment)).toEqual({
      desired: 3,
      types: ['m5.large', 'm5a.large'],
      machines: [
        { machineId: 'i-1', type: 'm5.large' },
        { machineId: 'i-2', type: 'm5.large' },
      ],
      failures: [],
    });
    aws.groups.set(GROUP, { ...group, Status: 'Delete in progress' });
    expect(await machines.describeGroup(environment)).toBeUndefined();
  });
  it('come with the failures since a moment, in kinds', async () => {
    const { aws, machines, group } = open();
    aws.groups.set(GROUP, group);
    const failed = (seconds: number, StatusMessage: string) => ({
      StatusCode: 'Failed',
      Description: 'Launching a new EC2 instance',
      StartTime: new Date(seconds * 1_000),
      StatusMessage,
    });
    aws.activities = [
      failed(3, 'We currently do not have sufficient m5.large capacity in the Availability Zone'),
      failed(1, 'old'),
      { StatusCode: 'Successful', StartTime: new Date(9_000) },
    ];
    const found = await machines.describeGroup(environment, 2_000);
    expect(found?.failures).toMatchObject([{ atMs: 3_000, trouble: { kind: 'capacity' } }]);
    await machines.describeGroup(environment);
    expect(aws.named('DescribeScalingActivities')).toHaveLength(1);
  });
  it.each([
    ['InsufficientInstanceCapacity', 'capacity'],
    ['Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity', 'capacity'],
    ['You have requested more vCPU capacity than your current vCPU limit of 32 allows', 'capacity'],
    ['Max spot instance count exceeded', 'capacity'],
    [
      'You are not authorized to perform this operation. Encoded authorization failure message',
      'permissions',
    ],
    [
      'The requested configuration is currently not supported. Please check the documentation',
      'configuration',
    ],
    ['The image id [ami-1] does not exist', 'configuration'],
  ])('fail for one of three kinds of reasons: %s', (message, kind) => {
    expect(troubleOf(message)).toEqual({ kind, message });
  });
  it('are asked for by types and number', async () => {
    const { aws, machines, group } = open();
    aws.groups.set(GROUP, group);
    expect(await machines.resize(environment, { desired: 7, types: ['m5.xlarge'] })).toBeUndefined();
    expect(aws.groups.get(GROUP)).toMatchObject({
      DesiredCapacity: 7,
      MixedInstancesPolicy: { LaunchTemplate: { Overrides: [{ InstanceType: 'm5.xlarge' }] } },
    });
    aws.failures.set('UpdateAutoScalingGroup', [awsError('AccessDenied', 'not allowed')]);
    expect(await machines.resize(environment, { desired: 8, types: [] })).toEqual({
      kind: 'permissions',
      message: 'AccessDenied: not allowed',
    });
    aws.failures.set(
      'UpdateAutoScalingGroup',
      Array.from({ length: 3 }, () => awsError('Throttling')),
    );
    await expect(machines.resize(environment, { desired: 8, types: [] })).rejects.toThrow(
      'failed after 3 attempt(s)',
    );
  });
  it('end exactly, with the size of the group; those that are gone already are no mistake', async () => {
    const { aws, machines, group } = open();
    aws.groups.set(GROUP, { ...group, Instances: [inGroup('i-1'), inGroup('i-2'), inGroup('i-3')] });
    aws.failures.set('TerminateInstanceInAutoScalingGroup', [awsError('ScalingActivityInProgressFault')]);
    await machines.end(environment, ['i-2', 'i-9']);
    expect(aws.groups.get(GROUP)).toMatchObject({
      DesiredCapacity: 2,
      Instances: [{ InstanceId: 'i-1' }, { InstanceId: 'i-3' }],
    });
    for (const { input } of aws.named('TerminateInstanceInAutoScalingGroup'))
      expect(input).toMatchObject({ ShouldDecrementDesiredCapacity: true });
  });
  it('are known by when they were launched', async () => {
    const { aws, machines } = open();
    aws.ec2
      .set('i-1', { state: 'running', launchedAtMs: 1_000 })
      .set('i-2', { state: 'running', launchedAtMs: 9_000 });
    expect(await machines.launchedBefore(['i-1', 'i-2', 'i-3'], 5_000)).toEqual(['i-1']);
  });
});

describe('the container instances of a cluster', () => {
  const put = (aws: ReturnType<typeof machineAws>, ...all: ReturnType<typeof ecsMachine>[]) => {
    for (const one of all) aws.ecs.set(one.containerInstanceArn.split('/').at(-1) ?? '', one);
  };
  const id = (number: number) => number.toString(16).padStart(32, '0');
  it('say what they are and what they have', async () => {
    const { aws, machines } = open();
    const gpus = { name: 'GPU', type: 'STRINGSET', stringSetValue: ['GPU-1', 'GPU-2'] };
    const more = { registeredResources: [...(ecsMachine(1)['registeredResources'] as object[]), gpus] }; // an array, by the builder
    put(
      aws,
      ecsMachine(1, more),
      ecsMachine(2, { status: 'REGISTERING' }),
      ecsMachine(3, { ec2InstanceId: 'mi-3', attributes: [], status: 'DRAINING', agentConnected: false }),
    );
    expect(await machines.listInstances(CLUSTER)).toEqual([
      {
        version: 4,
        instance: {
          id: id(1),
          machineId: 'i-00000000000000001',
          type: 'm5.large',
          total: { vcpus: 2, memoryMiB: 7680, gpus: 2 },
          registeredAtMs: Date.parse('2026-01-02T03:04:05.000Z'),
          isDraining: false,
          isConnected: true,
          generation: 'change-1',
        },
      },
      {
        version: 4,
        instance: expect.objectContaining({
          machineId: 'mi-3',
          type: 'external',
          isDraining: true,
          isConnected: false,
        }),
      },
    ]);
    aws.failures.set('ListContainerInstances', [awsError('ClusterNotFoundException')]);
    expect(await machines.listInstances(CLUSTER)).toEqual([]);
  });
  it('are drained ten at a time; those with a task, or about to have one, are not idle', async () => {
    const { aws, machines } = open();
    put(
      aws,
      ...Array.from({ length: 12 }, (_, number) =>
        ecsMachine(number + 1, {
          runningTasksCount: number === 0 ? 1 : 0,
          pendingTasksCount: number === 1 ? 1 : 0,
        }),
      ),
    );
    const ids = Array.from({ length: 13 }, (_, number) => id(number + 1));
    expect(await machines.drain(CLUSTER, ids)).toEqual(ids.slice(2, 12));
    expect(aws.named('UpdateContainerInstancesState')).toHaveLength(2);
  });
  it('are taken out only when EC2 has their machine no more', async () => {
    const { aws, machines } = open();
    put(aws, ecsMachine(1), ecsMachine(2), ecsMachine(3), ecsMachine(4, { ec2InstanceId: 'mi-4' }));
    aws.ec2
      .set('i-00000000000000001', { state: 'running', launchedAtMs: 0 })
      .set('i-00000000000000002', { state: 'terminated', launchedAtMs: 0 });
    const all = [...aws.ecs.values()].map(({ ec2InstanceId }, number) => ({
      id: id(number + 1),
      machineId: ec2InstanceId,
    }));
    await machines.deregisterEnded(CLUSTER, all);
    expect([...aws.ecs.keys()]).toEqual([id(1), id(4)]);
    await machines.deregisterEnded(CLUSTER, all);
  });
});

describe('events', () => {
  const { runningTasksCount: _tasks, ...registered } = ecsMachine(1);
  it.each([
    [
      'a container instance',
      {
        source: 'aws.ecs',
        'detail-type': 'ECS Container Instance State Change',
        detail: { ...registered, clusterArn: CLUSTER },
      },
      {
        kind: 'instance',
        clusterArn: CLUSTER,
        id: '00000000000000000000000000000001',
        report: { version: 4, instance: { machineId: 'i-00000000000000001' } },
      },
    ],
    [
      'one that is gone',
      {
        source: 'aws.ecs',
        'detail-type': 'ECS Container Instance State Change',
        detail: { ...registered, status: 'INACTIVE', version: 9, clusterArn: CLUSTER },
      },
      { kind: 'instance', report: { version: 9 } },
    ],
    [
      'a Spot warning',
      {
        source: 'aws.ec2',
        'detail-type': 'EC2 Spot Instance Interruption Warning',
        detail: { 'instance-id': 'i-1', 'instance-action': 'terminate' },
      },
      { kind: 'interruption', machineId: 'i-1' },
    ],
    [
      'a group of ours',
      {
        source: 'aws.autoscaling',
        'detail-type': 'EC2 Instance Launch Unsuccessful',
        detail: { AutoScalingGroupName: GROUP },
      },
      { kind: 'group', uuid: UUID },
    ],
  ])('of %s are understood', (_what, event, expected) => {
    expect(machineNewsOf(event)).toMatchObject(expected);
  });
  it.each([
    ['no event', undefined],
    ['a task', { source: 'aws.ecs', 'detail-type': 'ECS Task State Change', detail: {} }],
    ['a group of others', { source: 'aws.autoscaling', detail: { AutoScalingGroupName: `theirs-${UUID}` } }],
    [
      'something odd',
      { source: 'aws.ecs', 'detail-type': 'ECS Container Instance State Change', detail: { clusterArn: 1 } },
    ],
  ])('of others are not: %s', (_what, event) => {
    expect(machineNewsOf(event)).toBeUndefined();
  });
});
