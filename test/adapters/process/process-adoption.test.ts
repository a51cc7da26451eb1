import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { recordFileOf } from '../../../adapters/files/task-paths.ts';
import { hostHierarchy } from '../../../adapters/process/cgroup-hierarchies.ts';
import { aDataDir, aProcessLauncher, aScript, aTask, isProcessAlive, until } from './a-process-launcher.ts';
import { aDoomedServer } from './a-doomed-server.ts';
import { readFile, stat } from 'node:fs/promises';

const MODES = [{ limits: 'auto' as const }, { limits: 'off' as const }].filter(
  ({ limits }) => limits === 'off' || hostHierarchy() !== undefined,
);

describe.each(MODES)('after the server was killed (limits $limits)', ({ limits }) => {
  test('a running job runs on, is adopted with its start time, and its exit code arrives', async () => {
    const dataDir = await aDataDir();
    const task = aScript('echo $$; while [ ! -e go ]; do sleep 0.02; done; exit 5');
    const server = aDoomedServer(dataDir, [task], limits);
    const before = await server.next();
    await server.kill();
    const home = await aProcessLauncher({ dataDir, limits });
    expect(await home.launcher.adopt(task.attemptId, task.taskId)).toBe('adopted');
    const running = await home.running(task.attemptId);
    expect(Math.abs(running.atMs - before.atMs)).toBeLessThan(1_000);
    writeFileSync(`${recordFileOf(dataDir, task.taskId).replace(/\.job$/, '')}/go`, '');
    const { exit } = await home.exited(task.attemptId);
    expect(exit).toEqual({ cause: 'exited', exitCode: 5, startedAtMs: running.atMs });
  });

  test('a job that ended meanwhile is told with its exit code and the time of its end', async () => {
    const dataDir = await aDataDir();
    const task = aScript('sleep 0.3; exit 6');
    const server = aDoomedServer(dataDir, [task], limits);
    await server.next();
    await server.kill();
    const record = recordFileOf(dataDir, task.taskId);
    await until(
      'the exit code',
      async () => (await readFile(record, 'utf8')).endsWith('\nexit 6\n') || undefined,
    );
    const home = await aProcessLauncher({ dataDir, limits });
    expect(await home.launcher.adopt(task.attemptId, task.taskId)).toBe('adopted');
    const { exit, atMs } = await home.exited(task.attemptId);
    expect(exit).toMatchObject({ cause: 'exited', exitCode: 6 });
    expect(atMs).toBe(Math.floor((await stat(record)).mtimeMs));
  });

  test('starting the same attempt again starts nothing', async () => {
    const dataDir = await aDataDir();
    const task = aScript('echo once; sleep 0.4; exit 7');
    const server = aDoomedServer(dataDir, [task], limits);
    await server.next();
    await server.kill();
    const home = await aProcessLauncher({ dataDir, limits });
    expect(await home.launcher.start(task)).toEqual({ started: true });
    expect((await home.exited(task.attemptId)).exit.exitCode).toBe(7);
    expect(await home.logOf(task.taskId)).toBe('once');
  });

  test('an adopted job can be stopped, and what it left behind goes too', async () => {
    const dataDir = await aDataDir();
    const task = aScript('trap "" TERM; sleep 30 & echo $!; wait; sleep 30');
    const server = aDoomedServer(dataDir, [task], limits);
    await server.next();
    await server.kill();
    const home = await aProcessLauncher({ dataDir, limits });
    await home.launcher.adopt(task.attemptId, task.taskId);
    const child = Number(
      await until('the job to print', async () => (await home.logOf(task.taskId)) || undefined),
    );
    await home.launcher.stop(task.attemptId, 0);
    expect((await home.exited(task.attemptId)).exit).toMatchObject({ cause: 'exited', exitCode: 137 });
    await until('its child to end', () => !isProcessAlive(child) || undefined);
  });

  test('a job whose slot shell was killed without a word was lost with its host', async () => {
    const dataDir = await aDataDir();
    const task = aScript('echo $PPID $$; sleep 30');
    const server = aDoomedServer(dataDir, [task], limits);
    await server.next();
    const home = await aProcessLauncher({ dataDir, limits });
    const pids = (
      await until('the job to print', async () => (await home.logOf(task.taskId)) || undefined)
    ).split(' ');
    await server.kill();
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
    await until('both to end', () => !pids.some((pid) => isProcessAlive(Number(pid))) || undefined);
    expect(await home.launcher.adopt(task.attemptId, task.taskId)).toBe('adopted');
    const { exit } = await home.exited(task.attemptId);
    expect(exit).toMatchObject({ cause: 'host-lost' });
    expect(exit).not.toHaveProperty('exitCode');
  });
});

test('a stop that the killed server had begun is finished by the next', async () => {
  const dataDir = await aDataDir();
  const task = aScript('trap "" TERM; sleep 30; sleep 30');
  const server = aDoomedServer(dataDir, [task]);
  await server.next();
  await server.kill();
  appendFileSync(recordFileOf(dataDir, task.taskId), `stop ${Date.now() + 200}\n`);
  const home = await aProcessLauncher({ dataDir });
  await home.launcher.adopt(task.attemptId, task.taskId);
  expect((await home.exited(task.attemptId)).exit).toMatchObject({ cause: 'exited', exitCode: 137 });
});

describe('adopt', () => {
  test('does not know what it has no trace of', async () => {
    const { launcher } = await aProcessLauncher();
    const { attemptId, taskId } = aTask();
    expect(await launcher.adopt(attemptId, taskId)).toBe('unknown');
    expect(await launcher.adopt(attemptId, 'not a task id')).toBe('unknown');
  });

  test('does not know an attempt whose server died before a shell could hear of it, and start runs it once', async () => {
    const { launcher, dataDir, exited, logOf } = await aProcessLauncher();
    for (const text of ['', '# slipway-att', '# slipway-attempt 1 5000 99999999 1 x - 0\nset --']) {
      const task = aScript('echo ran');
      mkdirSync(recordFileOf(dataDir, task.taskId).replace(/\.job$/, ''), { recursive: true });
      writeFileSync(recordFileOf(dataDir, task.taskId), text);
      expect(await launcher.adopt(task.attemptId, task.taskId)).toBe('unknown');
      expect(await launcher.start(task)).toEqual({ started: true });
      expect((await exited(task.attemptId)).exit.exitCode).toBe(0);
      expect(await logOf(task.taskId)).toBe('ran');
    }
  });

  test('tells again that an attempt could not start', async () => {
    const dataDir = await aDataDir();
    const task = aTask({ command: ['nope'] });
    const first = await aProcessLauncher({ dataDir });
    await first.launcher.start(task);
    const second = await aProcessLauncher({ dataDir });
    expect(await second.launcher.adopt(task.attemptId, task.taskId)).toBe('adopted');
    expect((await second.exited(task.attemptId)).exit).toEqual((await first.exited(task.attemptId)).exit);
  });

  test('a closed launcher leaves its jobs running for the next', async () => {
    const dataDir = await aDataDir();
    const task = aScript('sleep 0.3; exit 8');
    const first = await aProcessLauncher({ dataDir });
    await first.launcher.start(task);
    await first.running(task.attemptId);
    await first.launcher.close();
    const second = await aProcessLauncher({ dataDir });
    expect(await second.launcher.adopt(task.attemptId, task.taskId)).toBe('adopted');
    expect((await second.exited(task.attemptId)).exit.exitCode).toBe(8);
    expect(first.observations.filter(({ kind }) => kind === 'exited')).toEqual([]);
  });
});
