// A fleet of real machines through random histories: jobs come and end, machines are launched, join, fall silent and die, all as
// AWS would have it and in any order. What must hold after every step is checked after every step.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JobId } from '../../../core/ids.ts';
import type { Capacity } from '../../../core/placement/capacity.ts';
import type { ContainerInstance } from '../../../core/placement/container-instance.ts';
import type { Fleet, InstanceShare } from '../../../core/placement/fleet.ts';
import { giveShares, NO_FLEET, takeShares, vcpusTowardMax } from '../../../core/placement/fleet.ts';
import { findInstanceType } from '../../../core/placement/instances/instance-types.ts';
import type { MachineGroup } from '../../../core/placement/machine-steps.ts';
import { stepsToward } from '../../../core/placement/machine-steps.ts';
import { AT_MS, demand } from './a-fleet.ts';
import { machine, machinery, planFor, realRules, upkept, wished } from './a-real-fleet.ts';

type Step =
  | { readonly kind: 'submit'; readonly demand: Capacity }
  | { readonly kind: 'launch' | 'join' | 'die' | 'warn' | 'end'; readonly pick: number }
  | { readonly kind: 'pass' | 'follow' | 'wait' };

const pick = fc.nat(4);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      demand: fc.constantFrom(demand(1), demand(2, 3_000), demand(3, 9_000), demand(4)),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'launch' as const,
        'join' as const,
        'die' as const,
        'warn' as const,
        'end' as const,
      ),
      pick,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('pass' as const, 'pass' as const, 'follow' as const, 'wait' as const),
    }),
  },
);

interface Running {
  readonly jobId: JobId;
  readonly shares: readonly InstanceShare[];
}

/** AWS and the scheduler's memory together. */
class World {
  fleet: Fleet = NO_FLEET;
  atMs = AT_MS;
  group: MachineGroup = { desired: 0, types: [], machines: [], failures: [] };
  joined: ContainerInstance[] = [];
  waiting: { jobId: JobId; demand: Capacity }[] = [];
  running: Running[] = [];
  #count = 0;
  readonly rules = realRules({ instanceTypes: ['m5.large', 'm5.xlarge', 'c5.large'], maxvCpus: 10 });

  take(next: Step): void {
    switch (next.kind) {
      case 'submit':
        this.waiting.push({ jobId: `job-${(this.#count += 1)}` as JobId, demand: next.demand }); // any text identifies a job here
        return;
      case 'wait':
        this.atMs += 60_000;
        return;
      case 'launch':
        this.#launch(next.pick);
        return;
      case 'join':
        this.#join(next.pick);
        return;
      case 'die':
        this.#die(this.joined[next.pick]?.machineId);
        return;
      case 'warn':
        // Spot is about to take it back: what runs on it goes on for a while.
        this.joined = this.joined.map((one, at) => (at === next.pick ? { ...one, isDraining: true } : one));
        return;
      case 'end': {
        const [ended] = this.running.splice(next.pick, 1);
        if (ended) this.fleet = giveShares(this.fleet, ended.shares, this.atMs);
        return;
      }
      case 'pass':
        this.#pass();
        return;
      case 'follow':
        this.#follow();
    }
  }

  #launch(choice: number): void {
    const { machines, desired, types } = this.group;
    const type = types[choice % Math.max(1, types.length)];
    if (machines.length >= desired || type === undefined) return;
    const { machineId } = machine((this.#count += 1), type);
    this.group = { ...this.group, machines: [...machines, { machineId, type }] };
  }

  #join(choice: number): void {
    const here = new Set(this.joined.map(({ machineId }) => machineId));
    const coming = this.group.machines.filter(({ machineId }) => !here.has(machineId));
    const next = coming[choice % Math.max(1, coming.length)];
    if (next)
      this.joined.push(
        machine(Number.parseInt(next.machineId.slice(2), 16), next.type, { registeredAtMs: this.atMs }),
      );
  }

