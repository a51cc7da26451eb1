// One scheduling pass over a domain (the queues and environments that share capacity): give back what ended, ask core for
// a plan over the heads of the queues, commit placements together with the capacity they take. Exactly one pass runs per
// domain at a time; it is the only writer of the ledgers. Starting what was placed is a reaction to the committed change.
import type { ComputeEnvironmentArn, EpochMs, JobId, QueueArn } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { attemptId } from '../core/job/job.ts';
import { onPlaceabilityKnown, onPlaced } from '../core/job/lifecycle.ts';
import { attemptTaskId } from '../core/job/node.ts';
import type { Plan, PlannedPlacement } from '../core/placement/planned.ts';
import { planPlacements } from '../core/placement/plan.ts';
import { firstEndMs } from '../core/placement/refusals.ts';
import type { Accounts } from './accounts.ts';
import { inWrites, loadAccounts } from './accounts.ts';
import { enforceTimeLimits, tellHeads } from './blocked-jobs.ts';
import type { ScheduleDeps } from './schedule-deps.ts';
import { commitFleets, enforceReplacements, loadMachineryOf, upkeepFleets } from './fleets.ts';
import type { WriteOp } from './table-ports.ts';
import { MAX_WRITE_OPS } from './table-rules.ts';
import { sweepShares } from './shares.ts';
import type { StoredJob } from './store/jobs.ts';
import { putOp, transition } from './store/jobs.ts';
import type { PlacementRecord } from './store/ledger.ts';
import { getPlacements, placementDelete, placementPut } from './store/ledger.ts';
import { unplaceableJobs } from './store/lines.ts';
import { takeSnapshot } from './take-snapshot.ts';

export interface Pass {
  readonly placed: number;
  readonly released: readonly PlacementRecord[];
  readonly blocked: Plan['blocked'];
  /** There may be more to place at once. */
  readonly more: boolean;
  /** When a pass is due although nothing happens: a time limit of a blocked job passes then. */
  readonly nextLookAtMs?: EpochMs;
  /** Environments whose machines are to become what their fleet says: engine/follow-fleets.ts does it. */
  readonly changedFleets: readonly ComputeEnvironmentArn[];
}

/** A placement is two operations (job and record), a release one; the rest of a write is for the accounts. */
const PLACEMENT_WRITES = { opsEach: 2, maxElements: 40, maxOps: MAX_WRITE_OPS };
const RELEASE_WRITES = { opsEach: 1, maxElements: 80, maxOps: MAX_WRITE_OPS };

export async function schedule(deps: ScheduleDeps, ended: readonly string[]): Promise<Pass> {
  const domain = await deps.loadDomain();
  const given = (await getPlacements(deps.store.table, ended)).filter((record) => record !== undefined);
  const accounts = await loadAccounts(deps.store.table, domain, given, deps.host !== undefined);
  await giveBack(deps, accounts, given);
  const { replacements } = deps;
  const machinery = await loadMachineryOf(deps.store.table, domain);
  const world = { machinery, ...(replacements ? { replacements } : {}) };
  const upkeep = upkeepFleets(domain, accounts, deps.clock.now(), world);
  const { snapshot, jobs, standings } = await takeSnapshot(deps, domain, accounts, upkeep.fleets);
  const plan = planPlacements(snapshot);
  const fleets = new Map([...upkeep.fleets, ...plan.fleets]);
  const changedFleets = await commitFleets(deps.store.table, domain, accounts, fleets);
  const placed = await commitPlacements(deps, accounts, plan.placements, jobs);
  if (replacements) {
    const at = { atMs: deps.clock.now(), replacements };
    await enforceReplacements(deps.store.table, domain, accounts, upkeep, at);
  }
  await setAside(deps, plan.unplaceable);
  await sweepShares(deps.store, standings, deps.clock.now());
  await tellHeads(deps, plan, jobs);
  const { cancelled, nextAtMs } = await enforceTimeLimits(deps, domain, plan);
  const nextLookAtMs = earliest(earliest(nextAtMs, upkeep.nextAtMs), nextAskMs(plan));
  const isShort = placed < plan.placements.length;
  const more = plan.unplaceable.length > 0 || isShort || plan.unfinished.length > 0 || cancelled > 0;
  return {
    placed,
    released: given,
    blocked: plan.blocked,
    more,
    changedFleets,
    ...(nextLookAtMs === undefined ? {} : { nextLookAtMs }),
  };
}

function earliest(left: EpochMs | undefined, right: EpochMs | undefined): EpochMs | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
}

/** When an environment that refused the head of a queue is asked again. */
function nextAskMs({ blocked }: Plan): EpochMs | undefined {
  return firstEndMs(
    blocked.flatMap(({ reason }) => (reason.code === 'CAPACITY_REFUSED' ? reason.refusals : [])),
  );
}

