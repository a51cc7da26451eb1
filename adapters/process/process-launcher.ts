// The Launcher over processes of this host. Invariant: a command is handed to a slot shell only after its attempt's record was
// created, and a record is created once; so an attempt runs at most once, whatever crashes when.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { attemptsRootOf, isTaskId, logsRootOf, shardedNameOf } from '../files/task-paths.ts';
import type { EpochMs } from '../../core/ids.ts';
import type { ContainerTask, Exit, LaunchOutcome, Launcher, Observation } from '../../engine/ports.ts';
import { createAdoptions } from './adoptions.ts';
import { exitFrom, failedToStart, killedExit } from './attempt-exit.ts';
import { createAttemptFiles } from './attempt-files.ts';
import { failedRecordText, recordText } from './attempt-record.ts';
import type { SlotIdentity } from './attempt-record.ts';
import { createCommandFinder } from './command-path.ts';
import { createLeftovers } from './leftovers.ts';
import { prepareJob } from './prepare-job.ts';
import { bootId } from './process-table.ts';
import { createRemovals } from './removals.ts';
import { createSignals } from './signals.ts';
import type { GroupLimits } from './slot-groups.ts';
import { createSlotOpener } from './slot-opener.ts';
import { createSlotPool } from './slot-pool.ts';
import type { Slot } from './slot.ts';
import { createStops } from './stops.ts';
import type { Stoppable } from './stops.ts';
import { processNote, unsupportedFields } from './unsupported-fields.ts';

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

interface Attempt extends Stoppable {
  readonly attemptId: string;
  startedAtMs?: EpochMs;
  /** Calls the wait for a slot off. */
  cancel?: (() => void) | undefined;
  /** Asked to be forgotten while it ran. */
  forgotten?: boolean;
  /** Slot shells that ended under it before it ran. */
  lostSlots: number;
  launched: Promise<LaunchOutcome>;
}

interface Ready {
  readonly script: string;
  readonly limits: GroupLimits;
  readonly unsupported: readonly string[];
}

const ADOPTED_LOOK_EVERY_MS = 200;
const LOST_SLOTS_AT_MOST = 2;
const STARTED: LaunchOutcome = { started: true };

