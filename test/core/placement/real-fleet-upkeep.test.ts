import { describe, expect, it } from 'vitest';
import type { FleetReport, Machinery } from '../../../core/placement/container-instance.ts';
import { NO_FLEET } from '../../../core/placement/fleet.ts';
import type { Fleet } from '../../../core/placement/fleet.ts';
import type { FleetTrouble } from '../../../core/placement/shortage.ts';
import { ARRIVAL_MS, upkeepRealFleet } from '../../../core/placement/real-fleet-upkeep.ts';
import { statusReasonText } from '../../../core/placement/waiting-reason.ts';
import { AT_MS, demand } from './a-fleet.ts';
import {
  jobs,
  machine,
  machinery,
  planFor,
  realRules,
  requests,
  shownReal,
  unmanagedRules,
  upkept,
  wished,
} from './a-real-fleet.ts';

const MINUTE = 60_000;
const rules = realRules({ instanceTypes: ['m5.large'] });
/** One m5.large that was asked for at AT_MS. */
const asked = (): Fleet => wished(planFor(rules, NO_FLEET, jobs(demand(2))));

function reportOn(
  fleet: Fleet,
  kind: FleetTrouble['kind'],
  atMs = AT_MS + MINUTE,
): Machinery & { report: FleetReport } {
  const requestIds = requests(fleet).map(({ id }) => id);
  return {
    instances: [],
    report: { atMs, requestIds, types: ['m5.large'], trouble: { kind, message: 'AWS said so' } },
  };
}

