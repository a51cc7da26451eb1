import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeShortage, shortagesOf } from '../../../core/placement/capacity.ts';
import type { ComputeResourcesInput } from '../../../core/placement/compute-environment-input.ts';
import { placeInFleet } from '../../../core/placement/fleet-capacity.ts';
import type { FleetVerdict } from '../../../core/placement/fleet-capacity.ts';
import type { Fleet, InstanceShare } from '../../../core/placement/fleet.ts';
import { giveShares, isEmpty, NO_FLEET, vcpusOfFleet } from '../../../core/placement/fleet.ts';
import { AT_MS, demand, fleetWith, placed, request, rulesOf, shown } from './a-fleet.ts';

const refusal = (verdict: FleetVerdict): readonly string[] => {
  if (verdict.fits) throw new Error('fits');
  const quality = verdict.never ? 'at most' : 'free';
  return [
    verdict.never ? 'never' : 'not now',
    ...verdict.lacks.map((lack) => describeShortage(lack, quality)),
  ];
};

describe('a placement on simulated instances', () => {
  it('launches an instance of a type that holds it, and fills it', () => {
    expect(shown(fleetWith(rulesOf(), [demand(1)]))).toEqual(['m5.large 1/2']);
    expect(shown(fleetWith(rulesOf(), [demand(1), demand(1), demand(1)]))).toEqual([
      'm5.large 2/2',
      'm5.large 1/2',
    ]);
    expect(shown(fleetWith(rulesOf(), [demand(3)]))).toEqual(['m5.xlarge 3/4']);
  });
  it('takes the instance with the least room that is enough', () => {
    const fleet = fleetWith(rulesOf(), [demand(3), demand(1, 8192)]);
    expect(shown(fleet)).toEqual(['m5.xlarge 4/4']);
    const two = fleetWith(rulesOf(), [demand(3), demand(2)]);
    expect(shown(fleetWith(rulesOf(), [demand(1)], two))).toEqual(['m5.xlarge 4/4', 'm5.large 2/2']);
  });
  it('chooses the type for all that waits, not only for the first', () => {
    const waiting = () => [demand(4)];
    const verdict = placed(placeInFleet(rulesOf(), NO_FLEET, request([demand(1)], { waiting })));
    expect(shown(verdict.fleet)).toEqual(['m5.xlarge 1/4']);
  });
  it('marks instances of the Spot market', () => {
    const spot = rulesOf({ type: 'SPOT', allocationStrategy: 'SPOT_CAPACITY_OPTIMIZED' });
    expect(fleetWith(spot, [demand(1)]).instances[0]).toMatchObject({ spot: true });
    expect(fleetWith(rulesOf(), [demand(1)]).instances[0]).not.toHaveProperty('spot');
  });
  it('gives every instance an id of its own, 32 hex digits long', () => {
    const ids = fleetWith(rulesOf(), [demand(2), demand(2), demand(2)]).instances.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  describe('of a multi-node job', () => {
    const node = { demand: demand(1), alone: true } as const;
    it('gives each node an instance to itself, also beside other jobs', () => {
      const before = fleetWith(rulesOf(), [demand(1)]);
      const { fleet, shares } = placed(placeInFleet(rulesOf(), before, request([node, node])));
      expect(shown(fleet)).toEqual(['m5.large 1/2', 'm5.large 1/2', 'm5.large 1/2']);
      expect(new Set(shares.map(({ instanceId }) => instanceId)).size).toBe(2);
      expect(shown(fleetWith(rulesOf(), [demand(1), demand(1)], fleet))).toEqual([
        'm5.large 2/2',
        'm5.large 1/2',
        'm5.large 1/2',
        'm5.large 1/2',
      ]);
    });
    it('places all of its nodes or none', () => {
      const rules = rulesOf({ maxvCpus: 4, allocationStrategy: 'BEST_FIT' });
      const before = fleetWith(rules, [demand(2)]);
      expect(refusal(placeInFleet(rules, before, request([node, node])))).toEqual([
        'not now',
        'compute environment ce may launch instances of 0 more vCPUs, and one of type m5.large has 2',
      ]);
      expect(refusal(placeInFleet(rules, before, request([node, node, node])))[0]).toBe('never');
    });
    it('insists on the type that it names', () => {
      const insisting = (instanceType: string) =>
        placeInFleet(rulesOf(), NO_FLEET, request([{ ...node, instanceType }]));
      expect(shown(placed(insisting('m5.xlarge')).fleet)).toEqual(['m5.xlarge 1/4']);
      expect(refusal(insisting('c5.large'))).toEqual([
        'never',
        'compute environment ce has no instance type c5.large',
      ]);
    });
    it('leaves the instances free for anybody when it ends', () => {
      const { fleet, shares } = placed(placeInFleet(rulesOf(), NO_FLEET, request([node])));
      const after = giveShares(fleet, shares, AT_MS);
      expect(shown(fleetWith(rulesOf(), [demand(1), demand(1)], after))).toEqual(['m5.large 2/2']);
    });
  });

  describe('within maxvCpus', () => {
    it.each([
      ['BEST_FIT', 'EC2', 3, ['m5.large 2/2']],
      ['BEST_FIT_PROGRESSIVE', 'EC2', 3, ['m5.large 2/2', 'm5.large 2/2']],
      ['BEST_FIT', 'SPOT', 3, ['m5.large 2/2', 'm5.large 2/2']],
      ['SPOT_CAPACITY_OPTIMIZED', 'SPOT', 2, ['m5.large 2/2']],
    ] as const)('%s on %s with at most %i has %j', (allocationStrategy, type, maxvCpus, expected) => {
      const rules = rulesOf({ allocationStrategy, type, maxvCpus, spotIamFleetRole: 'role' });
      let fleet = NO_FLEET;
      for (let verdict = placeInFleet(rules, fleet, request([demand(2)])); verdict.fits;) {
        fleet = verdict.fleet;
        verdict = placeInFleet(rules, fleet, request([demand(2)]));
      }
      expect(shown(fleet)).toEqual(expected);
    });
    it('replaces instances that hold nothing, unless their owner keeps them', () => {
      const kept = { scalingPolicy: { minScaleDownDelayMinutes: 20 } };
      const base = { maxvCpus: 4, allocationStrategy: 'BEST_FIT' } as const;
      const emptied = (resources: Partial<ComputeResourcesInput>): Fleet => {
        const verdict = placed(placeInFleet(rulesOf(resources), NO_FLEET, request([demand(1)])));
        return giveShares(verdict.fleet, verdict.shares, AT_MS);
      };
      const free = placeInFleet(rulesOf(base), emptied(base), request([demand(4)]));
      expect(shown(placed(free).fleet)).toEqual(['m5.xlarge 4/4']);
      const held = placeInFleet(rulesOf({ ...base, ...kept }), emptied(base), request([demand(4)]));
      expect(refusal(held)).toEqual([
        'not now',
        'the one instance of compute environment ce has 2 vCPUs free of 4 wanted',
        'compute environment ce may launch instances of 2 more vCPUs, and one of type m5.xlarge has 4',
      ]);
    });
  });

  describe('that does not fit says what lacks and by how much', () => {
    it.each([
      [
        'no type has the vCPUs',
        {},
        demand(5),
        [
          'never',
          'no instance type of compute environment ce is large enough: m5.xlarge has 4 vCPUs, 5 wanted',
        ],
      ],
      [
        'no type has the memory',
        {},
        demand(1, 20_000),
        [
          'never',
          'no instance type of compute environment ce is large enough: m5.xlarge has 16384 MiB of memory, 20000 wanted',
        ],
      ],
      [
        'no type has a GPU',
        {},
        demand(1, 1, 1),
        [
          'never',
          'no instance type of compute environment ce is large enough: m5.xlarge has 0 GPUs, 1 wanted',
        ],
      ],
      [
        'maxvCpus is below the smallest type that would do',
        { maxvCpus: 3, allocationStrategy: 'BEST_FIT' as const },
        demand(3),
        [
          'never',
          'compute environment ce may launch instances of 3 more vCPUs, and one of type m5.xlarge has 4',
        ],
      ],
    ])('when %s', (_when, resources, wanted, expected) => {
      expect(refusal(placeInFleet(rulesOf(resources), NO_FLEET, request([wanted])))).toEqual(expected);
    });
    it('when all instances are busy and there may be no more', () => {
      const rules = rulesOf({ maxvCpus: 4 });
      const fleet = fleetWith(rules, [demand(1), demand(2)]);
      expect(refusal(placeInFleet(rules, fleet, request([demand(2)])))).toEqual([
        'not now',
        'the roomiest of 2 instances of compute environment ce has 1 vCPUs free of 2 wanted',
        'compute environment ce may launch instances of 0 more vCPUs, and one of type m5.large has 2',
      ]);
    });
  });
});

const part = fc.record({
  demand: fc.record({
    vcpus: fc.integer({ min: 1, max: 20 }).map((quarters) => quarters / 4),
    memoryMiB: fc.integer({ min: 1, max: 18_000 }),
    gpus: fc.constant(0),
  }),
  alone: fc.constantFrom(undefined, true as const),
});
const job = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) =>
  // Only nodes come in several parts.
  parts.map(({ demand: wanted, alone }) => ({
    demand: wanted,
    ...(alone || parts.length > 1 ? { alone: true as const } : {}),
  })),
);

