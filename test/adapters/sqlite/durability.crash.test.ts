// What was acknowledged is there after kill -9 in mid-write, whole, with its change record; what was not is there whole or not at all.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import type { Change } from '../../../engine/table-ports.ts';
import { aFile, aStore } from './a-store.ts';

/** Writes pairs of rows from 16 loops at once and prints a pair's number when its write was acknowledged. */
const WRITER = `
  import { writeSync } from 'node:fs';
  import { openSqliteStore } from ${JSON.stringify(new URL('../../../adapters/sqlite/open-sqlite-store.ts', import.meta.url).href)};
  const { table } = openSqliteStore({ file: process.argv[1], clock: { now: () => 0 } });
  let next = Number(process.argv[2]);
  async function loop() {
    for (;;) {
      const n = next++;
      const row = (sk) => ({ kind: 'put', table: 'jobs', row: { pk: 'n' + n, sk, body: { n, filler: 'x'.repeat(n % 3000) } }, ifVersion: 0 });
      const result = await table.write([row('left'), row('right')]);
      if (result.ok) writeSync(1, n + '\\n');
    }
  }
  for (let i = 0; i < 16; i++) void loop();
`;

/** Starts a writer, kills it once it has acknowledged `count` writes, and answers with all it acknowledged. */
async function writeUntilKilled(file: string, from: number, count: number): Promise<number[]> {
  const writer = spawn(process.execPath, ['--input-type=module', '--eval', WRITER, file, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void writer.kill('SIGKILL'));
  const exited = once(writer, 'exit');
  const acknowledged: number[] = [];
  for await (const line of createInterface(writer.stdout)) {
    acknowledged.push(Number(line));
    if (acknowledged.length === count) writer.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return acknowledged;
}

test('each acknowledged write survives kill -9, with its change', async () => {
  const file = aFile();
  const acknowledged: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    acknowledged.push(...(await writeUntilKilled(file, round * 1_000_000, 300 + 37 * round)));
  }
  const store = aStore({ file });
  for (const sk of ['left', 'right']) {
    const rows = await store.table.getMany(
      'jobs',
      acknowledged.map((n) => ({ pk: `n${n}`, sk })),
    );
    expect(rows.map((row) => row?.body)).toEqual(
      acknowledged.map((n) => ({ n, filler: 'x'.repeat(n % 3000) })),
    );
  }
  const changes: Change[] = [];
  const quiet = Promise.withResolvers<void>();
  store.changes.start(async (batch) => {
    changes.push(...batch);
    if (batch.some((change) => change.after?.pk === 'last')) quiet.resolve();
  });
  await store.table.write([{ kind: 'put', table: 'jobs', row: { pk: 'last', sk: '#', body: {} } }]);
  await quiet.promise;
  await store.close();

  // Nothing half: rows come in pairs, and each row has exactly its one change.
  const db = new DatabaseSync(file);
  const halves = db.prepare('SELECT pk FROM jobs GROUP BY pk HAVING count(*) <> 2').all();
  const rows = db.prepare('SELECT pk, sk FROM jobs').all();
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  db.close();
  expect(halves).toEqual([{ pk: 'last' }]);
  const changed = changes.map((change) => `${change.after?.pk} ${change.after?.sk}`);
  expect(changed.sort()).toEqual(rows.map((row) => `${String(row['pk'])} ${String(row['sk'])}`).sort());
});
