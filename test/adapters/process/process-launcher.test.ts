import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { attemptFolderOf, recordFileOf } from '../../../adapters/files/task-paths.ts';
import { DEFAULT_PATH } from '../../../adapters/process/job-environment.ts';
import { aProcessLauncher, aScript, aTask, until } from './a-process-launcher.ts';
import { SHELLS } from './shells.ts';

describe('how an attempt ends', () => {
  test.each([0, 1, 7, 125, 126, 127, 255])('with exit code %i of the command itself', async (exitCode) => {
    const { run } = await aProcessLauncher();
    expect((await run(aScript(`exit ${exitCode}`))).exit).toMatchObject({ cause: 'exited', exitCode });
  });

  test.each([
    ['KILL', 137],
    ['TERM', 143],
    ['INT', 130],
    ['SEGV', 139],
  ])('by SIG%s as %i', async (signal, exitCode) => {
    const { run } = await aProcessLauncher();
    expect((await run(aScript(`kill -${signal} $$`))).exit).toMatchObject({ cause: 'exited', exitCode });
  });

  test('is observed after its start, with the time of the start', async () => {
    const { run, observations } = await aProcessLauncher();
    const task = aTask();
    const { exit } = await run(task);
    expect(observations.map(({ kind }) => kind)).toEqual(['running', 'exited']);
    // Where other nodes of its job would find it.
    expect(observations[0]).toMatchObject({ address: '127.0.0.1' });
    expect(exit.startedAtMs).toBe(observations[0]?.atMs);
    expect(observations[1]?.atMs).toBeGreaterThanOrEqual(observations[0]?.atMs ?? Infinity);
  });

  test('when the job kills its whole process group, slot shell included', async () => {
    const { run } = await aProcessLauncher();
    expect((await run(aScript('kill -KILL 0; sleep 5'))).exit).toMatchObject({
      cause: 'exited',
      exitCode: 137,
    });
    expect((await run(aScript('kill -TERM 0; sleep 5'))).exit).toMatchObject({
      cause: 'exited',
      exitCode: 143,
    });
    expect((await run(aTask())).exit).toMatchObject({ cause: 'exited', exitCode: 0 });
  });
});

describe('an attempt that cannot start', () => {
  const NOT_A_PROGRAM = mkdtempSync(join(tmpdir(), 'slipway-commands-'));
  const file = (name: string, text: string, mode: number): string => {
    const path = join(NOT_A_PROGRAM, name);
    mkdirSync(NOT_A_PROGRAM, { recursive: true });
    writeFileSync(path, text, { mode });
    return path;
  };

  test.each([
    ['has no command', () => [], 'no command specified'],
    ['names nothing in PATH', () => ['nope'], '"nope": executable file not found in $PATH'],
    ['names an absent file', () => ['/nope/x'], 'stat /nope/x: no such file or directory'],
    ['names a folder', () => ['/tmp'], 'is a directory'],
    ['names a file without permission', () => [file('plain', '#!/bin/sh\n', 0o644)], 'permission denied'],
    ['names text without #!', () => [file('text', 'echo hi\n', 0o755)], 'exec format error'],
    [
      'names a script without its interpreter',
      () => [file('lost', '#!/no/sh\n', 0o755)],
      'interpreter /no/sh',
    ],
    [
      'has an argument the kernel does not take',
      () => ['echo', 'x'.repeat(200_000)],
      'argument list too long',
    ],
  ])('because it %s says so and has no exit code', async (_, command, reason) => {
    onTestFinished(() => rmSync(NOT_A_PROGRAM, { recursive: true, force: true }));
    const { run, observations } = await aProcessLauncher();
    const { exit } = await run(aTask({ command: command() }));
    expect(exit).toEqual({ cause: 'failed-to-start', reason: expect.stringContaining(reason) });
    expect(exit.reason).toMatch(/^CannotStartContainerError: /);
    expect(observations.map(({ kind }) => kind)).toEqual(['exited']);
  });

  test.each([
    ['an argument', { command: ['echo', 'a\0b'] }],
    ['a variable', { environment: { A: 'a\0b' } }],
    ["a variable's name", { environment: { 'A\0': 'b' } }],
  ])('is refused for a NUL byte in %s', async (_, task) => {
    const { launcher } = await aProcessLauncher();
    expect(await launcher.start(aTask(task))).toMatchObject({
      started: false,
      reason: expect.stringContaining('NUL'),
    });
  });

  test('because its log cannot be opened is not taken for one that ran', async () => {
    const { run, dataDir } = await aProcessLauncher();
    const first = aTask();
    await run(first);
    rmSync(join(dataDir, 'logs'), { recursive: true });
    const taskId = `${first.taskId.slice(0, 2)}${aTask().taskId.slice(2)}`;
    expect((await run(aTask({ taskId }))).exit).toEqual({
      cause: 'failed-to-start',
      reason: 'CannotStartContainerError: the log file could not be opened',
    });
  });
});

