// The scheduler's decision: a snapshot of queue heads and free capacity in, placements and waiting reasons out.
// Queues by priority, jobs of a queue in its line's order, compute environments in the queue's order with fall-through to
// the next. A head that lacks room blocks its queue, so that large jobs are not starved; one that can never fit does not.
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../ids.ts';
import type { ContainerDemand } from '../job/spec.ts';
import type { Candidate, FairFront, Line } from '../queue/line.ts';
import { fairLine, fifoLine } from '../queue/line.ts';
import type { Capacity } from './capacity.ts';
import { describeShortage, minus, shortagesOf } from './capacity.ts';
import type { Shortage, WaitingReason } from './waiting-reason.ts';

export interface QueueSnapshot {
  readonly queueArn: QueueArn;
  readonly priority: number;
  /** Ascending order. */
  readonly environments: readonly ComputeEnvironmentArn[];
  /** The first jobs of a FIFO queue, in dispatch order. */
  readonly heads: readonly Candidate[];
  /** Others may stand behind the heads. */
  readonly mayHaveMore?: boolean;
  /** A queue with a scheduling policy: the fronts of its shares, instead of heads. */
  readonly fair?: FairFront;
}

export interface EnvironmentSnapshot {
  readonly ceArn: ComputeEnvironmentArn;
  readonly clusterName: string;
  /** ENABLED and VALID. */
  readonly usable: boolean;
  /** All it may ever hold at once; `Infinity` for what it does not limit. */
  readonly max: Capacity;
  readonly used: Capacity;
}

/** The machine below all environments of a local home; the cloud has none. */
export interface HostSnapshot {
  readonly total: Capacity;
  readonly used: Capacity;
  readonly freeGpuIds: readonly number[];
}

export interface Snapshot {
  readonly queues: readonly QueueSnapshot[];
  readonly environments: ReadonlyMap<ComputeEnvironmentArn, EnvironmentSnapshot>;
  readonly host?: HostSnapshot;
}

export interface PlannedPlacement {
  readonly jobId: JobId;
  readonly ceArn: ComputeEnvironmentArn;
  readonly clusterName: string;
  readonly demand: ContainerDemand;
  readonly gpuIds: readonly number[];
}

export interface Plan {
  readonly placements: readonly PlannedPlacement[];
  /** The head each queue stopped at, and why. */
  readonly blocked: readonly {
    readonly queueArn: QueueArn;
    readonly jobId: JobId;
    readonly reason: WaitingReason;
  }[];
  /** Jobs that nothing their queue may use could ever hold. */
  readonly unplaceable: readonly { readonly jobId: JobId; readonly reason: WaitingReason }[];
  /** Queues where jobs may stand behind all that were placed or left out. */
  readonly unfinished: readonly QueueArn[];
}

type Draft = { readonly [Part in keyof Plan]: Plan[Part][number][] };

export function planPlacements(snapshot: Snapshot): Plan {
  const room = new Room(snapshot);
  const draft: Draft = { placements: [], blocked: [], unplaceable: [], unfinished: [] };
  const queues = [...snapshot.queues].sort((left, right) => right.priority - left.priority);
  for (const queue of queues) planQueue(room, queue, draft);
  return draft;
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
    } else if (verdict.reason.code === 'NEVER_FITS') {
      draft.unplaceable.push({ jobId, reason: verdict.reason });
      line.advance();
    } else {
      draft.blocked.push({ queueArn, jobId, reason: verdict.reason });
      return;
    }
  }
  if (line.mayHaveMore()) draft.unfinished.push(queueArn);
}

function lineOf({ heads, mayHaveMore = false, fair }: QueueSnapshot): Line {
  return fair ? fairLine(fair) : fifoLine(heads, mayHaveMore);
}

type Verdict = { readonly placement: PlannedPlacement } | { readonly reason: WaitingReason };

/** What is still free while a plan grows. */
class Room {
  readonly #environments: Map<ComputeEnvironmentArn, EnvironmentSnapshot & { free: Capacity }>;
  readonly #hostTotal: Capacity | undefined;
  #hostFree: Capacity | undefined;
  readonly #gpuIds: number[];

  constructor(snapshot: Snapshot) {
    this.#environments = new Map(
      [...snapshot.environments].map(([arn, ce]) => [arn, { ...ce, free: minus(ce.max, ce.used) }]),
    );
    this.#hostTotal = snapshot.host?.total;
    this.#hostFree = snapshot.host && minus(snapshot.host.total, snapshot.host.used);
    this.#gpuIds = [...(snapshot.host?.freeGpuIds ?? [])].sort((left, right) => left - right);
  }

  /** `hindrance`: why the candidate may not take room that there is. */
  place(queue: QueueSnapshot, candidate: Candidate, hindrance: WaitingReason | undefined): Verdict {
    const { demand } = candidate;
    const never: Shortage[] = [];
    const lacks: Shortage[] = [];
    const unavailable: string[] = [];
    for (const ceArn of queue.environments) {
      const ce = this.#environments.get(ceArn);
      if (!ce?.usable) {
        unavailable.push(ceArn);
        continue;
      }
      const atBest = this.#shortagesAtBest(ce, demand);
      if (atBest.length > 0) {
        never.push(...atBest);
        continue;
      }
      const now = this.#shortagesNow(ce, demand);
      if (now.length > 0) lacks.push(...now);
      else if (hindrance) return { reason: hindrance };
      else return { placement: this.#take(ce, candidate) };
    }
    return { reason: reasonFor(queue, never, lacks, unavailable) };
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

  #take(ce: EnvironmentSnapshot & { free: Capacity }, candidate: Candidate): PlannedPlacement {
    const { demand, jobId } = candidate;
    ce.free = minus(ce.free, demand);
    if (this.#hostFree) this.#hostFree = minus(this.#hostFree, demand);
    const gpuIds = this.#hostFree ? this.#gpuIds.splice(0, demand.gpus) : [];
    return { jobId, ceArn: ce.ceArn, clusterName: ce.clusterName, demand, gpuIds };
  }
}

function reasonFor(
  queue: QueueSnapshot,
  never: readonly Shortage[],
  lacks: readonly Shortage[],
  unavailable: readonly string[],
): WaitingReason {
  if (lacks.length > 0) {
    const message = `waits for room: ${lacks.map((lack) => describeShortage(lack, 'free')).join('; ')}`;
    return { code: 'NO_CAPACITY', message, lacks };
  }
  // An environment that is switched off may come back and fit; only when each one that could serve is too small is it never.
  if (unavailable.length > 0 || queue.environments.length === 0) {
    const message =
      queue.environments.length === 0
        ? 'its queue has no compute environment'
        : `no usable compute environment: ${unavailable.map((arn) => arn.split('/').at(-1)).join(', ')} not ENABLED and VALID`;
    return { code: 'ENVIRONMENTS_UNAVAILABLE', message, environments: unavailable };
  }
  const message = `can never fit: ${never.map((lack) => describeShortage(lack, 'at most')).join('; ')}`;
  return { code: 'NEVER_FITS', message, lacks: never };
}
