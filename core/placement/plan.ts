// The scheduler's decision: a snapshot of queue heads and free capacity in, placements and waiting reasons out.
// Queues by priority, jobs of a queue in its line's order, compute environments in the queue's order with fall-through to
// the next. A head that lacks room blocks its queue, so that large jobs are not starved; one that can never fit does not.
import type { ComputeEnvironmentArn, JobId } from '../ids.ts';
import type { ContainerDemand } from '../job/spec.ts';
import type { Candidate, Line } from '../queue/line.ts';
import { fairLine, fifoLine } from '../queue/line.ts';
import type { Capacity } from './capacity.ts';
import { minus, shortagesOf } from './capacity.ts';
import type { FleetVerdict, PartDemand } from './fleet-capacity.ts';
import { placeInFleet } from './fleet-capacity.ts';
import type { Fleet } from './fleet.ts';
import type { ConsumableStock } from '../queue/consumable-resource.ts';
import { consumableShortage, NO_STOCK } from '../queue/consumable-resource.ts';
import type { Refusal } from './refusals.ts';
import type { Plan, PlannedPlacement } from './planned.ts';
import { reasonFor, refusedReason, unfitReason } from './not-placed.ts';
import type { WaitingReason } from './waiting-reason.ts';
import type { Shortage } from './shortage.ts';
import { leavesLine } from './waiting-reason.ts';
import type { EnvironmentSnapshot, FleetSnapshot, QueueSnapshot, Snapshot } from './snapshot.ts';
import { withWishes } from './wish.ts';

type Draft = { readonly [Part in keyof Omit<Plan, 'fleets'>]: Plan[Part][number][] };

export function planPlacements(snapshot: Snapshot): Plan {
  const room = new Room(snapshot);
  const draft: Draft = { placements: [], blocked: [], unplaceable: [], unfinished: [] };
  const queues = [...snapshot.queues].sort((left, right) => right.priority - left.priority);
  for (const queue of queues) planQueue(room, queue, draft);
  const plan = { ...draft, fleets: room.fleets };
  return { ...plan, fleets: withWishes(snapshot, plan) };
}

function planQueue(room: Room, queue: QueueSnapshot, draft: Draft): void {
  const { queueArn } = queue;
  const line = lineOf(queue);
  for (let head = line.head(); head; head = line.head()) {
    const { jobId } = head;
    const verdict = room.place(queue, head, line.hindrance(head));
    if ('placement' in verdict) {
      draft.placements.push(verdict.placement);
      line.advance(head.demand);
    } else if (leavesLine(verdict.reason)) {
      draft.unplaceable.push({ jobId, reason: verdict.reason });
      line.advance();
    } else {
      draft.blocked.push({ queueArn, jobId, reason: verdict.reason });
      judgeBehind(room, queue, head, verdict.reason, draft);
      return;
    }
  }
  if (line.mayHaveMore()) draft.unfinished.push(queueArn);
}

/** Behind a head that waits, the others wait too; one of them that can never fit is told so at once all the same. */
function judgeBehind(
  room: Room,
  queue: QueueSnapshot,
  head: Candidate,
  blockedBy: WaitingReason,
  draft: Draft,
): void {
  const told = new Set([...draft.placements, ...draft.unplaceable].map(({ jobId }) => jobId));
  for (const candidate of headsOf(queue)) {
    // An array's children share one demand: what holds for the head holds for them.
    if (candidate.demand === head.demand || told.has(candidate.jobId)) continue;
    const verdict = room.place(queue, candidate, blockedBy);
    if ('placement' in verdict || !leavesLine(verdict.reason)) continue;
    draft.unplaceable.push({ jobId: candidate.jobId, reason: verdict.reason });
  }
}

function lineOf({ heads, mayHaveMore = false, fair }: QueueSnapshot): Line {
  return fair ? fairLine(fair) : fifoLine(heads, mayHaveMore);
}

type Verdict = { readonly placement: PlannedPlacement } | { readonly reason: WaitingReason };

/** What is still free while a plan grows. */
class Room {
  /** Those that changed. */
  readonly fleets = new Map<ComputeEnvironmentArn, Fleet>();
  readonly #environments: Map<ComputeEnvironmentArn, EnvironmentSnapshot & { free: Capacity }>;
  readonly #placed = new Set<JobId>();
  readonly #hostTotal: Capacity | undefined;
  #hostFree: Capacity | undefined;
  readonly #gpuIds: number[];
  readonly #stocks: Map<string, ConsumableStock>;

