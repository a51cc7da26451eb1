import { linuxParametersProblems, ulimitsProblems } from '../../../core/definition/validate-linux.ts';
import type { LinuxParameters, Ulimit } from '../../../core/definition/wire.ts';
import { describeRules } from './rule-table.ts';

const NAMES =
  'core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack';
const nofile = (softLimit: number, hardLimit: number): Ulimit[] => [{ name: 'nofile', softLimit, hardLimit }];

describeRules<readonly Ulimit[]>('ulimits', (input) => ulimitsProblems('ulimits', input, 'EC2'), [
  {
    rule: 'have a known name, once each',
    accepts: [[], nofile(1, 2)],
    refuses: [
      [
        [{ name: 'files', softLimit: 1, hardLimit: 1 }],
        `ulimits[0].name must be one of ${NAMES}, but is "files".`,
      ],
      [[...nofile(1, 2), ...nofile(1, 2)], 'ulimits.name must be unique, but is "nofile".'],
    ],
  },
  {
    rule: 'have a soft limit of at most the hard limit, -1 being none',
    accepts: [nofile(5, 5), nofile(-1, -1), nofile(5, -1)],
    refuses: [
      [nofile(6, 5), 'ulimits[0].softLimit must be at most the hard limit 5, but is 6.'],
      [nofile(-1, 5), 'ulimits[0].softLimit must be at most the hard limit 5, but is -1.'],
      [nofile(-2, 5), 'ulimits[0].softLimit must be a whole number of at least -1, but is -2.'],
    ],
  },
]);

describeRules<readonly Ulimit[]>(
  'ulimits on Fargate',
  (input) => ulimitsProblems('ulimits', input, 'FARGATE'),
  [
    {
      rule: 'may only be an empty list',
      accepts: [[]],
      refuses: [
        [
          nofile(1, 2),
          'ulimits is not allowed on Fargate, but is [{"name":"nofile","softLimit":1,"hardLimit":2}].',
        ],
      ],
    },
  ],
);

describeRules<LinuxParameters>('linuxParameters', (input) => linuxParametersProblems('l', input, 'EC2'), [
  {
    rule: 'may be empty',
    accepts: [{}, { devices: [], tmpfs: [], initProcessEnabled: true }],
    refuses: [[{ swappiness: 101 }, 'l.swappiness must be a whole number from 0 to 100, but is 101.']],
  },
  {
    rule: 'devices have a host path and known permissions',
    accepts: [{ devices: [{ hostPath: '/dev/fuse', permissions: ['READ', 'WRITE', 'MKNOD'] }] }],
    refuses: [
      [{ devices: [{ hostPath: '' }] }, 'l.devices[0].hostPath is required.'],
      [
        { devices: [{ hostPath: '/dev/fuse', permissions: ['EXEC'] }] },
        'l.devices[0].permissions[0] must be one of READ, WRITE, MKNOD, but is "EXEC".',
      ],
    ],
  },
  {
    rule: 'tmpfs have a path, a size of at least 1 MiB and known options',
    accepts: [{ tmpfs: [{ containerPath: '/t', size: 1, mountOptions: ['noexec', 'mode=1777'] }] }],
    refuses: [
      [{ tmpfs: [{ containerPath: '', size: 1 }] }, 'l.tmpfs[0].containerPath is required.'],
      [
        { tmpfs: [{ containerPath: '/t', size: 0 }] },
        'l.tmpfs[0].size must be a whole number of at least 1, but is 0.',
      ],
      [
        { tmpfs: [{ containerPath: '/t', size: 1, mountOptions: ['fast'] }] },
        'l.tmpfs[0].mountOptions[0] must be a tmpfs mount option, but is "fast".',
      ],
    ],
  },
  {
    rule: 'amounts are whole numbers in range',
    accepts: [{ sharedMemorySize: 1, maxSwap: 0, swappiness: 0 }],
    refuses: [
      [{ sharedMemorySize: 0 }, 'l.sharedMemorySize must be a whole number of at least 1, but is 0.'],
      [{ maxSwap: -1 }, 'l.maxSwap must be a whole number of at least 0, but is -1.'],
      [{ swappiness: -1 }, 'l.swappiness must be a whole number from 0 to 100, but is -1.'],
    ],
  },
]);

describeRules<LinuxParameters>(
  'linuxParameters on Fargate',
  (input) => linuxParametersProblems('l', input, 'FARGATE'),
  [
    {
      rule: 'may only ask for an init process',
      accepts: [{ initProcessEnabled: true, devices: [], tmpfs: [] }],
      refuses: [
        [
          { devices: [{ hostPath: '/dev/fuse' }] },
          'l.devices is not allowed on Fargate, but is [{"hostPath":"/dev/fuse"}].',
        ],
        [{ sharedMemorySize: 64 }, 'l.sharedMemorySize is not allowed on Fargate, but is 64.'],
        [
          { tmpfs: [{ containerPath: '/t', size: 1 }] },
          'l.tmpfs is not allowed on Fargate, but is [{"containerPath":"/t","size":1}].',
        ],
        [{ maxSwap: 0 }, 'l.maxSwap is not allowed on Fargate, but is 0.'],
        [{ swappiness: 60 }, 'l.swappiness is not allowed on Fargate, but is 60.'],
      ],
    },
  ],
);
