// Watching jobs by the event log, for workflows that run in the server's own process: one subscription for all of them, and
// not a single look at a job that has not changed.
import type { JobDetail } from '@aws-sdk/client-batch';
import { AslError } from '../adapters/asl/asl-error.ts';
import type { BatchJobs, WatchJob } from '../adapters/asl/batch-submit-job.ts';
import { hasEnded } from '../adapters/asl/poll-jobs.ts';
import type { EventLog } from '../adapters/sqlite/event-log.ts';

export interface JobWatchOptions {
  readonly events: Pick<EventLog, 'subscribe'>;
  readonly batch: Pick<BatchJobs, 'describeJobs'>;
}

export interface JobWatch {
  readonly watchJob: WatchJob;
  /** Ends the subscription; jobs that are still watched are heard of no more. */
  close(): void;
}

export function createJobWatch({ events, batch }: JobWatchOptions): JobWatch {
  const bells = new Map<string, Set<() => void>>();
  const close = events.subscribe((batchOfEvents) => {
    for (const { detail } of batchOfEvents) {
      const { jobId, status } = detail as { readonly jobId?: string; readonly status?: string }; // any object
      if (jobId === undefined || (status !== 'SUCCEEDED' && status !== 'FAILED')) continue;
      for (const ring of bells.get(jobId) ?? []) ring();
    }
  });
  const look = async (jobId: string): Promise<JobDetail> => {
    const { jobs: [job] = [] } = await batch.describeJobs({ jobs: [jobId] });
    if (job === undefined) throw new AslError('States.TaskFailed', `there is no job ${jobId} any more`);
    return job;
  };
  return {
    close,
    async watchJob(jobId, signal) {
      signal.throwIfAborted();
      const { promise: ended, resolve: ring, reject } = Promise.withResolvers<void>();
      ended.catch(() => undefined); // awaited below, but perhaps not before it rejects
      const leave = (): void => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      const listeners = bells.get(jobId) ?? new Set();
      bells.set(jobId, listeners.add(ring));
      try {
        // After listening began: a job that ended before is seen here, any other rings.
        const job = await look(jobId);
        if (hasEnded(job)) return job;
        await ended;
        return await look(jobId);
      } finally {
        signal.removeEventListener('abort', leave);
        listeners.delete(ring);
        if (listeners.size === 0) bells.delete(jobId);
      }
    },
  };
}
