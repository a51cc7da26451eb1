// The Launcher over processes of this host. Invariant: a command is handed to a slot shell only after its attempt's record was
// created, and a record is created once; so an attempt runs at most once, whatever crashes when.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attemptsRootOf, isTaskId, logsRootOf } from '../files/task-paths.ts';
import type { EpochMs } from '../../core/ids.ts';
import type { ContainerTask, Exit, LaunchOutcome, Launcher, Observation } from '../../engine/launch-ports.ts';
import { createAdoptions } from './adoptions.ts';
import type { Adoptions } from './adoptions.ts';
import { newAttempt, STARTED } from './attempt.ts';
import type { Attempt } from './attempt.ts';
import { failedToStart } from './attempt-exit.ts';
import { createAttemptFiles } from './attempt-files.ts';
import type { AttemptFiles } from './attempt-files.ts';
import { failedRecordText, stopLine } from './attempt-record.ts';
import { createCommandFinder } from './command-path.ts';
import type { CommandFinder } from './command-path.ts';
import { createLeftovers } from './leftovers.ts';
import type { Leftovers } from './leftovers.ts';
import { prepareJob } from './prepare-job.ts';
import { requireProcFs } from './process-table.ts';
import { createRemovals } from './removals.ts';
import type { Removals } from './removals.ts';
import { createSignals } from './signals.ts';
import type { Signals } from './signals.ts';
import { createSlotOpener } from './slot-opener.ts';
import type { SlotOpener, SlotOpenerOptions } from './slot-opener.ts';
import { createSlotPool } from './slot-pool.ts';
import type { SlotPool } from './slot-pool.ts';
import { cannotStart, identityOf, launch } from './slot-runs.ts';
import { createStops } from './stops.ts';
import type { Stops } from './stops.ts';
import { unsupportedFields } from './unsupported-fields.ts';

export interface ProcessLauncherOptions {
  /** Records, working folders and logs live below it; see adapters/files/task-paths.ts. One server per folder. */
  readonly dataDir: string;
  /** `auto` (default): memory, cpu and process count by cgroup where this server may; what could not be limited is in the attempt's note. */
  readonly limits?: 'auto' | 'off';
  /** Commands that run at the same time; further starts wait. Default 1,024. */
  readonly maxSlots?: number;
  /** After how long without work a slot shell is closed. Default 30. */
  readonly idleSeconds?: number;
  /** A POSIX shell and its first arguments. Default `['/bin/sh']`. */
  readonly shell?: readonly [string, ...string[]];
  /** Default: nothing is reported. */
  readonly report?: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly now?: () => EpochMs;
}

/** Processes share this machine's network: there the nodes of a multi-node job find each other. */
const ADDRESS = '127.0.0.1';
const ADOPTED_LOOK_EVERY_MS = 200;
const CLOSE_WAIT_MS = 2_000;
const ENV_PATHS = ['/usr/bin/env', '/bin/env'] as const;

/** Everything the launcher is made of, wired once. */
interface Runtime {
  readonly dataDir: string;
  readonly now: () => EpochMs;
  readonly files: AttemptFiles;
  readonly findCommand: CommandFinder;
  readonly signals: Signals;
  readonly opener: SlotOpener;
  readonly pool: SlotPool;
  readonly leftovers: Leftovers;
  readonly stops: Stops;
  readonly removals: Removals;
  readonly adoptions: Adoptions<Attempt>;
  /** Attempts that have not ended, by attempt id. */
  readonly live: Map<string, Attempt>;
  readonly emit: (observation: Observation) => void;
  readonly end: (attempt: Attempt, exit: Exit, atMs: EpochMs) => void;
}

/** Throws where there is no /proc. */
export function createProcessLauncher(options: ProcessLauncherOptions): Launcher {
  requireProcFs();
  let listener: ((observation: Observation) => void) | undefined;
  const runtime = createRuntime(options, (observation) =>
    listener?.(observation.kind === 'running' ? { ...observation, address: ADDRESS } : observation),
  );
  const { live } = runtime;
  return {
    async start(task) {
      return live.get(task.attemptId)?.launched ?? startAttempt(runtime, task);
    },
    async stop(attemptId, graceSeconds) {
      const attempt = live.get(attemptId);
      if (attempt?.cancel) attempt.cancel();
      else if (attempt) await runtime.stops.stop(attempt, graceSeconds);
    },
    async adopt(attemptId, taskId) {
      if (live.has(attemptId)) return 'adopted';
      if (!isTaskId(taskId)) return 'unknown';
      const attempt = newAttempt(attemptId, taskId);
      const taken = runtime.adoptions.take(attempt);
      if (taken === 'watched' && !attempt.hasEnded) live.set(attemptId, attempt);
      return taken === 'unknown' ? 'unknown' : 'adopted';
    },
    onObservation(next) {
      listener = next;
    },
    async forget(attemptId, taskId) {
      const attempt = live.get(attemptId);
      if (attempt) attempt.forgotten = true;
      else if (isTaskId(taskId)) runtime.removals.add(taskId);
    },
    async close() {
      listener = undefined;
      for (const attempt of live.values()) clearTimeout(attempt.stopTimer);
      runtime.leftovers.close();
      await Promise.all([runtime.removals.close(), runtime.pool.close()]);
      await removeGroups(runtime);
      runtime.adoptions.close();
    },
  };
}

