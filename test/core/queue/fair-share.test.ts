import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShareUse } from '../../../core/queue/fair-share.ts';
import {
  NO_USE,
  reservedVcpus,
  timeConstantMs,
  usedVcpuSeconds,
  useAt,
  weightedUse,
  weightsOf,
  withVcpus,
} from '../../../core/queue/fair-share.ts';

const CONSTANT = timeConstantMs({});

describe('the window', () => {
  it.each([
    ['not given', {}, 200_000],
    ['0', { shareDecaySeconds: 0 }, 200_000],
    ['an hour', { shareDecaySeconds: 3_600 }, 1_200_000],
  ])('%s gives its third as time constant', (_, policy, expected) => {
    expect(timeConstantMs(policy)).toBe(expected);
  });

  it('leaves a twentieth of what was used one window ago', () => {
    const use = { averageVcpus: 10, vcpus: 0, atMs: 0 };
    expect(useAt(use, 600_000, CONSTANT).averageVcpus).toBeCloseTo(0.5, 1);
  });
});

const steps = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 900_000 }), vcpus: fc.constantFrom(0.25, 1, 2, 16) }),
  {
    minLength: 1,
    maxLength: 20,
  },
);

describe('a share’s use', () => {
  it('does not depend on how often it is brought up to date', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 50 }), (history, looks) => {
        let seldom: ShareUse = NO_USE;
        let often: ShareUse = NO_USE;
        let atMs = 0;
        for (const { afterMs, vcpus } of history) {
          for (let look = 1; look <= looks; look += 1) {
            often = useAt(often, atMs + (afterMs * look) / looks, CONSTANT);
          }
          atMs += afterMs;
          seldom = withVcpus(seldom, vcpus, atMs, CONSTANT);
          often = withVcpus(often, vcpus, atMs, CONSTANT);
        }
        expect(often.averageVcpus).toBeCloseTo(seldom.averageVcpus, 6);
        expect(often.vcpus).toBe(seldom.vcpus);
      }),
    );
  });

  it('never exceeds the most that was held, and holds nothing when all is given back', () => {
    fc.assert(
      fc.property(steps, (history) => {
        let use: ShareUse = NO_USE;
        let most = 0;
        let atMs = 0;
        for (const { afterMs, vcpus } of history) {
          atMs += afterMs;
          use = withVcpus(use, vcpus, atMs, CONSTANT);
          most = Math.max(most, use.vcpus);
          expect(use.averageVcpus).toBeGreaterThanOrEqual(0);
          expect(use.averageVcpus).toBeLessThanOrEqual(most);
        }
        for (const { vcpus } of history) use = withVcpus(use, -vcpus, atMs, CONSTANT);
        expect(use.vcpus).toBe(0);
      }),
    );
  });

  it('is told in vCPU-seconds', () => {
    const use = withVcpus(NO_USE, 4, 1_000, CONSTANT);
    // A long time: the average is what is held, over the time constant of 200 s.
    expect(usedVcpuSeconds(use, 100_000_000, CONSTANT)).toBeCloseTo(800, 3);
    expect(usedVcpuSeconds(use, 2_000, CONSTANT)).toBeCloseTo(4, 1);
  });

  it('stays as it is when the clock goes back', () => {
    const use = { averageVcpus: 3, vcpus: 1, atMs: 5_000 };
    expect(useAt(use, 4_000, CONSTANT)).toBe(use);
  });

  it('counts less with a lower weight', () => {
    const use = { averageVcpus: 4, vcpus: 4, atMs: 0 };
    expect(weightedUse(use, 0.125)).toBe(1);
    expect(weightedUse(use, 1)).toBe(8);
  });
});

describe('weights', () => {
  const weightOf = weightsOf({
    shareDistribution: [
      { shareIdentifier: 'team*', weightFactor: 0.5 },
      { shareIdentifier: 'Solo', weightFactor: 4 },
      { shareIdentifier: 'plain' },
    ],
  });
  it.each([
    ['teamA', 0.5],
    ['team', 0.5],
    ['Solo', 4],
    ['Solo2', 1],
    ['plain', 1],
    ['unknown', 1],
  ])('of %s is %d', (share, weight) => {
    expect(weightOf(share)).toBe(weight);
  });
});

describe('the reserve', () => {
  it.each([
    [50, 1, 100, 50],
    [50, 2, 100, 25],
    [50, 3, 100, 12.5],
    [50, 0, 100, 50],
    [0, 1, 100, 0],
    [50, 1, Number.POSITIVE_INFINITY, 0],
  ])('of %d %% with %d active shares is of %d vCPUs %d', (percent, active, max, expected) => {
    expect(reservedVcpus({ computeReservation: percent }, active, max)).toBe(expected);
  });
});
