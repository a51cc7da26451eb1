// What must hold of machines, whatever happens: a fleet's books are the sum of its placements, none holds more than it has, no
// machine is ended under what runs on it, and when nothing is left to run, none is left running.
import { placementIdOf } from '../../../engine/store/ledger.ts';
import { realFleetRulesOf } from '../../../core/placement/fleet-rules.ts';
import type { ComputeEnvironmentArn } from '../../../core/ids.ts';
import type { ComputeEnvironment } from '../../../core/placement/compute-environment.ts';
import type { Fleet, FleetInstance } from '../../../core/placement/fleet.ts';
import type { InstanceType } from '../../../core/placement/instances/instance-type.ts';
import type { Job } from '../../../core/job/job.ts';
import type { Commit } from '../committed-rows.ts';
import type { Watched } from '../invariants.ts';
import type { SimulatedEcs } from './simulated-ecs.ts';
import type { SimulatedMachines } from './simulated-machines.ts';

export interface FleetInvariants {
  readonly onCommit: (commit: Commit) => void;
  /** Somebody has asked for the end of this machine. */
  readonly onEndAsked: (machineId: string) => void;
  /** Nobody waits for machines any more: for those that were asked for, or for the time until they may be asked for again. */
  readonly isStill: () => boolean;
  /** Nothing is left to run. */
  readonly checkNothingLeft: () => void;
  /** Whether an environment of machines could take a job; `undefined`: it has no machines of its own. */
  readonly roomFor: (
    environment: ComputeEnvironment,
    job: Job,
    when: 'now' | 'at best',
  ) => boolean | undefined;
}

export function createFleetInvariants(
  watched: Watched,
  { ecs, machines }: { readonly ecs: () => SimulatedEcs; readonly machines: () => SimulatedMachines },
): FleetInvariants {
  const { rows, violated } = watched;
  const fleets = (): readonly (readonly [string, Fleet])[] =>
    [...rows.ledgers].flatMap(([place, { fleet }]) => (fleet ? [[place, fleet] as const] : []));

  /** What the placements in it take of one instance, by its id. */
  function sharesIn(place: string): ReadonlyMap<string, { vcpus: number; memoryMiB: number; tasks: number }> {
    const sums = new Map<string, { vcpus: number; memoryMiB: number; tasks: number }>();
    for (const record of rows.placements.values()) {
      if (record.ceArn !== place) continue;
      for (const { instanceId, demand } of record.instances ?? []) {
        const sum = sums.get(instanceId) ?? { vcpus: 0, memoryMiB: 0, tasks: 0 };
        sums.set(instanceId, {
          vcpus: sum.vcpus + demand.vcpus,
          memoryMiB: sum.memoryMiB + demand.memoryMiB,
          tasks: sum.tasks + 1,
        });
      }
    }
    return sums;
  }

  function checkInstance(place: string, instance: FleetInstance, shares: ReturnType<typeof sharesIn>): void {
    const { id, used, tasks, total, requested } = instance;
    const sum = shares.get(id) ?? { vcpus: 0, memoryMiB: 0, tasks: 0 };
    const told = `${place.split('/').at(-1)} ${instance.machineId ?? id}`;
    if (used.vcpus !== sum.vcpus || used.memoryMiB !== sum.memoryMiB || tasks !== sum.tasks)
      violated(
        '5 capacity',
        `${told} is said to hold ${tasks}: ${JSON.stringify(used)}, not ${JSON.stringify(sum)}`,
      );
    if (sum.vcpus > total.vcpus || sum.memoryMiB > total.memoryMiB)
      violated('5 capacity', `${told} holds ${JSON.stringify(sum)} of ${JSON.stringify(total)}`);
    if (requested && tasks > 0) violated('5 capacity', `${told} holds something, and is only asked for`);
  }

  function environmentOf(place: string): ComputeEnvironment | undefined {
    return rows.environments.get(place as ComputeEnvironmentArn); // a ledger's place, here never the host
  }

  return {
    onCommit({ placed, givenBack, ledgers }) {
      const touched = new Set([
        ...placed.map(({ ceArn }) => ceArn),
        ...givenBack.map(({ ceArn }) => ceArn),
        ...ledgers,
      ]);
      for (const place of touched) {
        const fleet = rows.ledgers.get(place)?.fleet;
        if (!fleet) continue;
        const shares = sharesIn(place);
        for (const instance of fleet.instances) checkInstance(place, instance, shares);
        for (const record of placed)
          if (record.ceArn === place && (record.instances ?? []).length === 0)
            violated('5 capacity', `${placementIdOf(record)} is placed on no machine`);
      }
    },
    onEndAsked(machineId) {
      const victims = ecs()
        .live()
        .filter((container) => ecs().machineOf(container) === machineId);
      if (victims.length === 0) return;
      const instance = fleets()
        .flatMap(([, { instances }]) => instances)
        .find((one) => one.machineId === machineId);
      const byMs = instance?.leaving?.byMs;
      if (byMs !== undefined && byMs <= watched.nowMs()) return;
      for (const { attemptId } of victims) violated('3 attempts', `${machineId} is ended under ${attemptId}`);
    },
    isStill: () =>
      machines()
        .live()
        .every(({ state }) => state !== 'pending') &&
      fleets().every(
        ([place, { instances, notes }]) =>
          !environmentOf(place) ||
          (instances.every(({ requested, leaving, tasks }) => !requested && !(leaving && tasks === 0)) &&
            (notes?.scarce ?? []).every(({ untilMs }) => untilMs < watched.nowMs())),
      ),
    checkNothingLeft() {
      for (const { id, type } of machines().live()) violated('5 capacity', `${id} (${type}) is left running`);
      for (const { name, desired } of machines().groups())
        if (desired > 0) violated('5 capacity', `${name} goes on wanting ${desired} machines`);
      for (const { ec2InstanceId } of ecs().instances.all())
        violated('5 capacity', `${ec2InstanceId} is left registered`);
    },
    roomFor(environment, job, when) {
      const rules = realFleetRulesOf(environment);
      if (!rules) return undefined;
      if (job.spec.nodes && rules.isSpot) return false;
      const sizes = rules.types.filter((type) => mayHold(type, job));
      const nodes = job.spec.nodes?.numNodes ?? 1;
      const smallest = Math.min(...sizes.map(({ vcpus }) => vcpus));
      if (smallest * nodes > rules.maxVcpus) return false;
      if (when === 'at best') return true;
      const others = [...rows.placements.values()].filter(({ ceArn }) => ceArn === environment.ceArn);
      // Beside others it depends on their machines; alone it must find a place.
      return others.length === 0;
    },
  };
}

/** Less than its type is sold with is there for jobs. */
function mayHold({ vcpus, memoryMiB }: InstanceType, { spec }: Job): boolean {
  const nodes = spec.nodes?.numNodes ?? 1;
  return spec.demand.vcpus / nodes <= vcpus && spec.demand.memoryMiB / nodes <= memoryMiB * 0.9 - 500;
}
