// Opens the database file for this process alone and brings its schema up to date. Either the answer is a locked, migrated
// connection, or an error says why not and the file is as it was.
import { DatabaseSync } from 'node:sqlite';
import { StoreCorruptError } from '../../engine/table-ports.ts';
import { isInUse, storeErrorOf, StoreInUseError } from './errors.ts';
import type { Migration } from './migrations.ts';
import { APPLICATION_ID, assertKnownVersion, migrate, MIGRATIONS } from './migrations.ts';

const MEMORY = ':memory:';

/**
 * The write-ahead log is copied back every 8,000 pages (32 MiB): often enough that one copy does not hold up the event loop
 * for long, seldom enough that hot pages are copied once for many commits.
 */
const TUNING = `
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 8000;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cache_size = -16384;
  PRAGMA temp_store = MEMORY;`;

/**
 * `file`: a path, whose folder exists, or ':memory:'. Errors: StoreInUseError (at once, never after a wait),
 * StoreVersionError, StoreCorruptError, StoreFullError, StoreUnavailableError.
 */
export function openDatabase(file: string, migrations: readonly Migration[] = MIGRATIONS): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: 0 });
    lock(db);
    assertOurs(db, file);
    assertKnownVersion(db, file, migrations);
    // Kept in the file, and refused by SQLite inside a transaction: hence not part of the migrations.
    if (file !== MEMORY) db.exec('PRAGMA journal_mode = WAL');
    db.exec(TUNING);
    migrate(db, migrations);
    return db;
  } catch (error) {
    db?.close();
    if (isInUse(error)) {
      throw new StoreInUseError(`${file} is in use: another Slipway server has it open`, { cause: error });
    }
    throw storeErrorOf(error, file);
  }
}

/**
 * The lock belongs to the process and dies with it, however it dies. With EXCLUSIVE, SQLite keeps it between transactions,
 * and needs no shared-memory file for the write-ahead log.
 */
function lock(db: DatabaseSync): void {
  db.exec('PRAGMA locking_mode = EXCLUSIVE');
  db.exec('BEGIN EXCLUSIVE');
  db.exec('COMMIT');
}

function assertOurs(db: DatabaseSync, file: string): void {
  const id = Number(db.prepare('PRAGMA application_id').get()?.['application_id']);
  const tables = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']);
  if (id === APPLICATION_ID || (id === 0 && tables === 0)) return;
  throw new StoreCorruptError(`${file} is a database, but not a Slipway store (application id ${id})`);
}
