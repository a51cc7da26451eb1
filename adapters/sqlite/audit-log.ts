// The audit trail of the one-machine home: every call as a row, written a moment later and many at once, so that no call waits
// for it. A crash may lose that moment. Numbers only grow and are never used twice: pruning leaves the newest record.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditRecord } from '../../core/access/audit-record.ts';
import type { EpochMs } from '../../core/ids.ts';
import type { AuditSink } from '../../engine/access-ports.ts';
import type { GroupWriter } from './group-writer.ts';
import type { Prepare } from './statements.ts';
import type { StoreLog } from './store-log.ts';
import { faultText } from './store-log.ts';

export interface StoredAuditRecord {
  readonly seq: number;
  readonly record: AuditRecord;
}

export interface AuditQuery {
  /** Records after this number, oldest first; absent: the newest ones, still oldest first. */
  readonly afterSeq?: number;
  readonly sinceMs?: EpochMs;
  readonly limit: number;
  /** The user's name, key or ARN. */
  readonly user?: string;
  readonly event?: string;
  readonly errorsOnly?: boolean;
}

export interface AuditPage {
  readonly records: readonly StoredAuditRecord[];
  /** Where the next look begins. */
  readonly next: number;
}

export interface AuditRetention {
  readonly readsBeforeMs: EpochMs;
  readonly writesBeforeMs: EpochMs;
  /** However young they are, no more than about so many. */
  readonly maxRecords: number;
}

export interface AuditLog extends AuditSink {
  /** Sees what was recorded before. */
  read(query: AuditQuery): Promise<AuditPage>;
  /** How many it deleted. */
  prune(retention: AuditRetention): Promise<number>;
  /** Writes what is left. */
  close(): Promise<void>;
}

const FLUSH_AFTER_MS = 100;
const FLUSH_CHUNK = 250;
/** More than this is not kept in memory while the disk refuses to take it. */
const BACKLOG_MAX = 20_000;
const PRUNE_CHUNK = 1_000;
/** Rows that are looked at before others get their turn. */
const SCAN_ROWS = 4_000;

interface AuditLogOptions {
  readonly translate: (error: unknown) => unknown;
  readonly log: StoreLog;
}

