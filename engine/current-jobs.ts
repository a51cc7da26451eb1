// The jobs of a Region that run or wait right now, whole jobs only, as many as fit on a screen. Its cost is bounded by the number
// of queues, never by how many jobs there are.
import type { EpochMs, JobId, QueueArn } from '../core/ids.ts';
import { nameOf } from '../core/ids.ts';
import type { ChildCounts, Job, JobStatus } from '../core/job/job.ts';
import type { JobStore } from './store/jobs.ts';
import { listByStatus } from './store/jobs.ts';

export interface CurrentJob {
  readonly jobId: JobId;
  readonly jobName: string;
  readonly queue: string;
  readonly status: JobStatus;
  readonly createdAtMs: EpochMs;
  readonly startedAtMs?: EpochMs;
  /** Of an array: how many there are, and how many have ended. */
  readonly array?: { readonly size: number; readonly succeeded: number; readonly failed: number };
  readonly isHeld: boolean;
  readonly attempt: number;
}

export interface CurrentJobs {
  /** Running ones, the oldest start first, then starting ones, then those that wait, the oldest first. */
  readonly jobs: readonly CurrentJob[];
  readonly more: boolean;
}

/** Arrays stand in PENDING while their children run. */
const SHOWN = ['RUNNING', 'STARTING', 'PENDING', 'RUNNABLE', 'SUBMITTED'] as const;
const MAX_EACH = 50;
const MAX_JOBS = 200;

export async function readCurrentJobs(store: JobStore, queueArns: readonly QueueArn[]): Promise<CurrentJobs> {
  const pages = await Promise.all(
    SHOWN.map(async (status) => {
      const read = await Promise.all(
        queueArns.map((queueArn) => listByStatus(store, queueArn, status, { limit: MAX_EACH })),
      );
      const jobs = read.flatMap((page) => page.jobs.map(({ job }) => job));
      return {
        jobs: jobs.sort((left, right) => left.createdAtMs - right.createdAtMs),
        more: read.some(({ next }) => next !== undefined),
      };
    }),
  );
  const jobs = pages.flatMap((page) => page.jobs);
  return {
    jobs: jobs.slice(0, MAX_JOBS).map(currentJobOf),
    more: jobs.length > MAX_JOBS || pages.some(({ more }) => more),
  };
}

function currentJobOf(job: Job): CurrentJob {
  const { jobId, spec, status, createdAtMs, children } = job;
  return {
    jobId,
    jobName: spec.jobName,
    queue: nameOf(spec.queueArn),
    status,
    createdAtMs,
    ...(job.status === 'RUNNING' ? { startedAtMs: job.startedAtMs } : {}),
    ...(spec.arraySize !== undefined && children ? { array: progressOf(spec.arraySize, children) } : {}),
    isHeld: job.heldAtMs !== undefined,
    attempt: job.attempts.length + 1,
  };
}

function progressOf(size: number, { SUCCEEDED, FAILED }: ChildCounts): NonNullable<CurrentJob['array']> {
  return { size, succeeded: SUCCEEDED, failed: FAILED };
}
