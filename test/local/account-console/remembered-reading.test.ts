import { expect, it } from 'vitest';
import { rememberReading } from '../../../local/account-console/remembered-reading.ts';

function aReading(forMs = 100) {
  const state = { nowMs: 0, reads: 0, fails: false };
  const reading = rememberReading(
    forMs,
    () => state.nowMs,
    async () => {
      state.reads += 1;
      if (state.fails) throw new Error('away');
      return state.reads;
    },
  );
  return { state, reading };
}

it('is one for all who ask in the same moment, and a while after', async () => {
  const { state, reading } = aReading();
  expect(await Promise.all([reading(), reading()])).toEqual([1, 1]);
  state.nowMs = 99;
  expect(await reading()).toBe(1);
  state.nowMs = 100;
  expect(await reading()).toBe(2);
});

it('is made anew after what it told was changed, also while it was under way', async () => {
  const { reading } = aReading();
  const underWay = reading();
  reading.forget();
  expect([await underWay, await reading()]).toEqual([1, 2]);
});

it('that failed is not remembered', async () => {
  const { state, reading } = aReading();
  state.fails = true;
  await expect(reading()).rejects.toThrow('away');
  state.fails = false;
  expect(await reading()).toBe(2);
});
