// The one-machine home's storage: one SQLite file that holds the tables, their change feed, the event log, the audit trail
// and the settings, all written through one group commit.
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../engine/ports.ts';
import type { ChangeFeed, Table } from '../../engine/table-ports.ts';
import type { AuditLog } from './audit-log.ts';
import { createAuditLog } from './audit-log.ts';
import { createChangeFeed } from './change-feed.ts';
import { createChangeLog } from './change-log.ts';
import { storeErrorOf } from './errors.ts';
import type { EventLog } from './event-log.ts';
import { createEventLog } from './event-log.ts';
import { createGroupWriter } from './group-writer.ts';
import { openDatabase } from './open-database.ts';
import { purgeExpired } from './purge-expired.ts';
import { createRowCache } from './row-cache.ts';
import { createRowStore } from './row-store.ts';
import type { Settings } from './settings.ts';
import { createSettings } from './settings.ts';
import { createStatements } from './statements.ts';
import type { StoreLog } from './store-log.ts';
import { faultText } from './store-log.ts';
import { createTable } from './table.ts';

export interface SqliteStoreOptions {
  /** A path, whose folder exists, or ':memory:'. */
  readonly file: string;
  readonly clock: Clock;
  /** Hears of faults that no caller waits for. Default: nobody does. */
  readonly log?: StoreLog;
  /** How many rows are kept at hand in memory. Default 8,192. */
  readonly cachedRows?: number;
  /** Wait before a refused batch of changes comes again; doubles up to the maximum. Defaults 100 and 5,000. */
  readonly redeliverFirstMs?: number;
  readonly redeliverMaxMs?: number;
  /** More undelivered changes than this are not kept in memory. Default 10,000. */
  readonly maxQueuedChanges?: number;
}

export interface SqliteStore {
  readonly table: Table;
  readonly changes: ChangeFeed;
  readonly events: EventLog;
  readonly audit: AuditLog;
  readonly settings: Settings;
  /** Deletes up to `maxRows` expired rows (default 10,000), a small batch at a time; returns how many. */
  purgeExpired(maxRows?: number): Promise<number>;
  /** Stops the feed, makes what was asked for durable and gives the file free. Repeatable. */
  close(): Promise<void>;
}

const PURGE_ROWS = 10_000;

/** Errors: those of `openDatabase`. */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  return createSqliteStore(openDatabase(options.file), options);
}

/** A store over a connection that `openDatabase` made; the store closes it. */
export function createSqliteStore(db: DatabaseSync, options: SqliteStoreOptions): SqliteStore {
  const { file, clock, log = () => {} } = options;
  const translate = (error: unknown): unknown => storeErrorOf(error, file);
  const prepare = createStatements(db);
  const writer = createGroupWriter(db, { translate, log });
  const cache = createRowCache(options.cachedRows ?? 8_192);
  const changeLog = createChangeLog(prepare);
  const rows = createRowStore(prepare, cache, changeLog);
  const events = createEventLog(prepare, writer, { translate, log });
  const audit = createAuditLog(prepare, writer, { translate, log });
  // The cache first: whoever hears of a commit must find it committed.
  for (const part of [cache, changeLog, events.part]) writer.addPart(part);
  const changes = createChangeFeed(changeLog, {
    log,
    redeliverFirstMs: options.redeliverFirstMs ?? 100,
    redeliverMaxMs: options.redeliverMaxMs ?? 5_000,
    maxQueued: options.maxQueuedChanges ?? 10_000,
  });

  async function closeAll(): Promise<void> {
    await changes.stop();
    await audit.close();
    const settled = writer.submit(1, () => changeLog.settle());
    writer.close();
    // A store that cannot write its cursor delivers some changes again after the next start; it must still close.
    await settled.catch((error: unknown) => log('store.cursor-not-written', { error: faultText(error) }));
    db.close();
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll());

  return {
    table: createTable({ prepare, writer, cache, rows, clock, translate, close }),
    changes,
    events,
    audit,
    settings: createSettings(prepare, writer, translate),
    purgeExpired: (maxRows = PURGE_ROWS) => purgeExpired({ prepare, writer, rows, clock, log }, maxRows),
    close,
  };
}
