import { expect, it } from 'vitest';
import { committedOrTold, STALE, untilCommitted } from '../../engine/contention.ts';

it('an attempt is repeated until nobody was faster', async () => {
  let attempts = 0;
  const answer = await untilCommitted('the row', async () => {
    attempts += 1;
    return attempts < 3 ? STALE : 'done';
  });
  expect(answer).toBe('done');
  expect(attempts).toBe(3);
});
it('an attempt that never wins is given up after 20 tries', async () => {
  let attempts = 0;
  const never = untilCommitted('the row', async () => {
    attempts += 1;
    return STALE;
  });
  await expect(never).rejects.toThrow('the row was changed 20 times by others');
  expect(attempts).toBe(20);
});
it('an attempt whose outcome is unknown is told to whoever looks after it', async () => {
  const told: unknown[] = [];
  const lost = new Error('the answer was lost');
  await expect(
    committedOrTold(
      'the row',
      () => Promise.reject(lost),
      (error) => void told.push(error),
    ),
  ).rejects.toBe(lost);
  expect(told).toEqual([lost]);
});
it('the error of the attempt is the one that counts, though nobody could be told of it', async () => {
  const lost = new Error('the answer was lost');
  const unreachable = (): Promise<void> => Promise.reject(new Error('nobody is there'));
  await expect(committedOrTold('the row', () => Promise.reject(lost), unreachable)).rejects.toBe(lost);
});
