// How many children of an array stand where, counted where they lie. The parent's own counters follow the children by a
// change batch; these are as exact as the index they are read from, and cost a read of it.
import type { ChildCounts, Job, JobStatus } from '../../core/job/job.ts';
import { isTerminal, JOB_STATUSES } from '../../core/job/job.ts';
import { listingPartition } from './job-rows.ts';
import type { JobStore } from './jobs.ts';

/**
 * An array's parent with its counters as its children stand now; whatever else it is given comes back as it is, as do the
 * counters of one that has ended. Children that are not written yet count as SUBMITTED.
 */
export async function withChildrenCounted(store: JobStore, job: Job): Promise<Job> {
  if (job.kind !== 'array' || job.children === undefined || isTerminal(job)) return job;
  const size = job.spec.arraySize ?? 0;
  // Asked for in one turn: a store that answers within it answers for one moment.
  const written = await Promise.all(
    JOB_STATUSES.map(async (status) => {
      const partition = listingPartition(job.jobId, status);
      const count = await store.table.count({ table: 'jobs', index: 'listing', partition, limit: size });
      return [status, count] as const;
    }),
  );
  const counts = new Map<JobStatus, number>(written);
  const total = written.reduce((sum, [, count]) => sum + count, 0);
  const countOf = (status: JobStatus): number => counts.get(status) ?? 0;
  const children: ChildCounts = {
    SUBMITTED: countOf('SUBMITTED') + Math.max(0, size - total),
    PENDING: countOf('PENDING'),
    RUNNABLE: countOf('RUNNABLE'),
    STARTING: countOf('STARTING'),
    RUNNING: countOf('RUNNING'),
    SUCCEEDED: countOf('SUCCEEDED'),
    FAILED: countOf('FAILED'),
    updatedAtMs: job.children.updatedAtMs,
  };
  return { ...job, children };
}