export function createProcessLauncher(options: ProcessLauncherOptions): Launcher {
  const dataDir = resolve(options.dataDir);
  const now = options.now ?? Date.now;
  const report = options.report ?? (() => undefined);
  const files = createAttemptFiles(dataDir);
  const findCommand = createCommandFinder(now);
  const signals = createSignals();
  const live = new Map<string, Attempt>();
  let listener: ((observation: Observation) => void) | undefined;
  let closed = false;

  const emit = (observation: Observation): void => {
    if (!closed) listener?.(observation);
  };
  const opener = createSlotOpener({
    dataDir,
    shell: options.shell ?? ['/bin/sh'],
    envPath: ['/usr/bin/env', '/bin/env'].find((path) => existsSync(path)) ?? '/usr/bin/env',
    attemptsRoot: attemptsRootOf(dataDir),
    logsRoot: logsRootOf(dataDir),
    limits: options.limits ?? 'auto',
    cores: availableParallelism(),
    instance: randomUUID().slice(0, 8),
    report,
  });
  const pool = createSlotPool({
    open: opener.open,
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
    appendStop(taskId, killAtMs) {
      try {
        files.appendStop(taskId, killAtMs);
      } catch (error) {
        // Only a server that starts before the end would have needed it; the stop itself goes on.
        report('process.stop-not-recorded', { taskId, error: String(error) });
      }
    },
  });
  const removals = createRemovals({
    dataDir,
    isQuiet: () => live.size === 0,
    onError: (taskId, error) => report('process.folder-not-removed', { taskId, error: String(error) }),
  });
  const adoptions = createAdoptions<Attempt>({
    files,
    groups: opener.groups,
    signals,
    stops,
    now,
    lookEveryMs: ADOPTED_LOOK_EVERY_MS,
    onRunning: ({ attemptId }, atMs) => emit({ kind: 'running', attemptId, atMs }),
    onEnded: end,
  });

  function end(attempt: Attempt, exit: Exit, atMs: EpochMs): void {
    attempt.hasEnded = true;
    clearTimeout(attempt.stopTimer);
    live.delete(attempt.attemptId);
    if (attempt.forgotten) removals.add(attempt.taskId);
    emit({ kind: 'exited', attemptId: attempt.attemptId, atMs, exit });
  }

  function newAttempt(attemptId: string, taskId: string): Attempt {
    return {
      attemptId,
      taskId,
      target: undefined,
      hasEnded: false,
      lostSlots: 0,
      launched: Promise.resolve(STARTED),
    };
  }

  /** Waits for a slot, then hands the job to it. */
  function launch(attempt: Attempt, job: Ready): Promise<LaunchOutcome> {
    live.set(attempt.attemptId, attempt);
    return new Promise((done) => {
      const giveUp = (reason: string): void => {
        live.delete(attempt.attemptId);
        done({ started: false, reason });
      };
      const leave = pool.acquire(job.limits, (acquired) => {
        attempt.cancel = undefined;
        if (!acquired.ok) {
          giveUp(`CannotStartContainerError: ${acquired.error.message}`);
          return;
        }
        try {
          handOver(attempt, job, acquired.slot);
          done(STARTED);
        } catch (error) {
          pool.release(acquired.slot);
          giveUp(`CannotStartContainerError: ${String(error)}`);
        }
      });
      if (attempt.target || attempt.hasEnded || !live.has(attempt.attemptId)) return;
      attempt.cancel = () => {
        leave();
        giveUp('Stopped before it started');
      };
    });
  }

  function handOver(attempt: Attempt, job: Ready, slot: Slot): void {
    const missing = slot.limit(job.limits);
    const identity = identityOf(slot);
    const text = recordText(job.script, identity);
    if (attempt.lostSlots === 0 && files.create(attempt.taskId, text) === 'exists') {
      // An earlier server took it over, or an earlier start of ours did.
      if (adoptions.take(attempt) !== 'unknown') {
        pool.release(slot);
        return;
      }
      files.replace(attempt.taskId, text);
    } else if (attempt.lostSlots > 0) {
      files.replace(attempt.taskId, text);
    }
    attempt.target = { identity, group: slot.group };
    listenTo(slot, attempt, job, processNote(job.unsupported, options.limits === 'off' ? [] : missing));
    slot.run(shardedNameOf(attempt.taskId));
  }

  function listenTo(slot: Slot, attempt: Attempt, job: Ready, note: string | undefined): void {
    slot.listener = {
      running() {
        const atMs = now();
        attempt.startedAtMs = atMs;
        emit({
          kind: 'running',
          attemptId: attempt.attemptId,
          atMs,
          ...(note === undefined ? {} : { note }),
        });
      },
      exited(exitCode, dirty) {
        slot.listener = undefined;
        const exit = exitOf(attempt, slot, exitCode);
        if (dirty) pool.drop(slot);
        else pool.release(slot);
        if (!slot.group) leftovers.lookSoon();
        end(attempt, exit, now());
      },
      gone() {
        slot.listener = undefined;
        onSlotGone(attempt, slot, job);
      },
    };
  }

  function exitOf({ taskId, startedAtMs, target }: Attempt, slot: Slot, exitCode: number): Exit {
    const started = startedAtMs === undefined ? {} : { startedAtMs };
    if (exitCode === 0) return { cause: 'exited', exitCode, ...started };
    const record = exitCode === 125 ? files.read(taskId) : undefined;
    return exitFrom({
      exitCode,
      refused: record !== undefined && record !== 'absent' && record.refused,
      hasLog: files.logOpenedAtMs(taskId) !== undefined,
      oomKilled: wasKilledForMemory(slot, target?.identity),
      ...started,
    });
  }

  function wasKilledForMemory(slot: Slot, identity: SlotIdentity | undefined): boolean {
    return slot.group !== undefined && slot.group.oomKills() > (identity?.oomKills ?? 0);
  }

  function onSlotGone(attempt: Attempt, slot: Slot, job: Ready): void {
    const record = files.read(attempt.taskId);
    if (record === 'absent' || !record?.ran) {
      attempt.lostSlots += 1;
      attempt.target = undefined;
      if (attempt.lostSlots > LOST_SLOTS_AT_MOST)
        end(
          attempt,
          failedToStart('CannotStartContainerError: the slot shell ended before the command started'),
          now(),
        );
      else
        void launch(attempt, job).then(
          (outcome) => outcome.started || end(attempt, failedToStart(outcome.reason), now()),
        );
      return;
    }
    if (attempt.target) void signals.send(attempt.target, 'SIGKILL');
    const exit =
      record.exitCode === undefined
        ? killedExit(wasKilledForMemory(slot, attempt.target?.identity), attempt.startedAtMs)
        : exitOf(attempt, slot, record.exitCode);
    end(attempt, exit, now());
  }

  /** The command cannot be started: that is written down, so that a restarted server says the same. */
  function recordFailure(attempt: Attempt, reason: string): LaunchOutcome {
    if (files.create(attempt.taskId, failedRecordText(reason)) === 'exists') {
      if (adoptions.take(attempt) !== 'unknown') {
        if (!attempt.hasEnded) live.set(attempt.attemptId, attempt);
        return STARTED;
      }
      files.replace(attempt.taskId, failedRecordText(reason));
    }
    end(attempt, failedToStart(reason), now());
    return STARTED;
  }

  function readyFrom(task: ContainerTask, script: string): Ready {
    const { memoryMiB, vcpus } = task.demand;
    return { script, limits: { memoryMiB, vcpus }, unsupported: unsupportedFields(task.spec) };
  }

  return {
    async start(task) {
      const known = live.get(task.attemptId);
      if (known) return known.launched;
      const prepared = prepareJob(findCommand, dataDir, task);
      const attempt = newAttempt(task.attemptId, task.taskId);
      switch (prepared.kind) {
        case 'refused':
          return { started: false, reason: prepared.reason };
        case 'cannot-start':
          return recordFailure(attempt, prepared.reason);
        case 'ready':
          attempt.launched = launch(attempt, readyFrom(task, prepared.script));
          return attempt.launched;
      }
    },
    async stop(attemptId, graceSeconds) {
      const attempt = live.get(attemptId);
      if (attempt?.cancel) attempt.cancel();
      else if (attempt) await stops.stop(attempt, graceSeconds);
    },
    async adopt(attemptId, taskId) {
      if (live.has(attemptId)) return 'adopted';
      if (!isTaskId(taskId)) return 'unknown';
      const attempt = newAttempt(attemptId, taskId);
      const taken = adoptions.take(attempt);
      if (taken === 'watched') live.set(attemptId, attempt);
      return taken === 'unknown' ? 'unknown' : 'adopted';
    },
    onObservation(next) {
      listener = next;
    },
    async forget(attemptId, taskId) {
      const attempt = live.get(attemptId);
      if (attempt) attempt.forgotten = true;
      else if (isTaskId(taskId)) removals.add(taskId);
    },
    async close() {
      if (closed) return;
      closed = true;
      for (const attempt of live.values()) clearTimeout(attempt.stopTimer);
      adoptions.close();
      leftovers.close();
      removals.close();
      await Promise.all([removals.flush(), pool.close()]);
      opener.groups()?.removeEmpty();
    },
  };
}

function identityOf(slot: Slot): SlotIdentity {
  return {
    pid: slot.pid,
    startTicks: slot.startTicks,
    bootId: bootId(),
    ...(slot.group ? { group: slot.group.name } : {}),
    oomKills: slot.group?.oomKills() ?? 0,
  };
}
