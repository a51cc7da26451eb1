// The instances that a managed compute environment would have: on one machine they are only counted, so that what runs where,
// what an environment has and what it lacks are what AWS would show. Invariant: an instance never holds more than it has.
import type { EpochMs } from '../ids.ts';
import type { Capacity } from './capacity.ts';
import { minus, NOTHING, plus, shortagesOf } from './capacity.ts';
import type { InstanceType } from './instances/instance-types.ts';

export interface SimulatedInstance {
  /** 32 hex digits: the id of the container instance. */
  readonly id: string;
  readonly type: string;
  readonly total: Capacity;
  readonly used: Capacity;
  /** Attempts, or nodes of them. */
  readonly tasks: number;
  readonly launchedAtMs: EpochMs;
  /** Since when it holds nothing; absent while it does. */
  readonly emptySinceMs?: EpochMs;
  readonly spot?: true;
  /** It holds a node of a multi-node job, which has an instance to itself. */
  readonly reserved?: true;
  /** It is being replaced: it takes nothing new and leaves when it is empty. `byMs`: what it holds then ends with it. */
  readonly leaving?: { readonly byMs: EpochMs };
}

export interface Fleet {
  /** How many were ever launched: numbers the next one. */
  readonly launched: number;
  readonly instances: readonly SimulatedInstance[];
}

/** What a placement takes of one instance. */
export interface InstanceShare {
  readonly instanceId: string;
  readonly demand: Capacity;
  readonly alone?: true;
}

export const NO_FLEET: Fleet = { launched: 0, instances: [] };

/** EC2's own name for the machine behind a container instance. */
export function ec2InstanceId(instanceId: string): string {
  return `i-${instanceId.slice(0, 17)}`;
}

/** `uuid`: the environment's, so that no two environments ever have an instance in common. */
export function simulatedInstanceId(number: number, uuid: string): string {
  return `${number.toString(16).padStart(8, '0')}${uuid.replaceAll('-', '').slice(0, 24)}`;
}

const CLUSTER_UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of the machine that is a cluster's only instance, by the uuid of its environment, which ends the cluster's name. */
export function machineInstanceId(clusterName: string): string | undefined {
  const [uuid] = CLUSTER_UUID.exec(clusterName) ?? [];
  return uuid && simulatedInstanceId(0, uuid);
}

export function launchedFleet(
  fleet: Fleet,
  type: InstanceType,
  { uuid, isSpot, atMs }: { readonly uuid: string; readonly isSpot: boolean; readonly atMs: EpochMs },
): Fleet {
  const number = fleet.launched + 1;
  const instance: SimulatedInstance = {
    id: simulatedInstanceId(number, uuid),
    type: type.name,
    total: { vcpus: type.vcpus, memoryMiB: type.memoryMiB, gpus: type.gpus },
    used: NOTHING,
    tasks: 0,
    launchedAtMs: atMs,
    emptySinceMs: atMs,
    ...(isSpot ? { spot: true } : {}),
  };
  return { launched: number, instances: [...fleet.instances, instance] };
}

/** What stays counts for an environment's numbers; an instance that is being replaced does not. */
export function vcpusOfFleet({ instances }: Fleet): number {
  return instances.reduce((sum, { total, leaving }) => sum + (leaving ? 0 : total.vcpus), 0);
}

export function isEmpty({ tasks }: SimulatedInstance): boolean {
  return tasks === 0;
}

/** Whether it has held nothing for so long, and may leave. */
export function hasBeenEmpty(
  { tasks, emptySinceMs, launchedAtMs }: SimulatedInstance,
  forMs: number,
  atMs: EpochMs,
): boolean {
  return tasks === 0 && atMs - (emptySinceMs ?? launchedAtMs) >= forMs;
}

export function freeOf({ total, used }: SimulatedInstance): Capacity {
  return minus(total, used);
}

/** Whether a demand may be placed on it now; `alone`: with nothing beside it. */
export function hasRoom(instance: SimulatedInstance, demand: Capacity, alone = false): boolean {
  if (instance.leaving || instance.reserved || (alone && !isEmpty(instance))) return false;
  return shortagesOf(instance.id, demand, freeOf(instance)).length === 0;
}

export function takeShares(fleet: Fleet, shares: readonly InstanceShare[]): Fleet {
  return changeShares(fleet, shares, ({ emptySinceMs: _empty, ...instance }, { demand, alone }) => ({
    ...instance,
    used: plus(instance.used, demand),
    tasks: instance.tasks + 1,
    ...(alone ? { reserved: true } : {}),
  }));
}

/** Instances that are gone by now are passed over. */
export function giveShares(fleet: Fleet, shares: readonly InstanceShare[], atMs: EpochMs): Fleet {
  // Who had it alone was its only task, so it is free for anybody now.
  return changeShares(fleet, shares, ({ reserved: _reserved, ...instance }, { demand }) => ({
    ...instance,
    used: minus(instance.used, demand),
    tasks: instance.tasks - 1,
    ...(instance.tasks === 1 ? { emptySinceMs: atMs } : {}),
  }));
}

function changeShares(
  fleet: Fleet,
  shares: readonly InstanceShare[],
  change: (instance: SimulatedInstance, share: InstanceShare) => SimulatedInstance,
): Fleet {
  if (shares.length === 0) return fleet;
  const changed = new Map<string, SimulatedInstance>();
  const byId = new Map(fleet.instances.map((instance) => [instance.id, instance]));
  for (const share of shares) {
    const instance = changed.get(share.instanceId) ?? byId.get(share.instanceId);
    if (instance) changed.set(share.instanceId, change(instance, share));
  }
  return { ...fleet, instances: fleet.instances.map((instance) => changed.get(instance.id) ?? instance) };
}

/** The instances of `planned` with what they hold in `now`: what a plan would place is not there yet. */
export function asLaunched(planned: Fleet, now: Fleet): Fleet {
  const known = new Map(now.instances.map((instance) => [instance.id, instance]));
  const instances = planned.instances.map((instance) => {
    const { leaving } = instance;
    return { ...(known.get(instance.id) ?? emptied(instance)), ...(leaving ? { leaving } : {}) };
  });
  return { launched: planned.launched, instances };
}

function emptied({ reserved: _reserved, ...instance }: SimulatedInstance): SimulatedInstance {
  return { ...instance, used: NOTHING, tasks: 0, emptySinceMs: instance.launchedAtMs };
}

/** Whether the two have the same instances in the same state, apart from what these hold. */
export function isSameFleet(left: Fleet, right: Fleet): boolean {
  if (left === right) return true;
  return (
    left.launched === right.launched &&
    left.instances.length === right.instances.length &&
    left.instances.every(
      ({ id, leaving }, at) =>
        id === right.instances[at]?.id && leaving?.byMs === right.instances[at]?.leaving?.byMs,
    )
  );
}
