// A process launcher over a temporary data folder that remembers what it observed. Everything it started is gone when the test is.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createFileLogs } from '../../../adapters/files/file-logs.ts';
import { readProcess } from '../../../adapters/process/process-table.ts';
import { createProcessLauncher } from '../../../adapters/process/process-launcher.ts';
import type { ProcessLauncherOptions } from '../../../adapters/process/process-launcher.ts';
import type { ContainerTask, Exit, Launcher, Observation } from '../../../engine/launch-ports.ts';
import { TASK_ORIGIN } from '../task-origin.ts';

type Exited = Extract<Observation, { kind: 'exited' }>;
type Running = Extract<Observation, { kind: 'running' }>;

export interface TestLauncher {
  readonly launcher: Launcher;
  readonly dataDir: string;
  readonly observations: readonly Observation[];
  readonly running: (attemptId: string) => Promise<Running>;
  readonly exited: (attemptId: string) => Promise<Exited>;
  /** Starts it, waits for its end and reads its log. */
  readonly run: (task: ContainerTask) => Promise<{ readonly exit: Exit; readonly log: string }>;
  readonly logOf: (taskId: string) => Promise<string>;
}

const PATIENCE_MS = 10_000;

export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(5);
  }
}

export function aTask(overrides: Partial<ContainerTask> = {}): ContainerTask {
  const taskId = randomUUID().replaceAll('-', '');
  return {
    ...TASK_ORIGIN,
    attemptId: `${randomUUID()}/1`,
    taskId,
    spec: { command: overrides.command ?? ['true'] },
    command: ['true'],
    environment: {},
    demand: { vcpus: 1, memoryMiB: 64, gpus: 0 },
    gpuIds: [],
    ...overrides,
  };
}

/** A job that is a shell script, whichever shell runs the slots. */
export function aScript(script: string, overrides: Partial<ContainerTask> = {}): ContainerTask {
  return aTask({ command: ['/bin/sh', '-c', script], ...overrides });
}

export async function aDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slipway-process-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  return dataDir;
}

export async function aProcessLauncher(
  options: Omit<ProcessLauncherOptions, 'dataDir'> & { readonly dataDir?: string } = {},
): Promise<TestLauncher> {
  const dataDir = options.dataDir ?? (await aDataDir());
  const launcher = createProcessLauncher({ ...options, dataDir });
  const observations: Observation[] = [];
  const started: string[] = [];
  launcher.onObservation((observation) => observations.push(observation));
  const find = <K extends Observation['kind']>(
    kind: K,
    attemptId: string,
  ): Promise<Extract<Observation, { kind: K }>> =>
    until(`${attemptId} to be ${kind}`, () =>
      observations.find(
        (seen): seen is Extract<Observation, { kind: K }> =>
          seen.kind === kind && seen.attemptId === attemptId,
      ),
    );
  const logs = createFileLogs(dataDir);
  const logOf = async (taskId: string): Promise<string> =>
    ((await logs.read(taskId, 0, 10_000))?.lines ?? []).map(({ text }) => text).join('\n');
  const start = async (task: ContainerTask): ReturnType<Launcher['start']> => {
    started.push(task.attemptId);
    return launcher.start(task);
  };
  onTestFinished(async () => {
    const ended = new Set(
      observations.filter(({ kind }) => kind === 'exited').map(({ attemptId }) => attemptId),
    );
    for (const attemptId of started.filter((id) => !ended.has(id))) await launcher.stop(attemptId, 0);
    await launcher.close();
  });
  return {
    launcher: { ...launcher, start },
    dataDir,
    observations,
    running: (attemptId) => find('running', attemptId),
    exited: (attemptId) => find('exited', attemptId),
    logOf,
    async run(task) {
      const outcome = await start(task);
      if (!outcome.started) throw new Error(outcome.reason);
      const { exit } = await find('exited', task.attemptId);
      return { exit, log: await logOf(task.taskId) };
    },
  };
}

/** A zombie has ended; who reaps it, and when, is another's business. */
export function isProcessAlive(pid: number): boolean {
  return readProcess(pid)?.ended === false;
}
