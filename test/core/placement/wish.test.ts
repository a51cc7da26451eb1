import { describe, expect, it } from 'vitest';
import { NO_FLEET } from '../../../core/placement/fleet.ts';
import { REAL_SCALE_DOWN_DELAY_MS } from '../../../core/placement/fleet-rules.ts';
import type { Candidate } from '../../../core/queue/line.ts';
import { AT_MS, demand } from './a-fleet.ts';
import {
  CE,
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

/** Two m5.large that are registered and hold nothing. */
const twoLarge = (rules = realRules()) => upkept(rules, NO_FLEET, machinery(machine(1), machine(2)));
const later = AT_MS + REAL_SCALE_DOWN_DELAY_MS;

describe('a plan over real machines', () => {
  it('places on registered machines only, and asks for what is missing', () => {
    const plan = planFor(realRules(), NO_FLEET, jobs(demand(2)));
    expect(plan.placements).toEqual([]);
    expect(shownReal(wished(plan))).toEqual(['m5.large asked for']);
    const again = planFor(realRules(), wished(plan), jobs(demand(2)));
    expect(again.placements).toEqual([]);
    expect(shownReal(wished(again))).toEqual(['m5.large asked for']);
  });
  it('places on a machine once it has joined, with its id and type', () => {
    const fleet = upkept(
      realRules(),
      wished(planFor(realRules(), NO_FLEET, jobs(demand(2)))),
      machinery(machine(7)),
    );
    expect(shownReal(fleet)).toEqual(['m5.large 0/2']);
    const plan = planFor(realRules(), fleet, jobs(demand(2)));
    expect(plan.placements).toMatchObject([
      { jobId: 'job-0', instanceIds: [machine(7).id], instanceTypes: ['m5.large'] },
    ]);
    expect(requests(wished(plan))).toEqual([]);
  });
  it('asks for machines for all that waits, up to maxvCpus', () => {
    const plan = planFor(realRules(), NO_FLEET, jobs(...Array.from({ length: 30 }, () => demand(2))));
    expect(wished(plan).instances.reduce((sum, { total }) => sum + total.vcpus, 0)).toBe(16);
  });
  it('asks on behalf of those, too, that were only counted', () => {
    const rules = realRules({ maxvCpus: 1_000 });
    const few = planFor(rules, NO_FLEET, jobs(demand(2)), { mayHaveMore: true });
    expect(requests(wished(few))).toHaveLength(1);
    const all = planFor(rules, NO_FLEET, jobs(demand(2)), { mayHaveMore: true, behind: 299 });
    expect(requests(wished(all)).reduce((sum, { total }) => sum + total.vcpus, 0)).toBe(600);
    expect(wished(all).notes?.countedAtMs).toBe(AT_MS);
  });
  it('counts several jobs on one machine that is asked for', () => {
    const plan = planFor(realRules(), NO_FLEET, jobs(demand(1), demand(1), demand(1)));
    expect(shownReal(wished(plan))).toEqual(['m5.large asked for', 'm5.large asked for']);
  });
  it('lets AWS choose among the types of one size that hold the job', () => {
    const rules = realRules({ instanceTypes: ['m5', 'c5', 'r5'] });
    const [small] = requests(wished(planFor(rules, NO_FLEET, jobs(demand(2, 1_000)))));
    expect(small?.requested?.types.toSorted()).toEqual(['c5.large', 'm5.large', 'r5.large']);
    const two = realRules({ instanceTypes: ['m5.large', 'r5.large'] });
    const [large] = requests(wished(planFor(two, NO_FLEET, jobs(demand(2, 12_000)))));
    expect(large?.requested?.types).toEqual(['r5.large']);
  });
  it('gives one list to all requests for a size, of types that hold what any of them shall have', () => {
    const rules = realRules({ instanceTypes: ['m5.large', 'c5.large'] });
    const typesOf = (...memory: readonly number[]) =>
      requests(wished(planFor(rules, NO_FLEET, jobs(...memory.map((mib) => demand(1, mib)))))).map(
        ({ requested }) => requested?.types,
      );
    expect(typesOf(3_000)).toEqual([['c5.large', 'm5.large']]);
    expect(typesOf(3_000, 5_000)).toEqual([['m5.large'], ['m5.large']]);
  });
  it('asks for the one type that BEST_FIT means', () => {
    const rules = realRules({ instanceTypes: ['m5', 'c5', 'r5'], allocationStrategy: 'BEST_FIT' });
    const [asked] = requests(wished(planFor(rules, NO_FLEET, jobs(demand(2, 1_000)))));
    expect(asked?.requested?.types).toHaveLength(1);
  });
  it('expects less memory than a type is sold with, and believes what a machine says', () => {
    const rules = realRules({ instanceTypes: ['m5'] });
    expect(shownReal(wished(planFor(rules, NO_FLEET, jobs(demand(1, 8_100)))))).toEqual([
      'm5.xlarge asked for',
    ]);
    const only = realRules({ instanceTypes: ['m5.large'] });
    // Only the machine itself can tell whether that much is left: one is tried.
    const tried = wished(planFor(only, NO_FLEET, jobs(demand(1, 8_100))));
    expect(shownReal(tried)).toEqual(['m5.large asked for']);
    const told = planFor(only, upkept(only, tried, machinery(machine(1))), jobs(demand(1, 8_100)));
    expect(told.unplaceable).toMatchObject([{ jobId: 'job-0', reason: { code: 'NEVER_FITS' } }]);
  });
  it('lets go of requests when nobody waits any more, but not while others may stand behind', () => {
    const asked = wished(planFor(realRules(), NO_FLEET, jobs(demand(2), demand(2))));
    expect(requests(wished(planFor(realRules(), asked, jobs(demand(2)))))).toHaveLength(2);
    expect(requests(wished(planFor(realRules(), asked, [])))).toEqual([]);
  });
  it('asks for nothing for a job that waits for something else than room', () => {
    const [job] = jobs(demand(2));
    const waiting: Candidate = { ...(job as Candidate), consumables: [{ arn: 'arn:licence', quantity: 1 }] };
    expect(requests(wished(planFor(realRules(), NO_FLEET, [waiting])))).toEqual([]);
  });

  describe('when machines are idle', () => {
    it('tells those to leave that were empty for long enough, and keeps the minimum', () => {
      const early = planFor(realRules(), twoLarge(), [], { atMs: later - 1 });
      expect(shownReal(wished(early))).toEqual(['m5.large 0/2', 'm5.large 0/2']);
      const late = planFor(realRules(), twoLarge(), [], { atMs: later });
      expect(shownReal(wished(late))).toEqual(['m5.large 0/2 leaving', 'm5.large 0/2 leaving']);
      const kept = realRules({ minvCpus: 2 });
      expect(shownReal(wished(planFor(kept, twoLarge(kept), [], { atMs: later })))).toEqual([
        'm5.large 0/2 leaving',
        'm5.large 0/2',
      ]);
    });
    it('keeps a machine that a waiting job will have, however long it has been empty', () => {
      const node = { demand: demand(2), alone: true } as const;
      const [whole] = jobs(demand(6));
      const cluster: Candidate = { ...(whole as Candidate), isMultiNode: true, nodes: [node, node, node] };
      const plan = planFor(realRules(), twoLarge(), [cluster], { atMs: later });
      expect(plan.placements).toEqual([]);
      expect(shownReal(wished(plan, twoLarge()))).toEqual([
        'm5.large 0/2',
        'm5.large 0/2',
        'm5.large asked for',
      ]);
    });
    it('places nothing on a machine that was told to leave', () => {
      const leaving = wished(planFor(realRules(), twoLarge(), [], { atMs: later }));
      const plan = planFor(realRules(), leaving, jobs(demand(1)), { atMs: later });
      expect(plan.placements).toEqual([]);
      expect(shownReal(wished(plan)).at(-1)).toBe('m5.large asked for');
    });
    it('lets empty machines make way for a type that is needed, and asks once they are gone', () => {
      const rules = realRules({ maxvCpus: 4, allocationStrategy: 'BEST_FIT' });
      const plan = planFor(rules, twoLarge(rules), jobs(demand(4)));
      expect(shownReal(wished(plan))).toEqual(['m5.large 0/2 leaving', 'm5.large 0/2 leaving']);
      const gone = upkept(rules, wished(plan), machinery());
      expect(shownReal(wished(planFor(rules, gone, jobs(demand(4)))))).toEqual(['m5.xlarge asked for']);
    });
  });

  describe('says why a job waits', () => {
    const reasonOf = (plan: ReturnType<typeof planFor>): string => plan.blocked[0]?.reason.message ?? '';
    it('for machines that were asked for', () => {
      const asked = wished(planFor(realRules(), NO_FLEET, jobs(demand(2))));
      expect(reasonOf(planFor(realRules(), asked, jobs(demand(2))))).toBe(
        'waits for room: compute environment ce has asked for one instance, which has not joined yet',
      );
    });
    it('for an environment at its maximum', () => {
      const rules = realRules({ maxvCpus: 2, allocationStrategy: 'BEST_FIT' });
      const full = planFor(rules, upkept(rules, NO_FLEET, machinery(machine(1))), jobs(demand(1), demand(2)));
      expect(full.placements).toHaveLength(1);
      expect(reasonOf(full)).toContain('1 vCPUs free of 2 wanted');
    });
    it('for an owner who has registered nothing yet, and never says never', () => {
      const plan = planFor(unmanagedRules(), NO_FLEET, jobs(demand(500)));
      expect(plan.unplaceable).toEqual([]);
      expect(reasonOf(plan)).toBe('waits for room: no instance has joined compute environment ce');
    });
  });

  it('never asks for, nor ends, what an owner registers', () => {
    const rules = unmanagedRules();
    const fleet = upkept(rules, NO_FLEET, machinery(machine(1)), AT_MS);
    const plan = planFor(rules, fleet, jobs(demand(1), demand(4)), { atMs: later * 2 });
    expect(plan.placements).toMatchObject([{ ceArn: CE, instanceIds: [machine(1).id] }]);
    expect(shownReal(wished(plan))).toEqual(['m5.large 0/2']);
    expect(upkept(rules, fleet, machinery(), later)).toMatchObject({ instances: [] });
  });
});