/** Groups of jobs that go on stay, for the next server to remove. What has just been killed needs a moment to be gone. */
async function removeGroups({ opener, live }: Runtime): Promise<void> {
  const deadline = performance.now() + CLOSE_WAIT_MS;
  while (opener.groups()?.removeEmpty() === false && live.size === 0 && performance.now() < deadline)
    await sleep(10);
}

async function startAttempt(runtime: Runtime, task: ContainerTask): Promise<LaunchOutcome> {
  const { live } = runtime;
  const prepared = prepareJob(runtime.findCommand, runtime.dataDir, task);
  if (prepared.kind === 'refused') return { started: false, reason: prepared.reason };
  const attempt = newAttempt(task.attemptId, task.taskId);
  live.set(attempt.attemptId, attempt);
  if (prepared.kind === 'cannot-start') {
    try {
      return recordFailure(runtime, attempt, prepared.reason);
    } catch (error) {
      live.delete(attempt.attemptId);
      return cannotStart(error);
    }
  }

  const { memoryMiB, vcpus } = task.demand;
  const job = {
    script: prepared.script,
    limits: { memoryMiB, vcpus },
    unsupported: unsupportedFields(task.spec),
  };
  const launched = launch(runtime, attempt, job);
  attempt.launched = launched;
  const forget = (): void => void (live.get(attempt.attemptId) === attempt && live.delete(attempt.attemptId));
  launched.then((outcome) => outcome.started || forget(), forget);
  return launched;
}

/** The command cannot be started. That is written down, so that a server that starts later says the same. */
function recordFailure(runtime: Runtime, attempt: Attempt, reason: string): LaunchOutcome {
  if (runtime.files.create(attempt.taskId, failedRecordText(reason)) === 'exists') {
    if (runtime.adoptions.take(attempt) !== 'unknown') return STARTED;
    runtime.files.replace(attempt.taskId, failedRecordText(reason));
  }
  runtime.end(attempt, failedToStart(reason), runtime.now());
  return STARTED;
}

function createRuntime(options: ProcessLauncherOptions, emit: (observation: Observation) => void): Runtime {
  const dataDir = resolve(options.dataDir);
  const now = options.now ?? Date.now;
  const report = options.report ?? (() => undefined);
  const files = createAttemptFiles(dataDir);
  const live = new Map<string, Attempt>();
  const signals = createSignals();
  const opener = createSlotOpener({ ...slotOptions(options, dataDir), report });
  const pool = createSlotPool({
    open: () => opener.open(),
    maxSlots: options.maxSlots ?? 1_024,
    idleMs: (options.idleSeconds ?? 30) * 1_000,
    onGone: (slot) => void slot.group?.remove(),
  });
  const leftovers = createLeftovers(() =>
    pool
      .slots()
      .filter((slot) => !slot.group)
      .map((slot) => ({ identity: identityOf(slot), busy: !pool.isIdle(slot) })),
  );
  const stops = createStops({
    signals,
    now,
    recordStop(taskId, killAtMs) {
      try {
        files.append(taskId, stopLine(killAtMs));
      } catch (error) {
        // Only a server that starts before the end would need it; the stop itself goes on.
        report('process.stop-not-recorded', { taskId, error: String(error) });
      }
    },
  });
  const removals = createRemovals({
    dataDir,
    isQuiet: () => live.size === 0,
    onError: (taskId, error) => report('process.folder-not-removed', { taskId, error: String(error) }),
  });
  const end: Runtime['end'] = (attempt, exit, atMs) => {
    attempt.hasEnded = true;
    clearTimeout(attempt.stopTimer);
    live.delete(attempt.attemptId);
    if (attempt.forgotten) removals.add(attempt.taskId);
    emit({ kind: 'exited', attemptId: attempt.attemptId, atMs, exit });
  };
  const adoptions = createAdoptions<Attempt>({
    files,
    groups: () => opener.groups(),
    signals,
    stops,
    now,
    lookEveryMs: ADOPTED_LOOK_EVERY_MS,
    onRunning: ({ attemptId }, atMs) => emit({ kind: 'running', attemptId, atMs }),
    onEnded: end,
  });
  const findCommand = createCommandFinder(now);
  return {
    dataDir,
    now,
    files,
    findCommand,
    signals,
    opener,
    pool,
    leftovers,
    stops,
    removals,
    adoptions,
    live,
    emit,
    end,
  };
}

function slotOptions(options: ProcessLauncherOptions, dataDir: string): Omit<SlotOpenerOptions, 'report'> {
  return {
    dataDir,
    shell: options.shell ?? ['/bin/sh'],
    envPath: ENV_PATHS.find((path) => existsSync(path)) ?? ENV_PATHS[0],
    attemptsRoot: attemptsRootOf(dataDir),
    logsRoot: logsRootOf(dataDir),
    limits: options.limits ?? 'auto',
    cores: availableParallelism(),
    instance: randomUUID().slice(0, 8),
  };
}
