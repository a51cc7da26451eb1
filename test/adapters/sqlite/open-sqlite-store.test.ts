import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { StoreInUseError, StoreVersionError } from '../../../adapters/sqlite/errors.ts';
import { MIGRATIONS, schemaVersionOf } from '../../../adapters/sqlite/migrations.ts';
import { openDatabase } from '../../../adapters/sqlite/open-database.ts';
import { openSqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import { StoreCorruptError, StoreUnavailableError } from '../../../engine/table-ports.ts';
import { aRow, put, testClock } from '../../contracts/table-contract.ts';
import { aFile, aStore } from './a-store.ts';

/** A closed store with one row in each table. */
async function aClosedStore(): Promise<string> {
  const file = aFile();
  const store = aStore({ file });
  await store.table.write([put(aRow('kept')), { kind: 'put', table: 'queues', row: aRow('kept') }]);
  await store.close();
  return file;
}

function runSql(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

test('a store keeps its rows over a restart', async () => {
  const store = aStore({ file: await aClosedStore() });
  expect(await store.table.get('jobs', aRow('kept'))).toMatchObject({ version: 1, body: { of: 'kept' } });
});

test('opens an empty file, as a crash right after creation leaves it', async () => {
  const file = aFile();
  writeFileSync(file, '');
  const store = aStore({ file });
  expect(await store.table.write([put(aRow('a'))])).toEqual({ ok: true });
});

test('closing twice is closing once, and what was asked for before is durable', async () => {
  const file = aFile();
  const store = aStore({ file });
  const writing = store.table.write([put(aRow('a'))]);
  await Promise.all([store.close(), store.table.close(), store.close()]);
  expect(await writing).toEqual({ ok: true });
  expect(await aStore({ file }).table.get('jobs', aRow('a'))).toBeDefined();
  await expect(store.table.write([put(aRow('b'))])).rejects.toThrow('closed');
});

test('a store of a newer Slipway is refused and left as it was', async () => {
  const file = await aClosedStore();
  runSql(file, 'PRAGMA user_version = 99');
  const before = readFileSync(file);
  const open = (): unknown => openSqliteStore({ file, clock: testClock() });
  expect(open).toThrow(StoreVersionError);
  expect(open).toThrow(/schema version 99, written by a newer Slipway; this one knows up to \d+/);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a second store in this process finds the file in use, at once', async () => {
  const file = aFile();
  aStore({ file });
  const started = performance.now();
  expect(() => openSqliteStore({ file, clock: testClock() })).toThrow(StoreInUseError);
  expect(performance.now() - started).toBeLessThan(1_000);
});

test('a file that another process holds is in use until that process is gone', async () => {
  const file = aFile();
  const holder = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { openSqliteStore } from ${JSON.stringify(new URL('../../../adapters/sqlite/open-sqlite-store.ts', import.meta.url).href)};
       openSqliteStore({ file: ${JSON.stringify(file)}, clock: { now: () => 0 } });
       console.log('open');
       setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  expect(() => openSqliteStore({ file, clock: testClock() })).toThrow(/another Slipway server has it open/);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(await aStore({ file }).table.write([put(aRow('a'))])).toEqual({ ok: true });
});

test.each([
  ['no database', (file: string) => writeFileSync(file, 'just some notes\n'.repeat(400))],
  ['a database of something else', (file: string) => runSql(file, 'CREATE TABLE recipes (title TEXT)')],
  [
    'a file whose first pages are overwritten',
    (file: string) => {
      aStoreFileWith(file, 200);
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0x5a, 100, 8_192));
    },
  ],
])('%s is refused as damaged', (_name, make) => {
  const file = aFile();
  make(file);
  const before = readFileSync(file);
  expect(() => openSqliteStore({ file, clock: testClock() })).toThrow(StoreCorruptError);
  expect(readFileSync(file).equals(before)).toBe(true);
});

function aStoreFileWith(file: string, rows: number): void {
  const db = openDatabase(file);
  const insert = db.prepare("INSERT INTO jobs (pk, sk, version, body) VALUES (?, '#', 1, ?)");
  for (let index = 0; index < rows; index += 1)
    insert.run(`row-${index}`, JSON.stringify({ filler: 'x'.repeat(500) }));
  db.close();
}

test('a folder that does not exist is named in the error', () => {
  const file = join(dirname(aFile()), 'nowhere', 'store.db');
  expect(() => openSqliteStore({ file, clock: testClock() })).toThrow(StoreUnavailableError);
  expect(() => openSqliteStore({ file, clock: testClock() })).toThrow(file);
  expect(existsSync(dirname(file))).toBe(false);
});

