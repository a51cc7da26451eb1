import { describe, expect, test } from 'vitest';
import { setImmediate as turn } from 'node:timers/promises';
import { ClosedError, createSlotPool } from '../../../adapters/process/slot-pool.ts';
import type { Acquired, SlotPool } from '../../../adapters/process/slot-pool.ts';
import type { GroupLimits } from '../../../adapters/process/slot-groups.ts';
import type { Slot } from '../../../adapters/process/slot.ts';

interface FakeSlot extends Slot {
  die(): void;
}

function aSlot(pid: number): FakeSlot {
  const { promise, resolve } = Promise.withResolvers<void>();
  let limitedTo: GroupLimits | undefined;
  return {
    pid,
    startTicks: 0,
    listener: undefined,
    limit(limits) {
      limitedTo = limits;
      return [];
    },
    isLimitedTo: ({ memoryMiB }) => limitedTo?.memoryMiB === memoryMiB,
    oomKillsBefore: () => 0,
    takeOomKills: () => 0,
    run: () => undefined,
    retire: () => resolve(),
    abandon: () => undefined,
    ended: promise,
    die: () => resolve(),
  };
}

const LIMITS = { memoryMiB: 1, vcpus: 1 };

function aPool(
  maxSlots: number,
  canOpen: () => boolean = () => true,
): { pool: SlotPool; opened: FakeSlot[]; take: (limits?: GroupLimits) => Promise<Slot> } {
  const opened: FakeSlot[] = [];
  const pool = createSlotPool({
    open() {
      if (!canOpen()) throw new Error('EAGAIN');
      const slot = aSlot(opened.length + 1);
      opened.push(slot);
      return slot;
    },
    maxSlots,
    idleMs: 60_000,
    onGone: () => undefined,
  });
  const take = (limits = LIMITS): Promise<Slot> =>
    new Promise((resolve, reject) => {
      pool.acquire(limits, (acquired: Acquired) =>
        acquired.ok ? resolve(acquired.slot) : reject(acquired.error),
      );
    });
  return { pool, opened, take };
}

describe('a slot pool', () => {
  test('opens slots up to its cap, then makes the next wait in order', async () => {
    const { pool, opened, take } = aPool(2);
    const [first] = await Promise.all([take(), take()]);
    const third = take();
    const fourth = take();
    await turn();
    expect(opened).toHaveLength(2);
    if (first) pool.release(first);
    expect(await third).toBe(first);
    if (first) pool.release(first);
    expect(await fourth).toBe(first);
  });

  test('prefers an idle slot that needs no new limits', async () => {
    const { pool, take } = aPool(2);
    const [small, large] = await Promise.all([take(), take()]);
    small?.limit({ memoryMiB: 1, vcpus: 1 });
    large?.limit({ memoryMiB: 2, vcpus: 1 });
    if (small) pool.release(small);
    if (large) pool.release(large);
    expect(await take({ memoryMiB: 1, vcpus: 1 })).toBe(small);
  });

  test('replaces a slot that died, for whoever waits', async () => {
    const { opened, take } = aPool(1);
    await take();
    const next = take();
    opened[0]?.die();
    expect((await next).pid).toBe(2);
  });

  test('does not hand out a slot that was dropped', async () => {
    const { pool, take } = aPool(1);
    const slot = await take();
    pool.drop(slot);
    pool.release(slot);
    expect((await take()).pid).toBe(2);
  });

  test('refuses only when no slot at all can be opened', async () => {
    let canOpen = true;
    const { pool, take } = aPool(5, () => canOpen);
    const slot = await take();
    canOpen = false;
    const waiting = take();
    await turn();
    pool.release(slot);
    expect(await waiting).toBe(slot);

    const { take: takeNone } = aPool(5, () => false);
    await expect(takeNone()).rejects.toThrow('no slot shell could be started');
  });

  test('lets those who wait know that it closes', async () => {
    const { pool, take } = aPool(1);
    await take();
    const waiting = take();
    const refused = expect(waiting).rejects.toBeInstanceOf(ClosedError);
    await pool.close();
    await refused;
    await expect(take()).rejects.toBeInstanceOf(ClosedError);
  });
});
