// Job definitions that between them have every member of containerProperties, and one of each other kind.
import type { ContainerProperties, RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';

const REQUIREMENTS: ContainerProperties['resourceRequirements'] = [
  { type: 'VCPU', value: '1' },
  { type: 'MEMORY', value: '2048' },
];

const COMMON: ContainerProperties = {
  image: 'registry.example.com/team/image:1.2',
  command: ['echo', 'Ref::greeting'],
  jobRoleArn: 'arn:aws:iam::123456789012:role/job',
  executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
  environment: [{ name: 'COLOUR', value: 'blue' }],
  secrets: [{ name: 'TOKEN', valueFrom: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token' }],
  readonlyRootFilesystem: false,
  user: '1000:1000',
  repositoryCredentials: {
    credentialsParameter: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:pull',
  },
  enableExecuteCommand: false,
};

export const EC2_CONTAINER: ContainerProperties = {
  ...COMMON,
  resourceRequirements: [...REQUIREMENTS],
  volumes: [
    { name: 'scratch', host: { sourcePath: '/tmp' } },
    {
      name: 'shared',
      efsVolumeConfiguration: {
        fileSystemId: 'fs-1',
        rootDirectory: '/',
        transitEncryption: 'ENABLED',
        transitEncryptionPort: 2049,
        authorizationConfig: { accessPointId: 'fsap-1', iam: 'ENABLED' },
      },
    },
    {
      name: 'bucket',
      s3filesVolumeConfiguration: {
        fileSystemArn: 'arn:aws:s3files:us-east-1:123456789012:file-system/fs-1',
        rootDirectory: '/a',
        transitEncryptionPort: 2050,
        accessPointArn: 'arn:aws:s3files:us-east-1:123456789012:file-system/fs-1/access-point/ap-1',
      },
    },
  ],
  mountPoints: [{ containerPath: '/scratch', readOnly: true, sourceVolume: 'scratch' }],
  privileged: true,
  ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 2048 }],
  linuxParameters: {
    devices: [{ hostPath: '/dev/null', containerPath: '/dev/nothing', permissions: ['READ', 'WRITE'] }],
    initProcessEnabled: true,
    sharedMemorySize: 64,
    tmpfs: [{ containerPath: '/ram', size: 16, mountOptions: ['noexec'] }],
    maxSwap: 32,
    swappiness: 60,
  },
  logConfiguration: {
    logDriver: 'awslogs',
    options: { 'awslogs-stream-prefix': 'team' },
    secretOptions: [
      { name: 'splunk-token', valueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/splunk' },
    ],
  },
};

export const FARGATE_CONTAINER: ContainerProperties = {
  ...COMMON,
  resourceRequirements: [...REQUIREMENTS],
  networkConfiguration: { assignPublicIp: 'ENABLED' },
  fargatePlatformConfiguration: { platformVersion: '1.4.0' },
  ephemeralStorage: { sizeInGiB: 40 },
  runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'ARM64' },
};

/** The forms that AWS deprecated and still takes. */
export const OLD_CONTAINER: ContainerProperties = { image: 'busybox', vcpus: 1, memory: 128 };

type Definition = Omit<RegisterJobDefinitionCommandInput, 'jobDefinitionName'>;

export const DEFINITIONS: Readonly<Record<string, Definition>> = {
  ec2: {
    type: 'container',
    parameters: { greeting: 'hello' },
    containerProperties: EC2_CONTAINER,
    retryStrategy: {
      attempts: 2,
      evaluateOnExit: [
        { action: 'RETRY', onExitCode: '1*', onReason: 'Cannot*', onStatusReason: 'Host EC2*' },
        { action: 'EXIT', onReason: '*' },
      ],
    },
    timeout: { attemptDurationSeconds: 3600 },
    schedulingPriority: 7,
    propagateTags: true,
    platformCapabilities: ['EC2'],
    tags: { team: 'a' },
  },
  fargate: {
    type: 'container',
    containerProperties: FARGATE_CONTAINER,
    platformCapabilities: ['FARGATE'],
  },
  old: { type: 'container', containerProperties: OLD_CONTAINER },
  several: {
    type: 'container',
    ecsProperties: {
      taskProperties: [
        {
          ipcMode: 'task',
          pidMode: 'task',
          volumes: [{ name: 'work', host: {} }],
          containers: [
            {
              name: 'first',
              image: 'busybox',
              essential: false,
              command: ['true'],
              resourceRequirements: [...(REQUIREMENTS ?? [])],
              mountPoints: [{ containerPath: '/work', readOnly: false, sourceVolume: 'work' }],
            },
            {
              name: 'main',
              image: 'busybox',
              essential: true,
              dependsOn: [{ containerName: 'first', condition: 'SUCCESS' }],
              environment: [{ name: 'A', value: 'b' }],
              resourceRequirements: [...(REQUIREMENTS ?? [])],
            },
          ],
        },
      ],
    },
  },
  nodes: {
    type: 'multinode',
    nodeProperties: {
      numNodes: 2,
      mainNode: 0,
      nodeRangeProperties: [
        {
          targetNodes: '0:',
          container: { image: 'busybox', resourceRequirements: [...(REQUIREMENTS ?? [])] },
        },
      ],
    },
  },
  pods: {
    type: 'container',
    eksProperties: {
      podProperties: {
        serviceAccountName: 'runner',
        containers: [
          { image: 'busybox', command: ['true'], resources: { limits: { cpu: '1', memory: '512Mi' } } },
        ],
        metadata: { labels: { app: 'a' } },
      },
    },
  },
};
