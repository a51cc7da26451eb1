// The deployed functions in random histories of a simulated cloud. A failure names its seed:
//   SLIPWAY_SIMULATION_SEED=<seed> npx vitest run test/simulation/cloud/cloud-simulation   repeats that history, told
//   SLIPWAY_SIMULATION_SEEDS=500 npx vitest run test/simulation/cloud/cloud-simulation     tries 500 nobody has seen before
//   SLIPWAY_SIMULATION_ON=machines                                                         of either kind (or fargate) alone
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CloudHistoryOutcome } from './cloud-history.ts';
import { runCloudHistory } from './cloud-history.ts';
import type { ComposedFunctions } from './compose-functions.ts';
import { loadFunctions } from './compose-functions.ts';

let composed: ComposedFunctions;
beforeAll(async () => {
  composed = await loadFunctions();
});
afterAll(() => vi.unstubAllEnvs());

const { SLIPWAY_SIMULATION_SEED: one, SLIPWAY_SIMULATION_SEEDS: many } = process.env;
const { SLIPWAY_SIMULATION_ON: only } = process.env;
const FIXED: Readonly<Record<On, number>> = { fargate: 24, machines: 12 };
const HOMES = (['fargate', 'machines'] as const).filter((on) => only === undefined || only === on);
/** None unless asked for: a gate that others wait at must not depend on chance. */
const NEW = Number(many ?? 0);
const SEEDS_PER_TEST = 6;
/** Whoever asks for many lets them run beside other work. */
const TEST_TIMEOUT_MS = NEW > 0 ? 600_000 : 60_000;

type On = 'fargate' | 'machines';

async function run(on: On, seeds: readonly number[]): Promise<readonly CloudHistoryOutcome[]> {
  const outcomes: CloudHistoryOutcome[] = [];
  for (const seed of seeds)
    outcomes.push(await runCloudHistory({ seed, on, composed, wordy: one !== undefined }));
  return outcomes;
}

function seedsFrom(first: number, count: number): number[][] {
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  return Array.from({ length: Math.ceil(count / SEEDS_PER_TEST) }, (_, part) =>
    seeds.slice(part * SEEDS_PER_TEST, (part + 1) * SEEDS_PER_TEST),
  );
}

describe.skipIf(one !== undefined).each(HOMES)('whatever happens on %s, the invariants hold', (on) => {
  const groups = [...seedsFrom(1, FIXED[on]), ...seedsFrom(randomInt(1_000, 2 ** 31), NEW)];
  it.each(groups.map((seeds) => ({ first: seeds[0], last: seeds.at(-1), seeds })))(
    'in histories $first to $last',
    async ({ seeds }) => {
      const outcomes = await run(on, seeds);
      const sum = (count: (outcome: CloudHistoryOutcome) => number): number =>
        outcomes.reduce((total, outcome) => total + count(outcome), 0);
      // A simulation in which nothing happens proves nothing.
      if (seeds.length === SEEDS_PER_TEST)
        for (const count of [sum((o) => o.jobs), sum((o) => o.containers)])
          expect(count).toBeGreaterThanOrEqual(SEEDS_PER_TEST);
    },
    TEST_TIMEOUT_MS,
  );

  it('and a seed repeats its history to the last commit', async () => {
    const [first] = await run(on, [7]);
    const [second] = await run(on, [7]);
    expect(second).toEqual(first);
  });
});

describe.runIf(one !== undefined).each(HOMES)('one history on %s, told', (on) => {
  it(
    `of seed ${one}`,
    async () => {
      const [outcome] = await run(on, [Number(one)]);
      expect(outcome?.commits).toBeGreaterThan(0);
    },
    TEST_TIMEOUT_MS,
  );
});
