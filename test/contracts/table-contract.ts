// What every Table must do, run against each adapter. A store's own file opens it; the rules are here and nowhere else.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../engine/ports.ts';
import type { IndexQuery, IndexRange, NewRow, Row, Table, WriteOp } from '../../engine/table-ports.ts';
import { BadPageTokenError } from '../../engine/table-ports.ts';

export interface TestClock extends Clock {
  nowMs: number;
}

export interface TableUnderTest {
  readonly table: Table;
  readonly clock: TestClock;
}

export function testClock(): TestClock {
  return {
    nowMs: 1_800_000_000_000,
    now() {
      return this.nowMs;
    },
  };
}

export function aRow(pk: string, more: Partial<NewRow> = {}): NewRow {
  return { pk, sk: '#', body: { of: pk }, ...more };
}

export function put(row: NewRow, ifVersion?: number): WriteOp {
  return { kind: 'put', table: 'jobs', row, ...(ifVersion === undefined ? {} : { ifVersion }) };
}

/** A row of the work index of partition `p`. */
function atWork(sort: string, pk = `row-${sort}`): NewRow {
  return aRow(pk, { indexes: { work: { partition: 'p', sort } } });
}

const work: IndexRange = { table: 'jobs', index: 'work', partition: 'p', limit: 100 };