test('a row with a damaged body is reported by table and key, and the others stay readable', async () => {
  const file = aFile();
  const store = aStore({ file });
  for (const pk of ['a', 'b', 'c']) {
    await store.table.write([put(aRow(pk, { indexes: { work: { partition: 'p', sort: pk } } }))]);
  }
  await store.close();
  runSql(file, `UPDATE jobs SET body = '{"of":"b' WHERE pk = 'b'`);

  const { table } = aStore({ file });
  const b = { pk: 'b', sk: '#' };
  await expect(table.get('jobs', b)).rejects.toThrow(StoreCorruptError);
  await expect(table.get('jobs', b)).rejects.toThrow('{"table":"jobs","pk":"b","sk":"#"}');
  const page = { table: 'jobs', index: 'work', partition: 'p', limit: 10 } as const;
  await expect(table.query(page)).rejects.toThrow('"pk":"b"');
  expect((await table.query({ ...page, to: 'a' })).rows).toHaveLength(1);
  expect(await table.get('jobs', aRow('c'))).toMatchObject({ body: { of: 'c' } });
  // A write that meets the row fails alone, though its neighbours share the transaction.
  const [damaged, fine] = await Promise.allSettled([
    table.write([put(aRow('b'))]),
    table.write([put(aRow('c'))]),
  ]);
  expect(damaged).toMatchObject({ status: 'rejected', reason: expect.any(StoreCorruptError) });
  expect(fine).toMatchObject({ status: 'fulfilled', value: { ok: true } });
});

test('a damaged row does not stop the purge once it has expired', async () => {
  const file = aFile();
  const store = aStore({ file });
  await store.table.insertMany('jobs', [aRow('a', { expiresAtS: 5 }), aRow('b', { expiresAtS: 6 })]);
  await store.close();
  runSql(file, `UPDATE jobs SET body = 'null' WHERE pk = 'a'`);
  const again = aStore({ file });
  expect(await again.purgeExpired()).toBe(2);
  expect(again.logged).toEqual([
    { event: 'store.damaged-row-purged', fields: { table: 'jobs', pk: 'a', sk: '#' } },
  ]);
  expect(await again.table.get('jobs', { pk: 'a', sk: '#' })).toBeUndefined();
});

test('a store at version 1 is brought to the version of today with its rows', async () => {
  const file = aFile();
  const old = openDatabase(file, MIGRATIONS.slice(0, 1));
  expect(schemaVersionOf(old)).toBe(1);
  old.exec(`INSERT INTO jobs (pk, sk, version, body) VALUES ('a', '#', 7, '{"kept":true}')`);
  old.close();

  const next = [...MIGRATIONS, 'ALTER TABLE jobs ADD COLUMN note TEXT', `UPDATE jobs SET note = 'seen'`];
  const db = openDatabase(file, next);
  expect(schemaVersionOf(db)).toBe(next.length);
  expect(db.prepare('SELECT version, body, note FROM jobs').all()).toEqual([
    { version: 7, body: '{"kept":true}', note: 'seen' },
  ]);
  db.close();
});

test('what stood only in the index by age, which there was once, is listed after the migration', async () => {
  const file = aFile();
  const old = openDatabase(file, MIGRATIONS.slice(0, 2));
  old.exec(`
    INSERT INTO queues (pk, sk, version, body, cp, cs) VALUES ('streams', 'a', 1, '{}', 'streams', '2');
    INSERT INTO queues (pk, sk, version, body, cp, cs) VALUES ('streams', 'b', 1, '{}', 'streams', '1');
    INSERT INTO queues (pk, sk, version, body, lp, ls, cp, cs) VALUES ('both', 'c', 1, '{}', 'state', '3', 'all', '3');`);
  old.close();
  const { table } = aStore({ file });
  const listed = async (partition: string): Promise<string[]> =>
    (await table.query({ table: 'queues', index: 'listing', partition, limit: 9 })).rows.map(({ sk }) => sk);
  expect([await listed('streams'), await listed('state'), await listed('all')]).toEqual([
    ['b', 'a'],
    ['c'],
    [],
  ]);
});

test('a migration that fails leaves the store as it was', async () => {
  const file = await aClosedStore();
  const broken = [...MIGRATIONS, 'ALTER TABLE jobs ADD COLUMN note TEXT; INSERT INTO nowhere VALUES (1)'];
  expect(() => openDatabase(file, broken)).toThrow('nowhere');
  const store = aStore({ file });
  expect(await store.table.get('jobs', aRow('kept'))).toBeDefined();
  await store.close();
  const db = openDatabase(file);
  expect(schemaVersionOf(db)).toBe(MIGRATIONS.length);
  expect(
    db
      .prepare('SELECT * FROM jobs')
      .columns()
      .map(({ name }) => name),
  ).not.toContain('note');
  db.close();
});
