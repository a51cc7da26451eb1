import { describe, expect, it } from 'vitest';
import type { EcsEnvironment } from '../../../adapters/ecs/ecs-environment.ts';
import { definitionOf, familyOf } from '../../../adapters/ecs/task-definition.ts';
import type { ContainerSpec } from '../../../core/job/spec.ts';
import type { ContainerTask } from '../../../engine/launch-ports.ts';
import { aContainerTask, EC2, EXTERNAL, FARGATE, LOGS, NETWORK } from './a-container-task.ts';

const contentOf = (given: Partial<ContainerTask> = {}, environment: EcsEnvironment = FARGATE) =>
  definitionOf(aContainerTask(given), environment, LOGS, 'nothing');
const familyFor = (given: Partial<ContainerTask>, environment: EcsEnvironment = FARGATE) =>
  familyOf('name', contentOf(given, environment));

/** Everything of a lone container that Batch knows and ECS has. */
const FULL: ContainerSpec = {
  image: 'app:1',
  executionRoleArn: 'arn:aws:iam::123456789012:role/exec',
  jobRoleArn: 'arn:aws:iam::123456789012:role/job',
  volumes: [
    { name: 'host', host: { sourcePath: '/data' } },
    { name: 'efs', efsVolumeConfiguration: { fileSystemId: 'fs-1', transitEncryption: 'ENABLED' } },
  ],
  mountPoints: [{ sourceVolume: 'host', containerPath: '/data', readOnly: true }],
  ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 2 }],
  readonlyRootFilesystem: true,
  privileged: true,
  user: 'nobody',
  linuxParameters: {
    devices: [{ hostPath: '/dev/fuse', containerPath: '/dev/fuse', permissions: ['READ'] }],
    initProcessEnabled: true,
    sharedMemorySize: 64,
    tmpfs: [{ containerPath: '/tmp', size: 16, mountOptions: ['rw'] }],
    maxSwap: 128,
    swappiness: 60,
  },
  secrets: [{ name: 'KEY', valueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/key' }],
  repositoryCredentials: { credentialsParameter: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:r' },
  runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
};

describe('a task definition', () => {
  it('has everything of a job’s container that ECS has, in ECS’s words', () => {
    const { volumes, mountPoints, ulimits, linuxParameters, secrets, repositoryCredentials } = FULL;
    expect(contentOf({ spec: FULL, demand: { vcpus: 2, memoryMiB: 4_096, gpus: 1 } }, EC2)).toEqual({
      executionRoleArn: FULL.executionRoleArn,
      taskRoleArn: FULL.jobRoleArn,
      networkMode: 'host',
      requiresCompatibilities: ['EC2'],
      runtimePlatform: FULL.runtimePlatform,
      volumes,
      containerDefinitions: [
        {
          name: 'default',
          image: 'app:1',
          essential: true,
          stopTimeout: 30,
          memory: 128,
          resourceRequirements: [{ type: 'GPU', value: '1' }],
          mountPoints,
          ulimits,
          secrets,
          user: 'nobody',
          privileged: true,
          readonlyRootFilesystem: true,
          repositoryCredentials,
          linuxParameters,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': '/aws/batch/job',
              'awslogs-region': 'us-east-1',
              'awslogs-stream-prefix': 'definition',
            },
          },
        },
      ],
    });
  });

  it('of Fargate has the least size that is sold, for each run to say its own', () => {
    expect(contentOf()).toMatchObject({
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
    });
    const windows = { runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' } };
    expect(contentOf({ spec: { image: 'w', ...windows } })).toMatchObject({ cpu: '1024', memory: '2048' });
    expect(contentOf({ spec: { image: 'w', ...windows } }, EC2)).not.toHaveProperty('networkMode');
  });

  it.each<[string, EcsEnvironment, Partial<ContainerTask>, string]>([
    ['nodes reach each other', EC2, { nodeGroup: 'main' }, 'awsvpc'],
    ['the owner’s machines have no network interfaces to give', EXTERNAL, { nodeGroup: 'main' }, 'host'],
    ['managed instances', { ...NETWORK, kind: 'MANAGED_INSTANCES', capacityProvider: 'mi' }, {}, 'awsvpc'],
    ['a task may ask for a bridge', EC2, { task: { networkMode: 'bridge' } as object }, 'bridge'],
  ])('has the network that %s', (_, environment, given, networkMode) => {
    expect(contentOf(given, environment)).toMatchObject({ networkMode });
  });

  it('sends output where the job says, and the rest where it does not', () => {
    const options = { 'awslogs-group': 'own', 'awslogs-stream-prefix': 'mine', mode: 'non-blocking' };
    const logOf = (logConfiguration: NonNullable<ContainerSpec['logConfiguration']>) =>
      contentOf({ spec: { image: 'a', logConfiguration } }).containerDefinitions?.[0]?.logConfiguration;
    expect(logOf({ logDriver: 'awslogs', options })).toEqual({
      logDriver: 'awslogs',
      options: { 'awslogs-region': 'us-east-1', ...options },
    });
    const splunk = {
      logDriver: 'splunk',
      options: { 'splunk-url': 'u' },
      secretOptions: [{ name: 't', valueFrom: 'v' }],
    };
    expect(logOf(splunk)).toEqual(splunk);
  });

  it('of several containers has what each waits for and how long, and the volumes of all once', () => {
    const shared = { volumes: [{ name: 'shared', host: {} }], jobRoleArn: 'role' };
    const member = {
      taskId: 't',
      command: [],
      environment: {},
      gpuIds: [],
      demand: { vcpus: 1, memoryMiB: 128, gpus: 0 },
    };
    const content = contentOf({
      spec: {},
      task: { pidMode: 'task' } as object,
      containers: [
        {
          ...member,
          name: 'init',
          spec: { image: 'i', ...shared },
          essential: false,
          dependsOn: [],
          startTimeoutSeconds: 60,
        },
        {
          ...member,
          name: 'app',
          spec: { image: 'a', ...shared },
          essential: true,
          stopTimeoutSeconds: 90,
          dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
        },
      ],
    });
    expect(content).toMatchObject({
      pidMode: 'task',
      taskRoleArn: 'role',
      volumes: shared.volumes,
      containerDefinitions: [
        { name: 'init', essential: false, startTimeout: 60, stopTimeout: 30 },
        {
          name: 'app',
          essential: true,
          stopTimeout: 90,
          dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
        },
      ],
    });
  });
});

describe('a family', () => {
  it('tells people whose definition it is', () => {
    expect(familyOf('train_model', contentOf())).toMatch(/^slipway-train_model-[0-9a-f]{20}$/);
    expect(familyOf('n'.repeat(400), contentOf()).length).toBeLessThanOrEqual(255);
  });

  it('is shared by all that differ only in what RunTask can say', () => {
    const others: Partial<ContainerTask>[] = [
      { attemptId: '99999999-2222-4333-8444-555555555555:1/2', taskId: 'b' },
      { command: ['other'] },
      { environment: { OTHER: 'x' } },
      { demand: { vcpus: 4, memoryMiB: 8_192, gpus: 0 } },
      {
        spec: {
          ...aContainerTask().spec,
          command: ['other'],
          ephemeralStorage: { sizeInGiB: 30 },
          ulimits: [],
        },
      },
    ];
    for (const other of others) expect(familyFor(other)).toBe(familyFor({}));
  });

  it('is another for anything else', () => {
    const spec = aContainerTask().spec;
    const others = [
      familyFor({ spec: { ...spec, image: 'other' } }),
      familyFor({ spec: { ...spec, privileged: true } }),
      familyFor({ spec: { ...spec, secrets: [{ name: 'A', valueFrom: 'b' }] } }),
      familyFor({ demand: { vcpus: 1, memoryMiB: 1, gpus: 2 } }),
      familyFor({}, EC2),
      familyFor({}),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  it('does not depend on the order in which a definition was written', () => {
    const limits = { name: 'nofile', softLimit: 1, hardLimit: 2 };
    const { name, softLimit, hardLimit } = limits;
    const spec = { ...aContainerTask().spec, ulimits: [limits] };
    expect(familyFor({ spec: { ...spec, ulimits: [{ hardLimit, softLimit, name }] } })).toBe(
      familyFor({ spec }),
    );
  });
});
