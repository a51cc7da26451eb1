// What a waiting state of the machine may go on with. The row decides; the execution follows it, so a machine that was
// started again, or woken twice, ends up where the row is.
import type { EpochMs } from '../ids.ts';
import { isPlaced } from './job.ts';
import type { Job, JobStatus } from './job.ts';

/** The states of statemachines/job.asl.json that wait for a task token. */
export type WaitingState = 'STARTING' | 'RUNNING' | 'TIMED_OUT' | 'RUNNABLE';

export interface Progress {
  readonly jobId: string;
  readonly attempt: number;
  readonly status: JobStatus;
  /** What is left of the attempt's timeout; `NO_TIMEOUT_SECONDS` when it has none. Counted from RUNNING. */
  readonly timeoutSeconds: number;
}

/** The longest TimeoutSeconds that Step Functions takes (Amazon States Language: 99,999,999). */
export const NO_TIMEOUT_SECONDS = 99_999_999;

/** Where the machine should go on, or `undefined` while the state it is in still describes the row. */
export function progressOf(
  job: Job,
  state: WaitingState,
  attempt: number,
  nowMs: EpochMs,
): Progress | undefined {
  return stillIn(job, state, attempt) ? undefined : progressFrom(job, nowMs);
}

export function progressFrom(job: Job, nowMs: EpochMs): Progress {
  const attempt = isPlaced(job) ? job.attempt.number : Math.max(1, job.attempts.length);
  return { jobId: job.jobId, attempt, status: job.status, timeoutSeconds: timeoutLeftSeconds(job, nowMs) };
}

/** For a job that is past its retention. The machine reads all of these members, so none may be missing. */
export function goneProgress(jobId: string, attempt: number): Progress {
  return { jobId, attempt, status: 'FAILED', timeoutSeconds: NO_TIMEOUT_SECONDS };
}

function stillIn(job: Job, state: WaitingState, attempt: number): boolean {
  switch (state) {
    case 'STARTING':
      return job.status === 'STARTING' && job.attempt.number === attempt;
    case 'RUNNING':
    case 'TIMED_OUT':
      return job.status === 'RUNNING' && job.attempt.number === attempt;
    case 'RUNNABLE':
      return job.status === 'RUNNABLE';
  }
}

export function timeoutLeftSeconds(job: Job, nowMs: EpochMs): number {
  const { timeoutSeconds } = job.spec;
  if (timeoutSeconds === undefined) return NO_TIMEOUT_SECONDS;
  if (job.status !== 'RUNNING') return timeoutSeconds;
  // Step Functions takes no timeout below one second; an overdue attempt is ended within that second.
  return Math.max(1, Math.ceil((job.startedAtMs + timeoutSeconds * 1000 - nowMs) / 1000));
}
