// The life of one job as pure steps: (job, event) → the job's next state, or `undefined` when the event changes nothing.
// A repeated, late or reordered event is one that changes nothing; a terminal job is left by no step. What is seen of an attempt
// under way has its steps in attempt-steps.ts, which those who only submit and stop jobs need not load.
import type { EpochMs, JobId } from '../ids.ts';
import type { DependencyEnd } from './dependencies.ts';
import { allowsStart, waitsForJobs, wantedEnd } from './dependencies.ts';
import type { Blockage, EndedJob, Job, PendingJob, RunnableJob, StartingJob } from './job.ts';
import type { LiveAttempt, StopRequest } from './attempt.ts';
import { isPlaced, isTerminal } from './job.ts';
import { isDecided, isMultiNode, placedNodes } from './node.ts';
import type { WaitingReason } from '../placement/waiting-reason.ts';
import { statusReasonText } from '../placement/waiting-reason.ts';

export const TIMED_OUT = 'Job attempt duration exceeded timeout';
export const DEPENDENCY_FAILED = 'Dependent Job failed';
/** Ours: the job was to run only if that one failed. */
export const DEPENDENCY_SUCCEEDED = 'Dependent Job succeeded: this job was to follow its failure';

/** Dependencies are known: wait for them, or stand in line; or fail, for one has not ended as was wanted (`broken`). An array parent never stands in line itself; it expands. */
export function onDependenciesKnown(
  job: Job,
  outstanding: readonly JobId[],
  broken: DependencyEnd | false,
  atMs: EpochMs,
): Job | undefined {
  if (job.status !== 'SUBMITTED' && job.status !== 'PENDING') return undefined;
  // Its children are under way: what it waited for as a whole was complete, whatever has become of those records.
  if (job.status === 'PENDING' && job.expanded) return undefined;
  if (broken) return fail(job, brokenReason(broken), atMs);
  if (outstanding.length > 0) {
    if (job.status === 'PENDING' && sameIds(job.awaiting, outstanding)) return undefined;
    return { ...job, status: 'PENDING', awaiting: outstanding };
  }
  return released(job, atMs);
}

/** A job this one waits for has ended. */
export function onDependencyEnded(
  job: Job,
  endedId: JobId,
  succeeded: boolean,
  atMs: EpochMs,
): Job | undefined {
  if (job.status !== 'SUBMITTED' && job.status !== 'PENDING') return undefined;
  if (!job.awaiting.includes(endedId)) return undefined;
  const wanted = wantedEnd(job, endedId);
  if (!allowsStart(wanted, succeeded)) return fail(job, brokenReason(wanted), atMs);
  const awaiting = job.awaiting.filter((id) => id !== endedId);
  if (awaiting.length > 0) return { ...job, status: 'PENDING', awaiting };
  return released(job, atMs);
}

function brokenReason(wanted: DependencyEnd): string {
  return wanted === 'FAILURE' ? DEPENDENCY_SUCCEEDED : DEPENDENCY_FAILED;
}

function released(job: Job, atMs: EpochMs): Job | undefined {
  if (isTerminal(job)) return undefined;
  if (job.status === 'PENDING' && job.expanded) return undefined;
  // A cancelled job that was waiting for its dependencies ends now that they are complete (contract §3.6).
  if (job.stopRequest) return fail(job, job.stopRequest.reason, atMs);
  if (job.failsAtStart !== undefined) return fail(job, job.failsAtStart, atMs);
  if (job.kind === 'array') {
    return { ...(job as PendingJob), status: 'PENDING', awaiting: [], expanded: true };
  }
  return { ...job, status: 'RUNNABLE', awaiting: [], runnableAtMs: latestOf(job, atMs) };
}

/** Clocks step back, and a runtime's is not the server's; the times of a job are in order all the same. */
function latestOf(job: Job, atMs: EpochMs): EpochMs {
  return Math.max(atMs, job.createdAtMs, job.runnableAtMs ?? 0, job.attempts.at(-1)?.stoppedAtMs ?? 0);
}

function sameIds(left: readonly JobId[], right: readonly JobId[]): boolean {
  return left.length === right.length && left.every((id) => right.includes(id));
}

