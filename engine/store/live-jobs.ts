// Who is STARTING or RUNNING, found by the placements: each such job has one, so that no index has to say it as well.
import { isPlaced, parseAttemptId } from '../../core/job/job.ts';
import type { JobPage, JobStore } from './jobs.ts';
import { getJobs } from './jobs.ts';
import { listPlacements } from './ledger.ts';

/** Every job that holds a placement, page by page; a page may be empty and still have a next one. */
export async function liveJobs(store: JobStore, after?: string): Promise<JobPage> {
  const { placements, next } = await listPlacements(store.table, after);
  const ids = new Set(placements.map(({ attemptId }) => parseAttemptId(attemptId).jobId));
  const found = await getJobs(store, [...ids]);
  const jobs = found.flatMap((stored) => (stored && isPlaced(stored.job) ? [stored] : []));
  return { jobs, ...(next === undefined ? {} : { next }) };
}
