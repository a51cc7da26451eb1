// Watching jobs where nobody tells of their end (any Batch over the wire): DescribeJobs at intervals, for a hundred jobs a
// call however many tasks wait. Polls while there is something to watch, and never two rounds at once.
import type { JobDetail } from '@aws-sdk/client-batch';
import { holdingTimer } from './alarm-queue.ts';
import type { Timer } from './alarm-queue.ts';
import { AslError } from './asl-error.ts';
import type { BatchJobs, WatchJob } from './batch-submit-job.ts';

export interface PollOptions {
  readonly batch: Pick<BatchJobs, 'describeJobs'>;
  /** Default 2 s, often enough for jobs that take minutes and far under Batch's limits. */
  readonly intervalMs?: number;
  /** Default: timers that keep the process alive, as somebody waits. */
  readonly timer?: Timer;
  /** Told of a call that failed; its jobs are asked for again in the next round. */
  readonly onPollFailed?: (error: unknown) => void;
}

interface Watched {
  readonly jobId: string;
  /** Rounds in a row that did not know the job. */
  missed: number;
  readonly resolve: (job: JobDetail) => void;
  readonly reject: (reason: unknown) => void;
}

const DEFAULT_INTERVAL_MS = 2_000;
const JOBS_PER_CALL = 100;
/** Batch's answers may lag behind its writes, but not as long as this. */
const MOST_MISSED = 10;

export function pollJobs(options: PollOptions): WatchJob {
  const { timer = holdingTimer, intervalMs = DEFAULT_INTERVAL_MS } = options;
  const watched = new Set<Watched>();
  let isPolling = false;
  const schedule = (): void => {
    if (isPolling || watched.size === 0) return;
    isPolling = true;
    timer.set(intervalMs, () => {
      void lookAt([...watched], options).finally(() => {
        isPolling = false;
        schedule();
      });
    });
  };
  return async (jobId, signal) => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<JobDetail>();
    const entry: Watched = { jobId, missed: 0, resolve, reject };
    const leave = (): void => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    watched.add(entry);
    schedule();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', leave);
      watched.delete(entry);
    }
  };
}

/** Never rejects. */
async function lookAt(entries: readonly Watched[], { batch, onPollFailed }: PollOptions): Promise<void> {
  for (let from = 0; from < entries.length; from += JOBS_PER_CALL) {
    const some = entries.slice(from, from + JOBS_PER_CALL);
    try {
      const { jobs = [] } = await batch.describeJobs({ jobs: some.map(({ jobId }) => jobId) });
      const found = new Map(jobs.map((job) => [job.jobId, job]));
      for (const entry of some) settle(entry, found.get(entry.jobId));
    } catch (error) {
      onPollFailed?.(error);
    }
  }
}

function settle(entry: Watched, job: JobDetail | undefined): void {
  if (job !== undefined) {
    entry.missed = 0;
    if (hasEnded(job)) entry.resolve(job);
    return;
  }
  entry.missed += 1;
  if (entry.missed < MOST_MISSED) return;
  entry.reject(new AslError('States.TaskFailed', `Batch does not know the job ${entry.jobId} any more`));
}

export function hasEnded(job: JobDetail): boolean {
  return job.status === 'SUCCEEDED' || job.status === 'FAILED';
}
