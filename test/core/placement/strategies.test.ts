import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerDemand } from '../../../core/job/spec.ts';
import { ALLOCATION_STRATEGIES } from '../../../core/placement/compute-environment.ts';
import { expandInstanceTypes, findInstanceType } from '../../../core/placement/instances/instance-types.ts';
import type { InstanceType } from '../../../core/placement/instances/instance-type.ts';
import { chooseInstances, instancesNeeded, perInstance } from '../../../core/placement/strategies.ts';
import type { InstanceRequest } from '../../../core/placement/strategies.ts';

const demand = (vcpus: number, memoryGiB = 1, gpus = 0): ContainerDemand => ({
  vcpus,
  memoryMiB: memoryGiB * 1024,
  gpus,
});
const namesOf = (request: InstanceRequest): readonly string[] =>
  chooseInstances(request).types.map((type) => type.name);
function type(name: string): InstanceType {
  const found = findInstanceType(name);
  if (!found) throw new Error(`${name} is not in the table`);
  return found;
}

const anyDemand = fc.record({
  vcpus: fc.constantFrom(0.25, 1, 2, 4, 16, 64, 500),
  memoryMiB: fc.constantFrom(512, 2048, 30_000, 500_000),
  gpus: fc.constantFrom(0, 0, 0, 1, 4),
});
const anyScores = fc.dictionary(
  fc.constantFrom('m5.large', 'm5.xlarge', 'c5.large', 'p3.2xlarge'),
  fc.integer({ min: 1, max: 10 }),
);
const anyRequest: fc.Arbitrary<InstanceRequest> = fc.record({
  strategy: fc.constantFrom(...ALLOCATION_STRATEGIES),
  instanceTypes: fc.uniqueArray(
    fc.constantFrom('m5', 'c5', 'r5', 'p3', 'g4dn', 'm5.large', 'c5.4xlarge', 'none'),
    {
      minLength: 1,
    },
  ),
  demands: fc.array(anyDemand, { maxLength: 8 }),
  market: fc.record({ capacityScore: anyScores.map((scores) => new Map(Object.entries(scores))) }),
});

describe('every strategy', () => {
  it('chooses only allowed types, each once, that hold at least one of the demands', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const allowed = new Set(expandInstanceTypes(request.instanceTypes).map(({ name }) => name));
        const { types } = chooseInstances(request);
        expect(new Set(types.map(({ name }) => name)).size).toBe(types.length);
        for (const chosen of types) {
          expect(allowed.has(chosen.name)).toBe(true);
          expect(request.demands.some((one) => perInstance(chosen, one) >= 1)).toBe(true);
        }
      }),
    );
  });
  it('finds a type for every demand that it does not call unplaceable, unless only one type is allowed', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const { types, unplaceable } = chooseInstances(request);
        const allowed = expandInstanceTypes(request.instanceTypes);
        for (const one of request.demands) {
          const fits = (candidates: readonly InstanceType[]) =>
            candidates.some((each) => perInstance(each, one) >= 1);
          expect(unplaceable.includes(one)).toBe(!fits(allowed));
          if (request.strategy !== 'BEST_FIT' && fits(allowed)) expect(fits(types)).toBe(true);
        }
      }),
    );
  });
  it('does not depend on the order of the demands', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(namesOf({ ...request, demands: request.demands.toReversed() })).toEqual(namesOf(request));
      }),
    );
  });
  it('puts types that hold more of the demands first', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const held = chooseInstances(request).types.map(
          (chosen) => request.demands.filter((one) => perInstance(chosen, one) >= 1).length,
        );
        expect(held).toEqual(held.toSorted((left, right) => right - left));
      }),
    );
  });
  it('chooses nothing for no demand', () => {
    for (const strategy of ALLOCATION_STRATEGIES) {
      expect(chooseInstances({ strategy, instanceTypes: ['m5'], demands: [] })).toEqual({
        types: [],
        unplaceable: [],
      });
    }
  });
});

describe('BEST_FIT', () => {
  const bestFit = (instanceTypes: readonly string[], ...demands: readonly ContainerDemand[]) =>
    namesOf({ strategy: 'BEST_FIT', instanceTypes, demands });

  it('chooses at most one type', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(namesOf({ ...request, strategy: 'BEST_FIT' }).length).toBeLessThanOrEqual(1);
      }),
    );
  });
  it.each([
    [[demand(1)], 'c5.large'],
    [[demand(1, 3)], 'c5.large'],
    [[demand(2, 12)], 'r5.large'],
    [[demand(4, 16)], 'm5.xlarge'],
    [[demand(1, 1, 1)], 'g4dn.xlarge'],
  ])('chooses the cheapest way to run %j: %s', (demands, expected) => {
    expect(bestFit(['c5', 'm5', 'r5', 'g4dn'], ...demands)).toEqual([expected]);
  });
  it('chooses one type that can run the largest job as well', () => {
    expect(bestFit(['m5'], demand(1), demand(48))).toEqual(['m5.12xlarge']);
  });
});

