// What stands at the front of a queue and how much capacity its jobs hold, worked out when somebody asks. An array is one
// entry however many of its children wait, so the line is read in leaps: the rest of an array is never looked at.
import type { EpochMs, JobId, QueueArn } from '../core/ids.ts';
import { parseJobId } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { NOTHING, plus } from '../core/placement/capacity.ts';
import type { Candidate } from '../core/queue/line.ts';
import { fairLine } from '../core/queue/line.ts';
import type { FairsharePolicy } from '../core/queue/scheduling-policy.ts';
import type { Table } from './table-ports.ts';
import { afterArray, runnablePartition } from './store/job-rows.ts';
import type { JobStore } from './store/jobs.ts';
import { readLine } from './store/lines.ts';
import { listPlacements } from './store/ledger.ts';
import { listMemberships, ShareUses } from './store/shares.ts';

/** A single job, or the parent of waiting children with the demand of one of them. */
export interface FrontEntry extends Candidate {
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
  shareIdentifier?: string,
): Promise<readonly FrontEntry[]> {
  const partition = runnablePartition(queueArn, shareIdentifier);
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
  return {
    jobId,
    jobArn: job.jobArn.replace(/:\d+$/, ''),
    demand: job.spec.demand,
    sinceMs: job.runnableAtMs,
  };
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

export interface FairSnapshot {
  readonly front: readonly FrontEntry[];
  readonly activeShares: number;
  /** Those that hold vCPUs, the largest first. */
  readonly shares: readonly { readonly shareIdentifier: string; readonly vcpus: number }[];
}

/** The front of a queue with a scheduling policy: the order in which an empty machine without end would be filled. */
export async function fairSnapshot(
  store: JobStore,
  queueArn: QueueArn,
  policy: FairsharePolicy,
  limit: number,
  atMs: EpochMs,
): Promise<FairSnapshot> {
  const memberships = await listMemberships(store.table, queueArn);
  const names = memberships.map(({ shareIdentifier }) => shareIdentifier);
  const uses = new ShareUses();
  await uses.load(store.table, queueArn, names, policy);
  let perShare = Math.max(2, Math.ceil((2 * limit) / Math.max(1, names.length)));
  for (;;) {
    const shares = await Promise.all(
      names.map(async (shareIdentifier) => {
        const heads = await frontOfLine(store, queueArn, perShare, shareIdentifier);
        const use = uses.use(queueArn, shareIdentifier);
        return { shareIdentifier, use, heads, mayHaveMore: heads.length === perShare };
      }),
    );
    const line = fairLine({ policy, atMs, activeShares: names.length, maxVcpus: Infinity, shares });
    const front: FrontEntry[] = [];
    for (let head = line.head(); head && front.length < limit; head = line.head()) {
      front.push(head);
      line.advance(head.demand);
    }
    if (front.length < limit && line.mayHaveMore()) {
      perShare *= 2;
      continue;
    }
    const held = shares.map(({ shareIdentifier, use }) => ({ shareIdentifier, vcpus: use.vcpus }));
    return {
      front,
      activeShares: memberships.filter(({ retiringSinceMs }) => retiringSinceMs === undefined).length,
      shares: held.filter(({ vcpus }) => vcpus > 0).sort((left, right) => right.vcpus - left.vcpus),
    };
  }
}
