import {
  containerPropertiesProblems,
  environmentProblems,
  imageProblems,
} from '../../../core/definition/validate-container.ts';
import type { ContainerProperties } from '../../../core/definition/wire.ts';
import { aContainer, aFargateContainer } from './definition-builders.ts';
import { describeRules } from './rule-table.ts';

const CHARACTERS = 'must be letters, digits, hyphens, underscores and : . / # @ only';

describeRules('an image', (image: string | undefined) => imageProblems('image', image), [
  {
    rule: 'is 1 to 255 characters of those that image references have',
    accepts: [
      'busybox',
      '123456789012.dkr.ecr.us-east-1.amazonaws.com/a_b/c:1.0-x',
      'a@sha256:00ff',
      'x'.repeat(255),
    ],
    refuses: [
      [undefined, 'image is required.'],
      ['', 'image is required.'],
      ['busy box', `image ${CHARACTERS}, but is "busy box".`],
      ['x;rm', `image ${CHARACTERS}, but is "x;rm".`],
      ['x'.repeat(256), `image must have at most 255 characters, but is "${'x'.repeat(199)}….`],
    ],
  },
]);

describeRules(
  'an environment variable',
  (name: string | undefined) =>
    environmentProblems('environment', [name === undefined ? {} : { name, value: 'v' }]),
  [
    {
      rule: 'has a name of its own, not one of the service',
      accepts: ['A', 'aws_batch_x', 'MY_AWS_BATCH', 'AWS_REGION'],
      refuses: [
        [undefined, 'environment[0].name is required.'],
        ['', 'environment[0].name is required.'],
        ['A=B', 'environment[0].name must not contain =, but is "A=B".'],
        [
          'AWS_BATCH_JOB_ID',
          'environment[0].name must not begin with AWS_BATCH, which is reserved, but is "AWS_BATCH_JOB_ID".',
        ],
        [
          'AWS_BATCHED',
          'environment[0].name must not begin with AWS_BATCH, which is reserved, but is "AWS_BATCHED".',
        ],
      ],
    },
  ],
);

const onEc2 = (changes: ContainerProperties) =>
  containerPropertiesProblems('c', aContainer(changes), { platform: 'EC2', isNode: false });

