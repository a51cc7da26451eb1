// Decides about the instances of a compute environment: where a placement fits, and which type is launched for whom. Simulated
// ones are launched at once; of real ones a placement takes only those that are registered (wish.ts asks for more). Pure; each
// answer is a new fleet. What it says no to, it says by how much.
import type { EpochMs } from '../ids.ts';
import type { Capacity } from './capacity.ts';
import { shortagesOf } from './capacity.ts';
import type { FleetRules } from './fleet-rules.ts';
import type { InstanceType } from './instances/instance-type.ts';
import type { Fleet, FleetInstance, InstanceShare, ScarceType } from './fleet.ts';
import {
  freeOf,
  hasBeenEmpty,
  hasRoom,
  isEmpty,
  launchedFleet,
  NO_FLEET,
  takeShares,
  vcpusTowardMax,
} from './fleet.ts';
import { knownSize } from './real-sizes.ts';
import { chooseInstances, perInstance } from './strategies.ts';
import type { Shortage } from './shortage.ts';

/** What one instance has to hold: all of a job, or one node of it, which has its instance to itself. */
export interface PartDemand {
  readonly demand: Capacity;
  readonly alone?: true;
  /** The only type that may hold it. */
  readonly instanceType?: string;
}

export interface FleetRequest {
  /** The environment's ARN, as shortages name it. */
  readonly place: string;
  /** Placed together or not at all. */
  readonly parts: readonly PartDemand[];
  /** What else waits: types are chosen for all of it. */
  readonly waiting: () => readonly Capacity[];
  readonly atMs: EpochMs;
}

export type FleetVerdict =
  | { readonly fits: true; readonly fleet: Fleet; readonly shares: readonly InstanceShare[] }
  /** `never`: not even with all instances that the environment may have. */
  | { readonly fits: false; readonly never: boolean; readonly lacks: readonly Shortage[] };

/** A fleet is one row, which is written whenever something is placed in it. */
const INSTANCES_MAX = 1_000;

/** Puts every part on an instance: the one with the least room that is enough, else one that is launched for it. */
export function placeInFleet(rules: FleetRules, fleet: Fleet, request: FleetRequest): FleetVerdict {
  const { real } = rules;
  const sizeOf = real ? knownSize(fleet) : asItIs;
  const launch: Launch = (before, part) => launchFor(rules, before, part, { ...request, sizeOf });
  const found = tryPlace(fleet, request, real ? launchNothing : launch);
  if (!('lacking' in found)) return { fits: true, ...found };
  // Nobody knows what else the owner of an unmanaged environment may yet register.
  const alone = real?.scales === false ? found : tryPlace(NO_FLEET, request, launch);
  if (real?.scales !== false && 'lacking' in alone) {
    return { fits: false, never: true, lacks: lacksAtBest(rules, request.place, alone.lacking, sizeOf) };
  }
  const lacks = lacksNow(rules, fleet, request.place, found);
  if (!real) return { fits: false, never: false, lacks };
  return { fits: false, never: false, lacks: lacksOfReal(rules, fleet, request, found.lacking, lacks) };
}

type Launch = (fleet: Fleet, part: PartDemand) => Fleet | undefined;
const launchNothing: Launch = () => undefined;

/** What an instance of a type has for jobs. */
export type SizeOf = (type: InstanceType) => InstanceType;
const asItIs: SizeOf = (type) => type;

interface Placed {
  readonly fleet: Fleet;
  readonly shares: readonly InstanceShare[];
}
/** The part that found no place, and the fleet as the parts before it left it. */
interface Unplaced {
  readonly lacking: PartDemand;
  readonly fleet: Fleet;
}

function tryPlace(before: Fleet, { parts }: FleetRequest, launch: Launch): Placed | Unplaced {
  let fleet = before;
  const shares: InstanceShare[] = [];
  for (const part of parts) {
    const { demand, alone } = part;
    let instance = tightest(fleet.instances, part);
    if (!instance) {
      const launched = launch(fleet, part);
      instance = launched?.instances.at(-1);
      if (!launched || !instance) return { lacking: part, fleet };
      fleet = launched;
    }
    const share = { instanceId: instance.id, demand, ...(alone ? { alone } : {}) };
    fleet = takeShares(fleet, [share]);
    shares.push(share);
  }
  return { fleet, shares };
}