describe('what a job is given', () => {
  test('nothing of the environment of the server', async () => {
    const { run } = await aProcessLauncher();
    const { log } = await run(aTask({ command: ['env'], environment: { A: '1', AWS_BATCH_JOB_ID: 'x' } }));
    expect(log.split('\n').toSorted()).toEqual(
      [
        'A=1',
        'AWS_BATCH_JOB_ID=x',
        'CUDA_VISIBLE_DEVICES=',
        'NVIDIA_VISIBLE_DEVICES=void',
        `HOME=${homedir()}`,
        `PATH=${DEFAULT_PATH}`,
      ].toSorted(),
    );
  });

  test('nothing of the job before it in the same slot', async () => {
    const { run } = await aProcessLauncher({ maxSlots: 1 });
    await run(aTask({ command: ['true', 'x', 'y'], environment: { SECRET: '1', PATH: '/bin', A_B: 'c' } }));
    await run(aTask({ command: ['true'], environment: { 'se.cret': '1', IFS: 'x' } }));
    const { log } = await run(aTask({ command: ['env'], environment: { PATH: '/usr/bin:/bin', HOME: '/' } }));
    expect(log.split('\n').toSorted()).toEqual([
      'CUDA_VISIBLE_DEVICES=',
      'HOME=/',
      'NVIDIA_VISIBLE_DEVICES=void',
      'PATH=/usr/bin:/bin',
    ]);
  });

  test('the GPUs that were taken for it, whatever it asks for itself', async () => {
    const { run } = await aProcessLauncher();
    const environment = { CUDA_VISIBLE_DEVICES: '0,1,2,3' };
    const { log } = await run(
      aScript('echo $CUDA_VISIBLE_DEVICES $NVIDIA_VISIBLE_DEVICES', { environment, gpuIds: [1, 3] }),
    );
    expect(log).toBe('1,3 1,3');
  });

  test('an empty working folder of its own, no input, and one log for both outputs', async () => {
    const { run, dataDir } = await aProcessLauncher();
    const task = aScript('pwd; ls -A; echo err >&2; cat; readlink /proc/self/fd/0; printf end');
    const { log } = await run(task);
    expect(log).toBe(`${attemptFolderOf(dataDir, task.taskId)}\nerr\n/dev/null\nend`);
  });

  test('signals in their default state', async () => {
    const { run } = await aProcessLauncher();
    const { log } = await run(aTask({ command: ['grep', '-E', '^Sig(Ign|Blk)', '/proc/self/status'] }));
    expect(log.split('\n').map((line) => BigInt(`0x${line.split('\t')[1]}`))).toEqual([0n, 0n]);
  });

  test('no open file but its three', async () => {
    const { run } = await aProcessLauncher();
    const { log } = await run(aScript('cd /proc/self/fd; echo *'));
    // The shell of the job opens nothing of its own; a duplicate of /dev/null may come from the test's own parents.
    expect(log.split(' ').slice(0, 3)).toEqual(['0', '1', '2']);
  });

  test.each([
    ['nofile', { name: 'nofile', softLimit: 64, hardLimit: 128 }, 'ulimit -Sn; ulimit -Hn', '64\n128'],
    ['core', { name: 'core', softLimit: 0, hardLimit: 0 }, 'ulimit -Sc; ulimit -Hc', '0\n0'],
    [
      'stack',
      { name: 'stack', softLimit: 4_194_304, hardLimit: 8_388_608 },
      'ulimit -Ss; ulimit -Hs',
      '4096\n8192',
    ],
    ['cpu', { name: 'cpu', softLimit: 100, hardLimit: 200 }, 'ulimit -St; ulimit -Ht', '100\n200'],
  ])('its ulimit %s, and the next job without', async (_, ulimit, script, expected) => {
    const { run } = await aProcessLauncher({ maxSlots: 1 });
    const unlimited = (await run(aScript(script))).log;
    expect((await run(aScript(script, { spec: { ulimits: [ulimit] } }))).log).toBe(expected);
    expect((await run(aScript(script))).log).toBe(unlimited);
  });

  test('a refusal when a ulimit cannot be set', async () => {
    const { run } = await aProcessLauncher();
    const ulimits = [{ name: 'nofile', softLimit: 4_000_000_000, hardLimit: 4_000_000_000 }];
    expect((await run(aTask({ spec: { ulimits } }))).exit).toMatchObject({ cause: 'failed-to-start' });
  });
});