describe('whatever is placed and ends', () => {
  it('no instance holds more than it has, none is shared with a node, and maxvCpus is kept', () => {
    const history = fc.array(fc.tuple(job, fc.nat({ max: 2 })), { maxLength: 25 });
    const strategies = fc.constantFrom('BEST_FIT' as const, 'BEST_FIT_PROGRESSIVE' as const);
    fc.assert(
      fc.property(history, strategies, fc.integer({ min: 2, max: 12 }), (steps, strategy, maxvCpus) => {
        const rules = rulesOf({ allocationStrategy: strategy, maxvCpus });
        let fleet = NO_FLEET;
        const live: (readonly InstanceShare[])[] = [];
        for (const [parts, ends] of steps) {
          const verdict = placeInFleet(rules, fleet, request(parts));
          if (verdict.fits) {
            fleet = verdict.fleet;
            live.push(verdict.shares);
          } else expect(verdict.lacks.length).toBeGreaterThan(0);
          for (const shares of live.splice(0, ends)) fleet = giveShares(fleet, shares, AT_MS);
          for (const { id, used, total, tasks, reserved } of fleet.instances) {
            expect(shortagesOf(id, used, total)).toEqual([]);
            const holders = live.flat().filter(({ instanceId }) => instanceId === id);
            expect(tasks).toBe(holders.length);
            if (reserved) expect(tasks).toBe(1);
            else expect(holders.filter(({ alone }) => alone)).toEqual([]);
          }
          const over = vcpusOfFleet(fleet) - maxvCpus;
          expect(over).toBeLessThanOrEqual(strategy === 'BEST_FIT' ? 0 : 3);
        }
        for (const shares of live) fleet = giveShares(fleet, shares, AT_MS);
        expect(fleet.instances.every(isEmpty)).toBe(true);
        expect(fleet.instances.every(({ used }) => used.vcpus === 0 && used.memoryMiB === 0)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
  it('what does not fit now fits an environment that holds nothing', () => {
    fc.assert(
      fc.property(fc.array(job, { minLength: 1, maxLength: 12 }), (jobs) => {
        const rules = rulesOf({ maxvCpus: 6 });
        let fleet = NO_FLEET;
        for (const parts of jobs) {
          const verdict = placeInFleet(rules, fleet, request(parts));
          if (verdict.fits) fleet = verdict.fleet;
          else expect(placeInFleet(rules, NO_FLEET, request(parts)).fits).toBe(!verdict.never);
        }
      }),
      { numRuns: 100 },
    );
  });
});
