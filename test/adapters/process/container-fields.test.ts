import { describe, expect, test } from 'vitest';
import { resourceLimits } from '../../../adapters/process/resource-limits.ts';
import { processNote, unsupportedFields } from '../../../adapters/process/unsupported-fields.ts';

describe('resourceLimits', () => {
  test.each([
    ['nofile', 10, 20, { flags: ['-n'], soft: '10', hard: '20' }],
    ['memlock', 65_536, -1, { flags: ['-l'], soft: '64', hard: 'unlimited' }],
    ['fsize', 1_048_576, 2_097_152, { flags: ['-f'], soft: '2048', hard: '4096' }],
    ['nproc', 5, 5, { flags: ['-u', '-p'], soft: '5', hard: '5' }],
  ])('%s in the units of the shell', (name, softLimit, hardLimit, expected) => {
    expect(resourceLimits([{ name, softLimit, hardLimit }])).toEqual([expected]);
  });

  test('leaves out what the shells do not agree on', () => {
    expect(resourceLimits([{ name: 'msgqueue', softLimit: 1, hardLimit: 1 }])).toEqual([]);
  });
});

describe('unsupportedFields', () => {
  test('names what a host process goes without, and nothing that was not asked for', () => {
    expect(
      unsupportedFields({ command: ['true'], ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 1 }] }),
    ).toEqual([]);
    expect(
      unsupportedFields({
        image: 'busybox',
        user: 'nobody',
        privileged: true,
        readonlyRootFilesystem: false,
        volumes: [],
        mountPoints: [{ containerPath: '/x', sourceVolume: 'v' }],
        linuxParameters: { sharedMemorySize: 64 },
        ulimits: [{ name: 'rtprio', softLimit: 1, hardLimit: 1 }],
      }),
    ).toEqual(['image', 'user', 'privileged', 'mountPoints', 'linuxParameters', 'ulimits.rtprio']);
  });
});

test('a note says both, or nothing', () => {
  expect(processNote([], [])).toBeUndefined();
  expect(processNote(['image'], ['cpu'])).toBe(
    'Runs as a process of this host, without: image. Not limited by cgroup: cpu.',
  );
});