describe.each(SHELLS)('hostile text under $name', ({ shell }) => {
  const NASTY = [
    "it's",
    '"; touch /tmp/x; "',
    '$(exit 3) `exit 4` ${HOME} $$',
    'a\nb\n# slipway\nrun\nexit 0\n',
    '\\',
    '\\n',
    "'\\''",
    '!history *glob? [a-z] ~',
    'ünïcødé 😀 \u0081\u0082\u0088',
    '\t\r\u007f\u001b[0m',
    '-n',
    '',
    '=x',
  ];

  test('reaches the command byte for byte', async () => {
    const { run } = await aProcessLauncher({ shell });
    const { log, exit } = await run(aTask({ command: ['/usr/bin/printf', '%s\\0', ...NASTY] }));
    expect(exit.exitCode).toBe(0);
    expect(log).toBe(NASTY.map((text) => `${text}\0`).join(''));
  });

  test('of any kind reaches the command and its environment byte for byte', async () => {
    const { run } = await aProcessLauncher({ shell });
    const aText = fc
      .string({ unit: 'binary', maxLength: 30 })
      .map((text) => text.replaceAll('\0', '').toWellFormed());
    const texts = fc.sample(aText, 300);
    const names = texts.map((_, index) => `V${index}`);
    const environment = Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']));
    const args = (await run(aTask({ command: ['/usr/bin/printf', '%s\\0', ...texts] }))).log;
    expect(args.split('\0').slice(0, -1)).toEqual(texts);
    const variables = (await run(aTask({ command: ['env', '-0'], environment }))).log.split('\0');
    expect(variables).toEqual(expect.arrayContaining(names.map((name) => `${name}=${environment[name]}`)));
  });

  test.each([
    ['names that no shell can export', { 'a.b': '1', 'with-dash': "it's", ünï: '2', '1st': '3', 'a b': '4' }],
    [
      'names that mean something to shells',
      {
        IFS: 'x',
        OPTIND: 'y',
        PPID: '1',
        UID: '0',
        PWD: '/x',
        PS4: '$(exit 1)',
        TMOUT: '1',
        BASH_ENV: '/x',
        _: 'u',
        SHLVL: '9',
        RANDOM: 'r',
        POSIXLY_CORRECT: '',
      },
    ],
    [
      'names the slot shell itself uses',
      { slipway_id: 'x', slipway_root: '/', slipway_mode: 'env', slipway_group: '/x' },
    ],
  ])('%s reach the job as they are', async (_, environment) => {
    const { run } = await aProcessLauncher({ shell, maxSlots: 1 });
    const { log, exit } = await run(aTask({ command: ['env', '-0'], environment }));
    expect(exit.exitCode).toBe(0);
    const variables = log.split('\0');
    for (const [name, value] of Object.entries(environment)) expect(variables).toContain(`${name}=${value}`);
    expect((await run(aTask())).exit.exitCode).toBe(0);
  });
});

