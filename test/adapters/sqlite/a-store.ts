// Stores in files of their own, closed and deleted when the test is over.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SqliteStore, SqliteStoreOptions } from '../../../adapters/sqlite/open-sqlite-store.ts';
import { openSqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import type { TestClock } from '../../contracts/table-contract.ts';
import { testClock } from '../../contracts/table-contract.ts';

/** The path of a file that does not exist yet. */
export function aFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'store.db');
}

export interface StoreUnderTest extends SqliteStore {
  readonly clock: TestClock;
  /** Everything the store logged. */
  readonly logged: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

export function aStore(options: Partial<SqliteStoreOptions> = {}): StoreUnderTest {
  const clock = testClock();
  const logged: StoreUnderTest['logged'] = [];
  const store = openSqliteStore({
    file: ':memory:',
    clock,
    redeliverFirstMs: 1,
    redeliverMaxMs: 2,
    log: (event, fields) => void logged.push({ event, fields }),
    ...options,
  });
  onTestFinished(() => store.close());
  return { ...store, clock, logged };
}
