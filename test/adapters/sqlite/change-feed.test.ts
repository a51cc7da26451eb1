import { expect, test, vi } from 'vitest';
import { openDatabase } from '../../../adapters/sqlite/open-database.ts';
import type { SqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import { createSqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import type { Change } from '../../../engine/table-ports.ts';
import { aRow, put, testClock } from '../../contracts/table-contract.ts';
import { aFile, aStore } from './a-store.ts';

/** Starts the feed and collects what it delivers. */
function collect(
  store: SqliteStore,
  options?: { maxBatch: number },
): { changes: Change[]; batches: number[] } {
  const seen = { changes: [] as Change[], batches: [] as number[] };
  store.changes.start(async (batch) => {
    seen.changes.push(...batch);
    seen.batches.push(batch.length);
  }, options);
  return seen;
}

function namesOf(changes: readonly Change[]): (string | undefined)[] {
  return changes.map((change) => (change.after ?? change.before)?.pk);
}

async function writeRows(store: SqliteStore, ...names: readonly string[]): Promise<void> {
  for (const name of names) await store.table.write([put(aRow(name))]);
}

test('a change carries the row before and after, whole', async () => {
  const store = aStore();
  const seen = collect(store);
  const first = aRow('a', { indexes: { work: { partition: 'p', sort: '1' } }, body: { n: 1 } });
  const second = aRow('a', { body: { n: 2 }, expiresAtS: 4_000_000_000 });
  await store.table.write([put(first)]);
  await store.table.write([put(second)]);
  await store.table.write([{ kind: 'delete', table: 'jobs', key: first }]);
  await vi.waitFor(() => expect(seen.changes).toHaveLength(3));
  const [v1, v2] = [
    { ...first, version: 1 },
    { ...second, indexes: {}, version: 2 },
  ];
  expect(seen.changes.map(({ seq: _seq, ...change }) => change)).toEqual([
    { stream: 'jobs', after: v1 },
    { stream: 'jobs', before: v1, after: v2 },
    { stream: 'jobs', before: v2 },
  ]);
});

test('changes read back from the database are those delivered from memory', async () => {
  const file = aFile();
  const store = aStore({ file });
  await store.table.insertMany(
    'jobs',
    Array.from({ length: 300 }, (_, index) => aRow(`row-${index}`, { body: { filler: 'ä'.repeat(index) } })),
  );
  await store.table.write([put(aRow('row-1')), { kind: 'delete', table: 'jobs', key: aRow('row-2') }]);
  const refused: Change[] = [];
  store.changes.start(
    async (batch) => {
      refused.push(...batch);
      throw new Error('not now');
    },
    { maxBatch: 1_000 },
  );
  await store.close();
  const again = aStore({ file });
  const seen = collect(again);
  await vi.waitFor(() => expect(seen.changes).toHaveLength(302));
  expect(seen.changes.slice(0, refused.length)).toEqual(refused);
  expect(seen.changes.at(-1)?.before).toMatchObject({ pk: 'row-2', body: { filler: 'ää' } });
});

test('sequence numbers grow as texts, also over a restart with nothing left to deliver', async () => {
  const file = aFile();
  const seqs: string[] = [];
  for (let run = 0; run < 3; run += 1) {
    const store = aStore({ file });
    const seen = collect(store);
    await writeRows(store, ...Array.from({ length: 8 }, (_, index) => `row-${index}`));
    await vi.waitFor(() => expect(seen.changes).toHaveLength(8));
    seqs.push(...seen.changes.map((change) => change.seq));
    await store.close();
  }
  expect(seqs).toHaveLength(24);
  expect([...new Set(seqs)].sort()).toEqual(seqs);
});

test('only writes that happened, and only those of jobs, have a change', async () => {
  const store = aStore();
  const seen = collect(store);
  await store.table.write([{ kind: 'put', table: 'queues', row: aRow('queue') }]);
  await store.table.write([put(aRow('a'), 7)]);
  await store.table.insertMany('jobs', [aRow('a')]);
  await store.table.insertMany('jobs', [aRow('a'), aRow('b'), aRow('b')]);
  await store.table.write([{ kind: 'check', table: 'jobs', key: aRow('a'), ifVersion: 1 }]);
  await writeRows(store, 'last');
  await vi.waitFor(() => expect(namesOf(seen.changes)).toContain('last'));
  expect(namesOf(seen.changes)).toEqual(['a', 'b', 'last']);
});

test('after a restart exactly the changes that were not handled come again, in order, before new ones', async () => {
  const file = aFile();
  const store = aStore({ file });
  await store.table.insertMany(
    'jobs',
    'abcdefgh'.split('').map((name) => aRow(name)),
  );
  const handled: string[] = [];
  store.changes.start(
    async (batch) => {
      const [name] = namesOf(batch);
      if (name === 'f') throw new Error('stuck at f');
      handled.push(name!);
    },
    { maxBatch: 1 },
  );
  await vi.waitFor(() => expect(store.logged.length).toBeGreaterThan(1));
  await store.close();
  expect(handled).toEqual('abcde'.split(''));

  const again = aStore({ file });
  await writeRows(again, 'new');
  const seen = collect(again);
  await vi.waitFor(() => expect(namesOf(seen.changes)).toContain('new'));
  expect(namesOf(seen.changes)).toEqual([...'fgh'.split(''), 'new']);
});

test('a refused batch comes again unchanged, and nothing overtakes it', async () => {
  const store = aStore();
  const deliveries: string[] = [];
  let refusals = 2;
  store.changes.start(
    async (batch) => {
      deliveries.push(namesOf(batch).join(''));
      if (namesOf(batch)[0] === 'c' && refusals-- > 0) throw new Error('try later');
    },
    { maxBatch: 2 },
  );
  await store.table.insertMany(
    'jobs',
    'abcdef'.split('').map((name) => aRow(name)),
  );
  await vi.waitFor(() => expect(deliveries).toContain('ef'));
  expect(deliveries).toEqual(['ab', 'cd', 'cd', 'cd', 'ef']);
  expect(store.logged).toMatchObject([
    { event: 'changes.refused', fields: { size: 2, waitMs: 1, error: 'try later' } },
    { event: 'changes.refused', fields: { size: 2, waitMs: 2, error: 'try later' } },
  ]);
});

test('one batch at a time', async () => {
  const store = aStore();
  let [active, most, delivered] = [0, 0, 0];
  store.changes.start(
    async (batch) => {
      most = Math.max(most, (active += 1));
      await new Promise((resolve) => setImmediate(resolve));
      active -= 1;
      delivered += batch.length;
    },
    { maxBatch: 3 },
  );
  await writeRows(store, ...'abcdefghijklm'.split(''));
  await vi.waitFor(() => expect(delivered).toBe(13));
  expect(most).toBe(1);
});

test('a handler that falls far behind gets every change once, from the database', async () => {
  const store = aStore({ maxQueuedChanges: 10 });
  const gate = Promise.withResolvers<void>();
  const seen: Change[] = [];
  store.changes.start(
    async (batch) => {
      await gate.promise;
      seen.push(...batch);
    },
    { maxBatch: 7 },
  );
  const names = Array.from({ length: 100 }, (_, index) => `row-${index}`);
  const rows = names.map((name) => aRow(name));
  for (const row of rows) await store.table.write([put(row)]);
  gate.resolve();
  await writeRows(store, 'late-1', 'late-2');
  await vi.waitFor(() => expect(namesOf(seen)).toContain('late-2'));
  await writeRows(store, 'later');
  await vi.waitFor(() => expect(namesOf(seen)).toContain('later'));
  expect(namesOf(seen)).toEqual([...names, 'late-1', 'late-2', 'later']);
  // What waited in memory is the very object that was written; what was read back is a copy.
  const fromMemory = seen.slice(0, 100).filter((change, index) => change.after?.body === rows[index]?.body);
  expect(fromMemory.length).toBeLessThanOrEqual(20);
});

test('stop waits for the running batch, and start goes on behind it', async () => {
  const store = aStore();
  const gate = Promise.withResolvers<void>();
  const handled: (string | undefined)[] = [];
  store.changes.start(
    async (batch) => {
      await gate.promise;
      handled.push(...namesOf(batch));
    },
    { maxBatch: 1 },
  );
  await writeRows(store, ...'abc'.split(''));
  const stopped = store.changes.stop();
  gate.resolve();
  await stopped;
  expect(handled).toEqual(['a']);
  const seen = collect(store);
  await vi.waitFor(() => expect(namesOf(seen.changes)).toEqual(['b', 'c']));
});

test('handled changes do not pile up in the file, and their numbers are not used again', async () => {
  const file = aFile();
  const db = openDatabase(file);
  const store = createSqliteStore(db, { file, clock: testClock() });
  const seen = collect(store);
  const rows = Array.from({ length: 5_000 }, (_, index) => aRow(`row-${index}`));
  await store.table.insertMany('jobs', rows);
  await vi.waitFor(() => expect(seen.changes).toHaveLength(5_000));
  await store.settings.set('any later write', 'carries the deletion');
  expect(db.prepare('SELECT count(*) AS records FROM changes').get()!['records']).toBeLessThan(10); // of 20
  await store.close();
  const closed = openDatabase(file);
  expect(closed.prepare('SELECT count(*) AS records FROM changes').get()).toEqual({ records: 0 });
  closed.close();

  const again = aStore({ file });
  const more = collect(again);
  await writeRows(again, 'new');
  await vi.waitFor(() => expect(more.changes).toHaveLength(1));
  expect(more.changes[0]!.seq > seen.changes.at(-1)!.seq).toBe(true);
});

test('a row that expires is a change without after, once it is purged', async () => {
  const store = aStore();
  const expiresAtS = 1_800_000_010;
  await store.table.insertMany('jobs', [
    ...Array.from({ length: 600 }, (_, index) => aRow(`gone-${index}`, { expiresAtS })),
    aRow('stays'),
  ]);
  await store.table.insertMany('queues', [aRow('gone too', { expiresAtS })]);
  const seen = collect(store);
  expect(await store.purgeExpired()).toBe(0);
  store.clock.nowMs = expiresAtS * 1_000;
  expect(await store.purgeExpired(100)).toBe(100);
  expect(await store.purgeExpired()).toBe(501);
  expect(await store.purgeExpired()).toBe(0);
  await vi.waitFor(() => expect(seen.changes).toHaveLength(601 + 600));
  const gone = seen.changes.slice(601);
  expect(gone.every((change) => change.after === undefined && change.before?.expiresAtS === expiresAtS)).toBe(
    true,
  );
  expect(new Set(namesOf(gone)).size).toBe(600);
  expect(await store.table.get('jobs', aRow('stays'))).toBeDefined();
});
