// The jobs of one queue or of many, newest first, from any place on. Each queue is read through its index in small pages that
// are merged by age, so a page costs the same however many jobs are stored.
import type { QueueArn } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { ageOrder, listingPartition, listingPartitions, sortableMs } from '../../engine/store/job-rows.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { queryJobs } from '../../engine/store/jobs.ts';
import type { JobFilter } from './job-filter.ts';

export interface Found {
  readonly jobs: readonly Job[];
  /** Where to go on; absent: there is nothing further. */
  readonly next?: string;
  /** Rows that were looked at for these. */
  readonly looked: number;
  /** The age that was reached. */
  readonly reachedMs?: number;
}

/** Rows between two looks at the clock. */
const TIMED_ROWS = 100;

export interface WalkBounds {
  /** Jobs to find. */
  readonly limit: number;
  /** Rows to look at. */
  readonly rows: number;
  /** Time to look, where rows are looked at one by one. */
  readonly ms: number;
}

/** Lets others have the event loop: the scheduler shares it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export async function walkJobs(
  store: JobStore,
  queues: readonly QueueArn[],
  filter: JobFilter,
  bounds: WalkBounds,
): Promise<Found> {
  const chunk = Math.max(10, Math.ceil((filter.keeps ? 250 : bounds.limit + 1) / Math.max(1, queues.length)));
  const lines = queues.map((queueArn) => openLine(store, queueArn, filter, chunk));
  const jobs: Job[] = [];
  const deadlineMs = performance.now() + bounds.ms;
  let looked = 0;
  let last: Job | undefined;
  for (;;) {
    const job = await takeNewest(lines);
    if (!job) return { jobs, looked, ...(last ? { reachedMs: last.createdAtMs } : {}) };
    const isLate =
      filter.keeps !== undefined && looked % TIMED_ROWS === TIMED_ROWS - 1 && performance.now() > deadlineMs;
    if (jobs.length === bounds.limit || looked === bounds.rows || isLate) {
      // There is at least this one more.
      const reached = last ? { next: ageOrder(last), reachedMs: last.createdAtMs } : {};
      return { jobs, looked, ...reached };
    }
    last = job;
    looked += 1;
    if (!filter.keeps || filter.keeps(job)) jobs.push(job);
  }
}

/** One queue's jobs: those at hand, and how to get more. */
interface Line {
  jobs: Job[];
  fill(): Promise<void>;
}

function openLine(store: JobStore, queueArn: QueueArn, filter: JobFilter, chunk: number): Line {
  const { status, fromMs, toMs, after } = filter;
  const partition = status === undefined ? listingPartitions(queueArn) : listingPartition(queueArn, status);
  const latest = [after, toMs === undefined ? undefined : `${sortableMs(toMs)}~`]
    .filter((to) => to !== undefined)
    .sort()[0];
  let token: string | undefined;
  let isDone = false;
  const line: Line = {
    jobs: [],
    async fill() {
      while (line.jobs.length === 0 && !isDone) {
        if (token !== undefined) await nextTurn();
        const page = await queryJobs(store, {
          table: 'jobs',
          index: 'listing',
          partition,
          ...(fromMs === undefined ? {} : { from: sortableMs(fromMs) }),
          ...(latest === undefined ? {} : { to: latest }),
          descending: true,
          limit: chunk,
          ...(token === undefined ? {} : { after: token }),
        });
        // The bound is inclusive; what stands there was told already.
        line.jobs = page.jobs.map(({ job }) => job).filter((job) => ageOrder(job) !== after);
        token = page.next;
        isDone = token === undefined;
      }
    },
  };
  return line;
}

async function takeNewest(lines: readonly Line[]): Promise<Job | undefined> {
  let newest: Line | undefined;
  for (const line of lines) {
    if (line.jobs.length === 0) await line.fill();
    const [job] = line.jobs;
    const [best] = newest?.jobs ?? [];
    if (job && (!best || ageOrder(job) > ageOrder(best))) newest = line;
  }
  return newest?.jobs.shift();
}
