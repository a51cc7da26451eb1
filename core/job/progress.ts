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

/** What a task token is parked for: the state that waits, and the attempt that it has in hand. */
export interface Wait {
  readonly state: WaitingState;
  readonly attempt: number;
}

/** How a wait ends: the state's Next goes on with an output, or its Catch takes the error. */
export type WaitEnd =
  | { readonly kind: 'output'; readonly output: object }
  | { readonly kind: 'error'; readonly error: string; readonly cause: string };

/** The longest TimeoutSeconds that Step Functions takes (Amazon States Language: 99,999,999). */
export const NO_TIMEOUT_SECONDS = 99_999_999;

/**
 * How a wait ends when the job has come so far; `undefined` while it goes on, because the state still describes the job.
 * RUNNING is the one state whose Next is the end, so that the jobs that succeed, which are most, are not charged for a choice;
 * whatever else ends it is an error to it.
 */
export function endOfWait(wait: Wait, progress: Progress): WaitEnd | undefined {
  if (stillIn(wait, progress)) return undefined;
  if (wait.state !== 'RUNNING' || progress.status === 'SUCCEEDED')
    return { kind: 'output', output: progress };
  // The two that RUNNING's Catch knows: the job has failed, or it has gone where only its row can tell.
  const error = progress.status === 'FAILED' ? 'Batch.Failed' : 'Batch.Moved';
  return { kind: 'error', error, cause: `The job is ${progress.status}, attempt ${progress.attempt}.` };
}

export function progressFrom(job: Job, nowMs: EpochMs): Progress {
  const attempt = isPlaced(job) ? job.attempt.number : Math.max(1, job.attempts.length);
  return { jobId: job.jobId, attempt, status: job.status, timeoutSeconds: timeoutLeftSeconds(job, nowMs) };
}

/** For a job that is past its retention. The machine reads all of these members, so none may be missing. */
export function goneProgress(jobId: string, attempt: number): Progress {
  return { jobId, attempt, status: 'FAILED', timeoutSeconds: NO_TIMEOUT_SECONDS };
}

function stillIn({ state, attempt }: Wait, now: Pick<Progress, 'status' | 'attempt'>): boolean {
  switch (state) {
    case 'STARTING':
      return now.status === 'STARTING' && now.attempt === attempt;
    case 'RUNNING':
    case 'TIMED_OUT':
      return now.status === 'RUNNING' && now.attempt === attempt;
    case 'RUNNABLE':
      return now.status === 'RUNNABLE';
  }
}

function timeoutLeftSeconds(job: Job, nowMs: EpochMs): number {
  const { timeoutSeconds } = job.spec;
  if (timeoutSeconds === undefined) return NO_TIMEOUT_SECONDS;
  if (job.status !== 'RUNNING') return timeoutSeconds;
  // Step Functions takes no timeout below one second; an overdue attempt is ended within that second.
  return Math.max(1, Math.ceil((job.startedAtMs + timeoutSeconds * 1000 - nowMs) / 1000));
}
