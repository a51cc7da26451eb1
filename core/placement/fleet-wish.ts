// One fleet of real machines while it is worked out what it shall be: jobs that wait are promised room on machines that are
// there, that are asked for, or that are asked for now. Promises bind nobody: the next pass makes its own.
import type { EpochMs } from '../ids.ts';
import type { Capacity } from './capacity.ts';
import { NOTHING, plus, shortagesOf } from './capacity.ts';
import { permitted, tightest, typesFor } from './fleet-capacity.ts';
import type { PartDemand } from './fleet-capacity.ts';
import type { FleetRules } from './fleet-rules.ts';
import { desiredVcpusOf, emptySince } from './fleet-upkeep.ts';
import type { Fleet, FleetInstance } from './fleet.ts';
import { freeOf, hasBeenEmpty, isEmpty, NO_NOTES, vcpusOfFleet, willHaveRoom } from './fleet.ts';
import type { InstanceType } from './instances/instance-type.ts';
import { findInstanceType } from './instances/instance-types.ts';
import { expectedSize, knownSize } from './real-sizes.ts';
import { requestMachine } from './request-machines.ts';
import { perInstance } from './strategies.ts';

export class FleetWish {
  /** Somebody waits for this fleet: what was asked for stays asked for, also where this look did not reach who needs it. */
  isAwaited = false;
  /** All that waits was counted for it. */
  isCounted = false;
  #fleet: Fleet;
  readonly #rules: FleetRules;
  readonly #before: Fleet;
  readonly #atMs: EpochMs;
  readonly #types = new Map<string, readonly InstanceType[]>();
  #hasMadeWay = false;

  /** `before`: the fleet as it is; `planned`: with what the plan has placed on it. */
  constructor(rules: FleetRules, before: Fleet, planned: Fleet, atMs: EpochMs) {
    this.#rules = rules;
    this.#before = before;
    this.#fleet = planned;
    this.#atMs = atMs;
  }

  /** Promises room for all parts, or for none. `others`: what else waits; types are chosen for all of it. */
  want(parts: readonly PartDemand[], others: readonly Capacity[]): boolean {
    const earlier = this.#fleet;
    for (const part of parts) {
      if (this.#promise(part, 1, others) === 1) continue;
      this.#fleet = earlier;
      this.#makeWay(part, others);
      return false;
    }
    return true;
  }

  /** As many of them as there can be; the answer is how many are left. */
  wantMany(parts: readonly PartDemand[], count: number, others: readonly Capacity[]): number {
    const [part] = parts;
    if (part && parts.length === 1) return count - this.#promise(part, count, others);
    let left = count;
    while (left > 0 && this.want(parts, others)) left -= 1;
    return left;
  }

  /** Machine by machine, each filled as far as it goes. */
  #promise(part: PartDemand, count: number, others: readonly Capacity[]): number {
    let left = count;
    while (left > 0) {
      const instance = this.#roomFor(part) ?? this.#request(part, others);
      if (!instance) break;
      const fits = perInstance(freeOf(instance), part.demand);
      const taken = part.alone ? 1 : Math.min(left, Math.max(1, fits));
      this.#take(instance, part, taken);
      left -= taken;
    }
    return count - left;
  }

