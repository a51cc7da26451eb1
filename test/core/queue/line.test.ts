import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobId } from '../../../core/ids.ts';
import { NO_USE } from '../../../core/queue/fair-share.ts';
import type { FairFront, ShareFront } from '../../../core/queue/line.ts';
import { fairLine, fifoLine } from '../../../core/queue/line.ts';
import type { FairsharePolicy } from '../../../core/queue/scheduling-policy.ts';

const demand = (vcpus: number) => ({ vcpus, memoryMiB: 0, gpus: 0 });

function aShare(name: string, jobs: number, given: Partial<ShareFront> = {}): ShareFront {
  const heads = Array.from({ length: jobs }, (_, n) => ({
    jobId: `${name}${n}` as JobId,
    demand: demand(1),
  }));
  return { shareIdentifier: name, use: NO_USE, heads, mayHaveMore: false, ...given };
}

function aFront(shares: readonly ShareFront[], policy: FairsharePolicy = {}, maxVcpus = 100): FairFront {
  return { policy, atMs: 0, activeShares: shares.length, maxVcpus, shares };
}

/** The jobs a line yields while `room` vCPUs last. */
function served(front: FairFront, room: number): string[] {
  const line = fairLine(front);
  const order: string[] = [];
  let left = room;
  for (let head = line.head(); head && head.demand.vcpus <= left; head = line.head()) {
    order.push(head.jobId);
    left -= head.demand.vcpus;
    line.advance(head.demand);
  }
  return order;
}

describe('a FIFO line', () => {
  it('yields its heads in order and says when others may stand behind', () => {
    const { heads } = aShare('j', 2);
    const line = fifoLine(heads, true);
    expect(line.head()?.jobId).toBe('j0');
    line.advance();
    expect(line.mayHaveMore()).toBe(false);
    line.advance(demand(1));
    expect(line.head()).toBeUndefined();
    expect(line.mayHaveMore()).toBe(true);
  });
});

describe('a fair line', () => {
  it('takes equal shares in turn', () => {
    expect(served(aFront([aShare('b', 3), aShare('a', 3)]), 4)).toEqual(['a0', 'b0', 'a1', 'b1']);
  });

  it('gives a share with an eighth of the weight eight times as much', () => {
    const policy = { shareDistribution: [{ shareIdentifier: 'light', weightFactor: 0.125 }] };
    const order = served(aFront([aShare('heavy', 50), aShare('light', 50)], policy), 18);
    expect(order.filter((job) => job.startsWith('light'))).toHaveLength(16);
  });

  it('lets a share that has used much wait for one that has not', () => {
    const used = { averageVcpus: 3, vcpus: 0, atMs: 0 };
    expect(served(aFront([aShare('a', 9, { use: used }), aShare('b', 9)]), 5)).toEqual([
      'b0',
      'b1',
      'b2',
      'a0',
      'b3',
    ]);
  });

  it('stops at a share whose known jobs are used up while it may have more', () => {
    const line = fairLine(aFront([aShare('a', 1, { mayHaveMore: true }), aShare('b', 5)]));
    line.advance(demand(1)); // a0
    line.advance(demand(2)); // b0
    expect(line.head()).toBeUndefined();
    expect(line.mayHaveMore()).toBe(true);
  });

  it('keeps the reserve for shares that are not active, but lets one job through', () => {
    const line = fairLine(aFront([aShare('a', 5)], { computeReservation: 90 }, 4));
    const [first, second] = aShare('a', 2).heads;
    expect(first && line.hindrance(first)).toBeUndefined();
    line.advance(demand(1));
    expect(second && line.hindrance(second)).toMatchObject({
      code: 'RESERVED_FOR_SHARES',
      reservedVcpus: 3.6,
    });
  });

  it('fills exactly what is not reserved', () => {
    const line = fairLine(aFront([aShare('a', 5)], { computeReservation: 50 }, 4));
    const [head] = aShare('a', 1).heads;
    line.advance(demand(1));
    expect(head && line.hindrance(head)).toBeUndefined();
    line.advance(demand(1));
    expect(head && line.hindrance(head)).toBeDefined();
  });
});

const fronts = fc
  .array(
    fc.record({
      jobs: fc.integer({ min: 0, max: 6 }),
      average: fc.double({ min: 0, max: 50, noNaN: true }),
      weight: fc.constantFrom(0.125, 0.5, 1, 4),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((shares) =>
    aFront(
      shares.map(({ jobs, average }, n) =>
        aShare(`s${n}x`, jobs, { use: { averageVcpus: average, vcpus: 0, atMs: 0 } }),
      ),
      {
        shareDistribution: shares.map(({ weight }, n) => ({
          shareIdentifier: `s${n}x`,
          weightFactor: weight,
        })),
      },
    ),
  );

describe('any fair line', () => {
  it('yields every job once, each share’s in its own order', () => {
    fc.assert(
      fc.property(fronts, (front) => {
        const order = served(front, Number.POSITIVE_INFINITY);
        for (const { shareIdentifier, heads } of front.shares) {
          const own = order.filter((job) => job.startsWith(shareIdentifier));
          expect(own).toEqual(heads.map(({ jobId }) => jobId));
        }
        expect(order).toHaveLength(front.shares.reduce((sum, { heads }) => sum + heads.length, 0));
      }),
    );
  });

  it('yields the same order however the shares are listed', () => {
    fc.assert(
      fc.property(fronts, (front) => {
        const reversed = { ...front, shares: front.shares.toReversed() };
        expect(served(reversed, 20)).toEqual(served(front, 20));
      }),
    );
  });
});
