// The launcher against an Engine that misbehaves on demand. What a real Engine does is in docker-launcher.docker.test.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { namesOf } from '../../../adapters/docker/container-names.ts';
import type { DockerLauncherOptions } from '../../../adapters/docker/docker-launcher.ts';
import type { ContainerTask } from '../../../engine/launch-ports.ts';
import { aTask } from './a-task.ts';
import type { TaskWishes } from './a-task.ts';
import { FAKE_IMAGE, frameOf, send, startFakeEngine } from './fake-engine.ts';
import type { FakeContainer, FakeEngine } from './fake-engine.ts';
import { observe } from './observed-launcher.ts';
import type { ObservedLauncher } from './observed-launcher.ts';

let engine: FakeEngine;
let folder: string;
let open: ObservedLauncher[];
let subject: ObservedLauncher;

function aLauncher(options: Partial<DockerLauncherOptions> = {}) {
  const pauses = { firstMs: 5, longestMs: 20 };
  const launcher = observe(folder, { socketPath: engine.socketPath, pauses, closeWaitMs: 50, ...options });
  open.push(launcher);
  return launcher;
}

beforeEach(async () => {
  engine = await startFakeEngine();
  folder = await mkdtemp(join(tmpdir(), 'slipway-docker-test-'));
  open = [];
  subject = aLauncher();
});
afterEach(async () => {
  await Promise.all(open.map(({ launcher }) => launcher.close()));
  await engine.close();
  await rm(folder, { recursive: true });
});

const fakeTask = (wishes: TaskWishes = {}): ContainerTask =>
  aTask({ ...wishes, spec: { image: FAKE_IMAGE, ...wishes.spec } });

const nameOf = (task: ContainerTask): string => namesOf(task.taskId).container;

function containerOf(task: ContainerTask): FakeContainer {
  const container = engine.containers.get(nameOf(task));
  if (!container) throw new Error('The task has no container.');
  return container;
}

const countCalls = (call: string): number => engine.calls.filter((seen) => seen === call).length;

async function startAndRun(task: ContainerTask): Promise<void> {
  expect(await subject.launcher.start(task)).toEqual({ started: true });
  await subject.seen('running', task.attemptId);
}