describe('BEST_FIT_PROGRESSIVE', () => {
  it('orders by the price of a vCPU', () => {
    fc.assert(
      fc.property(fc.array(anyDemand, { minLength: 1, maxLength: 1 }), (demands) => {
        const { types } = chooseInstances({
          strategy: 'BEST_FIT_PROGRESSIVE',
          instanceTypes: ['m5', 'c5', 'r5', 'p3'],
          demands,
        });
        const prices = types.map((each) => Math.round((each.usdPerHour / each.vcpus) * 1e4));
        expect(prices).toEqual(prices.toSorted((left, right) => left - right));
      }),
    );
  });
  it('prefers among sizes of one price the one that fits best, and bare metal last', () => {
    const types = namesOf({
      strategy: 'BEST_FIT_PROGRESSIVE',
      instanceTypes: ['m5'],
      demands: [demand(4, 8)],
    });
    expect(types[0]).toBe('m5.xlarge');
    expect(types.at(-1)).toBe('m5.metal');
    expect(types).not.toContain('m5.large');
  });
});

describe('BEST_FIT_PROGRESSIVE_ORDERED', () => {
  it("keeps the owner's order and skips what is too small", () => {
    const types = namesOf({
      strategy: 'BEST_FIT_PROGRESSIVE_ORDERED',
      instanceTypes: ['m7a.4xlarge', 'm5.large', 'm7a', 'm6a'],
      demands: [demand(4, 8)],
    });
    expect(types.slice(0, 2)).toEqual(['m7a.4xlarge', 'm7a.xlarge']);
    expect(types).not.toContain('m5.large');
    expect(types.findIndex((name) => name.startsWith('m6a'))).toBeGreaterThan(
      types.lastIndexOf('m7a.48xlarge'),
    );
  });
});

describe('the Spot strategies', () => {
  const instanceTypes = ['c5.large', 'm5.large', 'r5.large'];
  const demands = [demand(1)];
  const market = (scores: Readonly<Record<string, number>>) => ({
    capacityScore: new Map(Object.entries(scores)),
  });

  it.each([
    [
      'SPOT_CAPACITY_OPTIMIZED',
      { 'm5.large': 9, 'c5.large': 8, 'r5.large': 3 },
      ['m5.large', 'c5.large', 'r5.large'],
    ],
    [
      'SPOT_PRICE_CAPACITY_OPTIMIZED',
      { 'm5.large': 9, 'c5.large': 8, 'r5.large': 3 },
      ['c5.large', 'm5.large', 'r5.large'],
    ],
    [
      'SPOT_PRICE_CAPACITY_OPTIMIZED',
      { 'm5.large': 9, 'c5.large': 2, 'r5.large': 9 },
      ['m5.large', 'r5.large', 'c5.large'],
    ],
    [
      'SPOT_CAPACITY_OPTIMIZED_PRIORITIZED',
      { 'r5.large': 9, 'm5.large': 9, 'c5.large': 1 },
      ['m5.large', 'r5.large', 'c5.large'],
    ],
  ] as const)('%s weighs capacity %j', (strategy, scores, expected) => {
    expect(namesOf({ strategy, instanceTypes, demands, market: market(scores) })).toEqual(expected);
  });
  it('go by On-Demand price while nothing is known of the market', () => {
    expect(
      namesOf({ strategy: 'SPOT_CAPACITY_OPTIMIZED', instanceTypes: instanceTypes.toReversed(), demands }),
    ).toEqual(instanceTypes);
  });
  it('never pay more than the ceiling', () => {
    const usdPerHour = new Map([
      ['c5.large', 0.06],
      ['m5.large', 0.03],
      ['r5.large', 0.0631],
    ]);
    const request = {
      strategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED',
      instanceTypes,
      demands,
      market: { usdPerHour },
    } as const;
    expect(namesOf({ ...request, bidPercentage: 50 })).toEqual(['m5.large']);
    expect(namesOf({ ...request, bidPercentage: 51 })).toEqual(['m5.large', 'r5.large']);
    expect(namesOf(request)).toHaveLength(3);
  });
});

describe('instancesNeeded', () => {
  it.each([
    [[], 0],
    [[demand(1), demand(1)], 1],
    [[demand(1), demand(1), demand(1)], 2],
    [[demand(2, 8)], 1],
    [Array.from({ length: 10 }, () => demand(0.2, 0.5)), 1],
    [Array.from({ length: 10 }, () => demand(0.2, 1)), 2],
  ])('counts m5.large for %j', (demands, expected) => {
    expect(instancesNeeded(type('m5.large'), demands)).toBe(expected);
  });
  it('never counts fewer instances than the sums of the demands ask for', () => {
    fc.assert(
      fc.property(fc.array(anyDemand), (demands) => {
        const big = type('g4dn.metal');
        const held = demands.filter((one) => perInstance(big, one) >= 1);
        const vcpus = held.reduce((sum, one) => sum + one.vcpus, 0);
        expect(instancesNeeded(big, held) * big.vcpus).toBeGreaterThanOrEqual(vcpus - 1e-3);
      }),
    );
  });
});
