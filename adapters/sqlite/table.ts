// The Table port over SQLite. Reads are answered at once from what is committed; writes join the group commit, where each
// first evaluates all its conditions and then either writes all or nothing.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../engine/ports.ts';
import type { Key, NewRow, Row, Table, TableName, WriteOp, WriteResult } from '../../engine/table-ports.ts';
import {
  assertCount,
  assertKey,
  assertQuery,
  assertStorable,
  assertWritable,
} from '../../engine/table-rules.ts';
import type { GroupWriter } from './group-writer.ts';
import type { RowCache } from './row-cache.ts';
import type { HeldRow, RowToWrite } from './row-codec.ts';
import { isExpired, rowToWrite } from './row-codec.ts';
import { countRows, queryPage } from './row-queries.ts';
import type { RowStore } from './row-store.ts';
import type { Prepare } from './statements.ts';

export interface TableParts {
  readonly prepare: Prepare;
  readonly writer: GroupWriter;
  readonly cache: RowCache;
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly translate: (error: unknown) => unknown;
  readonly close: () => Promise<void>;
}

/** A few milliseconds of the event loop, so that others get their turn between two chunks. */
const INSERT_CHUNK_ROWS = 250;
const READ_CHUNK_ROWS = 500;

export function createTable(parts: TableParts): Table {
  /** A port method must reject, not throw; and speak the port's errors, not SQLite's. */
  async function reading<T>(read: () => T): Promise<T> {
    try {
      return read();
    } catch (error) {
      throw parts.translate(error);
    }
  }

  return {
    get: (table, key) => reading(() => getLive(parts, table, key)),
    async getMany(table, keys) {
      const rows: (Row | undefined)[] = [];
      for (let from = 0; from < keys.length; from += READ_CHUNK_ROWS) {
        if (from > 0) await nextTurn();
        const chunk = keys.slice(from, from + READ_CHUNK_ROWS);
        rows.push(...(await reading(() => chunk.map((key) => getLive(parts, table, key)))));
      }
      return rows;
    },
    query: (query) =>
      reading(() => {
        assertQuery(query);
        return queryPage(parts.prepare, parts.cache, query, nowS(parts));
      }),
    count: (query) =>
      reading(() => {
        assertCount(query);
        return countRows(parts.prepare, query, nowS(parts));
      }),
    async write(ops) {
      assertWritable(ops);
      const bodies = ops.map((op) => (op.kind === 'put' ? rowToWrite(op.row) : undefined));
      return parts.writer.submit(ops.length, () => writeAll(parts, ops, bodies));
    },
    insertMany: (table, rows) => insertMany(parts, table, rows),
    close: parts.close,
  };
}

function nowS(parts: TableParts): number {
  return Math.floor(parts.clock.now() / 1_000);
}

function getLive(parts: TableParts, table: TableName, key: Key): Row | undefined {
  assertKey(key);
  const cached = parts.cache.get(table, key);
  const held = cached ?? parts.rows.find(table, key);
  if (!held) return undefined;
  if (!cached) parts.cache.remember(table, held);
  return isExpired(held.row, nowS(parts)) ? undefined : held.row;
}

function writeAll(
  parts: TableParts,
  ops: readonly WriteOp[],
  bodies: readonly (RowToWrite | undefined)[],
): WriteResult {
  const now = nowS(parts);
  const existing = ops.map((op) => parts.rows.find(op.table, op.kind === 'put' ? op.row : op.key));
  const failed = ops.flatMap((op, index) => (holds(op, existing[index], now) ? [] : [index]));
  if (failed.length > 0) return { ok: false, failed };
  for (const [index, op] of ops.entries()) apply(parts.rows, op, bodies[index], existing[index], now);
  return { ok: true };
}

/** An expired row counts as absent, though it lies there until it is purged. */
function holds(op: WriteOp, existing: HeldRow | undefined, now: number): boolean {
  const version = existing && !isExpired(existing.row, now) ? existing.row.version : 0;
  if (op.ifVersion !== undefined) return version === op.ifVersion;
  return op.kind === 'put' || version > 0;
}

function apply(
  rows: RowStore,
  op: WriteOp,
  toWrite: RowToWrite | undefined,
  existing: HeldRow | undefined,
  now: number,
): void {
  switch (op.kind) {
    case 'put': {
      const version = existing && !isExpired(existing.row, now) ? existing.row.version + 1 : 1;
      if (toWrite) rows.put(op.table, toWrite, version, existing);
      return;
    }
    case 'delete':
      if (existing) rows.remove(op.table, existing);
      return;
    case 'check':
      return;
  }
}

async function insertMany(parts: TableParts, table: TableName, rows: readonly NewRow[]): Promise<void> {
  for (const row of rows) assertStorable(row);
  for (let from = 0; from < rows.length; from += INSERT_CHUNK_ROWS) {
    const chunk = rows.slice(from, from + INSERT_CHUNK_ROWS).map(rowToWrite);
    await parts.writer.submit(chunk.length, () => {
      for (const toWrite of chunk) insertOne(parts, table, toWrite);
    });
  }
}

function insertOne({ rows, ...parts }: TableParts, table: TableName, toWrite: RowToWrite): void {
  if (rows.insertIfAbsent(table, toWrite)) return;
  const existing = rows.find(table, toWrite.row);
  if (existing && isExpired(existing.row, Math.floor(parts.clock.now() / 1_000)))
    rows.put(table, toWrite, 1, existing);
}
