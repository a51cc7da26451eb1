// One scheduling pass over a domain (the queues and environments that share capacity): give back what ended, ask core for
// a plan over the heads of the queues, commit placements together with the capacity they take. Exactly one pass runs per
// domain at a time; it is the only writer of the ledgers. Starting what was placed is a reaction to the committed change.
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { attemptId } from '../core/job/job.ts';
import { onPlaceabilityKnown, onPlaced } from '../core/job/lifecycle.ts';
import { taskIdOf } from '../core/job/task-id.ts';
import type { Capacity } from '../core/placement/capacity.ts';
import type { Plan, PlannedPlacement, Snapshot } from '../core/placement/plan.ts';
import { planPlacements } from '../core/placement/plan.ts';
import type { Clock, WriteOp } from './ports.ts';
import type { JobStore, StoredJob } from './store/jobs.ts';
import { putOp, queueHeads, transition, unplaceableJobs } from './store/jobs.ts';
import type { PlacementRecord, Place } from './store/ledger.ts';
import { getPlacements, Ledgers, placementDelete, placementPut } from './store/ledger.ts';

/** The part of queues and environments that scheduling needs. */
export interface SchedulingDomain {
  readonly queues: readonly {
    readonly queueArn: QueueArn;
    readonly priority: number;
    readonly environments: readonly ComputeEnvironmentArn[];
  }[];
  readonly environments: readonly {
    readonly ceArn: ComputeEnvironmentArn;
    readonly clusterName: string;
    readonly usable: boolean;
    readonly max: Capacity;
  }[];
}

/** The machine below all environments of a local home. */
export interface Host {
  readonly total: Capacity;
  readonly gpuIds: readonly number[];
}

export interface ScheduleDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly loadDomain: () => Promise<SchedulingDomain>;
  readonly host?: Host;
}

export interface Pass {
  readonly placed: number;
  readonly released: readonly PlacementRecord[];
  readonly blocked: Plan['blocked'];
  /** There may be more to place at once. */
  readonly more: boolean;
}

/** A placement is two operations (job and record); the rest of the hundred is for ledgers. */
const PLACEMENTS_PER_WRITE = 40;
const RELEASES_PER_WRITE = 80;
const HEADS_PER_QUEUE = 100;

export async function schedule(deps: ScheduleDeps, ended: readonly string[]): Promise<Pass> {
  const domain = await deps.loadDomain();
  const given = (await getPlacements(deps.store.table, ended)).filter((record) => record !== undefined);
  const ledgers = await Ledgers.load(deps.store.table, placesOf(deps, domain, given));
  await giveBack(deps, ledgers, given);
  const { snapshot, jobs } = await takeSnapshot(deps, domain, ledgers);
  const plan = planPlacements(snapshot);
  const placed = await commitPlacements(deps, ledgers, plan.placements, jobs);
  await setAside(deps, plan.unplaceable);
  const more = plan.unplaceable.length > 0 || placed < plan.placements.length || fullWindow(plan, snapshot);
  return { placed, released: given, blocked: plan.blocked, more };
}

/** Some queue was placed to the last head that was looked at: there may be more behind. */
function fullWindow(plan: Plan, snapshot: Snapshot): boolean {
  const stopped = new Set(plan.blocked.map((block) => block.queueArn));
  return snapshot.queues.some(
    (queue) => queue.heads.length === HEADS_PER_QUEUE && !stopped.has(queue.queueArn),
  );
}

function placesOf(deps: ScheduleDeps, domain: SchedulingDomain, given: readonly PlacementRecord[]): Place[] {
  const places = new Set<Place>(domain.environments.map((ce) => ce.ceArn));
  for (const record of given) places.add(record.ceArn);
  if (deps.host) places.add('host');
  return [...places];
}

async function giveBack(
  deps: ScheduleDeps,
  ledgers: Ledgers,
  given: readonly PlacementRecord[],
): Promise<void> {
  for (let start = 0; start < given.length; start += RELEASES_PER_WRITE) {
    const records = given.slice(start, start + RELEASES_PER_WRITE);
    for (const record of records) ledgers.give(record);
    const ops: WriteOp[] = records.map((record) => placementDelete(record.attemptId));
    const result = await deps.store.table.write([...ops, ...ledgers.writes()]);
    if (!result.ok) throw new Error('another scheduler wrote this domain: the pass is given up and repeated');
    ledgers.committed();
  }
}

