// What stands at the front of a queue and how much capacity its jobs hold, worked out when somebody asks. An array is one
// entry however many of its children wait, so the line is read in leaps: the rest of an array is never looked at.
import type { EpochMs, JobId, QueueArn } from '../core/ids.ts';
import { parseJobId } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { NOTHING, plus } from '../core/placement/capacity.ts';
import type { Table } from './ports.ts';
import { afterArray, runnablePartition } from './store/job-rows.ts';
import type { JobStore } from './store/jobs.ts';
import { readLine } from './store/jobs.ts';
import { listPlacements } from './store/ledger.ts';

export interface FrontEntry {
  /** A single job, or the parent of waiting children. */
  readonly jobId: JobId;
  readonly jobArn: string;
  /** Since when it, or the first of its children in line, has been RUNNABLE. */
  readonly sinceMs: EpochMs;
}

const PAGE = 100;

/** The first entries of one line, in dispatch order. Each page that is read tells at least one of them. */
export async function frontOfLine(
  store: JobStore,
  queueArn: QueueArn,
  limit: number,
): Promise<readonly FrontEntry[]> {
  const partition = runnablePartition(queueArn);
  const front = new Map<JobId, FrontEntry>();
  let from: string | undefined;
  while (front.size < limit) {
    const page = await readLine(store, partition, { limit: PAGE, ...(from === undefined ? {} : { from }) });
    for (const { job } of page.jobs) {
      const entry = frontEntry(job);
      if (entry && front.size < limit && !front.has(entry.jobId)) front.set(entry.jobId, entry);
    }
    const last = page.jobs.at(-1);
    if (page.next === undefined || !last) break;
    from = afterArray(last.job);
  }
  return [...front.values()];
}

function frontEntry(job: Job): FrontEntry | undefined {
  if (job.status !== 'RUNNABLE') return undefined;
  const jobId = parseJobId(job.jobId)?.root ?? job.jobId;
  return { jobId, jobArn: job.jobArn.replace(/:\d+$/, ''), sinceMs: job.runnableAtMs };
}

/** vCPUs that the placed jobs of a queue hold. Reads the live placements, whose number the capacity bounds. */
export async function vcpusInUse(table: Table, queueArn: QueueArn): Promise<number> {
  let used = NOTHING;
  let after: string | undefined;
  do {
    const page = await listPlacements(table, after);
    for (const record of page.placements) {
      if (record.queueArn === queueArn) used = plus(used, record.demand);
    }
    after = page.next;
  } while (after !== undefined);
  return used.vcpus;
}
