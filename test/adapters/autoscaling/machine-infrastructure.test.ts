import { describe, expect, it } from 'vitest';
import { createMachineInfrastructure } from '../../../adapters/autoscaling/machine-infrastructure.ts';
import { groupNameOf } from '../../../adapters/autoscaling/names.ts';
import type { ComputeResourcesInput } from '../../../core/placement/compute-environment-input.ts';
import type { EnvironmentChange } from '../../../core/placement/compute-environment-change.ts';
import type { EnvironmentWork, Infrastructure, StepAnswer } from '../../../engine/capacity-ports.ts';
import {
  anEnvironment,
  anUnmanagedEnvironment,
  ec2With,
  FARGATE,
} from '../../core/placement/an-environment.ts';
import type { MachineAws } from './a-machine-aws.ts';
import { awsError, ecsMachine, machineAws } from './a-machine-aws.ts';

const RETRY = { maxAttempts: 3, firstWaitMs: 0, maxWaitMs: 0 };
const DONE: StepAnswer = { kind: 'done' };
const UPDATE: EnvironmentChange = { kind: 'update', infrastructure: true, updateToLatestImageVersion: false };

function open(resources: Partial<ComputeResourcesInput> = {}) {
  const aws = machineAws();
  const environment = anEnvironment({
    computeResources: ec2With({
      instanceTypes: ['m5.large', 'm5.xlarge'],
      tags: { team: 'a' },
      ...resources,
    }),
    tags: { owner: 'b' },
  });
  const told: object[] = [];
  const clusterSteps: string[] = [];
  const cluster = (name: string) => async (): Promise<StepAnswer> => {
    clusterSteps.push(name);
    return DONE;
  };
  const clusters: Infrastructure = {
    prepare: cluster('prepare'),
    isReady: cluster('isReady'),
    drain: cluster('drain'),
    isDrained: cluster('isDrained'),
    remove: cluster('remove'),
  };
  const infrastructure = createMachineInfrastructure({
    clients: aws.clients,
    clusters,
    clock: { now: () => 1_000 },
    beginReplacement: async (clusterArn, replacement) => void told.push({ clusterArn, replacement }),
    forgetMachines: async (clusterArn) => void told.push({ forgotten: clusterArn }),
    retry: RETRY,
  });
  const work = (change: EnvironmentChange = { kind: 'create' }, changeId = 'change-1'): EnvironmentWork => ({
    environment,
    change,
    changeId,
  });
  const group = () => aws.groups.get(groupNameOf(environment));
  return { aws, environment, infrastructure, work, told, clusterSteps, group };
}

/** The newest version of the template whose name ends so. */
function templateOf(aws: MachineAws, ending: string): Record<string, unknown> {
  const found = [...aws.templates.values()].find(({ name }) => name.endsWith(ending));
  return (found?.versions.at(-1)?.LaunchTemplateData ?? {}) as Record<string, unknown>; // as it was asked for
}
const userDataOf = (data: Record<string, unknown>): string =>
  Buffer.from(String(data['UserData']), 'base64').toString();

