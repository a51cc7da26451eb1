import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComputeResourcesInput } from '../../../core/placement/compute-environment-input.ts';
import { desiredVcpusOf, upkeepFleet } from '../../../core/placement/fleet-upkeep.ts';
import { SCALE_DOWN_DELAY_MS } from '../../../core/placement/fleet-rules.ts';
import { placeInFleet } from '../../../core/placement/fleet-capacity.ts';
import { giveShares, NO_FLEET, vcpusOfFleet } from '../../../core/placement/fleet.ts';
import { AT_MS, demand, fleetWith, placed, request, rulesOf, shown } from './a-fleet.ts';

const now = { atMs: AT_MS, isUsable: true };
const after = (ms: number) => ({ atMs: AT_MS + ms, isUsable: true });

/** Two m5.large that have been empty since AT_MS. */
function twoEmpty(resources: Partial<ComputeResourcesInput> = {}) {
  const rules = rulesOf(resources);
  const node = { demand: demand(1), alone: true } as const;
  const { fleet, shares } = placed(placeInFleet(rules, NO_FLEET, request([node, node])));
  return { rules, fleet: giveShares(fleet, shares, AT_MS) };
}

describe('the upkeep of simulated instances', () => {
  it.each([
    ['nothing', {}, []],
    ['minvCpus', { minvCpus: 3 }, ['m5.large 0/2', 'm5.large 0/2']],
    ['desiredvCpus', { desiredvCpus: 2 }, ['m5.large 0/2']],
    [
      'what maxvCpus allows',
      { minvCpus: 3, maxvCpus: 3, allocationStrategy: 'BEST_FIT' as const },
      ['m5.large 0/2'],
    ],
  ])('launches for %s: %j', (_what, resources, expected) => {
    expect(shown(upkeepFleet(rulesOf(resources), NO_FLEET, now).fleet)).toEqual(expected);
  });
  it('keeps the minimum of an environment that is switched off, and grows it for nobody', () => {
    const off = { atMs: AT_MS, isUsable: false };
    const rules = rulesOf({ minvCpus: 2, desiredvCpus: 8 });
    expect(shown(upkeepFleet(rules, NO_FLEET, off).fleet)).toEqual(['m5.large 0/2']);
  });
  it('lets what is empty leave after a while, and says when', () => {
    const { rules, fleet } = twoEmpty();
    expect(upkeepFleet(rules, fleet, now)).toEqual({ fleet, nextAtMs: AT_MS + SCALE_DOWN_DELAY_MS });
    expect(upkeepFleet(rules, fleet, after(SCALE_DOWN_DELAY_MS - 1)).fleet).toBe(fleet);
    expect(upkeepFleet(rules, fleet, after(SCALE_DOWN_DELAY_MS)).fleet.instances).toEqual([]);
  });
  it('keeps what is empty as long as its owner says', () => {
    const { rules, fleet } = twoEmpty({ scalingPolicy: { minScaleDownDelayMinutes: 20 } });
    expect(upkeepFleet(rules, fleet, after(20 * 60_000 - 1)).fleet).toBe(fleet);
    expect(upkeepFleet(rules, fleet, after(20 * 60_000)).fleet.instances).toEqual([]);
  });
  it('keeps the minimum, and what holds a job', () => {
    const { rules, fleet } = twoEmpty({ minvCpus: 2 });
    expect(shown(upkeepFleet(rules, fleet, after(SCALE_DOWN_DELAY_MS)).fleet)).toEqual(['m5.large 0/2']);
    const busy = fleetWith(rulesOf(), [demand(1)], fleet);
    expect(shown(upkeepFleet(rulesOf(), busy, after(SCALE_DOWN_DELAY_MS)).fleet)).toEqual(['m5.large 1/2']);
  });
  it('takes what is replaced out of the count, and lets it leave once it is empty', () => {
    const { rules, fleet } = twoEmpty();
    const busy = fleetWith(rules, [demand(1)], fleet);
    const leaving = {
      ...busy,
      instances: busy.instances.map((instance) => ({ ...instance, leaving: { byMs: AT_MS + 5 } })),
    };
    const { fleet: left, nextAtMs } = upkeepFleet(rules, leaving, now);
    expect(shown(left)).toEqual(['m5.large 1/2']);
    expect([vcpusOfFleet(left), nextAtMs]).toEqual([0, AT_MS + 5]);
    expect(placed(placeInFleet(rules, left, request([demand(1)]))).fleet.instances).toHaveLength(2);
  });
  it('drops the instances of a deleted environment that had the same name', () => {
    const { rules, fleet } = twoEmpty();
    const other = { ...rules, uuid: '99999999-8888-4777-8666-555555555555' };
    expect(upkeepFleet(other, fleet, now).fleet.instances).toEqual([]);
  });
  it.each([
    [{}, 4],
    [{ minvCpus: 6 }, 6],
    [{ maxvCpus: 3 }, 3],
  ])('shows with %j %i desired vCPUs for two instances of 2', (resources, expected) => {
    expect(desiredVcpusOf(rulesOf(resources), twoEmpty().fleet)).toBe(expected);
  });
  it('changes nothing more when it is repeated', () => {
    const resources = fc.record({
      minvCpus: fc.integer({ min: 0, max: 8 }),
      desiredvCpus: fc.integer({ min: 8, max: 16 }),
    });
    fc.assert(
      fc.property(resources, fc.nat({ max: 60_000 }), fc.boolean(), (given, ms, isUsable) => {
        const at = { atMs: AT_MS + ms, isUsable };
        const rules = rulesOf(given);
        const first = upkeepFleet(rules, twoEmpty().fleet, at).fleet;
        const settled = { ...rules, desiredVcpus: desiredVcpusOf(rules, first) ?? 0 };
        const second = upkeepFleet(settled, first, at).fleet;
        const third = upkeepFleet(
          { ...rules, desiredVcpus: desiredVcpusOf(rules, second) ?? 0 },
          second,
          at,
        ).fleet;
        expect(third).toBe(second);
        expect(vcpusOfFleet(second)).toBeGreaterThanOrEqual(given.minvCpus);
      }),
      { numRuns: 100 },
    );
  });
});
