import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import { openSqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import { anAuditRecord } from '../../core/access/an-audit-record.ts';

const START = Date.parse('2026-11-21T10:00:00Z');
const at = (seconds: number): string => `${new Date(START + seconds * 1_000).toISOString().slice(0, 19)}Z`;

let store: SqliteStore;
beforeEach(() => {
  store = openSqliteStore({ file: ':memory:', clock: { now: () => START } });
});
afterEach(() => store.close());

/** Calls one second apart, each with its number as the id; every third is a read. */
async function recorded(count: number): Promise<void> {
  await store.audit.record(
    Array.from({ length: count }, (_, index) =>
      anAuditRecord({ eventID: String(index), eventTime: at(index), readOnly: index % 3 === 0 }),
    ),
  );
}
async function idsOf(query: Parameters<SqliteStore['audit']['read']>[0]): Promise<readonly number[]> {
  return (await store.audit.read(query)).records.map(({ record }) => Number(record.eventID));
}

describe('the audit log', () => {
  it('shows what was recorded a moment ago, the newest or those after a number', async () => {
    await recorded(10);
    expect(await idsOf({ limit: 3 })).toEqual([7, 8, 9]);
    const { next } = await store.audit.read({ afterSeq: 0, limit: 4 });
    expect(await idsOf({ afterSeq: next, limit: 100 })).toEqual([4, 5, 6, 7, 8, 9]);
    expect(await idsOf({ limit: 100, sinceMs: START + 7_500 })).toEqual([8, 9]);
    expect(await idsOf({ limit: 100, sinceMs: START + 99_000 })).toEqual([]);
  });

  it('finds by user, event and error through more rows than are looked at at once', async () => {
    await recorded(9_000);
    const eve = { ...anAuditRecord({}).userIdentity, userName: 'eve', accessKeyId: 'EVE' };
    await store.audit.record([
      anAuditRecord({ eventID: '9000', userIdentity: eve, eventTime: at(9_000) }),
      anAuditRecord({
        eventID: '9001',
        eventName: 'CancelJob',
        errorCode: 'ClientException',
        eventTime: at(9_001),
      }),
    ]);
    for (const user of ['eve', 'EVE']) expect(await idsOf({ limit: 5, user })).toEqual([9_000]);
    expect(await idsOf({ limit: 5, errorsOnly: true, afterSeq: 0 })).toEqual([9_001]);
    expect(await idsOf({ limit: 5, event: 'CancelJob' })).toEqual([9_001]);
    expect(await idsOf({ limit: 5, user: 'nobody' })).toEqual([]);
  });

  it('lets reads go earlier than writes, and never the newest record', async () => {
    await recorded(7);
    await idsOf({ limit: 1 });
    const prune = { readsBeforeMs: START + 5_000, writesBeforeMs: START + 1_500, maxRecords: 100 };
    expect(await store.audit.prune(prune)).toBe(3);
    expect(await idsOf({ limit: 100 })).toEqual([2, 4, 5, 6]);
    expect(await store.audit.prune({ readsBeforeMs: 0, writesBeforeMs: 0, maxRecords: 2 })).toBe(2);
    expect(await store.audit.prune({ ...prune, readsBeforeMs: START * 2, writesBeforeMs: START * 2 })).toBe(
      1,
    );
    expect(await idsOf({ limit: 100 })).toEqual([6]);
  });

  it('numbers on where it was', async () => {
    await recorded(2);
    const { next } = await store.audit.read({ limit: 1 });
    await store.audit.record([anAuditRecord({ eventID: '2' })]);
    expect(await idsOf({ afterSeq: next, limit: 10 })).toEqual([2]);
  });
});

it('writes what is left when the store closes', async () => {
  const lost: string[] = [];
  const closing = openSqliteStore({
    file: ':memory:',
    clock: { now: () => START },
    log: (event) => void lost.push(event),
  });
  await closing.audit.record([anAuditRecord({})]);
  await closing.close();
  expect(lost).toEqual([]);
  await closing.audit.record([anAuditRecord({})]);
  expect(lost).toEqual(['audit.not-written']);
});