  /** What is there goes first: it costs nothing more. */
  #roomFor(part: PartDemand): FleetInstance | undefined {
    const { instances } = this.#fleet;
    return tightest(instances, part) ?? tightest(instances, part, willHaveRoom);
  }

  #request(part: PartDemand, others: readonly Capacity[]): FleetInstance | undefined {
    const more = requestMachine(this.#rules, this.#fleet, this.#typesFor(part, others), { atMs: this.#atMs });
    if (more) this.#fleet = more;
    return more?.instances.at(-1);
  }

  /** By what a type will have at least; where only more would do, by the most that it may have: one will tell. */
  #typesFor(part: PartDemand, others: readonly Capacity[]): readonly InstanceType[] {
    const { vcpus, memoryMiB, gpus } = part.demand;
    const key = `${vcpus} ${memoryMiB} ${gpus} ${part.instanceType}`;
    const known = this.#types.get(key);
    if (known) return known;
    const careful = typesFor(this.#rules, part, others, expectedSize(this.#fleet));
    const types = careful.length > 0 ? careful : typesFor(this.#rules, part, others, knownSize(this.#fleet));
    this.#types.set(key, types);
    return types;
  }

  #take({ id }: FleetInstance, { demand, alone }: PartDemand, times: number): void {
    const taken = timesOf(demand, times);
    this.#change(id, (instance) => ({
      ...instance,
      used: plus(instance.used, taken),
      tasks: instance.tasks + times,
      ...(alone ? { reserved: true as const } : {}),
    }));
  }

  #change(id: string, change: (instance: FleetInstance) => FleetInstance): void {
    const instances = this.#fleet.instances.map((instance) =>
      instance.id === id ? change(instance) : instance,
    );
    this.#fleet = { ...this.#fleet, instances };
  }

  /** Empty machines of other types must not keep out one that is needed. Those of one look suffice: the next sees more. */
  #makeWay(part: PartDemand, others: readonly Capacity[]): void {
    if (this.#hasMadeWay) return;
    const types = this.#typesFor(part, others);
    if (types.length === 0 || permitted(this.#rules, this.#fleet, types)) return;
    const leaving = new Set<string>();
    let rest = this.#fleet;
    for (const instance of this.#fleet.instances) {
      if (!this.#mayLeave(instance, this.#rules.keptMs)) continue;
      leaving.add(instance.id);
      rest = { ...rest, instances: rest.instances.filter(({ id }) => id !== instance.id) };
      if (!permitted(this.#rules, rest, types)) continue;
      for (const id of leaving) this.#change(id, (gone) => ({ ...gone, leaving: {} }));
      this.#hasMadeWay = true;
      return;
    }
  }

  #mayLeave(instance: FleetInstance, afterMs: number): boolean {
    return !instance.requested && !instance.leaving && hasBeenEmpty(instance, afterMs, this.#atMs);
  }

  /** The fleet as it shall be; what it holds of promises is to be left out when it is written. */
  settled(): Fleet {
    this.#withdraw();
    this.#narrow();
    this.#retire();
    const { notes = NO_NOTES } = this.#fleet;
    const desiredVcpus = desiredVcpusOf(this.#rules, this.#fleet);
    return {
      ...this.#fleet,
      notes: {
        ...notes,
        ...(desiredVcpus === undefined ? {} : { desiredVcpus }),
        ...(this.isCounted ? { countedAtMs: this.#atMs } : {}),
      },
    };
  }

  /** Nobody waits any more: what was asked for on somebody's behalf need not come. */
  #withdraw(): void {
    if (this.isAwaited) return;
    const instances = this.#fleet.instances.filter(({ requested }) => !requested || requested.spare);
    this.#fleet = { ...this.#fleet, instances };
  }

  /** Only types that hold all that was promised on any of the new requests for one of them: one list, so that AWS gets one order. */
  #narrow(): void {
    const known = new Set(this.#before.instances.map(({ id }) => id));
    const needs = new Map<string, Capacity>();
    const isNew = ({ id, requested }: FleetInstance): boolean => requested !== undefined && !known.has(id);
    for (const instance of this.#fleet.instances.filter(isNew)) {
      needs.set(instance.type, largest(needs.get(instance.type) ?? NOTHING, instance.used));
    }
    const sizeOf = expectedSize(this.#fleet);
    const holds = (name: string, instance: FleetInstance): boolean => {
      const type = findInstanceType(name);
      if (name === instance.type || !type) return name === instance.type;
      return shortagesOf(name, needs.get(instance.type) ?? NOTHING, sizeOf(type)).length === 0;
    };
    const instances = this.#fleet.instances.map((instance) => {
      const { requested } = instance;
      if (!requested || !isNew(instance)) return instance;
      const types = requested.types.filter((name) => holds(name, instance));
      return { ...instance, requested: { ...requested, types } };
    });
    this.#fleet = { ...this.#fleet, instances };
  }

  /** What has been empty the longest leaves first, as long as the minimum stays. */
  #retire(): void {
    const { minVcpus, scaleDownDelayMs } = this.#rules;
    const overdue = this.#fleet.instances
      .filter((instance) => this.#mayLeave(instance, scaleDownDelayMs))
      .toSorted((left, right) => emptySince(left) - emptySince(right));
    let vcpus = vcpusOfFleet(this.#fleet);
    for (const { id, total } of overdue) {
      if (vcpus - total.vcpus < minVcpus) continue;
      this.#change(id, (instance) => (isEmpty(instance) ? { ...instance, leaving: {} } : instance));
      vcpus -= total.vcpus;
    }
  }
}

function timesOf({ vcpus, memoryMiB, gpus }: Capacity, times: number): Capacity {
  return { vcpus: Math.round(vcpus * times * 1000) / 1000, memoryMiB: memoryMiB * times, gpus: gpus * times };
}

function largest(left: Capacity, right: Capacity): Capacity {
  return {
    vcpus: Math.max(left.vcpus, right.vcpus),
    memoryMiB: Math.max(left.memoryMiB, right.memoryMiB),
    gpus: Math.max(left.gpus, right.gpus),
  };
}
