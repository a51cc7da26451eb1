// An attempt under way as pure steps: it runs, it ends, and what follows for its job. A repeated, late or reordered observation
// changes nothing, which is answered by `undefined`.
import type { EpochMs } from '../ids.ts';
import type { AttemptSeen } from './attempt-seen.ts';
import { runtimeTaskMember, seenMembers } from './attempt-seen.ts';
import type { ContainerExit, EndedAttempt } from './attempt.ts';
import type { EndedJob, Job, PlacedJob, RunnableJob, RunningJob } from './job.ts';
import { isPlaced } from './job.ts';
import { launchMember } from './launch-times.ts';
import { decideRetry } from './retry.ts';

export const ESSENTIAL_EXITED = 'Essential container in task exited';
export const FAILED_TO_START = 'Task failed to start';

/** How a container ended, as an observer tells it; the same shape as the engine's `Exit`. */
export interface AttemptExit extends Pick<AttemptSeen, 'runtimeTaskId' | 'launch'> {
  readonly cause: 'exited' | 'failed-to-start' | 'host-lost';
  readonly exitCode?: number;
  readonly reason?: string;
  readonly startedAtMs?: EpochMs;
  /** Jobs of several containers: how each one ended. */
  readonly containers?: readonly ContainerExit[];
  /** What is said of the whole task, where the runtime has words of its own for it. */
  readonly statusReason?: string;
}

/** The container of this attempt runs. */
export function onRunning(
  job: Job,
  attemptNumber: number,
  atMs: EpochMs,
  seen: AttemptSeen = {},
): RunningJob | undefined {
  if (job.status !== 'STARTING' || job.attempt.number !== attemptNumber) return undefined;
  // Clocks of runtime and server may differ by a little; a job must not run before it was placed.
  const startedAtMs = Math.max(atMs, job.attempt.placedAtMs);
  const launch = launchMember(seen.launch, job.attempt.placedAtMs, startedAtMs);
  const attempt = { ...job.attempt, ...seenMembers(seen), ...launch };
  return { ...job, status: 'RUNNING', attempt, startedAtMs };
}

/** The container of this attempt is gone: succeeded, failed for good, or back in line. */
export function onExit(
  job: Job,
  attemptNumber: number,
  exit: AttemptExit,
  atMs: EpochMs,
): EndedJob | RunnableJob | undefined {
  if (!isPlaced(job) || job.attempt.number !== attemptNumber) return undefined;
  return settleAttempt(job, endedAttempt(job, exit, atMs), atMs);
}

/** What follows from the end of the attempt under way: the job's end, or its return into line. */
export function settleAttempt(job: PlacedJob, ended: EndedAttempt, atMs: EpochMs): EndedJob | RunnableJob {
  const attempts = [...job.attempts, ended];
  const decision = decideRetry(job.spec.retryStrategy, attempts.length, ended, job.stopRequest !== undefined);
  const base = withoutAttempt(job);
  switch (decision.action) {
    case 'succeed':
      return {
        ...base,
        status: 'SUCCEEDED',
        attempts,
        statusReason: ended.statusReason,
        ...startedAt(ended),
        stoppedAtMs: ended.stoppedAtMs,
      };
    case 'retry':
      return { ...base, status: 'RUNNABLE', attempts, runnableAtMs: Math.max(atMs, ended.stoppedAtMs) };
    case 'fail':
      return {
        ...base,
        status: 'FAILED',
        attempts,
        statusReason: job.stopRequest?.reason ?? ended.statusReason,
        ...startedAt(ended),
        stoppedAtMs: ended.stoppedAtMs,
      };
  }
}

function withoutAttempt(job: PlacedJob): Omit<PlacedJob, 'attempt' | 'startedAtMs' | 'status' | 'attempts'> {
  const { attempt: _attempt, status: _status, attempts: _attempts, ...rest } = job;
  const { startedAtMs: _started, ...base } = rest as typeof rest & { startedAtMs?: EpochMs };
  return base;
}

function startedAt(attempt: EndedAttempt): { readonly startedAtMs?: EpochMs } {
  return attempt.startedAtMs === undefined ? {} : { startedAtMs: attempt.startedAtMs };
}

function endedAttempt(job: PlacedJob, exit: AttemptExit, atMs: EpochMs): EndedAttempt {
  const known = job.status === 'RUNNING' ? job.startedAtMs : exit.startedAtMs;
  const { placedAtMs, runnableAtMs } = job.attempt;
  const startedAtMs = known === undefined ? undefined : Math.max(known, placedAtMs);
  const stoppedAtMs = Math.max(atMs, startedAtMs ?? placedAtMs);
  const { ceArn, clusterName, instanceIds, instanceTypes } = job.attempt.placement;
  return {
    taskId: job.attempt.taskId,
    ...runtimeTaskMember(exit, job.attempt),
    ceArn,
    clusterName,
    ...(instanceIds === undefined ? {} : { instanceIds }),
    ...(instanceTypes === undefined ? {} : { instanceTypes }),
    ...(runnableAtMs === undefined ? {} : { runnableAtMs }),
    placedAtMs,
    ...launchMember({ ...exit.launch, ...job.attempt.launch }, placedAtMs, startedAtMs ?? stoppedAtMs),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    stoppedAtMs,
    ...exitMembers(exit),
    statusReason: statusReasonOf(job, exit),
    ...(job.attempt.note === undefined ? {} : { note: job.attempt.note }),
  };
}

/** AWS's limit for the reason of a container. */
const REASON_MAX = 255;

/** What an ended attempt keeps of how its container or containers ended. */
export function exitMembers(
  { exitCode, reason, containers }: AttemptExit,
  charactersMax = REASON_MAX,
): Pick<EndedAttempt, 'exitCode' | 'reason' | 'containers'> {
  const cut = (text: string): string => text.slice(0, Math.min(charactersMax, REASON_MAX));
  const withShortReason = (container: ContainerExit): ContainerExit =>
    container.reason === undefined ? container : { ...container, reason: cut(container.reason) };
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(reason === undefined ? {} : { reason: cut(reason) }),
    ...(containers === undefined ? {} : { containers: containers.map(withShortReason) }),
  };
}

function statusReasonOf(job: PlacedJob, exit: AttemptExit): string {
  // A timed-out attempt that exits 0 in its grace period timed out all the same.
  return job.stopRequest?.reason ?? exitReason(exit);
}

/** AWS Batch's statusReason for an end that nobody asked for. */
export function exitReason(exit: AttemptExit): string {
  if (exit.statusReason !== undefined) return exit.statusReason;
  switch (exit.cause) {
    case 'exited':
      return ESSENTIAL_EXITED;
    case 'failed-to-start':
      return FAILED_TO_START;
    case 'host-lost':
      return exit.reason?.startsWith('Host EC2') ? exit.reason : 'Host EC2 (this machine) terminated.';
  }
}
