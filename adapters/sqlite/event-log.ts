// The durable log of published events, in order of publication. Publishing an event again, recognised by its id, changes
// nothing. Numbers are never used twice: pruning always leaves the newest event.
import type { EpochMs } from '../../core/ids.ts';
import type { EventSink, SlipwayEvent } from '../../engine/ports.ts';
import type { GroupPart, GroupWriter } from './group-writer.ts';
import type { Prepare } from './statements.ts';
import type { StoreLog } from './store-log.ts';
import { faultText } from './store-log.ts';

export interface StoredEvent extends SlipwayEvent {
  /** Grows with each event; gaps mean nothing. */
  readonly seq: number;
}

export interface EventQuery {
  /** 0: from the oldest there is. */
  readonly afterSeq: number;
  readonly limit: number;
  readonly queueArn?: string;
  readonly jobId?: string;
}

export interface EventLog extends EventSink {
  read(query: EventQuery): Promise<readonly StoredEvent[]>;
  /** The number of the newest event; 0 when there never was one. */
  lastSeq(): number;
  /** `listener` hears of appended events right after their commit. The answer ends that. */
  subscribe(listener: (events: readonly StoredEvent[]) => void): () => void;
  /** Deletes events from before `beforeMs`, oldest first, up to the first that is younger. Returns how many. */
  prune(beforeMs: EpochMs): Promise<number>;
}

/** The log's place in the group commit. */
export interface EventLogPart extends EventLog {
  readonly part: GroupPart;
}

const PUBLISH_CHUNK = 250;
const PRUNE_CHUNK = 1_000;
const COLUMNS = 'seq, id, detail_type, region, at_ms, resources, detail';

interface EventLogOptions {
  readonly translate: (error: unknown) => unknown;
  readonly log: StoreLog;
}

export function createEventLog(
  prepare: Prepare,
  writer: GroupWriter,
  options: EventLogOptions,
): EventLogPart {
  const listeners = new Set<Listener>();
  const appender = createAppender(prepare);

  return {
    async publish(events) {
      for (let from = 0; from < events.length; from += PUBLISH_CHUNK) {
        const chunk = events.slice(from, from + PUBLISH_CHUNK).map(textsOf);
        await writer.submit(chunk.length, () => {
          for (const texts of chunk) appender.append(texts);
        });
      }
    },
    async read(query) {
      try {
        return readEvents(prepare, query);
      } catch (error) {
        throw options.translate(error);
      }
    },
    lastSeq: () => appender.committedSeq(),
    subscribe(listener) {
      // A function of its own for each subscription, so that a listener subscribed twice is two.
      const own: Listener = (events) => listener(events);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    prune: (beforeMs) => pruneEvents(prepare, writer, beforeMs),
    part: {
      committed() {
        const events = appender.committed();
        if (events.length > 0) tell(listeners, events, options.log);
      },
      rolledBack: () => appender.rolledBack(),
    },
  };
}

type Listener = (events: readonly StoredEvent[]) => void;

function tell(listeners: ReadonlySet<Listener>, events: readonly StoredEvent[], log: StoreLog): void {
  for (const listener of listeners) {
    try {
      listener(events);
    } catch (error) {
      // The commit stands, and the other listeners have a right to it.
      log('events.listener-failed', { error: faultText(error) });
    }
  }
}

interface Appender {
  /** Inside a transaction. An event whose id is there already is left out. */
  append(texts: EventTexts): void;
  committedSeq(): number;
  /** What the transaction that has just committed appended. */
  committed(): readonly StoredEvent[];
  rolledBack(): void;
}

function createAppender(prepare: Prepare): Appender {
  const insert = prepare(
    `INSERT INTO events (${COLUMNS}, queue_arn, job_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  let committedSeq = Number(prepare('SELECT max(seq) AS seq FROM events').get()?.['seq'] ?? 0);
  let open: StoredEvent[] = [];

  return {
    append({ event, resources, detail }) {
      const { id, detailType, region, atMs } = event;
      const { jobQueue, jobId } = event.detail as { readonly jobQueue?: unknown; readonly jobId?: unknown }; // any object
      const seq = committedSeq + open.length + 1;
      const queueArn = typeof jobQueue === 'string' ? jobQueue : null;
      const job = typeof jobId === 'string' ? jobId : null;
      const run = insert.run(seq, id, detailType, region, atMs, resources, detail, queueArn, job);
      if (run.changes !== 0) open.push({ ...event, seq });
    },
    committedSeq: () => committedSeq,
    committed() {
      const events = open;
      committedSeq += events.length;
      open = [];
      return events;
    },
    rolledBack: () => void (open = []),
  };
}

interface EventTexts {
  readonly event: SlipwayEvent;
  readonly resources: string;
  readonly detail: string;
}

function textsOf(event: SlipwayEvent): EventTexts {
  return { event, resources: JSON.stringify(event.resources), detail: JSON.stringify(event.detail) };
}

function readEvents(
  prepare: Prepare,
  { afterSeq, limit, queueArn, jobId }: EventQuery,
): readonly StoredEvent[] {
  const terms = ['seq > ?'];
  const values: (string | number)[] = [afterSeq];
  if (queueArn !== undefined) {
    terms.push('queue_arn = ?');
    values.push(queueArn);
  }
  if (jobId !== undefined) {
    terms.push('job_id = ?');
    values.push(jobId);
  }
  const select = prepare(`SELECT ${COLUMNS} FROM events WHERE ${terms.join(' AND ')} ORDER BY seq LIMIT ?`);
  return select.all(...values, limit).map(eventOf);
}

function eventOf(row: Record<string, unknown>): StoredEvent {
  return {
    seq: Number(row['seq']),
    id: String(row['id']),
    detailType: String(row['detail_type']),
    region: String(row['region']),
    atMs: Number(row['at_ms']),
    resources: JSON.parse(String(row['resources'])) as readonly string[], // written by textsOf only
    detail: JSON.parse(String(row['detail'])) as object, // written by textsOf only
  };
}

async function pruneEvents(prepare: Prepare, writer: GroupWriter, beforeMs: EpochMs): Promise<number> {
  // Looks at the oldest only: a search for the first young event would read all that is old, in every transaction.
  const oldest = '(SELECT seq, at_ms FROM events ORDER BY seq LIMIT ?2 + 1)';
  const remove = prepare(
    `DELETE FROM events WHERE seq < ifnull(
       (SELECT seq FROM ${oldest} WHERE at_ms >= ?1 ORDER BY seq LIMIT 1), (SELECT max(seq) FROM ${oldest}))`,
  );
  for (let pruned = 0; ;) {
    const run = await writer.submit(PRUNE_CHUNK, () => Number(remove.run(beforeMs, PRUNE_CHUNK).changes));
    pruned += run;
    if (run === 0) return pruned;
  }
}
