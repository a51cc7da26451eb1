// The changes of `jobs` as they are written down, in the same transaction as the rows themselves. Numbers grow by one a
// change and are never used twice. A change stays in the database until it was acknowledged; how far that is, is written
// lazily, with some later transaction: after a crash a few acknowledged changes come again.
import type { Change } from '../../engine/table-ports.ts';
import { StoreCorruptError } from '../../engine/table-ports.ts';
import { packRecord, unpackRecord } from './change-record.ts';
import type { GroupPart } from './group-writer.ts';
import type { HeldRow } from './row-codec.ts';
import type { Prepare } from './statements.ts';

/** One change feed, one order: the stream has a constant name. */
const STREAM = 'jobs';
const ACKED_SETTING = 'changes.acked';
/** Deleting is cheaper in bulk, but what waits for it fills the disk. */
const ACKED_ROWS_TO_KEEP = 4_096;
/** Bounds what reading one record parses. */
const MAX_CHANGES_PER_RECORD = 256;

export interface ChangeLog extends GroupPart {
  /** Notes one change of the open transaction. */
  record(before: HeldRow | undefined, after: HeldRow | undefined): void;
  /** The number of the last committed change; 0 when there never was one. */
  lastSeq(): number;
  ackedSeq(): number;
  /** Every change up to this one has been handled. */
  acknowledge(seq: number): void;
  /** Committed changes after `seq`, from the database; `limit` is a wish, what remains of a record comes as well. */
  readAfter(seq: number, limit: number): readonly Change[];
  /** Called right after each commit that had changes. */
  onCommitted(listener: (changes: readonly Change[]) => void): void;
  /** Makes the acknowledgements durable now and deletes what they cover. Inside a transaction. */
  settle(): void;
}

export function seqOf(change: Change): number {
  return Number(change.seq);
}

/** Sixteen digits hold every safe integer, so text order is number order. */
function seqText(seq: number): string {
  return String(seq).padStart(16, '0');
}

export function createChangeLog(prepare: Prepare): ChangeLog {
  const insert = prepare('INSERT INTO changes (last_seq, records) VALUES (?, ?)');
  const select = prepare('SELECT last_seq, records FROM changes WHERE last_seq > ? ORDER BY last_seq');
  const listeners: ((changes: readonly Change[]) => void)[] = [];
  const cursor = createCursor(prepare);
  let committedSeq = Math.max(cursor.acked(), readLastSeq(prepare));
  let open: { readonly change: Change; readonly text: string }[] = [];

  return {
    record(before, after) {
      const seq = seqText(committedSeq + open.length + 1);
      const rows = { ...(before && { before: before.row }), ...(after && { after: after.row }) };
      const images = `${before ? `,"before":${before.image}` : ''}${after ? `,"after":${after.image}` : ''}`;
      open.push({
        change: { stream: STREAM, seq, ...rows },
        text: `{"stream":"${STREAM}","seq":"${seq}"${images}}`,
      });
    },
    beforeCommit() {
      for (let from = 0; from < open.length; from += MAX_CHANGES_PER_RECORD) {
        const texts = open.slice(from, from + MAX_CHANGES_PER_RECORD).map(({ text }) => text);
        insert.run(committedSeq + from + texts.length, packRecord(`[${texts.join(',')}]`));
      }
      cursor.write(ACKED_ROWS_TO_KEEP);
    },
    committed() {
      const changes = open.map(({ change }) => change);
      open = [];
      committedSeq += changes.length;
      cursor.committed();
      if (changes.length > 0) for (const listener of listeners) listener(changes);
    },
    rolledBack() {
      open = [];
      cursor.rolledBack();
    },
    lastSeq: () => committedSeq,
    ackedSeq: () => cursor.acked(),
    acknowledge: (seq) => cursor.acknowledge(seq),
    readAfter(seq, limit) {
      const found: Change[] = [];
      for (const record of select.iterate(seq)) {
        for (const change of parseRecord(record)) if (seqOf(change) > seq) found.push(change);
        if (found.length >= limit) break;
      }
      return found;
    },
    onCommitted: (listener) => void listeners.push(listener),
    settle: () => cursor.write(0),
  };
}

interface Cursor extends GroupPart {
  acked(): number;
  acknowledge(seq: number): void;
  /** Writes down how far changes were handled, and deletes those changes once there are `removeFrom` of them. */
  write(removeFrom: number): void;
}

function createCursor(prepare: Prepare): Cursor {
  const set = prepare(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const remove = prepare('DELETE FROM changes WHERE last_seq <= ?');
  const stored = prepare('SELECT value FROM settings WHERE key = ?').get(ACKED_SETTING);
  let acked = Number(stored?.['value'] ?? 0);
  /** What the database knows, with the open transaction and without it. */
  let written = { acked, removed: acked };
  let committed = written;

  return {
    acked: () => acked,
    acknowledge: (seq) => void (acked = Math.max(acked, seq)),
    write(removeFrom) {
      if (written.acked < acked) set.run(ACKED_SETTING, String(acked));
      const due = acked - written.removed >= removeFrom;
      if (due) remove.run(acked);
      written = { acked, removed: due ? acked : written.removed };
    },
    committed: () => void (committed = written),
    rolledBack: () => void (written = committed),
  };
}

function readLastSeq(prepare: Prepare): number {
  return Number(prepare('SELECT max(last_seq) AS seq FROM changes').get()?.['seq'] ?? 0);
}

function parseRecord(record: Record<string, unknown>): readonly Change[] {
  try {
    return JSON.parse(unpackRecord(record['records'])) as Change[]; // written by beforeCommit only
  } catch (error) {
    throw new StoreCorruptError(`the change record ${String(record['last_seq'])} is damaged`, {
      cause: error,
    });
  }
}
