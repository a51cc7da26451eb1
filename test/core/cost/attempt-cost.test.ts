import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptCost } from '../../../core/cost/attempt-cost.ts';
import type { PricedPlace } from '../../../core/cost/attempt-cost.ts';
import { findInstanceType } from '../../../core/placement/instances/instance-types.ts';

const HOUR = 3_600;
const demand = (vcpus: number, memoryMiB: number, gpus = 0) => ({ vcpus, memoryMiB, gpus });

function onInstances(names: readonly string[], more: object = {}): PricedPlace {
  const types = names.map((name) => findInstanceType(name)!);
  return { kind: 'INSTANCES', types, isSpot: false, isAlone: false, ...more };
}

describe('what an attempt cost', () => {
  it.each([
    [
      'Fargate, by vCPU and memory',
      { kind: 'FARGATE', architecture: 'x86_64' },
      demand(1, 2_048),
      HOUR,
      0.04937,
    ],
    ['Fargate on ARM', { kind: 'FARGATE', architecture: 'arm64' }, demand(1, 2_048), HOUR, 0.0395],
    ['Fargate Spot', { kind: 'FARGATE_SPOT', architecture: 'x86_64' }, demand(1, 2_048), HOUR, 0.014811],
    ['a minute at least', { kind: 'FARGATE', architecture: 'x86_64' }, demand(1, 2_048), 5, 0.04937 / 60],
    [
      'disk beyond 20 GiB',
      { kind: 'FARGATE', architecture: 'x86_64', ephemeralGiB: 120 },
      demand(1, 2_048),
      HOUR,
      0.06047,
    ],
    ['half an instance by its vCPUs', onInstances(['m5.large']), demand(1, 1_024), HOUR, 0.048],
    ['three quarters by its memory', onInstances(['m5.large']), demand(0.5, 6_144), HOUR, 0.072],
    ['a quarter by its GPUs', onInstances(['g4dn.12xlarge']), demand(1, 1_024, 1), HOUR, 3.912 / 4],
    [
      'whole instances of nodes',
      onInstances(['m5.large', 'm5.large'], { isAlone: true }),
      demand(1, 1),
      HOUR,
      0.192,
    ],
    ['a machine of ours', { kind: 'OWN' }, demand(64, 65_536, 8), HOUR, 0],
  ] as const)('%s', (_name, place, held, seconds, usd) => {
    expect(attemptCost(place, held, seconds).usd).toBeCloseTo(usd, 6);
  });

  it('never falls while an attempt goes on, and never exceeds the whole machine', () => {
    const type = findInstanceType('m5.xlarge')!;
    const held = fc.record({
      vcpus: fc.integer({ min: 1, max: 64 }),
      memoryMiB: fc.integer({ min: 4, max: 99_999 }),
    });
    const seconds = fc.nat(100_000);
    fc.assert(
      fc.property(held, seconds, seconds, (taken, early, more) => {
        const at = (time: number): number =>
          attemptCost(onInstances(['m5.xlarge']), { ...taken, gpus: 0 }, time).usd;
        expect(at(early + more)).toBeGreaterThanOrEqual(at(early));
        expect(at(early)).toBeLessThanOrEqual((type.usdPerHour * early) / HOUR + 1e-9);
      }),
    );
  });

  it('says how it came about', () => {
    expect(attemptCost(onInstances(['m5.large'], { isSpot: true }), demand(1, 1), HOUR).basis).toBe(
      'its part of m5.large at the On-Demand price: Spot costs less',
    );
  });
});
