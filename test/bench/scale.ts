// What must not grow with the number of jobs: a scheduling pass, ListJobs and DescribeJobs with many jobs waiting against few;
// and how fast one array releases another that waits for it child by child (N_TO_N).
// Usage: node test/bench/scale.ts [waiting=1000000] [pairs=10000]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schedule } from '../../engine/schedule.ts';
import { requestStop } from '../../engine/stop.ts';
import { getJobs, listByAge, listByStatus } from '../../engine/store/jobs.ts';
import type { JobId } from '../../core/ids.ts';
import { childJobId } from '../../core/ids.ts';
import type { ALocalEngine } from '../engine/a-local-engine.ts';
import { aLocalEngine, DEFAULT_QUEUE_ARN } from '../engine/a-local-engine.ts';

const [waiting = 1_000_000, pairs = 10_000] = process.argv.slice(2).map(Number);
const ARRAY = 10_000;
const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Medians of two works, taken turn by turn: what else the machine does meets both alike. */
async function timed(
  rounds: number,
  left: () => Promise<unknown>,
  right: () => Promise<unknown>,
): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    for (const [side, work] of [left, right].entries()) {
      const started = performance.now();
      await work();
      times[side]?.push(performance.now() - started);
    }
  }
  return [median(times[0]), median(times[1])];
}

/** An engine whose one slot is taken, so that all else waits. */
async function waitingEngine(file: string, jobs: number): Promise<{ home: ALocalEngine; last: JobId }> {
  const home = await aLocalEngine({ vcpus: 1, memoryMiB: 1_000_000, file, onStart: () => undefined });
  let last = await home.submit();
  await home.until(last, (job) => job.status === 'RUNNING');
  for (let left = jobs; left > 0; left -= ARRAY) {
    const size = Math.max(2, Math.min(ARRAY, left));
    last = await home.submit({ arrayProperties: { size } });
    await home.until(last, (job) => job.children?.RUNNABLE === size, 120_000);
  }
  return { home, last };
}

function worksOf({ engine: { schedule: deps, store } }: ALocalEngine, last: JobId) {
  const ids = Array.from({ length: 100 }, (_, index) => childJobId(last, index));
  return {
    pass: () => schedule(deps, []),
    list: () => listByStatus(store, last, 'RUNNABLE', { limit: 1_000 }),
    queue: () => listByStatus(store, DEFAULT_QUEUE_ARN, 'PENDING', { limit: 100 }),
    byAge: () => listByAge(store, DEFAULT_QUEUE_ARN, { limit: 100, descending: true }),
    describe: () => getJobs(store, ids),
  };
}

try {
  const few = await waitingEngine(join(folder, 'few.db'), 1_000);
  const many = await waitingEngine(join(folder, 'many.db'), waiting);
  const [atFew, atMany] = [worksOf(few.home, few.last), worksOf(many.home, many.last)];
  const tell = async (name: string, work: keyof typeof atFew, rounds: number): Promise<void> => {
    const [left, right] = await timed(rounds, atFew[work], atMany[work]);
    console.log(
      `${name}: ${left.toFixed(2)} ms with 1,000 waiting, ${right.toFixed(2)} ms with ${waiting}; ratio ${(right / left).toFixed(2)}`,
    );
  };
  await tell('one scheduling pass over a blocked queue', 'pass', 400);
  await tell('a page of 1,000 children', 'list', 50);
  await tell('a page of a queue (one array waits, or many)', 'queue', 50);
  await tell('a page of a queue in any state', 'byAge', 50);
  await tell('100 jobs by id', 'describe', 50);
  await few.home.close();
  await many.home.close();

  // Nothing runs: the first array is ended as a whole, so that what is timed is ending children and releasing their counterparts.
  const home = await aLocalEngine({ vcpus: 1, file: join(folder, 'pairs.db'), onStart: () => undefined });
  const blocker = await home.submit();
  await home.until(blocker, (job) => job.status === 'RUNNING');
  const first = await home.submit({ arrayProperties: { size: pairs } });
  await home.until(first, (job) => job.children?.RUNNABLE === pairs, 60_000);
  const second = await home.submit({
    arrayProperties: { size: pairs },
    dependsOn: [{ jobId: first, type: 'N_TO_N' }],
  });
  await home.until(second, (job) => job.children?.PENDING === pairs, 60_000);
  const { store } = home.engine;
  const started = performance.now();
  await requestStop({ store, clock: { now: () => Date.now() } }, first, 'terminate', 'bench');
  await home.until(second, (job) => job.status === 'FAILED', 180_000);
  const seconds = (performance.now() - started) / 1000;
  console.log(`N_TO_N of ${pairs} on ${pairs}: counterparts followed at ${Math.round(pairs / seconds)}/s`);
  await home.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