describe('start', () => {
  it('creates and starts one container however often it is asked', async () => {
    const task = fakeTask();
    const twice = [subject.launcher.start(task), subject.launcher.start(task)];
    expect(await Promise.all(twice)).toEqual([{ started: true }, { started: true }]);
    await subject.seen('running', task.attemptId);
    expect(await subject.launcher.start(task)).toEqual({ started: true });
    expect(countCalls('POST /containers/create')).toBe(1);
    expect(containerOf(task).starts).toBe(1);
  });

  it('does not start a container again that an earlier process started and that has ended', async () => {
    const task = fakeTask();
    await startAndRun(task);
    engine.end(nameOf(task), 5);
    const next = aLauncher();
    expect(await next.launcher.start(task)).toEqual({ started: true });
    expect(await next.seen('exited', task.attemptId)).toMatchObject({ exit: { exitCode: 5 } });
    expect(containerOf(task).starts).toBe(1);
  });

  it('does not start a container again when the Engine dies right after starting it', async () => {
    const task = fakeTask();
    let refusals = 0;
    engine.intercept = (call, request) => {
      if (!call.endsWith('/start') || refusals > 0) return undefined;
      refusals += 1;
      Object.assign(containerOf(task), { status: 'exited', starts: 1, exitCode: 3 });
      request.socket.destroy();
      return true;
    };
    await subject.launcher.start(task);
    expect(await subject.seen('exited', task.attemptId)).toMatchObject({ exit: { exitCode: 3 } });
    expect(containerOf(task).starts).toBe(1);
  });

  it('leaves a container of another data directory alone', async () => {
    const task = fakeTask();
    await startAndRun(task);
    const stranger = aLauncher({ dataDirId: 'other' });
    expect(await stranger.launcher.start(task)).toEqual({
      started: false,
      reason: `CannotCreateContainerError: the name ${nameOf(task)} belongs to a container of somebody else.`,
    });
    expect(await stranger.launcher.adopt(task.attemptId, task.taskId)).toBe('unknown');
  });

  it('pulls an absent image once for all attempts that wait for it', async () => {
    const spec = { image: 'new:2' };
    const tasks = [fakeTask({ spec }), fakeTask({ spec }), fakeTask({ spec })];
    engine.intercept = async (call) => {
      if (call === 'POST /images/create')
        await vi.waitUntil(() => countCalls('POST /containers/create') === 3);
      return undefined;
    };
    const outcomes = await Promise.all(tasks.map((task) => subject.launcher.start(task)));
    expect(outcomes).toEqual([{ started: true }, { started: true }, { started: true }]);
    expect(countCalls('POST /images/create')).toBe(1);
  });

  it('tells when it pulled the image, and nothing where it had it', async () => {
    let nowMs = 5_000;
    const observed = aLauncher({ now: () => nowMs });
    const [pulled, had] = [fakeTask({ spec: { image: 'new:2' } }), fakeTask()];
    engine.intercept = async (call) => {
      if (call === 'POST /images/create') nowMs = 7_000;
      return undefined;
    };
    await observed.launcher.start(pulled);
    const launch = { pullStartedAtMs: 5_000, pullStoppedAtMs: 7_000 };
    expect(await observed.seen('running', pulled.attemptId)).toMatchObject({ launch });
    await observed.launcher.start(had);
    expect(await observed.seen('running', had.attemptId)).not.toHaveProperty('launch');
  });

  it.each([
    ['a refused pull', 404, { message: 'pull access denied for new' }, 'pull access denied for new'],
    ['a pull that fails on the way', 200, { error: 'no space left' }, 'no space left'],
  ])('reports %s', async (_, status, answer, words) => {
    engine.intercept = (call, _request, response) =>
      call === 'POST /images/create' ? (send(response, status, answer), true) : undefined;
    expect(await subject.launcher.start(fakeTask({ spec: { image: 'new:2' } }))).toEqual({
      started: false,
      reason: `CannotPullContainerError: Error response from daemon: ${words}`,
    });
  });

  it('reports a registry login that cannot be read', async () => {
    const registryAuth = (): Promise<never> => Promise.reject(new Error('config.json must be JSON'));
    const { launcher } = aLauncher({ registryAuth });
    expect(await launcher.start(fakeTask({ spec: { image: 'new:2' } }))).toEqual({
      started: false,
      reason: 'CannotPullContainerError: config.json must be JSON',
    });
  });

  it('reports what the Engine has against the container', async () => {
    engine.intercept = (call, _request, response) =>
      call === 'POST /containers/create' ? (send(response, 400, { message: 'bad mount' }), true) : undefined;
    expect(await subject.launcher.start(fakeTask())).toEqual({
      started: false,
      reason: 'CannotCreateContainerError: Error response from daemon: bad mount',
    });
  });

  it('reports a start that the Engine refuses as a failed start', async () => {
    engine.intercept = (call, _request, response) =>
      call.endsWith('/start') ? (send(response, 400, { message: 'exec: "x": not found' }), true) : undefined;
    const task = fakeTask();
    expect(await subject.launcher.start(task)).toEqual({ started: true });
    const { exit } = await subject.seen('exited', task.attemptId);
    expect(exit).toEqual({
      cause: 'failed-to-start',
      reason: 'CannotStartContainerError: Error response from daemon: exec: "x": not found',
    });
  });

  it('waits for an Engine that comes back', async () => {
    await engine.down();
    const started = subject.launcher.start(fakeTask());
    await vi.waitUntil(() => subject.reports.length > 1);
    await engine.up();
    expect(await started).toEqual({ started: true });
  });

  it('gives up on an Engine that stays away', async () => {
    await engine.down();
    const { launcher } = aLauncher({ engineWaitSeconds: 0.02 });
    const outcome = await launcher.start(fakeTask());
    expect(outcome).toMatchObject({ started: false });
    expect(JSON.stringify(outcome)).toContain('CannotCreateContainerError: No Docker Engine answers on ');
    await engine.up();
  });

  it('tells with the running job what the machine and the Engine cannot give', async () => {
    engine.intercept = (call, _request, response) => {
      if (call !== 'POST /containers/create') return undefined;
      const labels = {
        'slipway.attempt': task.attemptId,
        'slipway.data-dir': 'test',
        'slipway.note': 'No secrets.',
      };
      const fresh = { starts: 0, exitCode: 0, error: '', log: Buffer.alloc(0), status: 'created' as const };
      engine.containers.set(nameOf(task), { name: nameOf(task), labels, ...fresh });
      return (send(response, 201, { Id: 'x', Warnings: ['No swap limit.'] }), true);
    };
    const task = fakeTask();
    await subject.launcher.start(task);
    expect(await subject.seen('running', task.attemptId)).toMatchObject({
      note: 'No secrets. No swap limit.',
    });
  });
});

