// Containers outlive the server and the Engine's own daemon: what a later process finds, and what it must not lose.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerTask } from '../../../engine/launch-ports.ts';
import { aShellTask } from './a-task.ts';
import { loadTestImage } from './busybox-image.ts';
import { observe } from './observed-launcher.ts';
import type { ObservedLauncher } from './observed-launcher.ts';
import { startTestDocker } from './own-dockerd.ts';
import type { TestDocker } from './own-dockerd.ts';

let docker: TestDocker;
let folder: string;
const releases: (() => Promise<void>)[] = [];

beforeAll(async () => {
  docker = await startTestDocker();
  releases.push(() => docker.stop());
  folder = await mkdtemp(join(tmpdir(), 'slipway-docker-test-'));
  releases.push(() => rm(folder, { recursive: true }));
  await loadTestImage(docker.socketPath);
});
afterAll(async () => {
  for (const release of releases.reverse()) await release();
});

function aLauncher(): ObservedLauncher {
  return observe(folder, { socketPath: docker.socketPath, network: 'none' });
}

/** Starts the task in a process of its own and kills that as soon as it has seen the container run. */
async function startAndCrash(task: ContainerTask, untilLine: (line: string) => boolean): Promise<void> {
  const script = join(import.meta.dirname, 'launcher-process.ts');
  const args = [script, docker.socketPath, folder, JSON.stringify(task)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if (untilLine(line)) break;
  }
  child.kill('SIGKILL');
  await gone;
}

const sawRunning = (line: string): boolean => line.includes('"running"');

/** A line every 20 ms, so that a crash always falls between two of them. */
const chatter = (lines: number, code: number): string =>
  `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo line $i; sleep 0.02; done; exit ${code}`;

const chatterLog = (lines: number): string =>
  Array.from({ length: lines }, (_, index) => `line ${index + 1}\n`).join('');

describe('after a kill of the server', () => {
  it('takes up a container that still runs, with its whole log and its exit code', async () => {
    const task = aShellTask(chatter(100, 11));
    await startAndCrash(task, sawRunning);
    const subject = aLauncher();
    await sleep(300); // the container goes on alone for a while
    expect(await subject.launcher.adopt(task.attemptId, task.taskId)).toBe('adopted');
    await subject.seen('running', task.attemptId);
    const { exit } = await subject.seen('exited', task.attemptId);
    expect(exit).toMatchObject({ cause: 'exited', exitCode: 11 });
    expect(await subject.log(task.taskId)).toBe(chatterLog(100));
    await subject.launcher.forget(task.attemptId, task.taskId);
    await subject.launcher.close();
  });

  it('reads the exit code and the log of a container that ended meanwhile', async () => {
    const task = aShellTask(chatter(20, 12));
    await startAndCrash(task, sawRunning);
    await sleep(2_000); // it ends with nobody watching
    const subject = aLauncher();
    expect(await subject.launcher.adopt(task.attemptId, task.taskId)).toBe('adopted');
    const { exit } = await subject.seen('exited', task.attemptId);
    expect(exit).toMatchObject({ cause: 'exited', exitCode: 12 });
    expect(await subject.log(task.taskId)).toBe(chatterLog(20));
    await subject.launcher.forget(task.attemptId, task.taskId);
    expect(await aLauncher().launcher.adopt(task.attemptId, task.taskId)).toBe('unknown');
    await subject.launcher.close();
  });

  it('does not run a task again that is started again', async () => {
    const task = aShellTask('echo once; exit 13');
    await startAndCrash(task, (line) => line.includes('"exited"'));
    const subject = aLauncher();
    const { exit, log } = await subject.run(task);
    expect(exit.exitCode).toBe(13);
    expect(log).toBe('once\n');
    await subject.launcher.forget(task.attemptId, task.taskId);
    await subject.launcher.close();
  });
});

describe('after a crash of the Engine', () => {
  it('goes on with containers that survived, without a lost or doubled line', async ({ skip }) => {
    skip(!docker.isOwn, 'a given Docker Engine is not ours to kill');
    const subject = aLauncher();
    const task = aShellTask(chatter(200, 14));
    await subject.launcher.start(task);
    await subject.seen('running', task.attemptId);
    await sleep(500);
    await docker.crashAndRestart();
    const { exit } = await subject.seen('exited', task.attemptId);
    expect(exit).toMatchObject({ cause: 'exited', exitCode: 14 });
    const lines = (await subject.log(task.taskId)).trimEnd().split('\n');
    expect(lines).toEqual([...new Set(lines)]);
    expect(lines.at(-1)).toBe('line 200');
    expect(subject.observations).toHaveLength(2);
    await subject.launcher.forget(task.attemptId, task.taskId);
    await subject.launcher.close();
  });
});