  constructor(snapshot: Snapshot) {
    this.#environments = new Map(
      [...snapshot.environments].map(([arn, ce]) => [arn, { ...ce, free: minus(ce.max, ce.used) }]),
    );
    this.#hostTotal = snapshot.host?.total;
    this.#hostFree = snapshot.host && minus(snapshot.host.total, snapshot.host.used);
    this.#stocks = new Map(snapshot.consumables);
    this.#gpuIds = [...(snapshot.host?.freeGpuIds ?? [])].sort((left, right) => left - right);
  }

  /** `hindrance`: why the candidate may not take room that there is. */
  place(queue: QueueSnapshot, candidate: Candidate, hindrance: WaitingReason | undefined): Verdict {
    const { demand } = candidate;
    const never: Shortage[] = [];
    const lacks: Shortage[] = [];
    const unavailable: string[] = [];
    const unfit: string[] = [];
    const refused: Refusal[] = [];
    const shortage = this.#consumableShortage(candidate);
    if (shortage?.untilRaised) return { reason: shortage };
    for (const ceArn of queue.environments) {
      const ce = this.#environments.get(ceArn);
      if (candidate.isMultiNode && ce?.refusesMultiNode) {
        unfit.push(ceArn);
        continue;
      }
      if (!ce?.usable) {
        unavailable.push(ceArn);
        continue;
      }
      const atBest = this.#shortagesAtBest(ce, demand);
      if (atBest.length > 0) {
        never.push(...atBest);
        continue;
      }
      const onInstances = ce.fleet && this.#placeOnInstances(ce, ce.fleet, queue, candidate);
      if (onInstances?.fits === false && onInstances.never) {
        never.push(...onInstances.lacks);
        continue;
      }
      const refusal = candidate.refusals?.find((one) => one.ceArn === ceArn);
      if (refusal) {
        refused.push(refusal);
        continue;
      }
      const now = this.#shortagesNow(ce, demand);
      if (now.length > 0) lacks.push(...now);
      else if (onInstances?.fits === false) lacks.push(...onInstances.lacks);
      else if (hindrance) return { reason: hindrance };
      else if (shortage) return { reason: shortage };
      else return { placement: this.#take(ce, candidate, onInstances) };
    }
    // One that does not fit for its kind says so only when no other could ever serve.
    const isAllUnfit = unfit.length > 0 && unfit.length === queue.environments.length;
    if (isAllUnfit) return { reason: unfitReason(unfit) };
    if (refused.length > 0) return { reason: refusedReason(refused) };
    return { reason: reasonFor(queue, never, lacks, unavailable) };
  }

  #consumableShortage({ consumables }: Candidate): ReturnType<typeof consumableShortage> {
    return consumables && consumableShortage(consumables, (arn) => this.#stocks.get(arn) ?? NO_STOCK);
  }

  #shortagesAtBest(ce: EnvironmentSnapshot, demand: ContainerDemand): Shortage[] {
    const inEnvironment = shortagesOf(ce.ceArn, demand, ce.max);
    if (inEnvironment.length > 0 || !this.#hostTotal) return inEnvironment;
    return shortagesOf('host', demand, this.#hostTotal);
  }

  #shortagesNow(
    ce: { readonly ceArn: string; readonly free: Capacity },
    demand: ContainerDemand,
  ): Shortage[] {
    const inEnvironment = shortagesOf(ce.ceArn, demand, ce.free);
    if (inEnvironment.length > 0 || !this.#hostFree) return inEnvironment;
    return shortagesOf('host', demand, this.#hostFree);
  }

  #placeOnInstances(
    { ceArn }: EnvironmentSnapshot,
    { rules, now, atMs }: FleetSnapshot,
    queue: QueueSnapshot,
    candidate: Candidate,
  ): FleetVerdict {
    return placeInFleet(rules, this.fleets.get(ceArn) ?? now, {
      place: ceArn,
      parts: partsOf(candidate),
      waiting: () =>
        headsOf(queue)
          .filter(({ jobId }) => jobId !== candidate.jobId && !this.#placed.has(jobId))
          .flatMap(partsOf)
          .map((part) => part.demand),
      atMs,
    });
  }

  #take(
    ce: EnvironmentSnapshot & { free: Capacity },
    candidate: Candidate,
    onInstances: (FleetVerdict & { readonly fits: true }) | undefined,
  ): PlannedPlacement {
    const { demand, jobId } = candidate;
    ce.free = minus(ce.free, demand);
    if (onInstances) {
      this.fleets.set(ce.ceArn, onInstances.fleet);
      this.#placed.add(jobId);
    }
    if (this.#hostFree) this.#hostFree = minus(this.#hostFree, demand);
    for (const { arn, quantity } of candidate.consumables ?? []) {
      const stock = this.#stocks.get(arn) ?? NO_STOCK;
      this.#stocks.set(arn, { ...stock, available: stock.available - quantity });
    }
    const gpuIds = this.#hostFree ? this.#gpuIds.splice(0, demand.gpus) : [];
    const { ceArn, clusterName, instanceIds } = ce;
    const placement = { jobId, ceArn, clusterName, demand, gpuIds };
    if (!onInstances) return instanceIds ? { ...placement, instanceIds } : placement;
    const { shares } = onInstances;
    return { ...placement, instances: shares, ...idsOf(onInstances) };
  }
}

/** Real instances have their machines' ids, too. */
function idsOf({
  fleet,
  shares,
}: FleetVerdict & { readonly fits: true }): Pick<
  PlannedPlacement,
  'instanceIds' | 'instanceTypes' | 'machineIds'
> {
  const instanceIds = shares.map(({ instanceId }) => instanceId);
  const instances = new Map(fleet.instances.map((instance) => [instance.id, instance]));
  const types = instanceIds.flatMap((id) => instances.get(id)?.type ?? []);
  const machineIds = instanceIds.flatMap((id) => instances.get(id)?.machineId ?? []);
  // Most nodes of most jobs are on machines of one kind; their row is large enough.
  const instanceTypes = new Set(types).size === 1 ? types.slice(0, 1) : types;
  return { instanceIds, instanceTypes, ...(machineIds.length === 0 ? {} : { machineIds }) };
}

function headsOf({ heads, fair }: QueueSnapshot): readonly Candidate[] {
  return fair ? fair.shares.flatMap((share) => share.heads) : heads;
}

function partsOf({ demand, nodes }: Candidate): readonly PartDemand[] {
  return nodes ?? [{ demand }];
}
