import { describe, expect, test } from 'vitest';
import { aProcessLauncher, aScript, isProcessAlive, until } from './a-process-launcher.ts';
import type { TestLauncher } from './a-process-launcher.ts';
import { hostHierarchy } from '../../../adapters/process/cgroup-hierarchies.ts';
import { SHELLS } from './shells.ts';

/** Waits until the job's log holds this many lines. */
function lines(home: TestLauncher, taskId: string, count: number): Promise<readonly string[]> {
  return until('the job to print', async () => {
    const printed = (await home.logOf(taskId)).split('\n').filter(Boolean);
    return printed.length >= count ? printed : undefined;
  });
}

function allEnded(pids: readonly string[]): Promise<true> {
  return until(
    `${pids.join(' ')} to end`,
    () => pids.every((pid) => !isProcessAlive(Number(pid))) || undefined,
  );
}

const MODES = [
  { name: 'by cgroup', limits: 'auto' as const },
  { name: 'by session', limits: 'off' as const },
].filter(({ limits }) => limits === 'off' || hostHierarchy() !== undefined);

describe.each(MODES)('stop, with processes found $name', ({ limits }) => {
  test('lets a job that handles SIGTERM end with its own exit code', async () => {
    const home = await aProcessLauncher({ limits });
    const task = aScript('trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.05; done');
    await home.launcher.start(task);
    await lines(home, task.taskId, 1);
    await home.launcher.stop(task.attemptId, 30);
    expect((await home.exited(task.attemptId)).exit).toMatchObject({ cause: 'exited', exitCode: 3 });
    expect(await home.logOf(task.taskId)).toContain('bye');
  });

  test('ends a job that does not handle SIGTERM at once, as 143', async () => {
    const home = await aProcessLauncher({ limits });
    const task = aScript('exec sleep 30');
    await home.launcher.start(task);
    await home.running(task.attemptId);
    await home.launcher.stop(task.attemptId, 30);
    expect((await home.exited(task.attemptId)).exit).toMatchObject({ cause: 'exited', exitCode: 143 });
  });

  test('kills a job that ignores SIGTERM when its grace is over, and the slot lives on', async () => {
    const home = await aProcessLauncher({ limits, maxSlots: 1 });
    const task = aScript('trap "" TERM; echo $PPID; sleep 30 & wait; sleep 30');
    await home.launcher.start(task);
    const [slot] = await lines(home, task.taskId, 1);
    const stoppedAt = Date.now();
    await home.launcher.stop(task.attemptId, 1);
    const { exit } = await home.exited(task.attemptId);
    expect(exit).toMatchObject({ cause: 'exited', exitCode: 137 });
    expect(Date.now() - stoppedAt).toBeGreaterThanOrEqual(1_000);
    expect((await home.run(aScript('echo $PPID'))).log).toBe(slot);
  });

  test('a later stop with less grace wins', async () => {
    const home = await aProcessLauncher({ limits });
    const task = aScript('trap "" TERM; echo up; while :; do sleep 0.05; done');
    await home.launcher.start(task);
    await lines(home, task.taskId, 1);
    await home.launcher.stop(task.attemptId, 300);
    await home.launcher.stop(task.attemptId, 0);
    expect((await home.exited(task.attemptId)).exit).toMatchObject({ exitCode: 137 });
  });

  test('reaches children in the background and in sessions of their own', async () => {
    const home = await aProcessLauncher({ limits });
    const task = aScript('trap "" TERM; sleep 30 & echo $!; setsid sleep 30 & echo $!; wait; wait; sleep 30');
    await home.launcher.start(task);
    const children = await lines(home, task.taskId, 2);
    await home.launcher.stop(task.attemptId, 0);
    expect((await home.exited(task.attemptId)).exit.exitCode).toBe(137);
    await allEnded(children);
  });

  test('what a command leaves behind is killed, exit code kept', async () => {
    const home = await aProcessLauncher({ limits });
    const { exit, log } = await home.run(
      aScript('trap "" TERM HUP; (sleep 30 & echo $!); sleep 30 & echo $!; exit 4'),
    );
    expect(exit.exitCode).toBe(4);
    await allEnded(log.split('\n'));
  });

  test('what a command leaves behind does not outlive the launcher either', async () => {
    const home = await aProcessLauncher({ limits });
    const { log } = await home.run(aScript('(sleep 30 & echo $!)'));
    await home.launcher.close();
    await allEnded(log.split('\n'));
  });

  test('of an attempt that is only just starting is not lost', async () => {
    const home = await aProcessLauncher({ limits });
    const task = aScript('exec sleep 30');
    await home.launcher.start(task);
    await home.launcher.stop(task.attemptId, 1);
    const { exit } = await home.exited(task.attemptId);
    expect([137, 143]).toContain(exit.exitCode);
  });

  test('of one job leaves the others alone', async () => {
    const home = await aProcessLauncher({ limits });
    const doomed = aScript('exec sleep 30');
    const other = aScript('sleep 0.5; exit 9');
    await Promise.all([home.launcher.start(doomed), home.launcher.start(other)]);
    await Promise.all([home.running(doomed.attemptId), home.running(other.attemptId)]);
    await home.launcher.stop(doomed.attemptId, 0);
    expect((await home.exited(other.attemptId)).exit.exitCode).toBe(9);
  });

  test('does nothing for attempts that are unknown or have ended', async () => {
    const home = await aProcessLauncher({ limits });
    const task = aScript('exit 0');
    await home.run(task);
    await home.launcher.stop(task.attemptId, 0);
    await home.launcher.stop('nobody/1', 0);
    expect(home.observations.filter(({ kind }) => kind === 'exited')).toHaveLength(1);
  });
});

describe.skipIf(!hostHierarchy())('with cgroups', () => {
  test.each(SHELLS)(
    'even a daemon ends before its command is seen to have ended, under $name',
    async ({ shell }) => {
      const home = await aProcessLauncher({ shell });
      const { log } = await home.run(aScript('(setsid sleep 30 & echo $!); exit 0'));
      expect(isProcessAlive(Number(log))).toBe(false);
    },
  );
});
