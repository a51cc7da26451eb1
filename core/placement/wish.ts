// What environments of real machines shall have more or less of, once a plan has placed what there is room for: machines are
// asked for until all that waits would find its place, in the order in which it waits; those that nothing needs leave.
// Invariants: requests and machines together stay within maxvCpus as the strategy counts it; no machine that holds a job, or
// that a waiting job would have, is told to leave.
import type { ComputeEnvironmentArn, JobId } from '../ids.ts';
import type { Candidate } from '../queue/line.ts';
import type { Plan } from './planned.ts';
import type { FleetSnapshot, QueueSnapshot, Snapshot } from './snapshot.ts';
import type { PartDemand } from './fleet-capacity.ts';
import type { Fleet } from './fleet.ts';
import { FleetWish } from './fleet-wish.ts';

type Placed = Pick<Plan, 'placements' | 'unplaceable' | 'blocked' | 'fleets'>;

export function withWishes(snapshot: Snapshot, plan: Placed): ReadonlyMap<ComputeEnvironmentArn, Fleet> {
  const wishes = new Map<ComputeEnvironmentArn, FleetWish>();
  for (const { ceArn, fleet } of snapshot.environments.values()) {
    if (fleet?.rules.real?.scales) wishes.set(ceArn, wishOf(fleet, plan.fleets.get(ceArn)));
  }
  if (wishes.size === 0) return plan.fleets;
  const settled = new Set([...plan.placements, ...plan.unplaceable].map(({ jobId }) => jobId));
  for (const queue of [...snapshot.queues].sort((left, right) => right.priority - left.priority)) {
    if (mayUseMachines(queue, plan)) wishForQueue(snapshot, queue, settled, wishes);
  }
  const settledFleets = [...wishes].map(([ceArn, wish]) => [ceArn, wish.settled()] as const);
  return new Map([...plan.fleets, ...settledFleets]);
}

function wishOf({ rules, now, atMs }: FleetSnapshot, planned: Fleet | undefined): FleetWish {
  return new FleetWish(rules, now, planned ?? now, atMs);
}

/** A head that waits for something else than room would leave new machines idle. */
function mayUseMachines({ queueArn }: QueueSnapshot, { blocked }: Placed): boolean {
  const block = blocked.find((one) => one.queueArn === queueArn);
  return (
    block === undefined || block.reason.code === 'NO_CAPACITY' || block.reason.code === 'CAPACITY_REFUSED'
  );
}

function wishForQueue(
  snapshot: Snapshot,
  queue: QueueSnapshot,
  settled: ReadonlySet<JobId>,
  wishes: ReadonlyMap<ComputeEnvironmentArn, FleetWish>,
): void {
  const heads = queue.fair ? queue.fair.shares.flatMap((share) => share.heads) : queue.heads;
  const waiting = heads.filter(({ jobId }) => !settled.has(jobId));
  const demands = waiting.flatMap(partsOf).map(({ demand }) => demand);
  for (const candidate of waiting) {
    wishFor(snapshot, queue, candidate, wishes, (wish) => wish.want(partsOf(candidate), demands));
  }
  const last = heads.at(-1);
  if (last && mayHaveMore(queue)) wishFor(snapshot, queue, last, wishes, () => false);
  if (!last || queue.behind === undefined) return;
  for (const ceArn of queue.environments) {
    const wish = wishes.get(ceArn);
    if (wish) wish.isCounted = true;
  }
  // Whoever stands further back is taken to be like the last that was looked at: an array's children are.
  let left = queue.behind;
  wishFor(snapshot, queue, last, wishes, (wish) => {
    left = wish.wantMany(partsOf(last), left, demands);
    return left === 0;
  });
}

/** The first environment of the queue that can have what the job needs; each that is asked counts as waited for. */
function wishFor(
  snapshot: Snapshot,
  { environments }: QueueSnapshot,
  { demand, isMultiNode, refusals }: Candidate,
  wishes: ReadonlyMap<ComputeEnvironmentArn, FleetWish>,
  isGranted: (wish: FleetWish) => boolean,
): void {
  for (const ceArn of environments) {
    const ce = snapshot.environments.get(ceArn);
    const wish = wishes.get(ceArn);
    if (!ce?.usable || !wish || (isMultiNode && ce.refusesMultiNode) || demand.vcpus > ce.max.vcpus) continue;
    if (refusals?.some((refusal) => refusal.ceArn === ceArn)) continue;
    wish.isAwaited = true;
    if (isGranted(wish)) return;
  }
}

function mayHaveMore({ mayHaveMore: isLong, fair }: QueueSnapshot): boolean {
  return isLong === true || (fair?.shares.some((share) => share.mayHaveMore) ?? false);
}

function partsOf({ demand, nodes }: Candidate): readonly PartDemand[] {
  return nodes ?? [{ demand }];
}