async function giveBack(
  deps: ScheduleDeps,
  accounts: Accounts,
  given: readonly PlacementRecord[],
): Promise<void> {
  for (const records of inWrites(given, (record) => record, RELEASE_WRITES)) {
    const atMs = deps.clock.now();
    for (const record of records) accounts.give(record, atMs);
    const ops: WriteOp[] = records.map((record) => placementDelete(record));
    const result = await deps.store.table.write([...ops, ...accounts.writes()]);
    if (!result.ok) throw new Error('another scheduler wrote this domain: the pass is given up and repeated');
    accounts.committed();
  }
}

interface Move {
  readonly jobOp: WriteOp;
  readonly record: PlacementRecord;
}

async function commitPlacements(
  deps: ScheduleDeps,
  accounts: Accounts,
  planned: readonly PlannedPlacement[],
  jobs: ReadonlyMap<JobId, StoredJob>,
): Promise<number> {
  const moves = planned.flatMap((placement) => {
    const found = jobs.get(placement.jobId);
    if (found?.job.status !== 'RUNNABLE') return [];
    return [moveOf(deps, accounts, found.job, found.version, placement)];
  });
  let placed = 0;
  for (const part of inWrites(moves, (move) => move.record, PLACEMENT_WRITES)) {
    placed += await commitMoves(deps, accounts, part);
  }
  return placed;
}

async function commitMoves(
  deps: ScheduleDeps,
  accounts: Accounts,
  planned: readonly Move[],
): Promise<number> {
  const atMs = deps.clock.now();
  let moves = planned;
  while (moves.length > 0) {
    for (const move of moves) accounts.take(move.record, atMs);
    const ops = moves.flatMap((move) => [move.jobOp, placementPut(move.record)]);
    const result = await deps.store.table.write([...ops, ...accounts.writes()]);
    if (result.ok) {
      accounts.committed();
      return moves.length;
    }
    // A stale row (cancelled meanwhile, or an index that lagged) is left out; the others stand.
    for (const move of moves) accounts.undo(move.record, atMs);
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
  { consumables: counts }: Accounts,
  job: Job & { status: 'RUNNABLE' },
  version: number,
  placement: PlannedPlacement,
): Move {
  const nowMs = deps.clock.now();
  const number = job.attempts.length + 1;
  const taskId = attemptTaskId(job, number);
  const { ceArn, clusterName, demand, gpuIds, instances, instanceIds, instanceTypes, machineIds } = placement;
  const { queueArn, shareIdentifier, consumables } = job.spec;
  const onInstances = {
    ...(instanceIds && { instanceIds }),
    ...(instanceTypes && { instanceTypes }),
    ...(machineIds && { machineIds }),
  };
  const place = { ceArn, clusterName, demand, gpuIds, ...onInstances };
  const again = job.refusals === undefined ? {} : { placementNumber: job.refusals.count };
  const attempt = { number, ...again, taskId, placedAtMs: nowMs, placement: place };
  const record: PlacementRecord = {
    attemptId: attemptId(job.jobId, number),
    ...again,
    taskId,
    queueArn,
    ...(shareIdentifier === undefined ? {} : { shareIdentifier }),
    ...(consumables && {
      consumables: consumables.map((taken) => ({ ...taken, comesBack: counts.comesBack(taken.arn) })),
    }),
    ceArn,
    demand,
    gpuIds,
    ...(instances && { instances }),
  };
  return { jobOp: putOp(deps.store, onPlaced(job, attempt), version), record };
}

/** Jobs that can never fit leave the line, so that the heads stay jobs that can move; they are told at once. */
async function setAside(deps: ScheduleDeps, unplaceable: Plan['unplaceable']): Promise<void> {
  const atMs = deps.clock.now();
  await Promise.all(
    unplaceable.map(({ jobId, reason }) =>
      transition(deps.store, jobId, (job) => onPlaceabilityKnown(job, reason, atMs)),
    ),
  );
}

/** After a queue or environment changed: jobs that were set aside stand in line again and are judged anew. */
export async function reconsiderUnplaceable(
  deps: Pick<ScheduleDeps, 'store' | 'clock'>,
  queueArn: QueueArn,
): Promise<number> {
  let reconsidered = 0;
  let after: string | undefined;
  // Page by page, not until none is left: a pass may set them aside again while this goes on.
  do {
    const page = await unplaceableJobs(deps.store, queueArn, {
      limit: 100,
      ...(after === undefined ? {} : { after }),
    });
    await Promise.all(
      page.jobs.map(({ job }) =>
        transition(deps.store, job.jobId, (now) => onPlaceabilityKnown(now, undefined, deps.clock.now())),
      ),
    );
    reconsidered += page.jobs.length;
    after = page.next;
  } while (after !== undefined);
  return reconsidered;
}
