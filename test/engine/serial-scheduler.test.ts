import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pass } from '../../engine/schedule.ts';
import { createSerialScheduler } from '../../engine/serial-scheduler.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const QUIET: Pass = { placed: 0, released: [], blocked: [], more: false, changedFleets: [] };

function aScheduler(passes: readonly Partial<Pass>[], reconsider = () => Promise.resolve()) {
  const seen: (readonly string[])[] = [];
  const errors: unknown[] = [];
  const scheduler = createSerialScheduler({
    pass: (ended) => {
      const pass = { ...QUIET, ...passes[seen.length] };
      seen.push(ended);
      return Promise.resolve(pass);
    },
    reconsider,
    nowMs: () => Date.now(),
    onError: (error) => errors.push(error),
  });
  return { scheduler, seen, errors };
}

describe('a serial scheduler', () => {
  it('folds wakes that come while a pass runs into the next', async () => {
    const { scheduler, seen } = aScheduler([]);
    scheduler.wake(['a']);
    scheduler.wake(['b']);
    await scheduler.idle();
    expect(seen).toEqual([['a', 'b']]);
  });

  it('passes again at the moment a pass named, and not before', async () => {
    const { scheduler, seen } = aScheduler([{ nextLookAtMs: Date.now() + 600_000 }]);
    scheduler.wake();
    await scheduler.idle();
    await vi.advanceTimersByTimeAsync(599_999);
    expect(seen).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await scheduler.idle();
    expect(seen).toHaveLength(2);
  });

  it('forgets an alarm that a later pass does not name any more', async () => {
    const { scheduler, seen } = aScheduler([{ nextLookAtMs: Date.now() + 1_000 }, {}]);
    scheduler.wake();
    await scheduler.idle();
    scheduler.wake();
    await scheduler.idle();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toHaveLength(2);
  });

  it('judges anew between two passes, and again until that has worked', async () => {
    const order: string[] = [];
    let failures = 1;
    const { scheduler, seen, errors } = aScheduler([], () => {
      order.push(`reconsidered after ${seen.length} passes`);
      return failures-- > 0 ? Promise.reject(new Error('no store')) : Promise.resolve();
    });
    scheduler.wake();
    await Promise.resolve();
    scheduler.reconsider();
    await vi.advanceTimersByTimeAsync(100);
    await scheduler.idle();
    expect(order).toEqual(['reconsidered after 1 passes', 'reconsidered after 1 passes']);
    expect(errors).toHaveLength(1);
    expect(seen).toHaveLength(2);
    scheduler.wake();
    await scheduler.idle();
    expect(order).toHaveLength(2);
  });

  it('stays stopped', async () => {
    const { scheduler, seen } = aScheduler([{ nextLookAtMs: Date.now() + 1_000 }]);
    scheduler.wake();
    await scheduler.idle();
    await scheduler.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    scheduler.wake();
    await scheduler.idle();
    expect(seen).toHaveLength(1);
  });
});
