// What a job costs in the SQLite store: its row, three updates, a change record and an event each, durable.
// node test/bench/sqlite-writes.ts [jobs] [writers]
import { mkdtempSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import type { SlipwayEvent } from '../../engine/ports.ts';
import type { NewRow, Table } from '../../engine/table-ports.ts';

const jobs = Number(process.argv[2] ?? 10_000);
const writers = Number(process.argv[3] ?? 64);
const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
const clock = { now: () => Date.now() };
const STATES = ['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED'] as const;
const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/default';

/** About 600 bytes of body and the index entries the engine gives a job of that state. */
function jobRow(id: string, index: number, state: number): NewRow {
  const status = STATES[state]!;
  const age = `${1_800_000_000_000 + index}#${id}`;
  return {
    pk: id,
    sk: '#',
    body: {
      kind: 'single',
      jobId: id,
      status,
      createdAtMs: 1_800_000_000_000 + index,
      version: state,
      attempts: [],
      spec: {
        jobName: `job-${index}`,
        queueArn: QUEUE,
        container: { image: 'busybox', command: ['true'] },
        filler: 'x'.repeat(300),
      },
    },
    indexes: {
      listing: { partition: `${QUEUE}#${status}`, sort: age },
      ...(state === 0 ? { work: { partition: `runnable#${QUEUE}`, sort: age } } : {}),
    },
  };
}

function eventOf(index: number, state: number): SlipwayEvent {
  const detail = {
    jobName: `job-${index}`,
    jobId: String(index),
    jobQueue: QUEUE,
    status: STATES[state],
    filler: 'x'.repeat(500),
  };
  return {
    id: randomUUID(),
    detailType: 'Batch Job State Change',
    region: 'us-east-1',
    atMs: 1,
    resources: [QUEUE],
    detail,
  };
}

/** Runs `work` and prints what one of `count` items cost. */
async function measure(name: string, count: number, work: () => Promise<void>): Promise<void> {
  const [cpu, started] = [process.cpuUsage(), performance.now()];
  await work();
  const [{ user, system }, ms] = [process.cpuUsage(cpu), performance.now() - started];
  const micros = (value: number): string => (value / count).toFixed(1).padStart(7);
  console.log(
    `${name.padEnd(44)} ${micros(ms * 1_000)} µs each, CPU ${micros(user + system)} µs (user ${micros(user)}), ` +
      `${Math.round((count / ms) * 1_000)}/s, ${ms.toFixed(0)} ms`,
  );
}

async function liveThrough(table: Table, ids: readonly string[], from: number): Promise<void> {
  for (let index = from; index < ids.length; index += writers) {
    const id = ids[index]!;
    for (let state = 0; state < STATES.length; state += 1) {
      await table.write([{ kind: 'put', table: 'jobs', row: jobRow(id, index, state), ifVersion: state }]);
    }
  }
}

const store = openSqliteStore({ file: join(folder, 'store.db'), clock });
try {
  const { table, changes, events } = store;
  const ids = Array.from({ length: jobs }, () => randomUUID());
  let delivered = 0;
  changes.start(async (batch) => void (delivered += batch.length));
  await measure('job (insert, 3 updates, 4 changes delivered)', jobs, async () => {
    await Promise.all(Array.from({ length: writers }, (_, writer) => liveThrough(table, ids, writer)));
  });
  await measure('insertMany of 10,000', 10_000, () =>
    table.insertMany(
      'jobs',
      Array.from({ length: 10_000 }, (_, index) => jobRow(`parent:${index}`, index, 0)),
    ),
  );
  await measure('event, published 64 at a time', jobs, async () => {
    for (let index = 0; index < jobs; index += 64) {
      await events.publish(Array.from({ length: 64 }, (_, offset) => eventOf(index + offset, offset % 4)));
    }
  });
  await measure('get of a row long not used', 5_000, async () => {
    for (const id of ids.slice(0, 5_000)) await table.get('jobs', { pk: id, sk: '#' });
  });
  await measure('first page of 100 of the work index', 200, async () => {
    for (let index = 0; index < 200; index += 1) {
      await table.query({ table: 'jobs', index: 'work', partition: `runnable#${QUEUE}`, limit: 100 });
    }
  });
  await measure('count up to 10,000 of the work index', 20, async () => {
    for (let index = 0; index < 20; index += 1) {
      await table.count({ table: 'jobs', index: 'work', partition: `runnable#${QUEUE}`, limit: 10_000 });
    }
  });
  console.log(
    `changes delivered: ${delivered} of ${jobs * STATES.length + 10_000}; RSS ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`,
  );
} finally {
  await store.close();
  rmSync(folder, { recursive: true });
}
