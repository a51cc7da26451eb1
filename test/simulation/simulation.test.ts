import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runHistory } from './history.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-simulation-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { SLIPWAY_SIMULATION_SEED: only, SLIPWAY_SIMULATION_SEEDS: count } = process.env;

describe('the engine', () => {
  const seeds =
    only === undefined ? Array.from({ length: Number(count ?? 20) }, (_, i) => i + 1) : [Number(only)];
  for (const seed of seeds) {
    it(`history ${seed}`, async () => {
      const t = performance.now();
      const outcome = await runHistory({ seed, file: join(folder, `${seed}.db`), wordy: only !== undefined });
      expect(outcome.commits).toBeGreaterThan(0);
      if (process.env['V']) console.log(seed, outcome, performance.now() - t);
    });
  }
});
