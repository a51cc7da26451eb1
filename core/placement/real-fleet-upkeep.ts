// What becomes of a fleet of real machines while time passes: machines that registered are in it, those that are gone are not,
// and a request that came to nothing is given up with its reason. Repeating it at the same moment changes nothing more.
// Invariant: what holds something stays until its machine is really gone.
import type { EpochMs } from '../ids.ts';
import { NOTHING } from './capacity.ts';
import type { ContainerInstance, FleetReport, Machinery } from './container-instance.ts';
import type { FleetRules } from './fleet-rules.ts';
import type { FleetUpkeep } from './fleet-upkeep.ts';
import { emptySince, isOwnId } from './fleet-upkeep.ts';
import type { Fleet, FleetInstance, FleetNotes, ScarceType } from './fleet.ts';
import type { FleetTrouble } from './shortage.ts';
import { isEmpty, isSameFleet, NO_NOTES, vcpusOfFleet, vcpusTowardMax } from './fleet.ts';
import { requestSpare } from './request-machines.ts';

/** A machine that has not joined by then is not waited for any longer: most take two or three minutes. */
export const ARRIVAL_MS = 12 * 60_000;
/** How long a type that did not come is left alone; twice as long each further time. */
const SCARCE_MS: Readonly<Record<FleetTrouble['kind'], EpochMs>> = {
  capacity: 2 * 60_000,
  configuration: 5 * 60_000,
  permissions: 5 * 60_000,
  'not-joined': 10 * 60_000,
};
const SCARCE_MAX_MS = 60 * 60_000;

export interface RealUpkeepAt {
  readonly atMs: EpochMs;
  /** A switched-off environment keeps its minimum and grows for nobody. */
  readonly isUsable: boolean;
  readonly machinery: Machinery;
}

export function upkeepRealFleet(rules: FleetRules, before: Fleet, at: RealUpkeepAt): FleetUpkeep {
  const current = ofGeneration(withoutGone(rules, before, at), at);
  const present = withArrivals(rules, current, at);
  const fleet = rules.real?.scales ? grown(rules, withinMax(rules, givenUp(present, at)), at) : present;
  const nextAtMs = nextLookAt(rules, fleet, at.atMs);
  return {
    fleet: isSameFleet(fleet, before) ? before : fleet,
    ...(nextAtMs === undefined ? {} : { nextAtMs }),
  };
}

/** Requests of an earlier environment of the same name are nobody's. */
function withoutGone(rules: FleetRules, fleet: Fleet, { machinery }: RealUpkeepAt): Fleet {
  const present = new Map(machinery.instances.map((instance) => [instance.id, instance]));
  const instances = fleet.instances.flatMap((instance) => {
    if (instance.requested) return rules.real?.scales && isOwnId(rules, instance.id) ? [instance] : [];
    const machine = present.get(instance.id);
    if (!machine) return [];
    // Only who drains machines to end them means it for good.
    const { leaving, ...free } = instance;
    const isEnding = leaving !== undefined && rules.real?.scales === true;
    return [asRegistered(isEnding ? instance : free, machine, machinery)];
  });
  return { ...fleet, instances };
}

/** What was asked for before an infrastructure update would come by the old settings: it is asked for anew where it is needed. */
function ofGeneration(fleet: Fleet, { machinery: { replacement } }: RealUpkeepAt): Fleet {
  const { notes = NO_NOTES, instances } = fleet;
  if (!replacement || notes.generation === replacement.generation) return fleet;
  return {
    ...fleet,
    instances: instances.filter(({ requested }) => !requested),
    notes: { ...notes, generation: replacement.generation },
  };
}

function asRegistered(
  { away: _was, ...instance }: FleetInstance,
  machine: ContainerInstance,
  machinery: Machinery,
): FleetInstance {
  const leaving = instance.leaving ?? leavingOf(machine, machinery);
  return { ...instance, ...(machine.isConnected ? {} : { away: true }), ...(leaving ? { leaving } : {}) };
}

function leavingOf(machine: ContainerInstance, { replacement }: Machinery): FleetInstance['leaving'] {
  if (replacement && !isCurrent(machine, replacement)) return { byMs: replacement.byMs };
  return machine.isDraining ? {} : undefined;
}

function isCurrent({ generation }: ContainerInstance, replacement: Machinery['replacement']): boolean {
  return replacement === undefined || generation === replacement.generation;
}

function withArrivals(rules: FleetRules, before: Fleet, { machinery }: RealUpkeepAt): Fleet {
  const known = new Set(before.instances.map(({ id }) => id));
  const arrived = machinery.instances
    .filter(({ id }) => !known.has(id))
    .toSorted((left, right) => left.registeredAtMs - right.registeredAtMs || (left.id < right.id ? -1 : 1));
  return arrived.reduce((fleet, machine) => joined(rules, fleet, machine, machinery), before);
}

function joined(rules: FleetRules, fleet: Fleet, machine: ContainerInstance, machinery: Machinery): Fleet {
  const { id, machineId, type, total, registeredAtMs } = machine;
  const instance: FleetInstance = {
    id,
    machineId,
    type,
    total,
    used: NOTHING,
    tasks: 0,
    launchedAtMs: registeredAtMs,
    emptySinceMs: registeredAtMs,
    ...(rules.isSpot ? { spot: true } : {}),
  };
  const isWanted = isCurrent(machine, machinery.replacement);
  const fulfilled = fleet.instances.findIndex(
    ({ requested }) => isWanted && requested?.types.includes(type) === true,
  );
  const others = fleet.instances.filter((_, index) => index !== fulfilled);
  const notes = rules.real?.scales ? { notes: learnt(fleet.notes ?? NO_NOTES, machine) } : {};
  return { ...fleet, ...notes, instances: [...others, asRegistered(instance, machine, machinery)] };
}

