import { describe, expect, test } from 'vitest';
import { findHierarchy } from '../../../adapters/process/cgroup-hierarchies.ts';
import type { Hierarchy } from '../../../adapters/process/cgroup-hierarchies.ts';

interface Host {
  readonly mountInfo: string;
  readonly ownGroups: string;
  readonly writable: RegExp;
  readonly files?: Readonly<Record<string, string>>;
}

function find({ mountInfo, ownGroups, writable, files = {} }: Host): Hierarchy | undefined {
  return findHierarchy({
    mountInfo,
    ownGroups,
    isWritable: (path) => writable.test(path),
    read: (file) => files[file] ?? '',
  });
}

const V1 = ['memory', 'cpu,cpuacct', 'pids']
  .map((name, index) => `3${index} 25 0:3${index} / /sys/fs/cgroup/${name} rw - cgroup cgroup rw,${name}`)
  .join('\n');
const V2 = '35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw';
const SCOPE = '/sys/fs/cgroup/user.slice/app.slice/term.scope';

describe('v1', () => {
  test('groups go below our own, in each controller we may write', () => {
    const host = {
      mountInfo: V1,
      ownGroups: '4:memory:/a/b\n3:cpu,cpuacct:/\n2:pids:/a\n',
      writable: /memory|cpu/,
    };
    expect(find(host)).toEqual({
      version: 1,
      parents: { memory: '/sys/fs/cgroup/memory/a/b', cpu: '/sys/fs/cgroup/cpu,cpuacct' },
    });
  });

  test('a mount that shows only our part of the tree is followed from there', () => {
    const mountInfo = '30 25 0:30 /docker/c1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory';
    expect(find({ mountInfo, ownGroups: '4:memory:/docker/c1/x', writable: /./ })).toEqual({
      version: 1,
      parents: { memory: '/sys/fs/cgroup/memory/x' },
    });
    expect(find({ mountInfo, ownGroups: '4:memory:/docker', writable: /./ })).toBeUndefined();
  });
});

describe('v2', () => {
  const withFiles = (files: Readonly<Record<string, string>>): Hierarchy | undefined =>
    find({ mountInfo: V2, ownGroups: '0::/user.slice/app.slice/term.scope', writable: /app\.slice/, files });

  test('groups go beside ours where the slice hands controllers down', () => {
    expect(
      withFiles({
        [`${SCOPE}/cgroup.procs`]: '77\n',
        [`${SCOPE}/cgroup.controllers`]: 'memory pids\n',
        '/sys/fs/cgroup/user.slice/app.slice/cgroup.procs': '',
        '/sys/fs/cgroup/user.slice/app.slice/cgroup.controllers': 'memory pids',
        '/sys/fs/cgroup/user.slice/app.slice/cgroup.subtree_control': 'memory pids',
      }),
    ).toEqual({ version: 2, parent: '/sys/fs/cgroup/user.slice/app.slice', controllers: ['memory', 'pids'] });
  });

  test('a group with processes of its own is passed over', () => {
    expect(
      withFiles({ [`${SCOPE}/cgroup.procs`]: '77\n', [`${SCOPE}/cgroup.controllers`]: 'memory' }),
    ).toBeUndefined();
  });

  test('without the memory controller v1 is looked for', () => {
    const host = { mountInfo: `${V2}\n${V1}`, ownGroups: '0::/\n4:memory:/\n', writable: /./ };
    expect(find(host)).toMatchObject({ version: 1 });
  });
});

test('a host without cgroups, or with none for us, offers nothing', () => {
  expect(find({ mountInfo: '', ownGroups: '', writable: /./ })).toBeUndefined();
  expect(
    find({ mountInfo: `${V1}\n${V2}`, ownGroups: '4:memory:/\n0::/', writable: /never/ }),
  ).toBeUndefined();
});
