import type { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../adapters/sqlite/open-database.ts';
import type { StoreUnderTest } from './a-store.ts';
import { aFile, aStore } from './a-store.ts';
import { createSqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import type { SqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import { StoreFullError } from '../../../engine/table-ports.ts';
import { createGroupWriter } from '../../../adapters/sqlite/group-writer.ts';
import { aRow, put, testClock } from '../../contracts/table-contract.ts';

/** A store and, for tampering, its connection. */
function openWithConnection(): { store: SqliteStore; db: DatabaseSync } {
  const file = aFile();
  const db = openDatabase(file);
  const store = createSqliteStore(db, { file, clock: testClock(), redeliverFirstMs: 1 });
  onTestFinished(() => store.close());
  return { store, db };
}

function pagesOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
}

/** A row that needs about `pages` pages of its own. */
function bigRow(pk: string, pages: number): ReturnType<typeof aRow> {
  return aRow(pk, { body: { filler: 'x'.repeat(pages * 4_096) } });
}

test('the writes of one turn share a transaction, those of the next do not', async () => {
  const db = openDatabase(':memory:');
  const writer = createGroupWriter(db, { translate: (error) => error, log: () => {} });
  let commits = 0;
  writer.addPart({ committed: () => void (commits += 1), rolledBack: () => {} });
  const results = await Promise.all([1, 2, 3].map((n) => writer.submit(1, () => n)));
  expect(results).toEqual([1, 2, 3]);
  expect(commits).toBe(1);
  await writer.submit(1, () => undefined);
  expect(commits).toBe(2);
  db.close();
});

test('a very large group is split, so that the event loop gets its turn', async () => {
  const db = openDatabase(':memory:');
  const writer = createGroupWriter(db, { translate: (error) => error, log: () => {} });
  let commits = 0;
  writer.addPart({ committed: () => void (commits += 1), rolledBack: () => {} });
  const order: number[] = [];
  await Promise.all(Array.from({ length: 30 }, (_, n) => writer.submit(100, () => order.push(n))));
  expect(commits).toBe(5);
  expect(order).toEqual(Array.from({ length: 30 }, (_, n) => n));
  db.close();
});

test('a write that throws in the middle leaves nothing and takes nobody with it', async () => {
  const db = openDatabase(':memory:');
  const writer = createGroupWriter(db, { translate: (error) => error, log: () => {} });
  const insert = db.prepare('INSERT INTO settings (key, value) VALUES (?, ?)');
  const outcomes = await Promise.allSettled([
    writer.submit(1, () => insert.run('before', '')),
    writer.submit(1, () => {
      insert.run('half', '');
      throw new Error('on second thoughts');
    }),
    writer.submit(1, () => insert.run('after', '')),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(db.prepare('SELECT key FROM settings ORDER BY key').all()).toEqual([
    { key: 'after' },
    { key: 'before' },
  ]);
  db.close();
});

test('a full disk rejects what does not fit, keeps what does, and damages nothing', async () => {
  const { store, db } = openWithConnection();
  const { table } = store;
  await table.write([put(aRow('old'))]);
  db.exec(`PRAGMA max_page_count = ${pagesOf(db) + 12}`);
  const outcomes = await Promise.allSettled([
    table.write([put(aRow('small'))]),
    table.write([put(aRow('half')), put(bigRow('too big', 40))]),
    table.insertMany('jobs', [bigRow('too big as well', 40)]),
    store.settings.set('key', 'value'),
    store.events.publish([
      {
        id: 'e',
        detailType: 't',
        region: 'r',
        atMs: 1,
        resources: [],
        detail: { filler: 'x'.repeat(200_000) },
      },
    ]),
  ]);
  expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined))).toEqual([
    undefined,
    expect.any(StoreFullError),
    expect.any(StoreFullError),
    undefined,
    expect.any(StoreFullError),
  ]);
  const names = ['old', 'small', 'half', 'too big', 'too big as well'];
  const rows = await table.getMany(
    'jobs',
    names.map((pk) => aRow(pk)),
  );
  expect(rows.map((row) => row?.version)).toEqual([1, 1, undefined, undefined, undefined]);
  expect(await store.settings.get('key')).toBe('value');
  expect(store.events.lastSeq()).toBe(0);
});

test('once there is room the same writes succeed, and the feed tells only of what was written', async () => {
  const { store, db } = openWithConnection();
  const { table } = store;
  const told: string[] = [];
  store.changes.start(async (batch) => void told.push(...batch.map((change) => change.after!.pk)));
  await table.write([put(aRow('old'))]);
  db.exec(`PRAGMA max_page_count = ${pagesOf(db) + 4}`);
  await expect(table.write([put(aRow('old'), 1), put(bigRow('big', 40))])).rejects.toThrow(StoreFullError);
  await expect(table.write([put(bigRow('big', 40))])).rejects.toThrow(/nothing was written; free space/);
  expect((await table.get('jobs', aRow('old')))?.version).toBe(1);
  db.exec('PRAGMA max_page_count = 1073741823');
  expect(await table.write([put(aRow('old'), 1), put(bigRow('big', 40))])).toEqual({ ok: true });
  expect((await table.get('jobs', aRow('old')))?.version).toBe(2);
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  await store.changes.stop();
  expect(told).toEqual(['old', 'old', 'big']);
});

test('reads do not wait for the group that is being collected', async () => {
  const store: StoreUnderTest = aStore();
  await store.table.write([put(aRow('a'))]);
  const writing = store.table.write([put(aRow('a'))]);
  expect((await store.table.get('jobs', aRow('a')))?.version).toBe(1);
  await writing;
  expect((await store.table.get('jobs', aRow('a')))?.version).toBe(2);
});