export async function takeSnapshot(
  deps: ScheduleDeps,
  domain: SchedulingDomain,
  ledgers: Ledgers,
): Promise<{ readonly snapshot: Snapshot; readonly jobs: ReadonlyMap<JobId, StoredJob> }> {
  const jobs = new Map<JobId, StoredJob>();
  const queues = await Promise.all(
    domain.queues.map(async (queue) => {
      const heads = await queueHeads(deps.store, queue.queueArn, HEADS_PER_QUEUE);
      for (const head of heads) jobs.set(head.job.jobId, head);
      return { ...queue, heads: heads.map(({ job }) => ({ jobId: job.jobId, demand: job.spec.demand })) };
    }),
  );
  const environments = new Map(
    domain.environments.map((ce) => [ce.ceArn, { ...ce, used: ledgers.entry(ce.ceArn).used }]),
  );
  if (!deps.host) return { snapshot: { queues, environments }, jobs };
  const inUse = ledgers.entry('host');
  const freeGpuIds = deps.host.gpuIds.filter((id) => !inUse.gpuIds.includes(id));
  const host = { total: deps.host.total, used: inUse.used, freeGpuIds };
  return { snapshot: { queues, environments, host }, jobs };
}

async function commitPlacements(
  deps: ScheduleDeps,
  ledgers: Ledgers,
  planned: readonly PlannedPlacement[],
  jobs: ReadonlyMap<JobId, StoredJob>,
): Promise<number> {
  let placed = 0;
  for (let start = 0; start < planned.length; start += PLACEMENTS_PER_WRITE) {
    placed += await commitChunk(deps, ledgers, planned.slice(start, start + PLACEMENTS_PER_WRITE), jobs);
  }
  return placed;
}

async function commitChunk(
  deps: ScheduleDeps,
  ledgers: Ledgers,
  chunk: readonly PlannedPlacement[],
  jobs: ReadonlyMap<JobId, StoredJob>,
): Promise<number> {
  const nowMs = deps.clock.now();
  let moves = chunk.flatMap((placement) => {
    const found = jobs.get(placement.jobId);
    return found?.job.status === 'RUNNABLE' ? [moveOf(deps, found.job, found.version, placement, nowMs)] : [];
  });
  while (moves.length > 0) {
    for (const move of moves) ledgers.take(move.record);
    const ops = moves.flatMap((move) => [move.jobOp, placementPut(move.record)]);
    const result = await deps.store.table.write([...ops, ...ledgers.writes()]);
    if (result.ok) {
      ledgers.committed();
      return moves.length;
    }
    // A stale row (cancelled meanwhile, or an index that lagged) is left out; the others stand.
    for (const move of moves) ledgers.give(move.record);
    const stale = new Set(result.failed.map((index) => Math.floor(index / 2)));
    const left = moves.filter((_, index) => !stale.has(index));
    if (left.length === moves.length)
      throw new Error('another scheduler wrote this domain: the pass is given up and repeated');
    moves = left;
  }
  return 0;
}

function moveOf(
  deps: ScheduleDeps,
  job: Job & { status: 'RUNNABLE' },
  version: number,
  placement: PlannedPlacement,
  nowMs: number,
): { readonly jobOp: WriteOp; readonly record: PlacementRecord } {
  const number = job.attempts.length + 1;
  const taskId = taskIdOf(job.jobId, number);
  const { ceArn, clusterName, demand, gpuIds } = placement;
  const attempt = { number, taskId, placedAtMs: nowMs, placement: { ceArn, clusterName, demand, gpuIds } };
  const { queueArn } = job.spec;
  const record = { attemptId: attemptId(job.jobId, number), taskId, queueArn, ceArn, demand, gpuIds };
  return { jobOp: putOp(deps.store, onPlaced(job, attempt), version), record };
}

/** Jobs that can never fit leave the line, so that the heads stay jobs that can move; they are told at once. */
async function setAside(deps: ScheduleDeps, unplaceable: Plan['unplaceable']): Promise<void> {
  await Promise.all(
    unplaceable.map(({ jobId, reason }) =>
      transition(deps.store, jobId, (job) => onPlaceabilityKnown(job, reason)),
    ),
  );
}

/** After a queue or environment changed: jobs that were set aside stand in line again and are judged anew. */
export async function reconsiderUnplaceable(
  deps: Pick<ScheduleDeps, 'store'>,
  queueArn: QueueArn,
): Promise<number> {
  let reconsidered = 0;
  for (;;) {
    const jobs = await unplaceableJobs(deps.store, queueArn, 100);
    if (jobs.length === 0) return reconsidered;
    await Promise.all(
      jobs.map(({ job }) => transition(deps.store, job.jobId, (now) => onPlaceabilityKnown(now, undefined))),
    );
    reconsidered += jobs.length;
  }
}