describe('an environment of EC2 instances', () => {
  it('gets a cluster, a launch template and a group that starts nothing by itself', async () => {
    const { aws, infrastructure, work, group, clusterSteps } = open();
    expect(await infrastructure.prepare(work())).toEqual(DONE);
    expect(await infrastructure.isReady(work())).toEqual(DONE);
    expect(clusterSteps).toEqual(['prepare', 'isReady']);
    expect(group()).toMatchObject({
      MinSize: 0,
      DesiredCapacity: 0,
      NewInstancesProtectedFromScaleIn: true,
      VPCZoneIdentifier: 'subnet-1',
      MixedInstancesPolicy: {
        InstancesDistribution: {
          OnDemandPercentageAboveBaseCapacity: 100,
          OnDemandAllocationStrategy: 'prioritized',
        },
      },
    });
    expect(aws.named('SuspendProcesses')[0]?.input).toMatchObject({
      ScalingProcesses: expect.arrayContaining(['AZRebalance']),
    });
    const data = templateOf(aws, '-x86_64');
    expect(data).toMatchObject({
      ImageId: 'ami-x86',
      IamInstanceProfile: { Name: 'ecsInstanceRole' },
      SecurityGroupIds: ['sg-1'],
      MetadataOptions: { HttpTokens: 'required' },
    });
    expect(JSON.stringify(data['TagSpecifications'])).toContain('"team"');
    expect(userDataOf(data)).toContain('ECS_CLUSTER=');
    expect(userDataOf(data)).toContain('"slipway.generation":"change-1"');
    expect(userDataOf(data)).not.toContain('SPOT');
  });
  it('is made once, however often the step is repeated or dies half-way', async () => {
    const { aws, infrastructure, work } = open();
    aws.failures.set('CreateAutoScalingGroup', [
      awsError('ServiceUnavailable', 'later', 'server'),
      awsError('Throttling'),
    ]);
    await infrastructure.prepare(work());
    await infrastructure.prepare(work());
    expect(aws.groups.size).toBe(1);
    expect([...aws.templates.values()].map(({ versions }) => versions.length)).toEqual([1]);
  });
  it('has a template for each kind of image, with the agent’s settings for GPUs and Spot', async () => {
    const { aws, infrastructure, work, group } = open({
      type: 'SPOT',
      allocationStrategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED',
      instanceTypes: ['g5.xlarge', 'm5.large'],
      bidPercentage: 50,
      placementGroup: 'together',
      ec2KeyPair: 'key',
    });
    expect(await infrastructure.prepare(work())).toEqual(DONE);
    expect(templateOf(aws, '-gpu')).toMatchObject({ ImageId: 'ami-gpu', KeyName: 'key' });
    expect(userDataOf(templateOf(aws, '-gpu'))).toMatch(
      /ECS_ENABLE_SPOT_INSTANCE_DRAINING=true\nECS_ENABLE_GPU_SUPPORT=true/,
    );
    expect(templateOf(aws, '-x86_64')).toMatchObject({ ImageId: 'ami-x86' });
    expect(group()).toMatchObject({
      PlacementGroup: 'together',
      MixedInstancesPolicy: {
        InstancesDistribution: {
          OnDemandPercentageAboveBaseCapacity: 0,
          SpotAllocationStrategy: 'price-capacity-optimized',
          // Half of what the cheaper one, m5.large, costs.
          SpotMaxPrice: '0.0480',
        },
        LaunchTemplate: {
          Overrides: [
            {
              InstanceType: 'g5.xlarge',
              LaunchTemplateSpecification: { LaunchTemplateName: expect.stringMatching(/-gpu$/) },
            },
            {
              InstanceType: 'm5.large',
              LaunchTemplateSpecification: { LaunchTemplateName: expect.stringMatching(/-x86_64$/) },
            },
          ],
        },
      },
    });
  });
  it.each([
    ['BEST_FIT_PROGRESSIVE', 'capacity-optimized-prioritized'],
    ['SPOT_CAPACITY_OPTIMIZED', 'capacity-optimized'],
    ['SPOT_CAPACITY_OPTIMIZED_PRIORITIZED', 'capacity-optimized-prioritized'],
    ['SPOT_PRICE_CAPACITY_OPTIMIZED', 'price-capacity-optimized'],
  ] as const)('on the Spot market: %s is %s there', async (allocationStrategy, expected) => {
    const { infrastructure, work, group } = open({ type: 'SPOT', allocationStrategy });
    await infrastructure.prepare(work());
    expect(group()).toMatchObject({
      MixedInstancesPolicy: { InstancesDistribution: { SpotAllocationStrategy: expected } },
    });
  });
  it.each([
    ['the image of the environment', { imageId: 'ami-own' }, 'ami-own'],
    [
      'that of its configuration before it',
      { imageId: 'ami-own', ec2Configuration: [{ imageType: 'ECS_AL2023', imageIdOverride: 'ami-first' }] },
      'ami-first',
    ],
    ['the newest of the system it names', { ec2Configuration: [{ imageType: 'ECS_AL2' }] }, 'ami-al2'],
  ])('starts from %s', async (_what, resources, expected) => {
    const { aws, infrastructure, work } = open(resources);
    await infrastructure.prepare(work());
    expect(templateOf(aws, '-x86_64')).toMatchObject({ ImageId: expected });
  });

  describe('with a launch template of its owner’s', () => {
    const own = {
      ImageId: 'ami-theirs',
      InstanceType: 't3.micro',
      InstanceMarketOptions: { MarketType: 'spot' },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 200 } }],
      MetadataOptions: { HttpPutResponseHopLimit: 1, State: 'applied' },
      UserData: Buffer.from('#!/bin/bash\necho theirs\n').toString('base64'),
    };
    const withOwn = (data: object, more: Partial<ComputeResourcesInput> = {}) => {
      const home = open({ launchTemplate: { launchTemplateName: 'theirs', version: '3' }, ...more });
      home.aws.templates.set('theirs', {
        name: 'theirs',
        tags: [],
        versions: [{ LaunchTemplateData: data }],
      });
      return home;
    };
    it('keeps what it says, but for what the environment decides', async () => {
      const { aws, infrastructure, work } = withOwn(own);
      expect(await infrastructure.prepare(work())).toEqual(DONE);
      const data = templateOf(aws, '-x86_64');
      expect(data).toMatchObject({
        ImageId: 'ami-theirs',
        BlockDeviceMappings: own.BlockDeviceMappings,
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      });
      for (const member of ['InstanceType', 'InstanceMarketOptions']) expect(data).not.toHaveProperty(member);
      expect(data['MetadataOptions']).not.toHaveProperty('State');
      const text = userDataOf(data);
      expect(text.indexOf('echo theirs')).toBeGreaterThan(0);
      expect(text.indexOf('ECS_CLUSTER')).toBeGreaterThan(text.indexOf('echo theirs'));
    });
    it('gives network interfaces the security groups, and takes Elastic Fabric Adapters where types have them', async () => {
      const NetworkInterfaces = [{ DeviceIndex: 0, InterfaceType: 'efa', SubnetId: 'subnet-9' }];
      const { aws, infrastructure, work } = withOwn({ NetworkInterfaces });
      expect(await infrastructure.prepare(work())).toEqual(DONE);
      const data = templateOf(aws, '-x86_64');
      expect(data['NetworkInterfaces']).toEqual([{ DeviceIndex: 0, InterfaceType: 'efa', Groups: ['sg-1'] }]);
      expect(data).not.toHaveProperty('SecurityGroupIds');
      const lacking = withOwn({ NetworkInterfaces });
      lacking.aws.withoutEfa.add('m5.large');
      expect(await lacking.infrastructure.prepare(lacking.work())).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('which m5.large does not have'),
      });
    });
    it('refuses one that does not exist', async () => {
      const { infrastructure, work } = open({ launchTemplate: { launchTemplateId: 'lt-1' } });
      expect(await infrastructure.prepare(work())).toEqual({
        kind: 'refused',
        reason: 'The launch template lt-1 has no version $Default, or does not exist.',
      });
    });
  });

  it.each([
    [
      'CreateAutoScalingGroup',
      awsError('ValidationError', 'The subnet ID subnet-1 does not exist'),
      'ValidationError: The subnet ID subnet-1 does not exist',
    ],
    [
      'CreateLaunchTemplate',
      awsError('UnauthorizedOperation', 'You are not authorized'),
      'UnauthorizedOperation: You are not authorized',
    ],
  ])('tells its owner what AWS refuses: %s', async (name, error, reason) => {
    const { aws, infrastructure, work } = open();
    aws.failures.set(name, [error]);
    expect(await infrastructure.prepare(work())).toEqual({ kind: 'refused', reason });
  });
  it('throws what another try may cure', async () => {
    const { aws, infrastructure, work } = open();
    aws.failures.set(
      'CreateAutoScalingGroup',
      Array.from({ length: 3 }, () => awsError('Throttling', 'Rate exceeded')),
    );
    await expect(infrastructure.prepare(work())).rejects.toThrow(
      'CreateAutoScalingGroup failed after 3 attempt(s): Throttling',
    );
    expect(await infrastructure.prepare(work())).toEqual(DONE);
  });
  it('refuses types of which nothing is known', async () => {
    const { infrastructure, work } = open({ instanceTypes: ['zz9.large'] });
    expect(await infrastructure.prepare(work())).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('zz9.large'),
    });
  });

  it('gets new template versions and new machines by an infrastructure update, once', async () => {
    const { aws, infrastructure, work, told, environment } = open();
    await infrastructure.prepare(work());
    aws.parameters.set('/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id', 'ami-newer');
    await infrastructure.prepare(work({ ...UPDATE, infrastructure: false }, 'change-2'));
    expect(told).toEqual([]);
    expect(templateOf(aws, '-x86_64')).toMatchObject({ ImageId: 'ami-x86' });
    for (let time = 1; time <= 2; time += 1) await infrastructure.prepare(work(UPDATE, 'change-3'));
    expect([...aws.templates.values()].map(({ versions }) => versions.length)).toEqual([2]);
    expect(templateOf(aws, '-x86_64')).toMatchObject({ ImageId: 'ami-newer' });
    expect(told[0]).toEqual({
      clusterArn: environment.ecsClusterArn,
      replacement: { generation: 'change-3', byMs: 1_000 + 30 * 60_000 },
    });
  });

  it('is taken down once its jobs have ended, and can be taken down again', async () => {
    const { aws, infrastructure, work, group, told, clusterSteps, environment } = open();
    await infrastructure.prepare(work());
    const idle = ecsMachine(1);
    const busy = ecsMachine(2, { runningTasksCount: 1 });
    for (const one of [idle, busy]) aws.ecs.set(one.containerInstanceArn.split('/').at(-1) ?? '', one);
    const Instances = [idle, busy].map(({ ec2InstanceId }) => ({
      InstanceId: ec2InstanceId,
      InstanceType: 'm5.large',
      LifecycleState: 'InService',
    }));
    Object.assign(group() ?? {}, { Instances, DesiredCapacity: 5 });
    const deletion = work({ kind: 'delete' });
    expect(await infrastructure.drain(deletion)).toEqual(DONE);
    expect(group()?.DesiredCapacity).toBe(2);
    expect([...aws.ecs.values()].map(({ status }) => status)).toEqual(['DRAINING', 'DRAINING']);
    expect(await infrastructure.isDrained(deletion)).toMatchObject({
      kind: 'wait',
      because: 'jobs still run on 1 of its instances',
    });
    expect(group()?.Instances.map(({ InstanceId }) => InstanceId)).toEqual([busy.ec2InstanceId]);
    busy.runningTasksCount = 0;
    expect(await infrastructure.isDrained(deletion)).toMatchObject({ kind: 'wait' });
    expect(await infrastructure.isDrained(deletion)).toEqual(DONE);
    for (let time = 1; time <= 2; time += 1) expect(await infrastructure.remove(deletion)).toEqual(DONE);
    expect([aws.groups.size, aws.templates.size, aws.ecs.size]).toEqual([0, 0, 0]);
    expect(told).toContainEqual({ forgotten: environment.ecsClusterArn });
    expect(clusterSteps.at(-1)).toBe('remove');
  });
  it('can be deleted after a create that was refused half-way', async () => {
    const { infrastructure, work } = open();
    for (const step of ['drain', 'isDrained', 'remove'] as const)
      expect(await infrastructure[step](work({ kind: 'delete' }))).toEqual(DONE);
  });
});

it.each([
  ['of Fargate', anEnvironment({ computeResources: FARGATE })],
  ['of an owner’s machines', anUnmanagedEnvironment()],
])('an environment %s is left to the clusters', async (_kind, environment) => {
  const { infrastructure, clusterSteps, aws } = open();
  await infrastructure.prepare({ environment, change: { kind: 'create' }, changeId: 'c' });
  expect(clusterSteps).toEqual(['prepare']);
  expect(aws.calls).toEqual([]);
});
