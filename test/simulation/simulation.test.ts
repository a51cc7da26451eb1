// The production engine in random histories of submissions, stops, changes, faults and crashes. A failure names its seed:
//   SLIPWAY_SIMULATION_SEED=<seed> npx vitest run test/simulation/simulation   repeats that history and tells every step
//   SLIPWAY_SIMULATION_SEEDS=500 npx vitest run test/simulation/simulation     tries 500 histories nobody has seen before
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { HistoryOutcome } from './history.ts';
import { runHistory } from './history.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-simulation-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { SLIPWAY_SIMULATION_SEED: one, SLIPWAY_SIMULATION_SEEDS: many } = process.env;
const FIXED = 60;
/** None unless asked for: a gate that others wait at must not depend on chance. */
const NEW = Number(many ?? 0);
const SEEDS_PER_TEST = 10;
/** Histories that once lost a job whose queue was deleted while it was being accepted. */
const ONCE_BROKEN = [11_318, 11_792, 13_887];
const TEST_TIMEOUT_MS = 60_000;

async function run(seeds: readonly number[]): Promise<readonly HistoryOutcome[]> {
  const outcomes: HistoryOutcome[] = [];
  for (const seed of seeds) {
    const file = join(folder, `${seed}.db`);
    outcomes.push(await runHistory({ seed, file, wordy: one !== undefined }));
  }
  return outcomes;
}

function seedsFrom(first: number, count: number): number[][] {
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  return Array.from({ length: Math.ceil(count / SEEDS_PER_TEST) }, (_, part) =>
    seeds.slice(part * SEEDS_PER_TEST, (part + 1) * SEEDS_PER_TEST),
  );
}

describe.skipIf(one !== undefined)('whatever happens, the invariants hold', () => {
  const groups = [...seedsFrom(1, FIXED), ONCE_BROKEN, ...seedsFrom(randomInt(1_000, 2 ** 31), NEW)];
  it.each(groups.map((seeds) => ({ first: seeds[0], last: seeds.at(-1), seeds })))(
    'in histories $first to $last',
    async ({ seeds }) => {
      const outcomes = await run(seeds);
      const sum = (count: (outcome: HistoryOutcome) => number): number =>
        outcomes.reduce((total, outcome) => total + count(outcome), 0);
      // A simulation in which nothing happens proves nothing.
      if (seeds.length === SEEDS_PER_TEST)
        for (const count of [sum((o) => o.jobs), sum((o) => o.containers)]) expect(count).toBeGreaterThan(10);
    },
    TEST_TIMEOUT_MS,
  );

  it('and a seed repeats its history to the last commit', async () => {
    const [first] = await run([7]);
    const [second] = await run([7]);
    expect(second).toEqual(first);
  });
});

describe.runIf(one !== undefined)('one history, told', () => {
  it(
    `of seed ${one}`,
    async () => {
      const [outcome] = await run([Number(one)]);
      expect(outcome?.commits).toBeGreaterThan(0);
    },
    TEST_TIMEOUT_MS,
  );
});
