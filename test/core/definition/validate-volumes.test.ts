import { mountPointsProblems, volumesProblems } from '../../../core/definition/validate-volumes.ts';
import type { EfsVolumeConfiguration, MountPoint, Volume } from '../../../core/definition/wire.ts';
import { describeRules } from './rule-table.ts';

const efs = (changes: EfsVolumeConfiguration = {}): Volume[] => [
  { name: 'data', efsVolumeConfiguration: { fileSystemId: 'fs-1', ...changes } },
];
const NAME = 'must be 1 to 255 letters, digits, hyphens or underscores';

describeRules<readonly Volume[]>('volumes', (input) => volumesProblems('volumes', input, 'EC2'), [
  {
    rule: 'have a name of 1 to 255 letters, digits, hyphens or underscores',
    accepts: [[], [{ name: 'a' }], [{ name: 'A_9-', host: {} }], [{ name: 'x'.repeat(255) }]],
    refuses: [
      [[{ host: { sourcePath: '/x' } }], 'volumes[0].name is required.'],
      [[{ name: 'a b' }], `volumes[0].name ${NAME}, but is "a b".`],
      [[{ name: 'x'.repeat(256) }], `volumes[0].name ${NAME}, but is "${'x'.repeat(199)}….`],
    ],
  },
  {
    rule: 'have distinct names',
    accepts: [[{ name: 'a' }, { name: 'b' }]],
    refuses: [[[{ name: 'a' }, { name: 'a' }], 'volumes.name must be unique, but is "a".']],
  },
  {
    rule: 'are of one kind',
    accepts: [[{ name: 'a', host: { sourcePath: '/x' } }], efs()],
    refuses: [
      [
        [{ name: 'a', host: {}, s3filesVolumeConfiguration: { fileSystemArn: 'arn' } }],
        'volumes[0] must have only one of host, efsVolumeConfiguration, s3filesVolumeConfiguration, but is ' +
          '{"name":"a","host":{},"s3filesVolumeConfiguration":{"fileSystemArn":"arn"}}.',
      ],
    ],
  },
  {
    rule: 'on EFS name their file system and a root of at most 4096 characters',
    accepts: [efs({ rootDirectory: `/${'x'.repeat(4095)}` })],
    refuses: [
      [
        [{ name: 'data', efsVolumeConfiguration: {} }],
        'volumes[0].efsVolumeConfiguration.fileSystemId is required.',
      ],
      [
        efs({ rootDirectory: `/${'x'.repeat(4096)}` }),
        `volumes[0].efsVolumeConfiguration.rootDirectory must have at most 4096 characters, but is "/${'x'.repeat(198)}….`,
      ],
    ],
  },
  {
    rule: 'on EFS encrypt in transit when they authorise',
    accepts: [
      efs({ transitEncryption: 'ENABLED', authorizationConfig: { iam: 'ENABLED' } }),
      efs({ authorizationConfig: { iam: 'DISABLED' } }),
      efs({
        transitEncryption: 'ENABLED',
        authorizationConfig: { accessPointId: 'fsap-1' },
        rootDirectory: '/',
      }),
    ],
    refuses: [
      [
        efs({ authorizationConfig: { iam: 'ENABLED' } }),
        'volumes[0].efsVolumeConfiguration.transitEncryption must be ENABLED with an authorizationConfig, but is "DISABLED".',
      ],
      [
        efs({ transitEncryption: 'DISABLED', authorizationConfig: { accessPointId: 'fsap-1' } }),
        'volumes[0].efsVolumeConfiguration.transitEncryption must be ENABLED with an authorizationConfig, but is "DISABLED".',
      ],
    ],
  },
  {
    rule: 'on an EFS access point have no root of their own',
    accepts: [efs({ transitEncryption: 'ENABLED', authorizationConfig: { accessPointId: 'fsap-1' } })],
    refuses: [
      [
        efs({
          transitEncryption: 'ENABLED',
          authorizationConfig: { accessPointId: 'fsap-1' },
          rootDirectory: '/home',
        }),
        'volumes[0].efsVolumeConfiguration.rootDirectory must be absent or / with an access point, but is "/home".',
      ],
    ],
  },
  {
    rule: 'on EFS switch with ENABLED and DISABLED only',
    accepts: [efs({ transitEncryption: 'DISABLED' })],
    refuses: [
      [
        efs({ transitEncryption: 'YES' }),
        'volumes[0].efsVolumeConfiguration.transitEncryption must be one of ENABLED, DISABLED, but is "YES".',
      ],
      [
        efs({ authorizationConfig: { iam: 'YES' } }),
        'volumes[0].efsVolumeConfiguration.authorizationConfig.iam must be one of ENABLED, DISABLED, but is "YES".',
      ],
    ],
  },
  {
    rule: 'have ports from 0 to 65535',
    accepts: [efs({ transitEncryptionPort: 65_535 })],
    refuses: [
      [
        efs({ transitEncryptionPort: 65_536 }),
        'volumes[0].efsVolumeConfiguration.transitEncryptionPort must be a whole number from 0 to 65535, but is 65536.',
      ],
    ],
  },
  {
    rule: 'on S3 Files name their file system',
    accepts: [[{ name: 's', s3filesVolumeConfiguration: { fileSystemArn: 'arn' } }]],
    refuses: [
      [
        [{ name: 's', s3filesVolumeConfiguration: {} }],
        'volumes[0].s3filesVolumeConfiguration.fileSystemArn is required.',
      ],
    ],
  },
]);

describeRules<readonly Volume[]>(
  'volumes on Fargate',
  (input) => volumesProblems('volumes', input, 'FARGATE'),
  [
    {
      rule: 'have no path on the host',
      accepts: [[{ name: 'scratch' }], [{ name: 'scratch', host: {} }], efs()],
      refuses: [
        [
          [{ name: 'h', host: { sourcePath: '/var' } }],
          'volumes[0].host.sourcePath is not allowed on Fargate, but is "/var".',
        ],
      ],
    },
  ],
);

describeRules<readonly MountPoint[]>(
  'mount points',
  (input) => mountPointsProblems('mountPoints', input, [{ name: 'data' }]),
  [
    {
      rule: 'name a path and a declared volume',
      accepts: [[], [{ containerPath: '/data', sourceVolume: 'data', readOnly: true }]],
      refuses: [
        [[{ sourceVolume: 'data' }], 'mountPoints[0].containerPath is required.'],
        [[{ containerPath: '/data' }], 'mountPoints[0].sourceVolume is required.'],
        [
          [{ containerPath: '/data', sourceVolume: 'other' }],
          'mountPoints[0].sourceVolume must be the name of a declared volume, but is "other".',
        ],
      ],
    },
  ],
);