describe('a fleet of real machines, as time passes', () => {
  it('takes in machines that registered, each for a request, and learns what they have', () => {
    const fleet = upkept(rules, asked(), machinery(machine(1), machine(2)));
    expect(shownReal(fleet)).toEqual(['m5.large 0/2', 'm5.large 0/2']);
    expect(fleet.instances[0]).toMatchObject({ machineId: machine(1).machineId, emptySinceMs: AT_MS });
    expect(fleet.notes?.memoryMiB).toEqual({ 'm5.large': machine(1).total.memoryMiB });
    expect(upkept(rules, fleet, machinery(machine(1), machine(2)))).toBe(fleet);
  });
  it('leaves a request open for which another type has come', () => {
    const fleet = upkept(rules, asked(), machinery(machine(1, 'm5.xlarge')));
    expect(shownReal(fleet)).toEqual(['m5.large asked for', 'm5.xlarge 0/4']);
  });
  it('forgets machines that are gone, whatever they held', () => {
    const fleet = upkept(rules, asked(), machinery(machine(1)));
    const busy = {
      ...fleet,
      instances: fleet.instances.map((one) => ({ ...one, tasks: 1, used: demand(2) })),
    };
    expect(upkept(rules, busy, machinery()).instances).toEqual([]);
  });
  it('places nothing on a machine that is draining or out of reach, until its agent answers', () => {
    const fleet = upkept(rules, NO_FLEET, machinery(machine(1)));
    const placedWith = (more: Parameters<typeof machine>[2]): number =>
      planFor(rules, upkept(rules, fleet, machinery(machine(1, 'm5.large', more))), jobs(demand(1)))
        .placements.length;
    expect(placedWith({})).toBe(1);
    expect(placedWith({ isDraining: true })).toBe(0);
    expect(placedWith({ isConnected: false })).toBe(0);
    const away = upkept(rules, fleet, machinery(machine(1, 'm5.large', { isConnected: false })));
    expect(upkept(rules, away, machinery(machine(1)))).toEqual(fleet);
  });
  it('uses an owner’s machine again that is not drained any more', () => {
    const own = unmanagedRules();
    const drained = upkept(own, NO_FLEET, machinery(machine(1, 'm5.large', { isDraining: true })));
    expect(shownReal(drained)).toEqual(['m5.large 0/2 leaving']);
    expect(shownReal(upkept(own, drained, machinery(machine(1))))).toEqual(['m5.large 0/2']);
  });
  it('drops the requests of an earlier environment of the same name', () => {
    const other = { ...rules, uuid: '99999999-2222-4333-8444-555555555555' };
    expect(upkept(other, asked(), machinery()).instances).toEqual([]);
  });

  describe('asks for what its owner wants', () => {
    it.each([
      ['the minimum', { minvCpus: 3 }, 2],
      ['desiredvCpus', { desiredvCpus: 5 }, 3],
    ])('%s', (_what, resources, expected) => {
      const wanted = upkept(realRules({ instanceTypes: ['m5.large'], ...resources }), NO_FLEET, machinery());
      expect(requests(wanted)).toHaveLength(expected);
      expect(requests(wanted)[0]?.requested?.spare).toBe(true);
    });
    it('but only the minimum while it is switched off', () => {
      const raised = realRules({ minvCpus: 2, desiredvCpus: 8, instanceTypes: ['m5.large'] });
      const off = { atMs: AT_MS, isUsable: false, machinery: machinery() };
      expect(requests(upkeepRealFleet(raised, NO_FLEET, off).fleet)).toHaveLength(1);
    });
    it('and keeps asking while nobody waits', () => {
      const raised = realRules({ desiredvCpus: 2, instanceTypes: ['m5.large'] });
      const wanted = upkept(raised, NO_FLEET, machinery());
      expect(requests(wished(planFor(raised, wanted, []), wanted))).toHaveLength(1);
    });
    it('but not for a number that it once set itself', () => {
      const fell = realRules({ desiredvCpus: 8, instanceTypes: ['m5.large'] });
      const told = { ...NO_FLEET, notes: { memoryMiB: {}, scarce: [], desiredVcpus: 8 } };
      expect(upkept(fell, told, machinery()).instances).toEqual([]);
    });
  });

  describe('gives a request up', () => {
    const afterTrouble = (kind: FleetTrouble['kind']) => {
      const fleet = upkept(rules, asked(), reportOn(asked(), kind), AT_MS + MINUTE);
      return { fleet, plan: planFor(rules, fleet, jobs(demand(2)), { atMs: AT_MS + MINUTE }) };
    };
    it.each([
      [
        'capacity',
        'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type [m5.large]',
      ],
      [
        'configuration',
        'MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED - Your compute environment associated with this job queue has an unsupported instance type configuration.',
      ],
      [
        'permissions',
        'MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS – Batch service role has a permission issue.',
      ],
    ] as const)('for want of %s, and says so in AWS’s words', (kind, text) => {
      const { fleet, plan } = afterTrouble(kind);
      expect(requests(fleet)).toEqual([]);
      expect(requests(wished(plan, fleet))).toEqual([]);
      const [block] = plan.blocked;
      expect(block && statusReasonText(block.reason)).toBe(text);
      expect(block?.reason.message).toContain('gets no instance of type m5.large: AWS said so');
    });
    it('once for each report, and asks again after a while, later each time', () => {
      const { fleet } = afterTrouble('capacity');
      const report = reportOn(asked(), 'capacity');
      expect(upkept(rules, fleet, report, AT_MS + MINUTE)).toBe(fleet);
      const untilMs = fleet.notes?.scarce[0]?.untilMs ?? 0;
      expect(untilMs - (AT_MS + MINUTE)).toBe(2 * MINUTE);
      const again = wished(planFor(rules, fleet, jobs(demand(2)), { atMs: untilMs }), fleet);
      expect(requests(again)).toHaveLength(1);
      const second = upkept(rules, again, reportOn(again, 'capacity', untilMs + 1), untilMs + 1);
      expect((second.notes?.scarce[0]?.untilMs ?? 0) - untilMs - 1).toBe(4 * MINUTE);
      expect(upkept(rules, second, machinery(machine(1)), untilMs + 2).notes?.scarce).toEqual([]);
    });
    it('and tries another size meanwhile', () => {
      const two = realRules();
      const first = wished(planFor(two, NO_FLEET, jobs(demand(2))));
      const told = upkept(two, first, reportOn(first, 'capacity'), AT_MS + MINUTE);
      const plan = planFor(two, told, jobs(demand(2)), { atMs: AT_MS + MINUTE });
      expect(shownReal(wished(plan, told))).toEqual(['m5.xlarge asked for']);
    });
    it('when its machine has not joined in time', () => {
      expect(requests(upkept(rules, asked(), machinery(), AT_MS + ARRIVAL_MS - 1))).toHaveLength(1);
      const late = upkept(rules, asked(), machinery(), AT_MS + ARRIVAL_MS);
      const plan = planFor(rules, late, jobs(demand(2)), { atMs: AT_MS + ARRIVAL_MS });
      expect(requests(wished(plan, late))).toEqual([]);
      const [block] = plan.blocked;
      expect(block && statusReasonText(block.reason)).toContain('UNDETERMINED');
    });
  });

  describe('during an infrastructure update', () => {
    const replacement = { generation: 'new', byMs: AT_MS + 30 * MINUTE };
    it('lets machines of another generation leave with what they hold, and asks anew', () => {
      const before = upkept(rules, asked(), machinery(machine(1, 'm5.large', { generation: 'old' })));
      const more = { ...before, instances: [...before.instances, ...requests(asked())] };
      const instances = [
        machine(1, 'm5.large', { generation: 'old' }),
        machine(2, 'm5.large', { generation: 'new' }),
      ];
      const fleet = upkept(rules, more, { instances, replacement });
      expect(shownReal(fleet)).toEqual(['m5.large 0/2 leaving', 'm5.large 0/2']);
      expect(fleet.instances[0]?.leaving).toEqual({ byMs: replacement.byMs });
      const wish = wished(planFor(rules, fleet, jobs(demand(2), demand(2))), fleet);
      expect(shownReal(upkept(rules, wish, { instances, replacement })).at(-1)).toBe('m5.large asked for');
    });
    it('does not count the old ones against the maximum', () => {
      const small = realRules({ instanceTypes: ['m5.large'], maxvCpus: 2, allocationStrategy: 'BEST_FIT' });
      const before = upkept(small, NO_FLEET, machinery(machine(1)));
      const fleet = upkept(small, before, { instances: [machine(1)], replacement });
      const wish = wished(planFor(small, fleet, jobs(demand(2))), fleet);
      expect(shownReal(wish)).toEqual(['m5.large 0/2 leaving', 'm5.large asked for']);
    });
  });

  it('says when it is to be looked at again', () => {
    const at = { atMs: AT_MS, isUsable: true, machinery: machinery() };
    expect(upkeepRealFleet(rules, asked(), at).nextAtMs).toBe(AT_MS + ARRIVAL_MS);
    const idle = { ...at, machinery: machinery(machine(1)) };
    expect(upkeepRealFleet(rules, asked(), idle).nextAtMs).toBe(AT_MS + rules.scaleDownDelayMs);
  });
});
