// How a job becomes a row of the `jobs` table and back. A child does not store its spec again: it is its parent's.
// Key and index layouts are a contract with what is stored; changing one needs a migration.
import type { Job } from '../../core/job/job.ts';
import { isPlaced, isTerminal, JOB_STATUSES } from '../../core/job/job.ts';
import { SCHEDULING_PRIORITY_MAX } from '../../core/definition/limits.ts';
import type { EpochMs, JobId, QueueArn } from '../../core/ids.ts';
import { parseJobId } from '../../core/ids.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { blockedReasonOf } from '../../core/queue/time-limit.ts';
import type { IndexEntry, Key, NewRow, Row } from '../table-ports.ts';

const JOB = '#';

export function jobKey(jobId: JobId): Key {
  return { pk: jobId, sk: JOB };
}

export function isJobRow(row: Key): boolean {
  return row.sk === JOB;
}

/** Top-level jobs of a queue, or children of a parent, in one state. */
export function listingPartition(owner: QueueArn | JobId, status: Job['status']): string {
  return `${owner}#${status}`;
}

/** All that an owner has, whatever its state: inside each partition jobs are in one and the same order. */
export function listingPartitions(owner: QueueArn | JobId): readonly string[] {
  return JOB_STATUSES.map((status) => listingPartition(owner, status));
}

/** The line of a queue, or of one share of a queue that has a scheduling policy. */
export function runnablePartition(queueArn: QueueArn, shareIdentifier?: string): string {
  return `runnable#${queueArn}${shareIdentifier === undefined ? '' : `#${shareIdentifier}`}`;
}

/** The line in which a job stands while it is RUNNABLE. */
export function lineOf({ spec }: Job): string {
  return runnablePartition(spec.queueArn, spec.shareIdentifier);
}

/** Jobs of a share that are not in line yet, and arrays until they end: they keep their share active. */
export function arrivingPartition(queueArn: QueueArn, shareIdentifier: string): string {
  return `arriving#${queueArn}#${shareIdentifier}`;
}

/** Jobs in line that nothing could ever hold; out of the way of the others. */
export function unplaceablePartition(queueArn: QueueArn): string {
  return `unplaceable#${queueArn}`;
}

/** Sorts as text like the number does; good to the year 2286. */
export function sortableMs(atMs: EpochMs): string {
  return String(atMs).padStart(13, '0');
}

function sortableIndex(index: number): string {
  return String(index).padStart(5, '0');
}

/**
 * The place in line: submission time, then id, then array index; inside a share, the higher scheduling priority before all
 * that, as outside shares before a job that was given a priority. A retried job keeps its place.
 */
export function dispatchOrder(job: Job): string {
  const root = parseJobId(job.jobId)?.root ?? job.jobId;
  const arrival = `${sortableMs(job.createdAtMs)}#${root}#${sortableIndex(job.arrayIndex ?? 0)}`;
  const { shareIdentifier, schedulingPriority = 0 } = job.spec;
  const rank = String(SCHEDULING_PRIORITY_MAX - (job.priority ?? schedulingPriority)).padStart(4, '0');
  if (shareIdentifier !== undefined) return `${rank}#${arrival}`;
  // Outside shares only a priority that was given to the waiting job itself counts; `!` sorts before every time.
  return job.priority ? `!${rank}#${arrival}` : arrival;
}

/**
 * The place of a job that was set aside: by AWS's reason, then since when. Judging it again leaves it there. Jobs for which
 * AWS has no words stand together.
 */
function asidePlace({ jobId, blocked }: Job): string {
  const reason = blocked ? blockedReasonOf(blocked.reason) : 'OTHER';
  return `${reason}#${sortableMs(blocked?.sinceMs ?? 0)}#${jobId}`;
}

/** The places of all jobs that were set aside for a reason. */
export function asideOrder(reason: string): { readonly from: string; readonly to: string } {
  return { from: `${reason}#`, to: `${reason}#~` };
}

/** The first place in line behind a job and all of its siblings. */
export function afterArray(job: Job): string {
  return `${dispatchOrder(job).replace(/#\d+$/, '')}#~`;
}

/** The place of a top-level job among its queue's by age. */
export function ageOrder(job: Job): string {
  return `${sortableMs(job.createdAtMs)}#${job.jobId}`;
}

export function jobRow(job: Job, retentionMs: number): NewRow {
  return {
    ...jobKey(job.jobId),
    body: bodyOf(job),
    indexes: indexesOf(job),
    ...(isTerminal(job) ? { expiresAtS: Math.ceil((job.stoppedAtMs + retentionMs) / 1000) } : {}),
  };
}

function bodyOf(job: Job): object {
  if (job.kind !== 'child') return job;
  const { spec: _shared, ...own } = job;
  return own;
}

function indexesOf(job: Job): Row['indexes'] {
  const work = workEntry(job);
  if (job.kind === 'child' && job.parentId) {
    const listing = {
      partition: listingPartition(job.parentId, job.status),
      sort: sortableIndex(job.arrayIndex ?? 0),
    };
    return { listing, ...(work ? { work } : {}) };
  }
  return {
    listing: { partition: listingPartition(job.spec.queueArn, job.status), sort: ageOrder(job) },
    ...(work ? { work } : {}),
  };
}

function workEntry(job: Job): IndexEntry | undefined {
  // Who is placed is told by the placements: an entry here would be one more thing to write.
  if (isPlaced(job)) return undefined;
  const { queueArn, shareIdentifier } = job.spec;
  if (job.status === 'RUNNABLE' && job.heldAtMs === undefined) {
    if (job.unplaceable) return { partition: unplaceablePartition(queueArn), sort: asidePlace(job) };
    return { partition: lineOf(job), sort: dispatchOrder(job) };
  }
  // Held jobs too: their share stays active. A child that is not in line yet has a parent that is not ended, which stands here for both.
  if (shareIdentifier === undefined || isTerminal(job) || job.kind === 'child') return undefined;
  return { partition: arrivingPartition(queueArn, shareIdentifier), sort: job.jobId };
}

/** The parent whose spec a row needs, when it is a child's. */
export function specOwnerOf(row: Row): JobId | undefined {
  const body = row.body as { kind?: string; parentId?: JobId };
  return body.kind === 'child' ? body.parentId : undefined;
}

/** A row written by `jobRow` holds a Job less a child's spec; the table never changes a body. */
export function jobOf(row: Row, parentSpec?: JobSpec): Job {
  return (parentSpec ? { ...row.body, spec: parentSpec } : row.body) as Job;
}