  #die(machineId: string | undefined): void {
    this.joined = this.joined.filter((one) => one.machineId !== machineId);
    this.group = {
      ...this.group,
      machines: this.group.machines.filter((one) => one.machineId !== machineId),
    };
  }

  #pass(): void {
    const now = upkept(this.rules, this.fleet, machinery(...this.joined), this.atMs);
    const plan = planFor(this.rules, now, this.waiting, { atMs: this.atMs });
    this.fleet = wished(plan, now);
    const here = new Set(this.joined.map(({ id }) => id));
    for (const { jobId, instances = [] } of plan.placements) {
      for (const { instanceId } of instances) {
        expect(here.has(instanceId), 'a job is placed on a machine that is registered').toBe(true);
        expect(
          this.fleet.instances.find(({ id }) => id === instanceId)?.leaving,
          'and stays',
        ).toBeUndefined();
      }
      this.fleet = takeShares(this.fleet, instances);
      this.running.push({ jobId, shares: instances });
    }
    const settled = new Set([...plan.placements, ...plan.unplaceable].map(({ jobId }) => jobId));
    this.waiting = this.waiting.filter(({ jobId }) => !settled.has(jobId));
  }

  #follow(): void {
    const known = new Set(this.joined.map(({ machineId }) => machineId));
    const { resize, retire } = stepsToward(this.fleet, this.group, known, {
      atMs: this.atMs,
      maxVcpus: this.rules.maxVcpus,
    });
    if (resize) {
      expect(resize.desired, 'no machine is ended by its group').toBeGreaterThanOrEqual(
        this.group.machines.length,
      );
      this.group = { ...this.group, ...resize };
    }
    for (const { machineId, id } of retire) {
      const holders = this.running.filter(({ shares }) => shares.some(({ instanceId }) => instanceId === id));
      expect(holders, 'a machine that is ended holds no job').toEqual([]);
      this.#die(machineId);
      this.group = { ...this.group, desired: this.group.desired - 1 };
    }
  }

  check(): void {
    const newest = this.fleet.instances.findLast(({ requested }) => requested);
    // What AWS launched before it was told otherwise is there; nothing more is asked for beside it.
    if (newest) {
      const others = vcpusTowardMax(this.fleet) - newest.total.vcpus;
      expect(others, 'maxvCpus is exceeded by one machine at most').toBeLessThan(this.rules.maxVcpus);
    }
    for (const { id, total, used, tasks, requested } of this.fleet.instances) {
      expect(used.vcpus).toBeLessThanOrEqual(total.vcpus);
      expect(used.memoryMiB).toBeLessThanOrEqual(total.memoryMiB);
      const held = this.running.filter(({ shares }) => shares.some(({ instanceId }) => instanceId === id));
      expect(tasks, 'a machine holds what was placed on it').toBe(held.length);
      if (!requested) continue;
      expect(tasks).toBe(0);
      const sizes = requested.types.map((name) => findInstanceType(name)?.vcpus);
      expect(new Set(sizes), 'a request is for one size').toEqual(new Set([total.vcpus]));
    }
  }
}

it('keeps its maximum, places on what is registered and ends only what is empty, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 90 }), (steps) => {
      const world = new World();
      for (const next of steps) {
        world.take(next);
        world.check();
      }
    }),
    { numRuns: 120 },
  );
});

it('places every job in the end, when AWS gives what is asked for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(demand(1), demand(2, 3_000), demand(3, 9_000), demand(4)), {
        minLength: 1,
        maxLength: 12,
      }),
      (demands) => {
        const world = new World();
        for (const one of demands) world.take({ kind: 'submit', demand: one });
        for (let round = 0; round < 200 && world.waiting.length > 0; round += 1) {
          for (const kind of ['pass', 'follow'] as const) world.take({ kind });
          for (const kind of ['launch', 'join', 'join', 'end'] as const) world.take({ kind, pick: round });
          world.take({ kind: 'end', pick: 0 });
          world.take({ kind: 'wait' });
          world.check();
        }
        expect(world.waiting).toEqual([]);
      },
    ),
    { numRuns: 100 },
  );
});
