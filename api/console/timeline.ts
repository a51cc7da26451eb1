// The states a job went through, told from its row alone: for a home that keeps no log of events at hand. What the row does not keep
// the time of is there without one.
import type { EpochMs } from '../../core/ids.ts';
import { waitsForJobs } from '../../core/job/dependencies.ts';
import type { Job, JobStatus } from '../../core/job/job.ts';
import { isPlaced, isTerminal } from '../../core/job/job.ts';
import type { TimelineStep } from './wire.ts';

/** Entering a state. */
export interface Step {
  readonly status: JobStatus;
  readonly atMs?: EpochMs;
}

export function stepsOfRow(job: Job): readonly Step[] {
  const steps: Step[] = [{ status: 'SUBMITTED', atMs: job.createdAtMs }];
  if (hasPended(job)) steps.push({ status: 'PENDING', atMs: job.createdAtMs });
  for (const [index, { placedAtMs, startedAtMs }] of job.attempts.entries()) {
    steps.push(step('RUNNABLE', inLineSince(job, index)), step('STARTING', placedAtMs));
    if (startedAtMs !== undefined) steps.push(step('RUNNING', startedAtMs));
  }
  if (job.status === 'RUNNABLE') steps.push(step('RUNNABLE', job.runnableAtMs));
  if (isPlaced(job)) {
    steps.push(
      step('RUNNABLE', inLineSince(job, job.attempts.length)),
      step('STARTING', job.attempt.placedAtMs),
    );
  }
  if (job.status === 'RUNNING') steps.push(step('RUNNING', job.startedAtMs));
  if (isTerminal(job)) steps.push(step(job.status, job.stoppedAtMs));
  return steps;
}

/** Those of which the time is known. */
export function timelineOf(steps: readonly Step[]): readonly TimelineStep[] {
  return steps.flatMap(({ status, atMs }) => (atMs === undefined ? [] : { status, atMs }));
}

function step(status: JobStatus, atMs: EpochMs | undefined): Step {
  return atMs === undefined ? { status } : { status, atMs };
}

/** An array is PENDING for as long as its children are under way. */
function hasPended(job: Job): boolean {
  if (job.status === 'SUBMITTED') return false;
  return job.status === 'PENDING' || job.kind === 'array' || waitsForJobs(job);
}

/** Whoever is retried stands in line again at once; a job that waits for nobody does so from the start. */
function inLineSince(job: Job, index: number): EpochMs | undefined {
  const attempt = job.attempts[index] ?? (isPlaced(job) ? job.attempt : undefined);
  if (attempt?.runnableAtMs !== undefined) return attempt.runnableAtMs;
  const before = job.attempts[index - 1];
  if (before) return before.stoppedAtMs;
  return waitsForJobs(job) ? undefined : job.createdAtMs;
}
