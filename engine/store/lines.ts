// Who waits, as the scheduler reads it: the lines of queues and shares, and the jobs that were set aside from them. All
// of it lies in the `work` index, in dispatch order.
import type { QueueArn } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { IndexQuery } from '../table-ports.ts';
import {
  arrivingPartition,
  asideOrder,
  dispatchOrder,
  lineOf,
  runnablePartition,
  unplaceablePartition,
} from './job-rows.ts';
import type { JobPage, JobStore, StoredJob } from './jobs.ts';
import { queryJobs } from './jobs.ts';

/** The first jobs of a queue's line, or of the line of one of its shares. */
export async function queueHeads(
  store: JobStore,
  queueArn: QueueArn,
  limit: number,
  shareIdentifier?: string,
): Promise<readonly StoredJob[]> {
  return (await readLine(store, runnablePartition(queueArn, shareIdentifier), { limit })).jobs;
}

/** The first jobs of a line, or those from a place on. */
export async function readLine(
  store: JobStore,
  partition: string,
  page: Pick<IndexQuery, 'limit' | 'from'>,
): Promise<JobPage> {
  return queryJobs(store, { table: 'jobs', index: 'work', partition, ...page });
}

/** How many jobs stand in a queue's line, or in that of one of its shares. */
export async function countLine(
  store: JobStore,
  queueArn: QueueArn,
  limit: number,
  shareIdentifier?: string,
): Promise<number> {
  const partition = runnablePartition(queueArn, shareIdentifier);
  return store.table.count({ table: 'jobs', index: 'work', partition, limit });
}

/** How many jobs stand in the job's line up to its own place. */
export async function countAhead(store: JobStore, job: Job, limit: number): Promise<number> {
  const to = dispatchOrder(job);
  return store.table.count({ table: 'jobs', index: 'work', partition: lineOf(job), to, limit });
}

/** Whether the line shows the job at its place yet. */
export async function isInLine(store: JobStore, job: Job): Promise<boolean> {
  const at = dispatchOrder(job);
  const place = { table: 'jobs', index: 'work', partition: lineOf(job), from: at, to: at, limit: 1 } as const;
  return (await store.table.count(place)) > 0;
}

/** Whether a share has jobs that are not in line, or arrays that have not ended. */
export async function hasArriving(
  store: JobStore,
  queueArn: QueueArn,
  shareIdentifier: string,
): Promise<boolean> {
  const partition = arrivingPartition(queueArn, shareIdentifier);
  return (await store.table.count({ table: 'jobs', index: 'work', partition, limit: 1 })) > 0;
}

export async function hasUnplaceable(store: JobStore, queueArn: QueueArn): Promise<boolean> {
  const partition = unplaceablePartition(queueArn);
  return (await store.table.count({ table: 'jobs', index: 'work', partition, limit: 1 })) > 0;
}

/** The jobs that were set aside, page by page. */
export async function unplaceableJobs(
  store: JobStore,
  queueArn: QueueArn,
  page: Pick<IndexQuery, 'limit' | 'after'>,
): Promise<JobPage> {
  const partition = unplaceablePartition(queueArn);
  return queryJobs(store, { table: 'jobs', index: 'work', partition, ...page });
}

/** Those that were set aside for one of AWS's reasons, the longest waiting first. */
export async function unplaceableByReason(
  store: JobStore,
  queueArn: QueueArn,
  reason: string,
  limit: number,
): Promise<readonly StoredJob[]> {
  const partition = unplaceablePartition(queueArn);
  const { from, to } = asideOrder(reason);
  return (await queryJobs(store, { table: 'jobs', index: 'work', partition, from, to, limit })).jobs;
}
