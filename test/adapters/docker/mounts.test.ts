import { describe, expect, it } from 'vitest';
import type { ContainerSpec } from '../../../core/job/spec.ts';
import { mountsOf } from '../../../adapters/docker/mounts.ts';
import { aTask } from './a-task.ts';

const TASK_ID = 'cd'.repeat(16);

const planOf = (spec: ContainerSpec): ReturnType<typeof mountsOf> =>
  mountsOf(aTask({ taskId: TASK_ID, spec }));

describe('mountsOf', () => {
  it('binds host paths, writable unless told otherwise', () => {
    const plan = planOf({
      volumes: [
        { name: 'in', host: { sourcePath: '/srv/in' } },
        { name: 'out', host: { sourcePath: '/srv/out' } },
      ],
      mountPoints: [
        { sourceVolume: 'in', containerPath: '/in', readOnly: true },
        { sourceVolume: 'out', containerPath: '/out' },
      ],
    });
    expect(plan).toEqual({
      fits: true,
      body: { Binds: ['/srv/in:/in:ro', '/srv/out:/out:rw'] },
      volumeNames: [],
    });
  });

  it('gives the containers of one task one volume', () => {
    const plan = mountsOf(
      aTask({
        taskId: TASK_ID,
        partOf: 'ab'.repeat(16),
        spec: {
          volumes: [{ name: 'scratch' }],
          mountPoints: [{ sourceVolume: 'scratch', containerPath: '/a' }],
        },
      }),
    );
    expect(plan).toMatchObject({ volumeNames: [`slipway-${'ab'.repeat(16)}-scratch`] });
  });

  it.each([[{}], [{ host: {} }], [{ host: { sourcePath: '' } }]])(
    'gives a volume without a host path (%j) to the task, one for all its mount points',
    (where) => {
      const plan = planOf({
        volumes: [{ name: 'scratch', ...where }],
        mountPoints: [
          { sourceVolume: 'scratch', containerPath: '/a' },
          { sourceVolume: 'scratch', containerPath: '/b', readOnly: true },
        ],
      });
      const Source = `slipway-${TASK_ID}-scratch`;
      expect(plan).toMatchObject({
        volumeNames: [Source],
        body: {
          Mounts: [
            { Type: 'volume', Source, Target: '/a', ReadOnly: false },
            { Type: 'volume', Source, Target: '/b', ReadOnly: true },
          ],
        },
      });
    },
  );

  it('leaves out volumes that nothing mounts, an Amazon EFS one too', () => {
    const plan = planOf({
      volumes: [{ name: 'a' }, { name: 'e', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }],
    });
    expect(plan).toEqual({ fits: true, body: {}, volumeNames: [] });
  });

  it('writes tmpfs sizes in MiB after the other options', () => {
    const tmpfs = [
      { containerPath: '/t', size: 16, mountOptions: ['noexec', 'mode=700'] },
      { containerPath: '/u', size: 1 },
    ];
    expect(planOf({ linuxParameters: { tmpfs } })).toMatchObject({
      body: { Tmpfs: { '/t': 'noexec,mode=700,size=16m', '/u': 'size=1m' } },
    });
  });

  it.each<[string, NonNullable<ContainerSpec['volumes']>[number], string, string]>([
    [
      'an unknown volume',
      { name: 'other' },
      '/x',
      'mountPoints names the volume "v", which volumes does not define.',
    ],
    [
      'an EFS volume',
      { name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-1' } },
      '/x',
      'volume "v" is on Amazon EFS, which this machine cannot mount; use host.sourcePath.',
    ],
    [
      'a relative host path',
      { name: 'v', host: { sourcePath: 'etc' } },
      '/x',
      'volume "v" must have an absolute host.sourcePath, not "etc".',
    ],
    [
      'a relative container path',
      { name: 'v' },
      'x',
      'the mount point of volume "v" must have an absolute containerPath, not "x".',
    ],
    [
      'a colon, which would read as an option',
      { name: 'v', host: { sourcePath: '/a:ro' } },
      '/x',
      'volume "v" must have paths without ":", not "/a:ro" and "/x".',
    ],
  ])('refuses %s', (_, volume, containerPath, reason) => {
    const plan = planOf({ volumes: [volume], mountPoints: [{ sourceVolume: 'v', containerPath }] });
    expect(plan).toEqual({ fits: false, reason: `CannotCreateContainerError: ${reason}` });
  });
});
