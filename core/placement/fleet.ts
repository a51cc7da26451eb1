// The instances of a compute environment. On one machine they are only counted, so that what runs where, what an environment
// has and what it lacks are what AWS would show; in a cloud they are machines, asked for and then registered (decision 0011).
// Invariants: an instance never holds more than it has; one that is only asked for holds nothing.
import type { EpochMs } from '../ids.ts';
import type { Capacity } from './capacity.ts';
import { minus, NOTHING, plus, shortagesOf } from './capacity.ts';
import type { InstanceType } from './instances/instance-type.ts';
import { isSameJson } from './same-json.ts';
import type { FleetTrouble } from './shortage.ts';

export interface FleetInstance {
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
  /**
   * It takes nothing new and leaves when it is empty. `byMs`: it is being replaced, and what it holds then ends with it;
   * absent: it may finish what it holds.
   */
  readonly leaving?: { readonly byMs?: EpochMs };
  /** A real one's: the machine's id as EC2 (`i-…`) or Systems Manager (`mi-…`) gave it. */
  readonly machineId?: string;
  /** A real one that is only asked for: nothing can be placed on it yet. */
  readonly requested?: RequestedInstance;
  /** A real one whose agent is out of reach: nothing can be started on it at present. */
  readonly away?: true;
}

/** `types`: any of these will do, and all of them have the same number of vCPUs; the first is what was counted with. */
export interface RequestedInstance {
  readonly types: readonly string[];
  /** Asked for by the environment's owner, not for a job. */
  readonly spare?: true;
}

export interface Fleet {
  /** How many were ever launched: numbers the next one. */
  readonly launched: number;
  readonly instances: readonly FleetInstance[];
  /** Real fleets: what was learnt of the machines. */
  readonly notes?: FleetNotes;
}

export interface FleetNotes {
  /** By type, what an instance of it registered with: a machine's system keeps some of its memory for itself. */
  readonly memoryMiB: Readonly<Record<string, number>>;
  readonly scarce: readonly ScarceType[];
  /** desiredvCpus as it was last set here; where an environment says more, its owner raised it. */
  readonly desiredVcpus?: number;
  /** The last report of trouble that was taken into account. */
  readonly troubleAtMs?: EpochMs;
  /** When it was last counted how many wait in all. */
  readonly countedAtMs?: EpochMs;
  /** The last infrastructure update that was taken into account. */
  readonly generation?: string;
}

/** A type that was asked for and did not come: it is not asked for again until then. */
export interface ScarceType {
  readonly type: string;
  readonly untilMs: EpochMs;
  /** How many times in a row. */
  readonly times: number;
  readonly trouble: FleetTrouble;
}

/** What a placement takes of one instance. */
export interface InstanceShare {
  readonly instanceId: string;
  readonly demand: Capacity;
  readonly alone?: true;
}

export const NO_FLEET: Fleet = { launched: 0, instances: [] };
export const NO_NOTES: FleetNotes = { memoryMiB: {}, scarce: [] };

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
  const instance: FleetInstance = {
    id: simulatedInstanceId(number, uuid),
    type: type.name,
    total: { vcpus: type.vcpus, memoryMiB: type.memoryMiB, gpus: type.gpus },
    used: NOTHING,
    tasks: 0,
    launchedAtMs: atMs,
    emptySinceMs: atMs,
    ...(isSpot ? { spot: true } : {}),
  };
  return { ...fleet, launched: number, instances: [...fleet.instances, instance] };
}

/** What stays counts for an environment's numbers; an instance that is being replaced does not. */
export function vcpusOfFleet({ instances }: Fleet): number {
  return instances.reduce((sum, { total, leaving }) => sum + (leaving ? 0 : total.vcpus), 0);
}

/** What counts against the environment's maximum: an instance that leaves does until it is gone, unless it is replaced. */
export function vcpusTowardMax({ instances }: Fleet): number {
  const counts = ({ leaving }: FleetInstance): boolean => leaving?.byMs === undefined;
  return instances.reduce((sum, instance) => sum + (counts(instance) ? instance.total.vcpus : 0), 0);
}

export function isEmpty({ tasks }: FleetInstance): boolean {
  return tasks === 0;
}

/** Whether it has held nothing for so long, and may leave. */
export function hasBeenEmpty(
  { tasks, emptySinceMs, launchedAtMs }: FleetInstance,
  forMs: number,
  atMs: EpochMs,
): boolean {
  return tasks === 0 && atMs - (emptySinceMs ?? launchedAtMs) >= forMs;
}

export function freeOf({ total, used }: FleetInstance): Capacity {
  return minus(total, used);
}

/** Whether a demand may be placed on it now; `alone`: with nothing beside it. */
export function hasRoom(instance: FleetInstance, demand: Capacity, alone = false): boolean {
  return !instance.requested && !instance.away && willHaveRoom(instance, demand, alone);
}

/** Whether a demand may be placed on it once it is there. */
export function willHaveRoom(instance: FleetInstance, demand: Capacity, alone = false): boolean {
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
  change: (instance: FleetInstance, share: InstanceShare) => FleetInstance,
): Fleet {
  if (shares.length === 0) return fleet;
  const changed = new Map<string, FleetInstance>();
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
    const { leaving, away } = instance;
    const { away: _away, leaving: _leaving, ...held } = known.get(instance.id) ?? emptied(instance);
    return { ...held, ...(leaving ? { leaving } : {}), ...(away ? { away } : {}) };
  });
  return { ...planned, instances };
}

function emptied({ reserved: _reserved, ...instance }: FleetInstance): FleetInstance {
  return { ...instance, used: NOTHING, tasks: 0, emptySinceMs: instance.launchedAtMs };
}

/** Whether the two have the same instances in the same state, apart from what these hold. */
export function isSameFleet(left: Fleet, right: Fleet): boolean {
  if (left === right) return true;
  return (
    left.launched === right.launched &&
    left.instances.length === right.instances.length &&
    left.instances.every((instance, at) => isSameInstance(instance, right.instances[at])) &&
    isSameJson(left.notes, right.notes)
  );
}

function isSameInstance(left: FleetInstance, right: FleetInstance | undefined): boolean {
  return (
    left.id === right?.id &&
    left.away === right.away &&
    (left.leaving === undefined) === (right.leaving === undefined) &&
    left.leaving?.byMs === right.leaving?.byMs
  );
}