describe('observation', () => {
  it('tells running and exited with the times of the container', async () => {
    const task = fakeTask();
    await startAndRun(task);
    engine.write(nameOf(task), 'hello');
    engine.end(nameOf(task), 7);
    await subject.seen('exited', task.attemptId);
    const startedAtMs = Date.parse('2026-11-21T20:00:00.500Z');
    const { attemptId } = task;
    expect(subject.observations).toEqual([
      { kind: 'running', attemptId, atMs: startedAtMs },
      {
        kind: 'exited',
        attemptId,
        atMs: startedAtMs + 1000,
        exit: { cause: 'exited', exitCode: 7, startedAtMs },
      },
    ]);
    expect(await subject.log(task.taskId)).toBe('hello\n');
  });

  it('has all output in the file before it tells the exit, also what a broken stream left out', async () => {
    const task = fakeTask();
    engine.intercept = (call, _request, response, url) => {
      if (!call.endsWith('/logs') || url.searchParams.get('follow') !== '1') return undefined;
      response.write(containerOf(task).log);
      setTimeout(() => response.destroy(), 5);
      return true;
    };
    await startAndRun(task);
    for (const line of ['a', 'b', 'c', 'd']) {
      engine.write(nameOf(task), line);
      await sleep(8);
    }
    engine.end(nameOf(task), 0);
    await subject.seen('exited', task.attemptId);
    expect(await subject.log(task.taskId)).toBe('a\nb\nc\nd\n');
  });

  it('does not wait for a stream that outlives its container', async () => {
    const task = fakeTask();
    engine.intercept = (call, _request, response, url) => {
      if (!call.endsWith('/logs') || url.searchParams.get('follow') !== '1') return undefined;
      response.write(frameOf(`${new Date().toISOString()} half`));
      return true;
    };
    await startAndRun(task);
    engine.write(nameOf(task), 'half and the rest');
    engine.end(nameOf(task), 0);
    await subject.seen('exited', task.attemptId);
    expect(await subject.log(task.taskId)).toBe('half and the rest\n');
  });

  it('tells an exit although its log cannot be written, and reports that', async () => {
    const task = fakeTask();
    await writeFile(join(folder, task.taskId.slice(0, 2)), 'a file where the folder belongs');
    await startAndRun(task);
    engine.end(nameOf(task), 0);
    expect(await subject.seen('exited', task.attemptId)).toMatchObject({ exit: { exitCode: 0 } });
    expect(subject.reports.some((report) => report.startsWith('docker.log.incomplete'))).toBe(true);
  });

  it('survives a restart of the Engine and sees what happened meanwhile', async () => {
    const [ended, going] = [fakeTask(), fakeTask()];
    await startAndRun(ended);
    await startAndRun(going);
    engine.write(nameOf(going), 'before');
    await engine.down();
    engine.end(nameOf(ended), 9);
    await vi.waitUntil(() =>
      subject.reports.some((report) => report.startsWith('docker.container.unobserved')),
    );
    await engine.up();
    expect(await subject.seen('exited', ended.attemptId)).toMatchObject({ exit: { exitCode: 9 } });
    engine.write(nameOf(going), 'after');
    engine.end(nameOf(going), 0);
    await subject.seen('exited', going.attemptId);
    expect(await subject.log(going.taskId)).toBe('before\nafter\n');
    expect(subject.observations.filter(({ attemptId }) => attemptId === going.attemptId)).toHaveLength(2);
  });

  it('reports a container that somebody removed as a lost host', async () => {
    const task = fakeTask();
    await startAndRun(task);
    engine.containers.delete(nameOf(task));
    engine.write(nameOf(await anotherRunning()), 'wakes the waiting calls');
    expect(await subject.seen('exited', task.attemptId)).toMatchObject({
      exit: {
        cause: 'host-lost',
        reason: `The container ${nameOf(task)} was removed before its exit could be read.`,
      },
    });
  });

  async function anotherRunning(): Promise<ContainerTask> {
    const task = fakeTask();
    await startAndRun(task);
    return task;
  }
});