describeRules<ContainerProperties>('containerProperties on EC2', onEc2, [
  {
    rule: 'have an image, resources and a reserved-free environment',
    accepts: [{}, { privileged: true, user: 'root', readonlyRootFilesystem: true, command: ['a', ''] }],
    refuses: [
      [{ image: '' }, 'c.image is required.'],
      [{ resourceRequirements: [] }, 'vCPU is not provided.'],
      [
        { environment: [{ name: 'AWS_BATCH_X' }] },
        'c.environment[0].name must not begin with AWS_BATCH, which is reserved, but is "AWS_BATCH_X".',
      ],
    ],
  },
  {
    rule: 'mount only volumes that they declare',
    accepts: [{ volumes: [{ name: 'v' }], mountPoints: [{ containerPath: '/v', sourceVolume: 'v' }] }],
    refuses: [
      [
        { mountPoints: [{ containerPath: '/v', sourceVolume: 'v' }] },
        'c.mountPoints[0].sourceVolume must be the name of a declared volume, but is "v".',
      ],
      [{ volumes: [{}] }, 'c.volumes[0].name is required.'],
    ],
  },
  {
    rule: 'have secrets with a name and a source',
    accepts: [{ secrets: [{ name: 'TOKEN', valueFrom: 'arn:aws:ssm:x' }] }],
    refuses: [
      [{ secrets: [{ name: '', valueFrom: 'arn' }] }, 'c.secrets[0].name is required.'],
      [{ secrets: [{ name: 'TOKEN', valueFrom: '' }] }, 'c.secrets[0].valueFrom is required.'],
    ],
  },
  {
    rule: 'log by a driver that runs on EC2',
    accepts: ['awslogs', 'fluentd', 'gelf', 'journald', 'json-file', 'splunk', 'syslog'].map((logDriver) => ({
      logConfiguration: { logDriver, options: {} },
    })),
    refuses: [
      [
        { logConfiguration: { logDriver: 'awsfirelens' } },
        'c.logConfiguration.logDriver must be one of awslogs, fluentd, gelf, journald, json-file, splunk, syslog, but is "awsfirelens".',
      ],
      [
        { logConfiguration: { logDriver: 'splunk', secretOptions: [{ name: 'x', valueFrom: '' }] } },
        'c.logConfiguration.secretOptions[0].valueFrom is required.',
      ],
    ],
  },
  {
    rule: 'have valid ulimits and linuxParameters',
    accepts: [
      { ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 1 }], linuxParameters: { swappiness: 1 } },
    ],
    refuses: [
      [
        { ulimits: [{ name: 'nofile', softLimit: 2, hardLimit: 1 }] },
        'c.ulimits[0].softLimit must be at most the hard limit 1, but is 2.',
      ],
      [
        { linuxParameters: { maxSwap: -1 } },
        'c.linuxParameters.maxSwap must be a whole number of at least 0, but is -1.',
      ],
    ],
  },
  {
    rule: 'name the secret of a private registry',
    accepts: [{ repositoryCredentials: { credentialsParameter: 'arn:aws:secretsmanager:x' } }],
    refuses: [
      [
        { repositoryCredentials: { credentialsParameter: '' } },
        'c.repositoryCredentials.credentialsParameter is required.',
      ],
    ],
  },
  {
    rule: 'have no member that only Fargate knows',
    accepts: [{}],
    refuses: [
      [
        { networkConfiguration: { assignPublicIp: 'ENABLED' } },
        'c.networkConfiguration is not allowed outside Fargate, but is {"assignPublicIp":"ENABLED"}.',
      ],
      [
        { fargatePlatformConfiguration: { platformVersion: '1.4.0' } },
        'c.fargatePlatformConfiguration is not allowed outside Fargate, but is {"platformVersion":"1.4.0"}.',
      ],
      [
        { runtimePlatform: { cpuArchitecture: 'ARM64' } },
        'c.runtimePlatform is not allowed outside Fargate, but is {"cpuArchitecture":"ARM64"}.',
      ],
      [
        { ephemeralStorage: { sizeInGiB: 30 } },
        'c.ephemeralStorage is not allowed outside Fargate, but is {"sizeInGiB":30}.',
      ],
    ],
  },
  {
    rule: 'have no instance type of their own',
    accepts: [{}],
    refuses: [
      [
        { instanceType: 'm5.large' },
        'c.instanceType is not allowed outside multi-node definitions, but is "m5.large".',
      ],
    ],
  },
]);

const onFargate = (changes: ContainerProperties) =>
  containerPropertiesProblems('c', aFargateContainer(changes), { platform: 'FARGATE', isNode: false });

const WINDOWS = 'WINDOWS_SERVER_2022_CORE';

