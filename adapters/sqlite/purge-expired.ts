// Deletes what has expired, a bounded batch per transaction. Reads have not shown these rows since the second they name;
// for `jobs` the purge is also what tells the change feed that they are gone.
import type { Clock } from '../../engine/ports.ts';
import type { Key, TableName } from '../../engine/table-ports.ts';
import { StoreCorruptError } from '../../engine/table-ports.ts';
import type { GroupWriter } from './group-writer.ts';
import type { RowStore } from './row-store.ts';
import type { Prepare } from './statements.ts';
import type { StoreLog } from './store-log.ts';

const BATCH_ROWS = 250;

export interface PurgeParts {
  readonly prepare: Prepare;
  readonly writer: GroupWriter;
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly log: StoreLog;
}

/** How many rows it deleted: all that had expired when it was called, up to `maxRows`. */
export async function purgeExpired(parts: PurgeParts, maxRows: number): Promise<number> {
  let purged = 0;
  for (const table of ['jobs', 'queues'] as const) {
    for (let deleted = BATCH_ROWS; deleted === BATCH_ROWS && purged < maxRows; purged += deleted) {
      const limit = Math.min(BATCH_ROWS, maxRows - purged);
      deleted = await parts.writer.submit(limit, () => purgeBatch(parts, table, limit));
    }
  }
  return purged;
}

function purgeBatch(parts: PurgeParts, table: TableName, limit: number): number {
  const nowS = Math.floor(parts.clock.now() / 1_000);
  const select = parts.prepare(`SELECT pk, sk FROM ${table} WHERE expires <= ? ORDER BY expires LIMIT ?`);
  const expired = select.all(nowS, limit) as unknown as readonly Key[]; // the two columns asked for
  for (const key of expired) purgeRow(parts, table, key);
  return expired.length;
}

function purgeRow({ rows, log }: PurgeParts, table: TableName, key: Key): void {
  try {
    const existing = rows.find(table, key);
    if (existing) rows.remove(table, existing);
  } catch (error) {
    if (!(error instanceof StoreCorruptError)) throw error;
    // Nobody could read it and its time is over; left there, it would stop the purge of all others.
    log('store.damaged-row-purged', { table, pk: key.pk, sk: key.sk });
    rows.removeUnread(table, key);
  }
}
