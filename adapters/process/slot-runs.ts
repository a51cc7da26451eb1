// Runs attempts in slots of this server: waits for one, writes the record, hands the job over, and hears how it ends.
import { shardedNameOf } from '../files/task-paths.ts';
import type { EpochMs } from '../../core/ids.ts';
import type { Exit, LaunchOutcome, Observation } from '../../engine/launch-ports.ts';
import type { Adoptions } from './adoptions.ts';
import { STARTED } from './attempt.ts';
import type { Attempt, ReadyJob } from './attempt.ts';
import { exitFrom, failedToStart, killedExit } from './attempt-exit.ts';
import type { AttemptFiles } from './attempt-files.ts';
import { exitLine, recordText } from './attempt-record.ts';
import type { SlotIdentity } from './attempt-record.ts';
import type { Leftovers } from './leftovers.ts';
import { bootId } from './process-table.ts';
import type { Signals } from './signals.ts';
import { ClosedError } from './slot-pool.ts';
import type { SlotPool } from './slot-pool.ts';
import type { Slot } from './slot.ts';
import { processNote } from './unsupported-fields.ts';

export interface SlotRunDeps {
  readonly files: AttemptFiles;
  readonly pool: SlotPool;
  readonly signals: Signals;
  readonly adoptions: Adoptions<Attempt>;
  readonly leftovers: Leftovers;
  readonly now: () => EpochMs;
  readonly emit: (observation: Observation) => void;
  readonly end: (attempt: Attempt, exit: Exit, atMs: EpochMs) => void;
}

const LOST_SLOTS_AT_MOST = 3;
/** What the slot script exits with when it could not set the job up; a program may exit with it too. */
const REFUSED = 125;
const KILLED = 137;

/** Resolves when a slot has the job, or nothing will ever run it. Rejects when this server goes away first. */
export function launch(deps: SlotRunDeps, attempt: Attempt, job: ReadyJob): Promise<LaunchOutcome> {
  return new Promise((resolve, reject) => {
    const leave = deps.pool.acquire(job.limits, (acquired) => {
      attempt.cancel = undefined;
      if (acquired.ok) resolve(tryHandOver(deps, attempt, job, acquired.slot));
      else if (acquired.error instanceof ClosedError) reject(acquired.error);
      else resolve(cannotStart(acquired.error));
    });
    if (!leave) return;
    attempt.cancel = () => {
      leave();
      resolve({ started: false, reason: 'Stopped before it started' });
    };
  });
}

export function cannotStart(error: unknown): LaunchOutcome {
  return {
    started: false,
    reason: `CannotStartContainerError: ${error instanceof Error ? error.message : String(error)}`,
  };
}

function tryHandOver(deps: SlotRunDeps, attempt: Attempt, job: ReadyJob, slot: Slot): LaunchOutcome {
  try {
    handOver(deps, attempt, job, slot);
    return STARTED;
  } catch (error) {
    // The disk is full, or the data folder cannot be written: nothing has been started.
    deps.pool.release(slot);
    return cannotStart(error);
  }
}

function handOver(deps: SlotRunDeps, attempt: Attempt, job: ReadyJob, slot: Slot): void {
  const missing = slot.limit(job.limits);
  const identity = identityOf(slot);
  const text = recordText(job.script, identity);
  const isAgain = attempt.lostSlots > 0;
  if (isAgain || deps.files.create(attempt.taskId, text) === 'exists') {
    // An earlier server, or an earlier start, took it over. What it left decides; only what never ran may run now.
    if (!isAgain && deps.adoptions.take(attempt) !== 'unknown') {
      deps.pool.release(slot);
      return;
    }
    deps.files.replace(attempt.taskId, text);
  }
  attempt.target = { identity, group: slot.group };
  listenTo(deps, attempt, job, slot, processNote(job.unsupported, missing));
  slot.run(shardedNameOf(attempt.taskId));
}

function listenTo(
  deps: SlotRunDeps,
  attempt: Attempt,
  job: ReadyJob,
  slot: Slot,
  note: string | undefined,
): void {
  slot.listener = {
    running() {
      const atMs = deps.now();
      attempt.startedAtMs = atMs;
      deps.emit({
        kind: 'running',
        attemptId: attempt.attemptId,
        atMs,
        ...(note === undefined ? {} : { note }),
      });
    },
    exited(exitCode, dirty) {
      slot.listener = undefined;
      const exit = exitOf(deps, attempt, slot, exitCode);
      // Before anybody hears of the end: the next job need not wait for what they do about it.
      if (dirty) deps.pool.drop(slot);
      else deps.pool.release(slot);
      if (!slot.group) deps.leftovers.lookSoon();
      deps.end(attempt, exit, deps.now());
    },
    gone() {
      slot.listener = undefined;
      onSlotGone(deps, attempt, job, slot);
    },
  };
}

function exitOf(deps: SlotRunDeps, { taskId, startedAtMs }: Attempt, slot: Slot, exitCode: number): Exit {
  const started = startedAtMs === undefined ? {} : { startedAtMs };
  if (exitCode === 0) return { cause: 'exited', exitCode, ...started };
  const record = exitCode === REFUSED ? deps.files.read(taskId) : undefined;
  return exitFrom({
    exitCode,
    refused: record !== undefined && record !== 'absent' && record.refused,
    hasLog: deps.files.logOpenedAtMs(taskId) !== undefined,
    oomKilled: slot.takeOomKills() > 0,
    ...started,
  });
}

/** The shell was killed: by the kernel for memory, by the job (`kill -KILL 0`), or by somebody with the right to. */
function onSlotGone(deps: SlotRunDeps, attempt: Attempt, job: ReadyJob, slot: Slot): void {
  const record = deps.files.read(attempt.taskId);
  if (record === 'absent' || !record?.ran) {
    startAgain(deps, attempt, job);
    return;
  }
  if (attempt.target) void deps.signals.send(attempt.target, 'SIGKILL');
  if (record.exitCode !== undefined) {
    deps.end(attempt, exitOf(deps, attempt, slot, record.exitCode), deps.now());
    return;
  }
  // For a server that starts before this end is known elsewhere.
  deps.files.append(attempt.taskId, exitLine(KILLED));
  deps.end(attempt, killedExit(slot.takeOomKills() > 0, attempt.startedAtMs), deps.now());
}

function startAgain(deps: SlotRunDeps, attempt: Attempt, job: ReadyJob): void {
  attempt.lostSlots += 1;
  attempt.target = undefined;
  const fail = (reason: string): void => deps.end(attempt, failedToStart(reason), deps.now());
  if (attempt.lostSlots > LOST_SLOTS_AT_MOST) {
    fail('CannotStartContainerError: the slot shell ended before the command started');
    return;
  }
  launch(deps, attempt, job).then(
    (outcome) => outcome.started || fail(outcome.reason),
    () => undefined, // closed: the record says that it never ran
  );
}

export function identityOf(slot: Slot): SlotIdentity {
  return {
    pid: slot.pid,
    startTicks: slot.startTicks,
    bootId: bootId(),
    ...(slot.group ? { group: slot.group.name } : {}),
    oomKills: slot.oomKillsBefore(),
  };
}
