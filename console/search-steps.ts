// What a search through the jobs has found after so many of its steps.
import type { JobRow, JobsAnswer } from '../api/console/wire.ts';

export interface FoundJobs {
  readonly rows: readonly JobRow[];
  /** Where to go on; absent: nothing further. */
  readonly next?: string;
  /** Jobs that were looked at one by one; absent: none had to be. */
  readonly looked?: number;
  readonly reachedMs?: number;
  /** Steps that it took. */
  readonly steps: number;
}

export const PAGE_ROWS = 100;

/** What is known after one more step. */
export function withStep(before: FoundJobs | undefined, answer: JobsAnswer): FoundJobs {
  const { jobs, next, looked, reachedMs } = answer;
  const reached = reachedMs ?? before?.reachedMs;
  return {
    rows: [...(before?.rows ?? []), ...jobs],
    steps: (before?.steps ?? 0) + 1,
    ...(next === undefined ? {} : { next }),
    ...(looked === undefined ? {} : { looked: (before?.looked ?? 0) + looked }),
    ...(reached === undefined ? {} : { reachedMs: reached }),
  };
}

export function isEnough({ rows, next, looked }: FoundJobs): boolean {
  return rows.length >= PAGE_ROWS || next === undefined || looked === undefined;
}