/** It came: it is not scarce any more, and what it has for jobs is known. */
function learnt({ memoryMiB, scarce, ...notes }: FleetNotes, { type, total }: ContainerInstance): FleetNotes {
  return {
    ...notes,
    memoryMiB: { ...memoryMiB, [type]: total.memoryMiB },
    scarce: scarce.filter((one) => one.type !== type),
  };
}

/** Requests of which it is known that they came to nothing, and those that nothing was heard of for too long. */
function givenUp(fleet: Fleet, { atMs, machinery: { report } }: RealUpkeepAt): Fleet {
  const told =
    report && report.atMs > (fleet.notes?.troubleAtMs ?? 0) ? afterReport(fleet, report, atMs) : fleet;
  const late = told.instances.filter(
    ({ requested, launchedAtMs }) => requested && atMs - launchedAtMs >= ARRIVAL_MS,
  );
  if (late.length === 0) return told;
  const minutes = ARRIVAL_MS / 60_000;
  const message = `none of the machines that were asked for has joined its cluster within ${minutes} minutes`;
  const types = [...new Set(late.flatMap(({ requested }) => requested?.types ?? []))];
  return withoutRequests(
    told,
    late.map(({ id }) => id),
    types,
    { kind: 'not-joined', message },
    atMs,
  );
}

/** Once only: `troubleAtMs` tells that it was. */
function afterReport(
  fleet: Fleet,
  { atMs: reportedAtMs, requestIds, types, trouble }: FleetReport,
  atMs: EpochMs,
): Fleet {
  const left = withoutRequests(fleet, requestIds, types, trouble, atMs);
  return { ...left, notes: { ...(left.notes ?? NO_NOTES), troubleAtMs: reportedAtMs } };
}

function withoutRequests(
  fleet: Fleet,
  ids: readonly string[],
  types: readonly string[],
  trouble: FleetTrouble,
  atMs: EpochMs,
): Fleet {
  const { notes = NO_NOTES } = fleet;
  const scarce = types.map((type): ScarceType => {
    const times = (notes.scarce.find((one) => one.type === type)?.times ?? 0) + 1;
    const waitMs = Math.min(SCARCE_MS[trouble.kind] * 2 ** (times - 1), SCARCE_MAX_MS);
    return { type, times, untilMs: atMs + waitMs, trouble };
  });
  return {
    ...fleet,
    instances: fleet.instances.filter(({ id, requested }) => !requested || !ids.includes(id)),
    notes: { ...notes, scarce: [...notes.scarce.filter(({ type }) => !types.includes(type)), ...scarce] },
  };
}

/**
 * A machine may come that nobody asked for any more, and an owner may lower the maximum: the newest requests make room. What is
 * there stays; it leaves when it is empty.
 */
function withinMax({ maxVcpus, mayExceedMax }: FleetRules, before: Fleet): Fleet {
  let fleet = before;
  for (let vcpus = vcpusTowardMax(fleet); vcpus > maxVcpus; vcpus = vcpusTowardMax(fleet)) {
    const newest = fleet.instances.findLast(({ requested }) => requested);
    if (!newest || (mayExceedMax && vcpus - newest.total.vcpus < maxVcpus)) return fleet;
    fleet = { ...fleet, instances: fleet.instances.filter((instance) => instance !== newest) };
  }
  return fleet;
}

/** The minimum, and what the owner raised desiredvCpus to; what the service once set it to is nobody's wish any more. */
function grown(rules: FleetRules, before: Fleet, { atMs, isUsable }: RealUpkeepAt): Fleet {
  const isRaised = rules.desiredVcpus > (before.notes?.desiredVcpus ?? rules.minVcpus);
  const wanted = Math.max(rules.minVcpus, isUsable && isRaised ? rules.desiredVcpus : 0);
  let fleet = before;
  while (vcpusOfFleet(fleet) < wanted) {
    const more = requestSpare(rules, fleet, atMs);
    if (!more) return fleet;
    fleet = more;
  }
  return fleet;
}

function nextLookAt(
  { scaleDownDelayMs }: FleetRules,
  { instances, notes }: Fleet,
  atMs: EpochMs,
): EpochMs | undefined {
  const looks = [
    ...instances.flatMap((instance) => lookAt(instance, scaleDownDelayMs) ?? []),
    ...(notes?.scarce ?? []).map(({ untilMs }) => untilMs),
  ].filter((lookAtMs) => lookAtMs > atMs && Number.isFinite(lookAtMs));
  return looks.length === 0 ? undefined : Math.min(...looks);
}

function lookAt(instance: FleetInstance, scaleDownDelayMs: number): EpochMs | undefined {
  if (instance.requested) return instance.launchedAtMs + ARRIVAL_MS;
  if (instance.leaving) return instance.leaving.byMs;
  return isEmpty(instance) ? emptySince(instance) + scaleDownDelayMs : undefined;
}