/** `open` makes an empty store with its own tables; `close` is called when the test is over. */
export function describeTable(name: string, open: () => Promise<TableUnderTest>): void {
  describe(name, () => {
    let under: TableUnderTest;
    let table: Table;

    beforeEach(async () => {
      under = await open();
      ({ table } = under);
    });
    afterEach(() => table.close());

    async function write(...ops: readonly WriteOp[]): Promise<void> {
      expect(await table.write(ops)).toEqual({ ok: true });
    }

    async function everyPage(query: IndexQuery): Promise<{ rows: Row[]; pages: number }> {
      const rows: Row[] = [];
      let pages = 0;
      for (let after: string | undefined; ;) {
        const page = await table.query({ ...query, ...(after === undefined ? {} : { after }) });
        rows.push(...page.rows);
        pages += 1;
        after = page.next;
        if (after === undefined) return { rows, pages };
      }
    }

    async function sorts(query: IndexQuery): Promise<(string | undefined)[]> {
      return (await everyPage(query)).rows.map((row) => row.indexes.work?.sort);
    }

    describe('rows by key', () => {
      test('a row comes back whole, with version 1', async () => {
        const row = aRow('a', {
          body: { text: 'ä€😀', list: [1, { deep: null }], quote: '"\\' },
          indexes: {
            listing: { partition: 'l', sort: '1' },
            work: { partition: 'w', sort: '3' },
          },
          expiresAtS: 4_000_000_000,
        });
        await write(put(row));
        expect(await table.get('jobs', row)).toEqual({ ...row, version: 1 });
      });

      test('a row without indexes and expiry has neither', async () => {
        await write(put(aRow('a')));
        expect(await table.get('jobs', { pk: 'a', sk: '#' })).toEqual({
          ...aRow('a'),
          indexes: {},
          version: 1,
        });
      });

      test('the two tables are apart', async () => {
        await write({ kind: 'put', table: 'queues', row: aRow('a') });
        expect(await table.get('jobs', { pk: 'a', sk: '#' })).toBeUndefined();
        expect(await table.get('queues', { pk: 'a', sk: '#' })).toBeDefined();
      });

      test('the version grows by one with each write', async () => {
        for (const expected of [1, 2, 3]) {
          await write(put(aRow('a', { body: { expected } })));
          expect(await table.get('jobs', aRow('a'))).toMatchObject({ version: expected, body: { expected } });
        }
      });

      test('a row deleted and put again starts at version 1', async () => {
        await write(put(aRow('a')));
        await write(put(aRow('a')));
        await write({ kind: 'delete', table: 'jobs', key: aRow('a') });
        expect(await table.get('jobs', aRow('a'))).toBeUndefined();
        await write(put(aRow('a'), 0));
        expect((await table.get('jobs', aRow('a')))?.version).toBe(1);
      });

      test('what happens to the body object after the write is not stored', async () => {
        const body = { state: 'as written' };
        const writing = table.write([put(aRow('a', { body }))]);
        const unrelated = table.write([put(aRow('b'))]);
        await Promise.all([writing, unrelated]);
        const { rows } = await table.query({ table: 'jobs', partition: 'a', limit: 1 });
        expect(rows[0]?.body).toEqual({ state: 'as written' });
      });

      test('getMany keeps the order of the keys, with holes and repetitions', async () => {
        await table.insertMany(
          'jobs',
          Array.from({ length: 1_130 }, (_, index) => aRow(`row-${index}`)),
        );
        const asked = [
          ...Array.from({ length: 1_130 }, (_, index) => `row-${1_129 - index}`),
          'nowhere',
          'row-7',
          'row-7',
        ];
        const rows = await table.getMany(
          'jobs',
          asked.map((pk) => ({ pk, sk: '#' })),
        );
        expect(rows.map((row) => row?.pk)).toEqual(asked.map((pk) => (pk === 'nowhere' ? undefined : pk)));
      });

      test('getMany of no keys is an empty list', async () => {
        expect(await table.getMany('jobs', [])).toEqual([]);
      });
    });

    describe('conditions', () => {
      const now = { pk: 'now', sk: '#' };
      const never = { pk: 'never', sk: '#' };
      beforeEach(async () => {
        await write(put(aRow('now')));
        await write(put(aRow('now')));
      });

      const cases: readonly [name: string, op: WriteOp, holds: boolean][] = [
        ['put 0 on an absent row', put(aRow('never'), 0), true],
        ['put 0 on a row', put(aRow('now'), 0), false],
        ['put of the version it has', put(aRow('now'), 2), true],
        ['put of an older version', put(aRow('now'), 1), false],
        ['put of a version on an absent row', put(aRow('never'), 1), false],
        ['put without condition on a row', put(aRow('now')), true],
        ['put without condition on an absent row', put(aRow('never')), true],
        ['delete of a row', { kind: 'delete', table: 'jobs', key: now }, true],
        ['delete of an absent row', { kind: 'delete', table: 'jobs', key: never }, false],
        ['delete of the version it has', { kind: 'delete', table: 'jobs', key: now, ifVersion: 2 }, true],
        ['delete of an older version', { kind: 'delete', table: 'jobs', key: now, ifVersion: 1 }, false],
        ['check of the version it has', { kind: 'check', table: 'jobs', key: now, ifVersion: 2 }, true],
        ['check of an older version', { kind: 'check', table: 'jobs', key: now, ifVersion: 1 }, false],
        ['check 0 on an absent row', { kind: 'check', table: 'jobs', key: never, ifVersion: 0 }, true],
        ['check 0 on a row', { kind: 'check', table: 'jobs', key: now, ifVersion: 0 }, false],
      ];
      test.each(cases)('%s alone and with others', async (_name, op, holds) => {
        const others = [put(aRow('first')), put(aRow('last'), 0)];
        const together = await table.write([others[0]!, op, others[1]!]);
        expect(together).toEqual(holds ? { ok: true } : { ok: false, failed: [1] });
        expect((await table.get('jobs', aRow('last'))) !== undefined).toBe(holds);
      });

      test.each(cases)('%s alone', async (_name, op, holds) => {
        expect(await table.write([op])).toEqual(holds ? { ok: true } : { ok: false, failed: [0] });
      });

      test('all that failed are named and nothing of the write is there', async () => {
        const result = await table.write([
          put(aRow('fine'), 0),
          put(aRow('now'), 1),
          { kind: 'delete', table: 'jobs', key: never },
          { kind: 'put', table: 'queues', row: aRow('fine too') },
        ]);
        expect(result).toEqual({ ok: false, failed: [1, 2] });
        expect(await table.get('jobs', aRow('fine'))).toBeUndefined();
        expect(await table.get('queues', aRow('fine too'))).toBeUndefined();
        expect((await table.get('jobs', now))?.version).toBe(2);
      });

      test('of writers that race on one version exactly one wins', async () => {
        const race = Array.from({ length: 8 }, (_, writer) =>
          table.write([put(aRow('now', { body: { writer } }), 2)]),
        );
        const results = await Promise.all(race);
        expect(results.filter((result) => result.ok)).toHaveLength(1);
        expect(await table.get('jobs', now)).toMatchObject({
          version: 3,
          body: { writer: results.findIndex((result) => result.ok) },
        });
      });

      test('of atomic writes that race on one of their rows exactly one wins', async () => {
        const race = Array.from({ length: 4 }, (_, writer) =>
          table.write([put(aRow(`own-${writer}`), 0), put(aRow('now', { body: { writer } }), 2)]),
        );
        const winners = (await Promise.all(race)).map((result) => result.ok);
        expect(winners.filter(Boolean)).toHaveLength(1);
        const own = await table.getMany(
          'jobs',
          winners.map((_, writer) => ({ pk: `own-${writer}`, sk: '#' })),
        );
        expect(own.map((row) => row !== undefined)).toEqual(winners);
      });
    });

    describe('limits of a write', () => {
      test('takes 100 operations', async () => {
        await write(...Array.from({ length: 100 }, (_, index) => put(aRow(`row-${index}`), 0)));
        expect(await table.get('jobs', aRow('row-99'))).toBeDefined();
      });

      test.each([
        ['no operations', []],
        ['101 operations', Array.from({ length: 101 }, (_, index) => put(aRow(`row-${index}`)))],
        ['two operations on one row', [put(aRow('a')), { kind: 'delete', table: 'jobs', key: aRow('a') }]],
        ['an empty key', [put(aRow(''))]],
        ['an empty index entry', [put(aRow('a', { indexes: { work: { partition: 'p', sort: '' } } }))]],
        ['a key that is no Unicode', [put(aRow('\ud800'))]],
      ] as readonly [string, WriteOp[]][])('refuses %s', async (_name, ops) => {
        await expect(table.write(ops)).rejects.toThrow(RangeError);
        expect(await table.get('jobs', aRow('row-0'))).toBeUndefined();
      });
    });

    describe('queries', () => {
      const inOrder = ['!', '0', '10', '9', 'A', 'Z', 'a', 'aa', 'z', 'é', '漢', '\u{ffff}', '😀', '😀a'];

      test('an index partition is ordered by the UTF-8 bytes of the sort value, both ways', async () => {
        const rows = inOrder.map((sort) => atWork(sort));
        await table.insertMany('jobs', [...rows.slice(6), ...rows.slice(0, 6)]);
        expect(await sorts(work)).toEqual(inOrder);
        expect(await sorts({ ...work, descending: true })).toEqual([...inOrder].reverse());
      });

      test('a primary partition is ordered by the UTF-8 bytes of sk, and stays in its partition', async () => {
        await table.insertMany('jobs', [
          ...[...inOrder].reverse().map((sk) => ({ pk: 'p', sk, body: {} })),
          { pk: 'p2', sk: 'a', body: {} },
        ]);
        const primary: IndexQuery = { table: 'jobs', partition: 'p', limit: 4 };
        const { rows, pages } = await everyPage(primary);
        expect(rows.map((row) => row.sk)).toEqual(inOrder);
        expect(pages).toBeGreaterThanOrEqual(4);
        const down = await everyPage({ ...primary, descending: true });
        expect(down.rows.map((row) => row.sk)).toEqual([...inOrder].reverse());
      });

      test('equal sort values are ordered by primary key, and a page may end among them', async () => {
        const keys = ['b', 'a', 'd', 'c', 'ab'].flatMap((pk) => ['2', '1'].map((sk) => ({ pk, sk })));
        await table.insertMany(
          'jobs',
          keys.map((key) => ({ ...atWork('same'), ...key })),
        );
        const expected = ['a1', 'a2', 'ab1', 'ab2', 'b1', 'b2', 'c1', 'c2', 'd1', 'd2'];
        const nameOf = (row: Row): string => row.pk + row.sk;
        expect((await everyPage({ ...work, limit: 3 })).rows.map(nameOf)).toEqual(expected);
        const down = await everyPage({ ...work, limit: 3, descending: true });
        expect(down.rows.map(nameOf)).toEqual(expected.reverse());
      });

      test('an index holds only the rows that carry its entry, where the last write put them', async () => {
        await write(put(atWork('1', 'moves')), put(atWork('2', 'leaves')), put(aRow('never in')));
        await write(
          put(
            aRow('moves', {
              indexes: { work: { partition: 'q', sort: '1' }, listing: { partition: 'p', sort: 'x' } },
            }),
          ),
          put(aRow('leaves')),
        );
        expect((await table.query(work)).rows).toEqual([]);
        const moved = await table.query({ ...work, partition: 'q' });
        expect(moved.rows.map((row) => [row.pk, row.version])).toEqual([['moves', 2]]);
        expect((await table.query({ ...work, index: 'listing' })).rows).toEqual(moved.rows);
      });

      test.each([
        ['from', { from: 'b' }, ['b', 'b!', 'c', 'd']],
        ['to', { to: 'b' }, ['a', 'b']],
        ['from and to', { from: 'b', to: 'c' }, ['b', 'b!', 'c']],
        ['one value', { from: 'c', to: 'c' }, ['c']],
        ['from above to', { from: 'c', to: 'b' }, []],
        ['bounds that no row has', { from: 'aa', to: 'bb' }, ['b', 'b!']],
      ] as readonly [string, Pick<IndexQuery, 'from' | 'to'>, string[]][])(
        'bounds are inclusive: %s',
        async (_name, bounds, expected) => {
          await table.insertMany(
            'jobs',
            ['a', 'b', 'b!', 'c', 'd'].map((sort) => atWork(sort)),
          );
          await table.insertMany(
            'queues',
            ['a', 'b', 'b!', 'c', 'd'].map((sk) => ({ pk: 'p', sk, body: {} })),
          );
          expect(await sorts({ ...work, ...bounds, limit: 1 })).toEqual(expected);
          expect(await sorts({ ...work, ...bounds, descending: true })).toEqual([...expected].reverse());
          expect(await table.count({ ...work, ...bounds })).toBe(expected.length);
          const primary = await everyPage({ table: 'queues', partition: 'p', limit: 2, ...bounds });
          expect(primary.rows.map((row) => row.sk)).toEqual(expected);
        },
      );

      test('pages have at most `limit` rows and together every row once', async () => {
        const all = Array.from({ length: 25 }, (_, index) => String(index).padStart(3, '0'));
        await table.insertMany(
          'jobs',
          all.map((sort) => atWork(sort)),
        );
        const first = await table.query({ ...work, limit: 10 });
        expect(first.rows).toHaveLength(10);
        expect(first.next).toBeTypeOf('string');
        expect(await sorts({ ...work, limit: 10 })).toEqual(all);
      });

      test('a page goes on where the last one ended, whatever was written in between', async () => {
        await table.insertMany(
          'jobs',
          ['b', 'd', 'f'].map((sort) => atWork(sort)),
        );
        const first = await table.query({ ...work, limit: 2 });
        await write(put(atWork('a')), put(atWork('e')), { kind: 'delete', table: 'jobs', key: atWork('d') });
        const rest = await everyPage({ ...work, after: first.next! });
        expect(rest.rows.map((row) => row.indexes.work?.sort)).toEqual(['e', 'f']);
      });

      test('a token that is not of this query is refused', async () => {
        await table.insertMany(
          'jobs',
          ['a', 'b', 'c'].map((sort) => atWork(sort)),
        );
        const { next } = await table.query({ ...work, limit: 1 });
        const token = next!;
        const foreign: readonly IndexQuery[] = [
          { ...work, after: 'nonsense' },
          { ...work, after: '' },
          { ...work, after: `${token.slice(0, -8)}AAAAAAAA` },
          { ...work, partition: 'q', after: token },
          { ...work, index: 'listing', after: token },
          { ...work, table: 'queues', after: token },
          { ...work, descending: true, after: token },
        ];
        for (const query of foreign) {
          await expect(table.query(query), JSON.stringify(query)).rejects.toThrow(BadPageTokenError);
        }
      });

      test.each(['listing', 'work'] as const)('several partitions of %s are read as one', async (index) => {
        const partitions = ['p', 'q', 'r'];
        const rows = Array.from({ length: 24 }, (_, at): NewRow => {
          const partition = partitions[(at * at) % 3] ?? 'r';
          const sort = String(at >> 1).padStart(2, '0');
          return aRow(`row-${at}`, { indexes: { [index]: { partition, sort } } });
        });
        await table.insertMany('jobs', [
          ...rows,
          aRow('other', { indexes: { [index]: { partition: 's', sort: '05' } } }),
        ]);
        const inOrder = rows.map((row) => [row.indexes?.[index]?.sort, row.pk].join()).sort();
        const query: IndexQuery = { table: 'jobs', index, partition: partitions, limit: 5 };
        const told = async (asked: IndexQuery): Promise<string[]> =>
          (await everyPage(asked)).rows.map((row) => [row.indexes[index]?.sort, row.pk].join());
        for (const limit of [1, 5, 24, 100]) expect(await told({ ...query, limit })).toEqual(inOrder);
        expect(await told({ ...query, descending: true })).toEqual([...inOrder].reverse());
        expect(await told({ ...query, from: '03', to: '07' })).toEqual(inOrder.slice(6, 16));
        expect((await table.query({ ...query, limit: 7 })).rows).toHaveLength(7);
        expect(await told({ ...query, partition: ['q', 'nothing there'] })).toEqual(
          inOrder.filter((name) =>
            rows.some((row) => name.endsWith(`,${row.pk}`) && row.indexes?.[index]?.partition === 'q'),
          ),
        );
      });

      test('a row that moves between partitions that are read as one is told once', async () => {
        const at = (pk: string, partition: string): WriteOp =>
          put(aRow(pk, { indexes: { listing: { partition, sort: pk } } }));
        await write(at('a', 'p'), at('b', 'q'), at('c', 'p'));
        const query: IndexQuery = { table: 'jobs', index: 'listing', partition: ['p', 'q'], limit: 2 };
        const first = await table.query(query);
        await write(at('a', 'q'), at('c', 'q'));
        const rest = await table.query({ ...query, after: first.next! });
        expect([...first.rows, ...rest.rows].map(({ pk }) => pk)).toEqual(['a', 'b', 'c']);
        await expect(table.query({ ...query, partition: ['q', 'p'], after: first.next! })).rejects.toThrow(
          BadPageTokenError,
        );
      });

      test.each([
        ['none', { partition: [] }],
        ['the same twice', { partition: ['p', 'p'] }],
        ['eleven', { partition: 'abcdefghijk'.split('') }],
        ['an empty name', { partition: ['p', ''] }],
        ['two of the primary key', { index: undefined, partition: ['p', 'q'] }],
      ])('refuses partitions: %s', async (_name, { partition, ...more }) => {
        const { index: _work, ...primary } = work;
        const query: IndexQuery = 'index' in more ? { ...primary, partition } : { ...work, partition };
        await expect(table.query(query)).rejects.toThrow(RangeError);
      });

      test.each([0, 1001, 1.5])('refuses limit %s', async (limit) => {
        await expect(table.query({ ...work, limit })).rejects.toThrow(RangeError);
      });

      test('counts up to its limit', async () => {
        await table.insertMany(
          'jobs',
          Array.from({ length: 30 }, (_, index) => atWork(`s${index}`)),
        );
        expect(await table.count({ ...work, limit: 1_000 })).toBe(30);
        expect(await table.count({ ...work, limit: 20 })).toBe(20);
        expect(await table.count({ ...work, partition: 'empty' })).toBe(0);
        expect(await table.count({ table: 'jobs', partition: 'row-s1', limit: 5 })).toBe(1);
      });
    });

    describe('insertMany', () => {
      test('leaves alone what is there, and repeating it changes nothing', async () => {
        await write(put(aRow('row-3', { body: { mine: true } })));
        await write(put(aRow('row-3', { body: { mine: true } })));
        const rows = Array.from({ length: 600 }, (_, index) =>
          aRow(`row-${index}`, atWork(`${index}`, `row-${index}`)),
        );
        await table.insertMany('jobs', rows);
        await table.insertMany('jobs', rows);
        expect(await table.get('jobs', aRow('row-3'))).toMatchObject({ version: 2, body: { mine: true } });
        const others = await table.getMany('jobs', rows);
        expect(others.filter((row) => row?.version === 1)).toHaveLength(599);
        expect(await table.count({ ...work, limit: 1_000 })).toBe(599);
      });

      test('of two rows with one key the first is kept', async () => {
        await table.insertMany('jobs', [aRow('a', { body: { n: 1 } })]);
        await table.insertMany('jobs', [aRow('a', { body: { n: 2 } }), aRow('b')]);
        expect((await table.get('jobs', aRow('a')))?.body).toEqual({ n: 1 });
      });

      test('of no rows does nothing', async () => {
        await table.insertMany('jobs', []);
        expect(await table.count(work)).toBe(0);
      });

      test('refuses a row without a key before it writes any', async () => {
        await expect(table.insertMany('jobs', [aRow('a'), aRow('')])).rejects.toThrow(RangeError);
        expect(await table.get('jobs', aRow('a'))).toBeUndefined();
      });
    });

    describe('expiry', () => {
      const atS = 1_800_000_100;
      const expiring = { ...atWork('1', 'expiring'), expiresAtS: atS };
      beforeEach(() => write(put(expiring), put(atWork('2', 'stays'))));

      test('a row is there until the second it names, and then in no read', async () => {
        under.clock.nowMs = atS * 1_000 - 1;
        expect((await table.get('jobs', expiring))?.expiresAtS).toBe(atS);
        under.clock.nowMs = atS * 1_000;
        expect(await table.get('jobs', expiring)).toBeUndefined();
        expect((await table.getMany('jobs', [expiring, aRow('stays')])).map((row) => row?.pk)).toEqual([
          undefined,
          'stays',
        ]);
        expect(await sorts(work)).toEqual(['2']);
        expect((await everyPage({ table: 'jobs', partition: 'expiring', limit: 5 })).rows).toEqual([]);
        expect(await table.count(work)).toBe(1);
      });

      test.each(['listing', 'work'] as const)('is the same in the index %s', async (index) => {
        const entry = { partition: 'all', sort: 's' };
        const indexes = { listing: entry, work: entry };
        await write(put(aRow('x', { indexes, expiresAtS: atS })), put(aRow('y', { indexes })));
        const query: IndexRange = { ...work, index, partition: 'all' };
        expect((await everyPage({ ...query, limit: 1 })).rows.map((row) => row.pk)).toEqual(['x', 'y']);
        expect(await table.count(query)).toBe(2);
        under.clock.nowMs = atS * 1_000;
        const { rows } = await everyPage({ ...query, limit: 1 });
        expect(rows).toEqual([{ ...aRow('y', { indexes }), version: 1 }]);
        expect(await table.count(query)).toBe(1);
      });

      test('a later write gives a row its expiry, or takes it away', async () => {
        const { expiresAtS: _none, ...forever } = expiring;
        await write(put(forever), put({ ...atWork('2', 'stays'), expiresAtS: atS }));
        await table.insertMany('jobs', [aRow('x'), aRow('y'), aRow('z')]);
        under.clock.nowMs = atS * 1_000;
        expect(await sorts(work)).toEqual(['1']);
        expect(await table.count(work)).toBe(1);
        expect((await table.getMany('jobs', [forever, aRow('stays')])).map((row) => row?.pk)).toEqual([
          'expiring',
          undefined,
        ]);
      });

      test('an expired row counts as absent in conditions', async () => {
        under.clock.nowMs = (atS + 1) * 1_000;
        expect(await table.write([put(expiring, 1)])).toEqual({ ok: false, failed: [0] });
        expect(await table.write([{ kind: 'delete', table: 'jobs', key: expiring }])).toEqual({
          ok: false,
          failed: [0],
        });
        const { expiresAtS: _past, ...fresh } = expiring;
        await write({ kind: 'check', table: 'jobs', key: expiring, ifVersion: 0 }, put(aRow('other')));
        await write(put({ ...fresh, body: { fresh: true } }, 0));
        expect(await table.get('jobs', expiring)).toMatchObject({ version: 1, body: { fresh: true } });
      });

      test('insertMany takes the place of an expired row', async () => {
        under.clock.nowMs = (atS + 1) * 1_000;
        await table.insertMany('jobs', [aRow('expiring', { body: { fresh: true } })]);
        expect(await table.get('jobs', expiring)).toMatchObject({ version: 1, body: { fresh: true } });
      });
    });

    test('a write is seen by every read that starts after it', async () => {
      for (let version = 1; version <= 5; version += 1) {
        await write(put(atWork(String(version), 'a')));
        expect((await table.get('jobs', aRow('a')))?.version).toBe(version);
        expect((await table.query({ table: 'jobs', partition: 'a', limit: 1 })).rows[0]?.version).toBe(
          version,
        );
      }
    });
  });
}
