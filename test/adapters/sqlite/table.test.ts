import { openSqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import { describeTable, testClock } from '../../contracts/table-contract.ts';

describeTable('the SQLite table', async () => {
  const clock = testClock();
  return { clock, table: openSqliteStore({ file: ':memory:', clock }).table };
});

describeTable('the SQLite table with a cache too small to help', async () => {
  const clock = testClock();
  return { clock, table: openSqliteStore({ file: ':memory:', clock, cachedRows: 1 }).table };
});