export function createAuditLog(prepare: Prepare, writer: GroupWriter, options: AuditLogOptions): AuditLog {
  const insert = prepare(
    'INSERT INTO audit (seq, at_ms, read_only, user, event, error, record) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const newest = prepare('SELECT max(seq) AS seq FROM audit');
  const lastSeq = (): number => Number(newest.get()?.['seq'] ?? 0);
  let waiting: AuditRecord[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  async function writeOut(): Promise<void> {
    while (waiting.length > 0) {
      const chunk = waiting.slice(0, FLUSH_CHUNK);
      try {
        await writer.submit(chunk.length, () => {
          let seq = lastSeq();
          for (const record of chunk) insert.run(...columnsOf((seq += 1), record));
        });
      } catch (error) {
        keepWhatFits(error);
        return;
      }
      waiting = waiting.slice(chunk.length);
    }
  }

  function keepWhatFits(error: unknown): void {
    const lost = Math.max(0, waiting.length - BACKLOG_MAX);
    waiting = waiting.slice(lost);
    options.log('audit.not-written', { error: faultText(error), waiting: waiting.length, lost });
    schedule();
  }

  function schedule(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush();
    }, FLUSH_AFTER_MS);
  }

  function flush(): Promise<void> {
    writing = writing.then(writeOut);
    return writing;
  }

  return {
    async record(records) {
      // A call that was under way when the server ended is told to the operator's log, at least.
      if (closed) options.log('audit.not-written', { error: 'the store is closed', lost: records.length });
      else {
        waiting.push(...records);
        schedule();
      }
    },
    async read(query) {
      await flush();
      try {
        return await readPage(prepare, lastSeq(), query);
      } catch (error) {
        throw options.translate(error);
      }
    },
    prune: (retention) => prune(prepare, writer, retention),
    async close() {
      closed = true;
      await flush();
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

function columnsOf(
  seq: number,
  record: AuditRecord,
): [number, number, number, string, string, string | null, string] {
  const { eventTime, readOnly, userIdentity, eventName, errorCode } = record;
  const user = userIdentity.userName ?? userIdentity.arn;
  return [
    seq,
    Date.parse(eventTime),
    readOnly ? 1 : 0,
    user,
    eventName,
    errorCode ?? null,
    JSON.stringify(record),
  ];
}

// -------------------------------------------------------------------------------------------------------------- reading

async function readPage(prepare: Prepare, last: number, query: AuditQuery): Promise<AuditPage> {
  const floor = query.sinceMs === undefined ? 0 : lastBefore(prepare, last, query.sinceMs);
  const { afterSeq } = query;
  return afterSeq === undefined && query.sinceMs === undefined
    ? readNewest(prepare, last, query)
    : readForward(prepare, last, Math.max(afterSeq ?? 0, floor), query);
}

async function readForward(
  prepare: Prepare,
  last: number,
  from: number,
  query: AuditQuery,
): Promise<AuditPage> {
  const found: StoredAuditRecord[] = [];
  let at = from;
  while (at < last && found.length < query.limit) {
    const to = Math.min(at + SCAN_ROWS, last);
    const rows = select(prepare, at, to, query, 'ASC', query.limit - found.length);
    found.push(...rows);
    at = found.length === query.limit ? (found.at(-1)?.seq ?? to) : to;
    await nextTurn();
  }
  return { records: found, next: at };
}

async function readNewest(prepare: Prepare, last: number, query: AuditQuery): Promise<AuditPage> {
  const found: StoredAuditRecord[] = [];
  for (let to = last; to > 0 && found.length < query.limit; to -= SCAN_ROWS) {
    const from = Math.max(0, to - SCAN_ROWS);
    found.push(...select(prepare, from, to, query, 'DESC', query.limit - found.length));
    await nextTurn();
  }
  return { records: found.reverse(), next: last };
}

/** Of the records with numbers from behind `after` up to `to`. */
function select(
  prepare: Prepare,
  after: number,
  to: number,
  { user, event, errorsOnly }: AuditQuery,
  order: 'ASC' | 'DESC',
  limit: number,
): readonly StoredAuditRecord[] {
  const terms = ['seq > ?', 'seq <= ?'];
  const values: (string | number)[] = [after, to];
  if (event !== undefined) {
    terms.push('event = ?');
    values.push(event);
  }
  if (user !== undefined) {
    terms.push(
      "(user = ? OR json_extract(record, '$.userIdentity.accessKeyId') = ? OR json_extract(record, '$.userIdentity.arn') = ?)",
    );
    values.push(user, user, user);
  }
  if (errorsOnly) terms.push('error IS NOT NULL');
  const found = prepare(
    `SELECT seq, record FROM audit WHERE ${terms.join(' AND ')} ORDER BY seq ${order} LIMIT ?`,
  ).all(...values, limit);
  return found.map((row) => ({
    seq: Number(row['seq']),
    record: JSON.parse(String(row['record'])) as AuditRecord, // written by columnsOf only
  }));
}

/** The number of the last record from before a time. Times grow with numbers, apart from calls that took long. */
function lastBefore(prepare: Prepare, last: number, atMs: EpochMs): number {
  const next = prepare('SELECT at_ms FROM audit WHERE seq > ? ORDER BY seq LIMIT 1');
  let [low, high] = [0, last];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const at = Number(next.get(middle)?.['at_ms'] ?? Number.POSITIVE_INFINITY);
    if (at < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

// -------------------------------------------------------------------------------------------------------------- pruning

async function prune(prepare: Prepare, writer: GroupWriter, retention: AuditRetention): Promise<number> {
  const kept = 'seq < (SELECT max(seq) FROM audit)';
  const reads = prepare(
    `DELETE FROM audit WHERE ${kept} AND seq IN
       (SELECT seq FROM audit WHERE read_only = 1 AND at_ms < ?1 ORDER BY at_ms LIMIT ?2)`,
  );
  // The oldest only: a search for the first young record would read all that is old.
  const writes = prepare(
    `DELETE FROM audit WHERE ${kept} AND seq IN
       (SELECT seq FROM (SELECT seq, at_ms FROM audit ORDER BY seq LIMIT ?2) WHERE at_ms < ?1)`,
  );
  const surplus = prepare(
    `DELETE FROM audit WHERE ${kept} AND seq IN
       (SELECT seq FROM audit WHERE seq <= (SELECT max(seq) FROM audit) - ?1 ORDER BY seq LIMIT ?2)`,
  );
  let pruned = 0;
  for (const [remove, bound] of [
    [reads, retention.readsBeforeMs],
    [writes, retention.writesBeforeMs],
    [surplus, retention.maxRecords],
  ] as const) {
    for (let deleted = -1; deleted !== 0; pruned += deleted) {
      deleted = await writer.submit(PRUNE_CHUNK, () => Number(remove.run(bound, PRUNE_CHUNK).changes));
    }
  }
  return pruned;
}