/** The scheduler found that nothing its queue may use could ever hold it, or that this no longer holds (`undefined`). */
export function onPlaceabilityKnown(
  job: Job,
  unplaceable: WaitingReason | undefined,
  atMs: EpochMs,
): RunnableJob | undefined {
  if (job.status !== 'RUNNABLE') return undefined;
  if (unplaceable) {
    // The plan is older than the hold.
    if (job.heldAtMs !== undefined) return undefined;
    if (job.unplaceable?.message === unplaceable.message) return undefined;
    const text = statusReasonText(unplaceable);
    if (text === undefined) {
      return { ...withoutBlockage(job), unplaceable, statusReason: unplaceable.message };
    }
    return { ...job, unplaceable, statusReason: text, blocked: blockage(job, text, atMs) };
  }
  if (!job.unplaceable) return undefined;
  // Since when stays known: when it is set aside again for the same reason, it has been blocked all the time.
  const { unplaceable: _gone, statusReason: _reason, ...rest } = job;
  return rest;
}

/** The scheduler stopped at this job, the first of its line, for a reason that AWS has words for. */
export function onHeadBlocked(job: Job, reason: string, atMs: EpochMs): RunnableJob | undefined {
  if (job.status !== 'RUNNABLE' || job.unplaceable || job.heldAtMs !== undefined) return undefined;
  if (job.blocked?.reason === reason && job.statusReason === reason) return undefined;
  return { ...job, statusReason: reason, blocked: blockage(job, reason, atMs) };
}

/** Nothing holds it up but the others before it, or the lack of room. */
export function onHeadFree(job: Job): RunnableJob | undefined {
  if (job.status !== 'RUNNABLE' || job.unplaceable || !job.blocked) return undefined;
  const { statusReason: _reason, ...rest } = withoutBlockage(job);
  return rest;
}

function blockage({ blocked }: Job, reason: string, atMs: EpochMs): Blockage {
  return blocked?.reason === reason ? blocked : { sinceMs: atMs, reason };
}

function withoutBlockage(job: RunnableJob): RunnableJob {
  const { blocked: _blocked, ...rest } = job;
  return rest;
}

/** The scheduler found room. The attempt's number is the count of ended attempts plus one. */
export function onPlaced(job: RunnableJob, attempt: LiveAttempt): StartingJob {
  const { runnableAtMs, statusReason: _reason, unplaceable: _unplaceable, ...waiting } = job;
  const { blocked: _blocked, ...rest } = waiting;
  const nodes = isMultiNode(job) ? { nodes: placedNodes(job) } : {};
  const placedAtMs = latestOf(job, attempt.placedAtMs);
  // Of most jobs it is known without being written down.
  const inLine = job.attempts.length === 0 && waitsForJobs(job) ? { runnableAtMs } : {};
  return { ...rest, ...nodes, status: 'STARTING', attempt: { ...attempt, ...inLine, placedAtMs } };
}

/**
 * Somebody asked for the job's end. Not placed yet: it fails now, unless it waits for dependencies: then it fails once
 * they are complete. Placed: terminate and timeout stop the container, cancel has no effect.
 */
export function onStopRequested(job: Job, request: StopRequest): Job | undefined {
  if (isTerminal(job) || (job.stopRequest && !goesFurther(job, request))) return undefined;
  if (isPlaced(job)) {
    const comesTooLate = isMultiNode(job) && isDecided(job, request);
    return request.kind === 'cancel' || comesTooLate ? undefined : { ...job, stopRequest: request };
  }
  if (job.status === 'PENDING' && (job.expanded || job.awaiting.length > 0))
    return { ...job, stopRequest: request };
  return fail({ ...job, stopRequest: request }, request.reason, request.atMs);
}

/** Cancelling an array lets its running children run, so that terminating it has something left to stop. */
function goesFurther(job: Job, request: StopRequest): boolean {
  const isUnderWay = job.status === 'PENDING' && job.expanded === true;
  return isUnderWay && job.stopRequest?.kind === 'cancel' && request.kind !== 'cancel';
}

/** Ends a job that holds no container and has no children under way. */
export function fail(job: Job, statusReason: string, atMs: EpochMs): EndedJob | undefined {
  if (isTerminal(job) || isPlaced(job)) return undefined;
  const { awaiting: _awaiting, blocked: _blocked, ...base } = job as PendingJob;
  return {
    ...base,
    awaiting: [],
    status: 'FAILED',
    statusReason,
    stoppedAtMs: latestOf(job, atMs),
  };
}
