// The production engine through random histories with faults: crashes at any point, refused and lost writes, repeated and
// late observations. The invariants are checked after every step; a failure names its seed.
// SLIPWAY_SIMULATION_SEED=n replays one history with every step told; SLIPWAY_SIMULATION_SEEDS=n runs the first n.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runHistory } from './history.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-simulation-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { SLIPWAY_SIMULATION_SEED: only, SLIPWAY_SIMULATION_SEEDS: count } = process.env;
const FIXED_SEEDS = 20;
/** Beside the fixed ones, so that every run of the suite looks somewhere new. */
const RANDOM_SEEDS = 4;

function seedsToRun(): readonly number[] {
  if (only !== undefined) return [Number(only)];
  const first = Array.from({ length: Number(count ?? FIXED_SEEDS) }, (_, index) => index + 1);
  if (count !== undefined) return first;
  const from = 1_000 + (Date.now() % 1_000_000);
  return [...first, ...Array.from({ length: RANDOM_SEEDS }, (_, index) => from + index)];
}

describe('the engine', () => {
  const seeds = seedsToRun();
  let commits = 0;

  it.each(seeds)('keeps its invariants through history %i', async (seed) => {
    const outcome = await runHistory({ seed, file: join(folder, `${seed}.db`), wordy: only !== undefined });
    commits += outcome.commits;
  });

  it('did something in those histories', () => {
    expect(commits).toBeGreaterThan(10 * seeds.length);
  });
});
