// Rows inside a transaction: looks one up, writes one, and tells the cache and the change log. The only place that changes
// the tables `jobs` and `queues`, so no row of jobs can change without its change record.
import type { StatementSync } from 'node:sqlite';
import type { Key, Row, TableName } from '../../engine/table-ports.ts';
import { INDEX_NAMES } from '../../engine/table-rules.ts';
import type { ChangeLog } from './change-log.ts';
import type { RowCache } from './row-cache.ts';
import type { ColumnValue, HeldRow, RowColumns, RowToWrite } from './row-codec.ts';
import { heldRowOf, heldRowOfColumns, INDEX_COLUMNS, indexValuesOf, ROW_COLUMNS } from './row-codec.ts';
import type { Prepare } from './statements.ts';

export interface RowStore {
  /** The row as it lies there, expired or not. Throws StoreCorruptError when it cannot be read. */
  find(table: TableName, key: Key): HeldRow | undefined;
  /** Writes a row whose predecessor is `existing`. */
  put(table: TableName, toWrite: RowToWrite, version: number, existing: HeldRow | undefined): void;
  /** False, and nothing written, when a row with that key is there. */
  insertIfAbsent(table: TableName, toWrite: RowToWrite): boolean;
  remove(table: TableName, existing: HeldRow): void;
  /** Removes a row that cannot be read, and so has no change record. */
  removeUnread(table: TableName, key: Key): void;
}

interface TableStatements {
  readonly select: StatementSync;
  readonly insert: StatementSync;
  readonly remove: StatementSync;
}

export function createRowStore(prepare: Prepare, cache: RowCache, changes: ChangeLog): RowStore {
  const statements = { jobs: statementsOf(prepare, 'jobs'), queues: statementsOf(prepare, 'queues') };

  function written(table: TableName, before: HeldRow | undefined, after: HeldRow | undefined): void {
    const row = (after ?? before)?.row;
    if (!row) return;
    cache.stage(table, row, after);
    if (table === 'jobs') changes.record(before, after);
  }

  function insertIfAbsent(table: TableName, toWrite: RowToWrite): boolean {
    const { row, bodyText } = toWrite;
    const values = indexValuesOf(row.indexes);
    const run = statements[table].insert.run(row.pk, row.sk, 1, bodyText, ...values, row.expiresAtS ?? null);
    if (run.changes === 0) return false;
    written(table, undefined, heldRowOf(toWrite, 1));
    return true;
  }

  return {
    find(table, key) {
      const cached = cache.get(table, key);
      if (cached) return cached;
      const columns = statements[table].select.get(key.pk, key.sk) as RowColumns | undefined; // ROW_COLUMNS
      return columns && heldRowOfColumns(table, columns);
    },
    put(table, toWrite, version, existing) {
      if (!existing) {
        insertIfAbsent(table, toWrite);
        return;
      }
      const after = heldRowOf(toWrite, version);
      update(prepare, table, existing.row, after.row, toWrite.bodyText);
      written(table, existing, after);
    },
    insertIfAbsent,
    remove(table, existing) {
      statements[table].remove.run(existing.row.pk, existing.row.sk);
      written(table, existing, undefined);
    },
    removeUnread(table, key) {
      statements[table].remove.run(key.pk, key.sk);
      cache.stage(table, key, undefined);
    },
  };
}

function statementsOf(prepare: Prepare, table: TableName): TableStatements {
  return {
    select: prepare(`SELECT ${ROW_COLUMNS} FROM ${table} WHERE pk = ? AND sk = ?`),
    insert: prepare(
      `INSERT INTO ${table} (${ROW_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (pk, sk) DO NOTHING`,
    ),
    remove: prepare(`DELETE FROM ${table} WHERE pk = ? AND sk = ?`),
  };
}

/**
 * SQLite rewrites the entry of every index that has a column in the SET list, changed or not. So only what did change is
 * named there: at most 8 statements a table.
 */
function update(prepare: Prepare, table: TableName, before: Row, after: Row, bodyText: string): void {
  const values: ColumnValue[] = [after.version, bodyText];
  let columns = 'version = ?, body = ?';
  for (const name of INDEX_NAMES) {
    const [was, is] = [before.indexes[name], after.indexes[name]];
    if (was?.partition === is?.partition && was?.sort === is?.sort) continue;
    const [partition, sort] = INDEX_COLUMNS[name];
    columns += `, ${partition} = ?, ${sort} = ?`;
    values.push(is?.partition ?? null, is?.sort ?? null);
  }
  if (before.expiresAtS !== after.expiresAtS) {
    columns += ', expires = ?';
    values.push(after.expiresAtS ?? null);
  }
  prepare(`UPDATE ${table} SET ${columns} WHERE pk = ? AND sk = ?`).run(...values, after.pk, after.sk);
}