/** Best fit: what is left of an instance stays as large as it can for those who come. */
export function tightest(
  instances: readonly FleetInstance[],
  { demand, alone, instanceType }: PartDemand,
  isFree: typeof hasRoom = hasRoom,
): FleetInstance | undefined {
  let best: FleetInstance | undefined;
  for (const instance of instances) {
    if (instanceType !== undefined && instance.type !== instanceType) continue;
    if (!isFree(instance, demand, alone)) continue;
    if (!best || isTighter(freeOf(instance), freeOf(best))) best = instance;
  }
  return best;
}

function isTighter(left: Capacity, right: Capacity): boolean {
  if (left.gpus !== right.gpus) return left.gpus < right.gpus;
  return left.vcpus === right.vcpus ? left.memoryMiB < right.memoryMiB : left.vcpus < right.vcpus;
}

/** `undefined`: no type holds it, or none may be launched any more. Empty instances make way. */
function launchFor(
  rules: FleetRules,
  fleet: Fleet,
  part: PartDemand,
  { waiting, atMs, sizeOf }: Pick<FleetRequest, 'waiting' | 'atMs'> & { readonly sizeOf: SizeOf },
): Fleet | undefined {
  const types = typesFor(rules, part, waiting(), sizeOf);
  if (types.length === 0) return undefined;
  const launch = (from: Fleet): Fleet | undefined => {
    const type = permitted(rules, from, types);
    return type && launchedFleet(from, type, { ...rules, atMs });
  };
  return launch(fleet) ?? launchInsteadOfEmpty(rules, fleet, atMs, launch);
}

/** One more instance for nobody in particular; `undefined` when none may be launched. */
export function launchSpare(rules: FleetRules, fleet: Fleet, atMs: EpochMs): Fleet | undefined {
  const type = permitted(rules, fleet, typesFor(rules, { demand: SPARE }));
  return type && launchedFleet(fleet, type, { ...rules, atMs });
}
/** Any type holds it, so that the strategy alone decides. */
export const SPARE: Capacity = { vcpus: 1, memoryMiB: 1, gpus: 0 };

/** Instances that hold nothing and need not be kept must not keep out one that is needed. */
function launchInsteadOfEmpty(
  rules: FleetRules,
  fleet: Fleet,
  atMs: EpochMs,
  launch: (from: Fleet) => Fleet | undefined,
): Fleet | undefined {
  let left = fleet;
  for (const instance of fleet.instances) {
    if (!hasBeenEmpty(instance, rules.keptMs, atMs)) continue;
    left = without(left, instance);
    const launched = launch(left);
    if (launched) return launched;
  }
  return undefined;
}

function without(fleet: Fleet, gone: FleetInstance): Fleet {
  return { ...fleet, instances: fleet.instances.filter(({ id }) => id !== gone.id) };
}

/** The types that hold it, in the order of the strategy for all that waits. */
export function typesFor(
  { strategy, instanceTypes }: FleetRules,
  { demand, instanceType }: PartDemand,
  waiting: readonly Capacity[] = [],
  sizeOf: SizeOf = asItIs,
): readonly InstanceType[] {
  const suiting = (demands: readonly Capacity[]): readonly InstanceType[] =>
    chooseInstances({ strategy, instanceTypes, demands, sizeOf }).types.filter(
      (type) => perInstance(type, demand) >= 1 && (instanceType ?? type.name) === type.name,
    );
  const forAll = suiting([demand, ...waiting]);
  // BEST_FIT answers with one type for all, which may be too small for this one.
  return forAll.length > 0 ? forAll : suiting([demand]);
}

/** The first that stays within maxvCpus, else the smallest, where the strategy may exceed it by one instance. */
export function permitted(
  { maxVcpus, mayExceedMax }: FleetRules,
  fleet: Fleet,
  types: readonly InstanceType[],
): InstanceType | undefined {
  if (types.length === 0 || fleet.instances.length >= INSTANCES_MAX) return undefined;
  const now = vcpusTowardMax(fleet);
  const within = types.find((type) => now + type.vcpus <= maxVcpus);
  if (within || !mayExceedMax || now >= maxVcpus) return within;
  return types.reduce((smallest, type) => (type.vcpus < smallest.vcpus ? type : smallest));
}

