// The schema, as the list of steps that led to it. A step is never edited once it was released: a store at version n has
// had exactly the first n steps. Opening a store runs the missing ones in one transaction, so that it is whole at either version.
import type { DatabaseSync } from 'node:sqlite';
import { StoreVersionError } from './errors.ts';

/** "Slip": tells our files from other programs' databases. */
export const APPLICATION_ID = 0x53_6c_69_70;

/** SQL that brings a store from version n (its place in the list) to n + 1. */
export type Migration = string;

/**
 * The columns of a row, in the words of its indexes: l = listing, c = created, w = work; p = partition, s = sort. Text
 * compares by its UTF-8 bytes, which is the order the port asks for. The expiry is part of every index, so that counting
 * never has to touch the rows themselves.
 */
function tableOfRows(name: 'jobs' | 'queues'): string {
  const index = (letter: string): string =>
    `CREATE INDEX ${name}_${letter} ON ${name}(${letter}p, ${letter}s, pk, sk, expires) WHERE ${letter}p IS NOT NULL;`;
  return `
    CREATE TABLE ${name} (
      pk TEXT NOT NULL, sk TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
      lp TEXT, ls TEXT, cp TEXT, cs TEXT, wp TEXT, ws TEXT, expires INTEGER,
      PRIMARY KEY (pk, sk)
    );
    ${index('l')} ${index('c')} ${index('w')}
    CREATE INDEX ${name}_expires ON ${name}(expires) WHERE expires IS NOT NULL;`;
}

/**
 * changes: a row per group commit, with the JSON array of its changes (text, or packed) and the number of the last of
 * them; a row for each change would cost several times as much. events: in the order of publication.
 */
const FIRST_SCHEMA: Migration = `
  PRAGMA application_id = ${APPLICATION_ID};
  ${tableOfRows('jobs')}
  ${tableOfRows('queues')}
  CREATE TABLE changes (last_seq INTEGER PRIMARY KEY, records NOT NULL);
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, detail_type TEXT NOT NULL, region TEXT NOT NULL,
    at_ms INTEGER NOT NULL, resources TEXT NOT NULL, detail TEXT NOT NULL, queue_arn TEXT, job_id TEXT
  );
  CREATE INDEX events_of_queue ON events(queue_arn) WHERE queue_arn IS NOT NULL;
  CREATE INDEX events_of_job ON events(job_id) WHERE job_id IS NOT NULL;`;

/** A row per API call. Reads are kept for a shorter time than what changes something, so they have an index of their own. */
const AUDIT_TRAIL: Migration = `
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, read_only INTEGER NOT NULL, user TEXT NOT NULL, event TEXT NOT NULL,
    error TEXT, record TEXT NOT NULL
  );
  CREATE INDEX audit_reads ON audit(at_ms) WHERE read_only = 1;`;

/** What was listed by age alone is read from `listing`: the rows that stood only there, those of log streams, go over. */
const NO_INDEX_BY_AGE: Migration = `
  UPDATE queues SET lp = cp, ls = cs WHERE lp IS NULL AND cp IS NOT NULL;
  ${['jobs', 'queues']
    .map(
      (table) => `
  DROP INDEX ${table}_c;
  ALTER TABLE ${table} DROP COLUMN cp;
  ALTER TABLE ${table} DROP COLUMN cs;`,
    )
    .join('')}`;

export const MIGRATIONS: readonly Migration[] = [FIRST_SCHEMA, AUDIT_TRAIL, NO_INDEX_BY_AGE];

export function schemaVersionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** Throws StoreVersionError when the store is newer than this program; nothing has been written then. */
export function assertKnownVersion(db: DatabaseSync, file: string, migrations: readonly Migration[]): void {
  const version = schemaVersionOf(db);
  if (version <= migrations.length) return;
  throw new StoreVersionError(
    `${file} has schema version ${version}, written by a newer Slipway; this one knows up to ${migrations.length}: ` +
      'upgrade Slipway or use another data directory',
  );
}

/** Runs the steps a store has not had. A step that fails leaves the store as it was. */
export function migrate(db: DatabaseSync, migrations: readonly Migration[]): void {
  const version = schemaVersionOf(db);
  if (version === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const step of migrations.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
