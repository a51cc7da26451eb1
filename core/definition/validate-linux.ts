// Rules of a container's Linux settings: ulimits and linuxParameters.
import { SWAPPINESS_MAX } from './limits.ts';
import {
  NO_PROBLEMS,
  absentProblems,
  eachProblems,
  oneOfProblems,
  problem,
  requiredProblems,
  uniqueProblems,
  wholeNumberProblems,
  type Problems,
} from './problem.ts';
import type { LinuxParameters, Platform, Ulimit } from './wire.ts';

const ULIMIT_NAMES =
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  );

const DEVICE_PERMISSIONS = ['READ', 'WRITE', 'MKNOD'];

const TMPFS_OPTIONS = new Set(
  (
    'defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime noatime diratime ' +
    'nodiratime bind rbind unbindable runbindable private rprivate shared rshared slave rslave relatime norelatime ' +
    'strictatime nostrictatime mode uid gid nr_inodes nr_blocks mpol'
  ).split(' '),
);

export function ulimitsProblems(
  field: string,
  ulimits: readonly Ulimit[] | undefined,
  platform: Platform,
): Problems {
  if (platform === 'FARGATE' && ulimits !== undefined && ulimits.length > 0) {
    return problem(field, 'is not allowed on Fargate', ulimits);
  }
  return [
    ...eachProblems(field, ulimits, ulimitProblems),
    ...uniqueProblems(
      `${field}.name`,
      (ulimits ?? []).map(({ name }) => name),
    ),
  ];
}

function ulimitProblems(field: string, { name, softLimit, hardLimit }: Ulimit): Problems {
  // -1 is Linux's word for no limit.
  const isOrdered = hardLimit === -1 || (softLimit !== -1 && softLimit <= hardLimit);
  return [
    ...oneOfProblems(`${field}.name`, name, ULIMIT_NAMES),
    ...wholeNumberProblems(`${field}.softLimit`, softLimit, { min: -1 }),
    ...wholeNumberProblems(`${field}.hardLimit`, hardLimit, { min: -1 }),
    ...(isOrdered
      ? NO_PROBLEMS
      : problem(`${field}.softLimit`, `must be at most the hard limit ${hardLimit}`, softLimit)),
  ];
}

export function linuxParametersProblems(
  field: string,
  linux: LinuxParameters | undefined,
  platform: Platform,
): Problems {
  if (linux === undefined) return NO_PROBLEMS;
  const { devices, tmpfs, sharedMemorySize, maxSwap, swappiness } = linux;
  if (platform === 'FARGATE') {
    const ec2Only = { devices, sharedMemorySize, tmpfs, maxSwap, swappiness };
    return absentProblems(field, ec2Only, 'on Fargate');
  }
  return [
    ...eachProblems(`${field}.devices`, devices, (path, { hostPath, permissions }) => [
      ...requiredProblems(`${path}.hostPath`, hostPath),
      ...eachProblems(`${path}.permissions`, permissions, (at, permission) =>
        oneOfProblems(at, permission, DEVICE_PERMISSIONS),
      ),
    ]),
    ...eachProblems(`${field}.tmpfs`, tmpfs, (path, { containerPath, size, mountOptions }) => [
      ...requiredProblems(`${path}.containerPath`, containerPath),
      ...wholeNumberProblems(`${path}.size`, size, { min: 1 }),
      ...eachProblems(`${path}.mountOptions`, mountOptions, mountOptionProblems),
    ]),
    ...wholeNumberProblems(`${field}.sharedMemorySize`, sharedMemorySize, { min: 1 }),
    ...wholeNumberProblems(`${field}.maxSwap`, maxSwap, { min: 0 }),
    ...wholeNumberProblems(`${field}.swappiness`, swappiness, { min: 0, max: SWAPPINESS_MAX }),
  ];
}

/** An option may carry a value: `mode=1777`, `uid=1000`. */
function mountOptionProblems(field: string, option: string): Problems {
  const [name = ''] = option.split('=', 1);
  return TMPFS_OPTIONS.has(name) ? NO_PROBLEMS : problem(field, 'must be a tmpfs mount option', option);
}
