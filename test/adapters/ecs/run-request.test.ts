import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EcsEnvironment } from '../../../adapters/ecs/ecs-environment.ts';
import { clientTokenOf, launchOf, OVERRIDES_MAX } from '../../../adapters/ecs/run-request.ts';
import type { ContainerTask, TaskContainer } from '../../../engine/launch-ports.ts';
import { aContainerTask, EC2, EXTERNAL, FARGATE, FARGATE_SPOT, LOGS, NETWORK } from './a-container-task.ts';

const requestOf = (environment: EcsEnvironment, given: Partial<ContainerTask> = {}) =>
  launchOf(aContainerTask(given), environment, LOGS).request;

describe('a RunTask request', () => {
  it('on Fargate sizes the task, and has its network from the environment', () => {
    expect(requestOf(FARGATE, { tags: { team: 'a' } })).toEqual({
      cluster: NETWORK.clusterArn,
      count: 1,
      clientToken: clientTokenOf(aContainerTask()),
      startedBy: 'slipway/11111111-2222-4333-8444-555555555555/1',
      group: 'slipway/11111111-2222-4333-8444-555555555555/1',
      enableExecuteCommand: false,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: ['subnet-1', 'subnet-2'],
          securityGroups: ['sg-1'],
          assignPublicIp: 'DISABLED',
        },
      },
      overrides: {
        cpu: '512',
        memory: '1024',
        containerOverrides: [
          {
            name: 'default',
            command: ['echo', 'hello'],
            environment: [
              { name: 'NAME', value: 'value' },
              { name: 'AWS_BATCH_JOB_ID', value: '11111111-2222-4333-8444-555555555555' },
              { name: 'AWS_BATCH_JOB_ATTEMPT', value: '1' },
            ],
          },
        ],
      },
      tags: [{ key: 'team', value: 'a' }],
    });
  });

  it('on Fargate takes what the job says of address, storage and platform over the environment', () => {
    const spec = {
      image: 'busybox',
      networkConfiguration: { assignPublicIp: 'DISABLED' },
      ephemeralStorage: { sizeInGiB: 100 },
      fargatePlatformConfiguration: { platformVersion: '1.4.0' },
    };
    const publicByDefault = requestOf(FARGATE_SPOT).networkConfiguration?.awsvpcConfiguration;
    expect(publicByDefault?.assignPublicIp).toBe('ENABLED');
    expect(requestOf(FARGATE_SPOT, { spec })).toMatchObject({
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      networkConfiguration: { awsvpcConfiguration: { assignPublicIp: 'DISABLED' } },
      overrides: { ephemeralStorage: { sizeInGiB: 100 } },
      platformVersion: '1.4.0',
    });
  });

  it.each<[string, EcsEnvironment, Partial<ContainerTask>, object]>([
    [
      'on instances reserves for the container, and fills one instance before the next',
      EC2,
      {},
      {
        capacityProviderStrategy: [{ capacityProvider: 'slipway-ce', weight: 1 }],
        placementStrategy: [{ type: 'binpack', field: 'memory' }],
        overrides: { containerOverrides: [{ cpu: 512, memory: 1_024 }] },
      },
    ],
    [
      'on a named instance is constrained to it',
      EC2,
      { instanceId: 'i-0123456789abcdef0' },
      {
        placementConstraints: [{ type: 'memberOf', expression: 'ec2InstanceId == i-0123456789abcdef0' }],
      },
    ],
    [
      'without a capacity provider is of launch type EC2',
      { ...NETWORK, kind: 'SPOT' },
      {},
      { launchType: 'EC2' },
    ],
    ['on the owner’s machines is of launch type EXTERNAL', EXTERNAL, {}, { launchType: 'EXTERNAL' }],
    [
      'on managed instances is of their provider, in a network of its own',
      { ...NETWORK, kind: 'MANAGED_INSTANCES', capacityProvider: 'mi' },
      {},
      {
        capacityProviderStrategy: [{ capacityProvider: 'mi', weight: 1 }],
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'] } },
      },
    ],
    [
      'of a node has an address of its own, and no public one',
      EC2,
      { nodeGroup: 'main' },
      { networkConfiguration: { awsvpcConfiguration: { securityGroups: ['sg-1'] } } },
    ],
  ])('%s', (_, environment, given, expected) => {
    const request = requestOf(environment, given);
    expect(request).toMatchObject(expected);
    expect(request.launchType === undefined).toBe(request.capacityProviderStrategy !== undefined);
    if (!('networkConfiguration' in expected)) expect(request).not.toHaveProperty('networkConfiguration');
    expect(request.networkConfiguration?.awsvpcConfiguration?.assignPublicIp).toBeUndefined();
  });

  it('opens a shell into the task only for a definition that asks for it', () => {
    const spec = { image: 'busybox', enableExecuteCommand: true };
    expect(requestOf(FARGATE, { spec }).enableExecuteCommand).toBe(true);
  });

  it('overrides each of several containers by its name', () => {
    const containers = [aContainer('app', 1), aContainer('sidecar', 0.5)];
    const { overrides } = requestOf(EC2, { containers, spec: {}, command: [], environment: {} });
    expect(overrides?.containerOverrides).toEqual([
      { name: 'app', command: ['app'], environment: [{ name: 'OF', value: 'app' }], cpu: 1_024, memory: 512 },
      {
        name: 'sidecar',
        command: ['sidecar'],
        environment: [{ name: 'OF', value: 'sidecar' }],
        cpu: 512,
        memory: 512,
      },
    ]);
  });

  it('says everything exactly once, and never more than ECS takes, however long it is', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    const variables = fc.dictionary(fc.stringMatching(/^(AWS_BATCH_)?[A-Z]{1,12}$/), text, { maxKeys: 20 });
    const command = fc.array(text, { maxLength: 10 });
    const stretch = fc.constantFrom(1, 10, 40);
    fc.assert(
      fc.property(variables, command, stretch, (environment, words, times) => {
        const ofJob = Object.fromEntries(
          Object.entries(environment).map(([name, value]) => [
            name,
            name.startsWith('AWS_BATCH_') ? value : value.repeat(times),
          ]),
        );
        const task = aContainerTask({ environment: ofJob, command: words.map((word) => word.repeat(times)) });
        const { request, definition } = launchOf(task, FARGATE, LOGS);
        const said = [definition.containerDefinitions?.[0], request.overrides?.containerOverrides?.[0]];
        const names = said.flatMap((part) => part?.environment ?? []);
        expect(Object.fromEntries(names.map(({ name, value }) => [name, value]))).toEqual(ofJob);
        expect(names).toHaveLength(Object.keys(ofJob).length);
        expect(said.flatMap((part) => part?.command ?? [])).toEqual(task.command);
        const rest = Object.entries(ofJob).filter(([name]) => name.startsWith('AWS_BATCH_'));
        if (JSON.stringify(rest).length < 5_000)
          expect(JSON.stringify(request.overrides).length).toBeLessThanOrEqual(OVERRIDES_MAX);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a client token', () => {
  it('is the same for each start of a placement, and another for the next placement', () => {
    const token = clientTokenOf(aContainerTask());
    expect(token).toMatch(/^[!-~]{33,64}$/);
    expect(clientTokenOf(aContainerTask())).toBe(token);
    expect(clientTokenOf(aContainerTask({ placedAtMs: 1_760_000_000_001 }))).not.toBe(token);
  });
});

function aContainer(name: string, vcpus: number): TaskContainer {
  return {
    name,
    spec: { image: name },
    demand: { vcpus, memoryMiB: 512, gpus: 0 },
    dependsOn: [],
    essential: true,
    taskId: 'a'.repeat(32),
    command: [name],
    environment: { OF: name },
    gpuIds: [],
  };
}