/** Against the type that lacks least, or against maxvCpus where a type would do. */
function lacksAtBest(
  rules: FleetRules,
  place: string,
  { demand, instanceType }: PartDemand,
  sizeOf: SizeOf,
): Shortage[] {
  const types = rules.types.map(sizeOf).filter((type) => (instanceType ?? type.name) === type.name);
  const lacksOf = (type: InstanceType): Shortage[] =>
    shortagesOf(place, demand, type).map((lack) => ({ ...lack, instanceType: type.name }));
  if (types.length === 0) {
    // A multi-node job insists on a type that this environment does not have.
    return [
      { place, resource: 'VCPU', wanted: demand.vcpus, available: 0, instanceType: instanceType ?? '' },
    ];
  }
  const ranked = types
    .map((type) => ({ type, lacks: lacksOf(type) }))
    .sort((left, right) => left.lacks.length - right.lacks.length || right.type.vcpus - left.type.vcpus);
  const holding = ranked.filter(({ lacks }) => lacks.length === 0).at(-1);
  return holding ? [launchShortage(rules, place, holding.type, 0)] : (ranked[0]?.lacks ?? []);
}

/** What the roomiest instance lacks, and what maxvCpus leaves for another. */
function lacksNow(rules: FleetRules, before: Fleet, place: string, found: Unplaced): Shortage[] {
  const { demand, alone } = found.lacking;
  const candidates = found.fleet.instances
    .filter((instance) => !instance.leaving && !instance.requested && !instance.away)
    .filter((instance) => !instance.reserved && (!alone || isEmpty(instance)))
    .map((instance) => shortagesOf(place, demand, freeOf(instance)))
    .sort((left, right) => left.length - right.length || missing(left) - missing(right));
  const [roomiest = []] = candidates;
  const type = typesFor(rules, found.lacking).at(0);
  const ofInstances = before.instances.filter(({ requested }) => !requested).length;
  const inInstance = roomiest.map((lack) => ({ ...lack, ofInstances }));
  return type ? [...inInstance, launchShortage(rules, place, type, vcpusTowardMax(found.fleet))] : inInstance;
}

function missing([first]: readonly Shortage[]): number {
  return first ? first.wanted - first.available : 0;
}

function launchShortage(
  { maxVcpus }: FleetRules,
  place: string,
  type: InstanceType,
  nowVcpus: number,
): Shortage {
  const available = Math.max(0, maxVcpus - nowVcpus);
  return { place, resource: 'VCPU', wanted: type.vcpus, available, instanceType: type.name, toLaunch: true };
}

/** Where more machines may come, what a job waits for is one of them: asked for by now, or not to be had. */
function lacksOfReal(
  rules: FleetRules,
  fleet: Fleet,
  { place, atMs }: FleetRequest,
  lacking: PartDemand,
  lacks: readonly Shortage[],
): readonly Shortage[] {
  const none: Shortage = { place, resource: 'VCPU', wanted: lacking.demand.vcpus, available: 0 };
  const types = typesFor(rules, lacking, [], knownSize(fleet));
  const awaited = fleet.instances.filter(({ requested }) => requested).length;
  const isAtMax = permitted(rules, fleet, types) === undefined;
  const inInstances = lacks.filter(({ toLaunch }) => toLaunch !== true || isAtMax);
  if (awaited > 0) return [...inInstances, { ...none, awaited }];
  if (isAtMax) return inInstances.length > 0 ? inInstances : [{ ...none, ofInstances: 0 }];
  const scarce = types.map((type) => scarcityOf(fleet, type, atMs));
  const [first] = scarce;
  const isHopeless = first !== undefined && scarce.every((scarcity) => scarcity !== undefined);
  if (!isHopeless) return [...inInstances, { ...none, awaited: 1 }];
  return [...inInstances, { ...none, instanceType: first.type, trouble: first.trouble }];
}

/** Why a type is not asked for at present. */
export function scarcityOf({ notes }: Fleet, { name }: InstanceType, atMs: EpochMs): ScarceType | undefined {
  return notes?.scarce.find(({ type, untilMs }) => type === name && untilMs > atMs);
}