describe('stop', () => {
  it('keeps an attempt from starting while its image is pulled, for good', async () => {
    const task = fakeTask({ spec: { image: 'new:2' } });
    engine.intercept = (call) => (call === 'POST /images/create' ? true : undefined);
    const started = subject.launcher.start(task);
    await vi.waitUntil(() => countCalls('POST /images/create') === 1);
    await subject.launcher.stop(task.attemptId, 30);
    const stopped = { started: false, reason: 'The attempt was stopped before its container started.' };
    expect(await started).toEqual(stopped);
    expect(await subject.launcher.start(task)).toEqual(stopped);
    expect(await subject.launcher.adopt(task.attemptId, task.taskId)).toBe('unknown');
  });

  it('removes a container that was being created, without having started it', async () => {
    const task = fakeTask();
    let stop: Promise<void> | undefined;
    engine.intercept = (call) => {
      if (call === 'POST /containers/create') stop = subject.launcher.stop(task.attemptId, 30);
      return undefined;
    };
    expect(await subject.launcher.start(task)).toMatchObject({ started: false });
    await stop;
    expect(countCalls(`POST /containers/${nameOf(task)}/start`)).toBe(0);
    expect(engine.containers.size).toBe(0);
  });

  it('stops a container whose start is under way once it has started', async () => {
    const task = fakeTask();
    let stop: Promise<void> | undefined;
    engine.intercept = async (call) => {
      if (!call.endsWith('/start')) return undefined;
      stop = subject.launcher.stop(task.attemptId, 30);
      await sleep(30); // time for a stop that would not wait to come first, and be lost
      return undefined;
    };
    await subject.launcher.start(task);
    expect(await subject.seen('exited', task.attemptId)).toMatchObject({ exit: { exitCode: 143 } });
    await stop;
  });

  it('reaches a running container after an Engine that was away', async () => {
    const task = fakeTask();
    await startAndRun(task);
    await engine.down();
    const stop = subject.launcher.stop(task.attemptId, 30);
    await vi.waitUntil(() => subject.reports.some((report) => report.startsWith('docker.stop.failed')));
    await engine.up();
    await stop;
    expect(await subject.seen('exited', task.attemptId)).toMatchObject({ exit: { exitCode: 143 } });
  });

  it('does nothing for attempts that ended or that it does not know', async () => {
    const task = fakeTask();
    await startAndRun(task);
    engine.end(nameOf(task), 0);
    await subject.seen('exited', task.attemptId);
    const before = engine.calls.length;
    await subject.launcher.stop(task.attemptId, 30);
    await subject.launcher.stop('nobody/1', 30);
    expect(engine.calls.length).toBe(before);
  });
});