describeRules<ContainerProperties>('containerProperties on Fargate', onFargate, [
  {
    rule: 'name an execution role',
    accepts: [{}],
    refuses: [[{ executionRoleArn: '' }, 'c.executionRoleArn is required.']],
  },
  {
    rule: 'are not privileged',
    accepts: [{ privileged: false }],
    refuses: [[{ privileged: true }, 'c.privileged must not be true on Fargate, but is true.']],
  },
  {
    rule: 'have no ulimits, devices, instance type or host volumes',
    accepts: [{ ulimits: [], linuxParameters: { initProcessEnabled: true }, volumes: [{ name: 'v' }] }],
    refuses: [
      [
        { ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 1 }] },
        'c.ulimits is not allowed on Fargate, but is [{"name":"nofile","softLimit":1,"hardLimit":1}].',
      ],
      [{ linuxParameters: { maxSwap: 1 } }, 'c.linuxParameters.maxSwap is not allowed on Fargate, but is 1.'],
      [
        { instanceType: 'm5.large' },
        'c.instanceType is not allowed outside multi-node definitions, but is "m5.large".',
      ],
      [
        { volumes: [{ name: 'h', host: { sourcePath: '/x' } }] },
        'c.volumes[0].host.sourcePath is not allowed on Fargate, but is "/x".',
      ],
    ],
  },
  {
    rule: 'ask for a pair of vCPUs and memory that Fargate offers',
    accepts: [
      {
        resourceRequirements: [
          { type: 'VCPU', value: '0.25' },
          { type: 'MEMORY', value: '512' },
        ],
      },
    ],
    refuses: [
      [{ vcpus: 1 }, 'vcpus is not applicable for Fargate. Use resource requirements instead.'],
      [
        {
          resourceRequirements: [
            { type: 'VCPU', value: '0.25' },
            { type: 'MEMORY', value: '4096' },
          ],
        },
        'Fargate resource requirements (0.25 vCPU, 4096 MiB) not valid.',
      ],
    ],
  },
  {
    rule: 'log by awslogs or splunk',
    accepts: [{ logConfiguration: { logDriver: 'awslogs' } }, { logConfiguration: { logDriver: 'splunk' } }],
    refuses: [
      [
        { logConfiguration: { logDriver: 'json-file' } },
        'c.logConfiguration.logDriver must be one of awslogs, splunk, but is "json-file".',
      ],
    ],
  },
  {
    rule: 'have 21 to 200 GiB of ephemeral storage',
    accepts: [{ ephemeralStorage: { sizeInGiB: 21 } }, { ephemeralStorage: { sizeInGiB: 200 } }],
    refuses: [20, 201].map((sizeInGiB) => [
      { ephemeralStorage: { sizeInGiB } },
      `c.ephemeralStorage.sizeInGiB must be a whole number from 21 to 200, but is ${sizeInGiB}.`,
    ]),
  },
  {
    rule: 'run on a platform that Fargate has',
    accepts: [
      { runtimePlatform: {} },
      { runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' } },
      { runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: WINDOWS } },
      { fargatePlatformConfiguration: { platformVersion: 'LATEST' } },
    ],
    refuses: [
      [
        { runtimePlatform: { cpuArchitecture: 'RISCV' } },
        'c.runtimePlatform.cpuArchitecture must be one of X86_64, ARM64, but is "RISCV".',
      ],
      [
        { runtimePlatform: { operatingSystemFamily: 'BSD' } },
        'c.runtimePlatform.operatingSystemFamily must be one of LINUX, WINDOWS_SERVER_2019_CORE, ' +
          'WINDOWS_SERVER_2019_FULL, WINDOWS_SERVER_2022_CORE, WINDOWS_SERVER_2022_FULL, but is "BSD".',
      ],
      [
        { runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: WINDOWS } },
        'c.runtimePlatform.cpuArchitecture must be X86_64 for Windows, but is "ARM64".',
      ],
    ],
  },
  {
    rule: 'switch the public address on or off',
    accepts: [{ networkConfiguration: { assignPublicIp: 'ENABLED' } }, { networkConfiguration: {} }],
    refuses: [
      [
        { networkConfiguration: { assignPublicIp: 'YES' } },
        'c.networkConfiguration.assignPublicIp must be one of ENABLED, DISABLED, but is "YES".',
      ],
    ],
  },
]);

describeRules<ContainerProperties>(
  'the container of a node range',
  (changes) => containerPropertiesProblems('c', aContainer(changes), { platform: 'EC2', isNode: true }),
  [
    {
      rule: 'may name an instance type',
      accepts: [{ instanceType: 'p4d.24xlarge' }],
      refuses: [[{ image: '' }, 'c.image is required.']],
    },
  ],
);
