import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { OUT_OF_MEMORY } from '../../../adapters/process/attempt-exit.ts';
import { hostHierarchy } from '../../../adapters/process/cgroup-hierarchies.ts';
import { aProcessLauncher, aScript, aTask } from './a-process-launcher.ts';

const hierarchy = hostHierarchy();
const canLimitMemory =
  hierarchy?.version === 1 ? hierarchy.parents.memory !== undefined : hierarchy !== undefined;
/** Grows to about 256 MiB if nobody stops it. */
const HUNGRY = 'x=$(head -c 268435456 /dev/zero | tr "\\0" a); echo ${#x}';

test('a job that could not be limited says so', async () => {
  const { running, launcher } = await aProcessLauncher({ limits: 'off' });
  const task = aTask({ spec: { image: 'busybox', user: 'nobody' } });
  await launcher.start(task);
  const { note } = await running(task.attemptId);
  expect(note).toContain('without: image, user.');
  expect(note).toContain('Not limited by cgroup: memory, cpu, pids');
});

// Where no memory cgroup may be written the note is what there is to test; the test above does.
describe.skipIf(!canLimitMemory)('with a memory cgroup', () => {
  test('a job that takes more memory than it asked for is killed for it, and the next is not', async () => {
    const { run } = await aProcessLauncher({ maxSlots: 1 });
    const demand = { vcpus: 1, memoryMiB: 32, gpus: 0 };
    expect(
      (await run(aScript(`exec sh -c '${HUNGRY.replaceAll("'", "'\\''")}'`, { demand }))).exit,
    ).toMatchObject({
      cause: 'exited',
      exitCode: expect.any(Number),
      reason: OUT_OF_MEMORY,
    });
    const next = await run(aScript('kill -KILL $$', { demand }));
    expect(next.exit).toMatchObject({ exitCode: 137 });
    expect(next.exit.reason).toBeUndefined();
  });

  test('the process itself being the victim ends as 137', async () => {
    const { run } = await aProcessLauncher();
    const task = aTask({
      command: ['/usr/bin/env', 'tail', '/dev/zero'],
      demand: { vcpus: 1, memoryMiB: 32, gpus: 0 },
    });
    expect((await run(task)).exit).toMatchObject({ exitCode: 137, reason: OUT_OF_MEMORY });
  });

  test('a reused slot has the limits of the job it runs', async () => {
    const { run } = await aProcessLauncher({ maxSlots: 1 });
    const limitOf = async (memoryMiB: number, vcpus: number): Promise<string> =>
      (await run(aScript(READ_LIMITS, { demand: { vcpus, memoryMiB, gpus: 0 } }))).log;
    const half = availableParallelism() / 2;
    expect(await limitOf(64, half)).toBe(`${64 * 2 ** 20} ${half * 100_000}`);
    expect(await limitOf(32, half)).toBe(`${32 * 2 ** 20} ${half * 100_000}`);
    expect(await limitOf(128, availableParallelism())).toMatch(new RegExp(`^${128 * 2 ** 20} (-1|max)$`));
  });

  test('nothing is noted, and no cgroup is left when the launcher closes', async () => {
    const { run, launcher, observations } = await aProcessLauncher();
    await run(aTask());
    expect(observations[0]).not.toHaveProperty('note');
    const name = /slipway-[0-9a-f]{12}/.exec((await run(aScript('cat /proc/self/cgroup'))).log)?.[0];
    expect(name).toBeDefined();
    await launcher.close();
    const parents = hierarchy?.version === 1 ? Object.values(hierarchy.parents) : [hierarchy?.parent ?? ''];
    for (const parent of parents) expect(readdirSync(parent)).not.toContain(name);
  });
});

const CGROUP_OF = (controller: string): string =>
  existsSync('/sys/fs/cgroup/cgroup.controllers')
    ? '/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)'
    : `${mountOf(controller)}$(sed -n "s/^[0-9]*:${controller}://p" /proc/self/cgroup)`;
const READ_LIMITS =
  hierarchy?.version === 2
    ? `c=${CGROUP_OF('')}; read m <$c/memory.max; read q p <$c/cpu.max; echo $m $q`
    : `read m <${CGROUP_OF('memory')}/memory.limit_in_bytes; read q <${CGROUP_OF('cpu')}/cpu.cfs_quota_us; echo $m $q`;

function mountOf(controller: string): string {
  const line = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .find((mount) => mount.includes(' cgroup ') && mount.split(' ')[3]?.split(',').includes(controller));
  return line?.split(' ')[1] ?? `/sys/fs/cgroup/${controller}`;
}
