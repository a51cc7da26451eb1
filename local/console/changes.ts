// What changed, for pages that are open: the engine's events, told in batches a little more than ten times a second, each job once with its latest
// state. One batch is made for all pages, so twenty of them cost hardly more than one, and ten thousand children that change at
// once are one message. Recent changes are kept, so that a page that was away for a while misses nothing.
import type { EventLog, StoredEvent } from '../../adapters/sqlite/event-log.ts';
import type { JobId } from '../../core/ids.ts';
import { parseJobId } from '../../core/ids.ts';
import type { JobStatus } from '../../core/job/job.ts';
import { JOB_STATUSES } from '../../core/job/job.ts';
import { JOB_STATE_CHANGE, QUEUE_BLOCKED } from '../../engine/job-events.ts';
import type { ChangesMessage } from '../../api/console/wire.ts';
import { CELL_LETTERS } from '../../api/console/wire.ts';

/** A page's interest: one Region, and of one job everything. */
export interface Interest {
  readonly region: string;
  readonly follow?: string;
}

export interface Listener {
  readonly interest: Interest;
  /** Everything of interest after what it heard before, up to `seq`. */
  hear(message: ChangesMessage, seq: number): void;
}

export interface Changes {
  lastSeq(): number;
  /** What happened after `seq`; `undefined` when that is too long ago to tell. */
  since(
    seq: number,
    interest: Interest,
  ): { readonly message: ChangesMessage; readonly seq: number } | undefined;
  listen(listener: Listener): () => void;
  close(): void;
}

interface Entry {
  readonly seq: number;
  readonly region: string;
  readonly jobId: string;
  readonly status: JobStatus;
}

const EVERY_MS = 75;
const KEPT = 50_000;

export function createChanges(events: Pick<EventLog, 'lastSeq' | 'subscribe'>): Changes {
  const listeners = new Set<Listener>();
  let kept: Entry[] = [];
  /** Everything after this event is in `kept`. */
  let keptAfterSeq = events.lastSeq();
  let toldSeq = keptAfterSeq;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    timer = undefined;
    const batches = batchesOf(listeners.size > 0 ? entriesAfter(kept, toldSeq) : []);
    toldSeq = events.lastSeq();
    for (const listener of listeners) {
      const batch = batches.get(listener.interest.region);
      if (batch) listener.hear(messageOf(batch, listener.interest), toldSeq);
    }
  };
  const unsubscribe = events.subscribe((appended) => {
    for (const event of appended) {
      const entry = entryOf(event);
      if (entry) kept.push(entry);
    }
    // Cut in one go now and then: cutting at each event would copy the whole list each time.
    if (kept.length > 2 * KEPT) {
      keptAfterSeq = kept.at(-KEPT - 1)?.seq ?? keptAfterSeq;
      kept = kept.slice(-KEPT);
    }
    timer ??= setTimeout(flush, EVERY_MS).unref();
  });

  return {
    lastSeq: () => events.lastSeq(),
    since(seq, interest) {
      if (seq < keptAfterSeq || seq > events.lastSeq()) return undefined;
      const batch = batchesOf(entriesAfter(kept, seq)).get(interest.region) ?? emptyBatch();
      return { message: messageOf(batch, interest), seq: events.lastSeq() };
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      unsubscribe();
      clearTimeout(timer);
    },
  };
}

function entryOf({ seq, region, detailType, detail }: StoredEvent): Entry | undefined {
  const { jobId, status } = detail as { readonly jobId?: unknown; readonly status?: unknown }; // any object
  const known = JOB_STATUSES.find((name) => name === status);
  // Of a job that blocks its queue, the reason changes and the state stays.
  const isJobs = detailType === JOB_STATE_CHANGE || detailType === QUEUE_BLOCKED;
  if (typeof jobId !== 'string' || !known || !isJobs) return undefined;
  return { seq, region, jobId, status: known };
}

function entriesAfter(kept: readonly Entry[], seq: number): readonly Entry[] {
  let from = kept.length;
  while (from > 0 && (kept[from - 1]?.seq ?? 0) > seq) from -= 1;
  return kept.slice(from);
}

/** The latest states of one Region: whole jobs by id, parts by the job they belong to and their index. */
interface Batch {
  readonly jobs: Map<string, JobStatus>;
  readonly parts: Map<string, Map<number, JobStatus>>;
}

function emptyBatch(): Batch {
  return { jobs: new Map(), parts: new Map() };
}

function batchesOf(entries: readonly Entry[]): ReadonlyMap<string, Batch> {
  const batches = new Map<string, Batch>();
  for (const { region, jobId, status } of entries) {
    const batch = batches.get(region) ?? emptyBatch();
    batches.set(region, batch);
    const parsed = parseJobId(jobId);
    if (!parsed || parsed.kind === 'job') {
      batch.jobs.set(jobId, status);
      continue;
    }
    const parts = batch.parts.get(parsed.root) ?? new Map<number, JobStatus>();
    batch.parts.set(parsed.root, parts.set(parsed.index, status));
  }
  return batches;
}

function messageOf(batch: Batch, { follow }: Interest): ChangesMessage {
  const jobs: [string, JobStatus][] = [...batch.jobs];
  const followed = follow === undefined ? undefined : parseJobId(follow);
  const ofFollowed = followed && batch.parts.get(followed.root);
  if (ofFollowed && followed.kind !== 'job') {
    const status = ofFollowed.get(followed.index);
    if (status) jobs.push([follow as JobId, status]); // parsed as one above
  }
  const parts = ofFollowed && followed.kind === 'job' ? [...ofFollowed] : [];
  return {
    jobs,
    parts: parts.map(([index, status]) => [index, CELL_LETTERS[status]]),
    wholes: [...batch.parts.keys()],
  };
}