describe('adopt', () => {
  it('does not know an attempt without a container', async () => {
    expect(await subject.launcher.adopt('j/1', 'ab'.repeat(16))).toBe('unknown');
  });

  it('takes up a container, goes on with its log where the file ends, and tells its exit', async () => {
    const task = fakeTask();
    await startAndRun(task);
    engine.write(nameOf(task), 'one');
    await vi.waitUntil(async () => (await subject.log(task.taskId).catch(() => '')) === 'one\n');
    await subject.launcher.close();
    engine.write(nameOf(task), 'two');

    const next = aLauncher();
    expect(await next.launcher.adopt(task.attemptId, task.taskId)).toBe('adopted');
    await next.seen('running', task.attemptId);
    engine.write(nameOf(task), 'three');
    engine.end(nameOf(task), 4);
    expect(await next.seen('exited', task.attemptId)).toMatchObject({ exit: { exitCode: 4 } });
    expect(await next.log(task.taskId)).toBe('one\ntwo\nthree\n');
  });

  it('starts a container that its creator did not live to start', async () => {
    const task = fakeTask();
    engine.intercept = (call) => (call.endsWith('/start') ? true : undefined);
    await subject.launcher.start(task);
    await vi.waitUntil(() => countCalls(`POST /containers/${nameOf(task)}/start`) === 1);
    engine.intercept = undefined;
    await subject.launcher.close();
    const next = aLauncher();
    expect(await next.launcher.adopt(task.attemptId, task.taskId)).toBe('adopted');
    await next.seen('running', task.attemptId);
    expect(containerOf(task).starts).toBe(1);
  });

  it('tells a known exit again, for an observer who missed it', async () => {
    const task = fakeTask();
    await startAndRun(task);
    engine.end(nameOf(task), 6);
    const first = await subject.seen('exited', task.attemptId);
    expect(await subject.launcher.adopt(task.attemptId, task.taskId)).toBe('adopted');
    expect(subject.observations.at(-1)).toEqual(first);
    expect(subject.observations).toHaveLength(3);
  });
});

describe('forget', () => {
  it('removes the container and its own volumes, also after a restart', async () => {
    const spec = { volumes: [{ name: 'v' }], mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }] };
    const task = fakeTask({ spec });
    await startAndRun(task);
    engine.end(nameOf(task), 0);
    await aLauncher().launcher.forget(task.attemptId, task.taskId);
    expect(engine.containers.size).toBe(0);
    expect(countCalls(`DELETE /volumes/slipway-${task.taskId}-v`)).toBe(1);
  });

  it('tries again when the Engine is busy with the container', async () => {
    const task = fakeTask();
    await startAndRun(task);
    engine.end(nameOf(task), 0);
    await subject.seen('exited', task.attemptId);
    let failures = 2;
    engine.intercept = (call, _request, response) => {
      if (!call.startsWith('DELETE') || failures === 0) return undefined;
      failures -= 1;
      return (send(response, 500, { message: 'device or resource busy' }), true);
    };
    await subject.launcher.forget(task.attemptId, task.taskId);
    expect(engine.containers.size).toBe(0);
  });

  it('is content with a container that is gone', async () => {
    await expect(subject.launcher.forget('j/1', 'ab'.repeat(16))).resolves.toBeUndefined();
  });
});

it('closes without a word and leaves the containers running', async () => {
  const task = fakeTask();
  await startAndRun(task);
  const before = subject.observations.length;
  await subject.launcher.close();
  engine.end(nameOf(task), 0);
  expect(subject.observations.length).toBe(before);
  expect(engine.containers.size).toBe(1);
});