describe('starting twice', () => {
  test('starts one process, at the same time or later', async () => {
    const { launcher, observations, exited, logOf } = await aProcessLauncher();
    const task = aScript('echo once');
    const outcomes = await Promise.all([launcher.start(task), launcher.start(task)]);
    expect(outcomes).toEqual([{ started: true }, { started: true }]);
    await exited(task.attemptId);
    expect(await launcher.start(task)).toEqual({ started: true });
    await until(
      'the end to be told again',
      () => observations.filter(({ kind }) => kind === 'exited').length === 2 || undefined,
    );
    expect(await logOf(task.taskId)).toBe('once');
  });

  test('an attempt that could not start tells so again', async () => {
    const { launcher, observations } = await aProcessLauncher();
    const task = aTask({ command: ['nope'] });
    await launcher.start(task);
    await launcher.start(task);
    expect(observations).toHaveLength(2);
    expect(observations[0]).toMatchObject({ exit: { cause: 'failed-to-start' } });
    expect(observations[1]).toMatchObject({ exit: { cause: 'failed-to-start' } });
  });
});

describe('slots', () => {
  test('more starts than slots wait and all end', async () => {
    const { run } = await aProcessLauncher({ maxSlots: 2 });
    const ends = await Promise.all(Array.from({ length: 20 }, (_, index) => run(aScript(`exit ${index}`))));
    expect(ends.map(({ exit }) => exit.exitCode)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('a start that still waits for a slot can be stopped, and never runs', async () => {
    const { launcher, exited, logOf } = await aProcessLauncher({ maxSlots: 1 });
    const first = aScript('sleep 30');
    const second = aScript('echo ran');
    await launcher.start(first);
    const waiting = launcher.start(second);
    await launcher.stop(second.attemptId, 30);
    expect(await waiting).toEqual({ started: false, reason: 'Stopped before it started' });
    await launcher.stop(first.attemptId, 0);
    await exited(first.attemptId);
    expect(await logOf(second.taskId)).toBe('');
  });

  test.each([
    ['cannot be started', '/no/shell'],
    ['ends at once', '/bin/false'],
  ])('whose shell %s fail the start, and say so', async (_, shell) => {
    const { launcher, observations } = await aProcessLauncher({ shell: [shell] });
    const outcome = await launcher.start(aTask());
    const failure = outcome.started
      ? await until('the end', () => observations.find(({ kind }) => kind === 'exited'))
      : outcome;
    expect(JSON.stringify(failure)).toMatch(/CannotStartContainerError: .*slot shell/);
  });

  test('idle ones are closed after a while', async () => {
    const { run, launcher } = await aProcessLauncher({ idleSeconds: 0.05 });
    const slotOf = async (): Promise<string> => (await run(aScript('echo $PPID'))).log;
    const first = await slotOf();
    await until(
      'the slot shell to end',
      () => !statSync(`/proc/${first}`, { throwIfNoEntry: false }) || undefined,
    );
    expect(await slotOf()).not.toBe(first);
    await launcher.close();
  });
});

describe('forget', () => {
  test('removes record and folder, whatever the job left in it, and keeps the log', async () => {
    const { run, launcher, dataDir, logOf } = await aProcessLauncher();
    const tasks = [aScript('echo kept'), aScript('echo kept; mkdir -p a/b; echo x >a/b/c')];
    for (const task of tasks) {
      await run(task);
      await launcher.forget(task.attemptId, task.taskId);
    }
    await launcher.close();
    for (const { taskId } of tasks) {
      expect(statSync(recordFileOf(dataDir, taskId), { throwIfNoEntry: false })).toBeUndefined();
      expect(statSync(attemptFolderOf(dataDir, taskId), { throwIfNoEntry: false })).toBeUndefined();
      expect(await logOf(taskId)).toBe('kept');
    }
  });
});
