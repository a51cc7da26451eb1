import { beforeEach, expect, it } from 'vitest';
import { shareReading } from '../../../local/console/share-reading.ts';

let readings: number;
const read = async (): Promise<number> => (readings += 1);
beforeEach(() => {
  readings = 0;
});

it('twenty who ask at once share one reading', async () => {
  const shared = shareReading(20, read);
  expect(await Promise.all(Array.from({ length: 20 }, shared))).toEqual(Array.from({ length: 20 }, () => 1));
});

it('who asks after a reading began gets a later one, and not sooner than allowed', async () => {
  const begun: number[] = [];
  const shared = shareReading(30, async () => begun.push(performance.now()));
  expect(await shared()).toBe(1);
  expect(await Promise.all([shared(), shared()])).toEqual([2, 2]);
  const [first = 0, second = 0] = begun;
  // Timers may fire a millisecond early.
  expect(second - first).toBeGreaterThanOrEqual(28);
});

it('a reading that fails is told to those who wait for it, and to nobody after', async () => {
  let fails = true;
  const shared = shareReading(1, async () => {
    if (!fails) return 'read';
    throw new Error('the store is away');
  });
  await expect(Promise.all([shared(), shared()])).rejects.toThrow('the store is away');
  fails = false;
  expect(await shared()).toBe('read');
});
