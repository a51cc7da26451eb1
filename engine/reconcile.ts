// The safety net: compares the rows with the world and repairs what a crash left. It decides nothing that the ordinary way
// would not decide: it re-adopts containers, re-drives executions, gives back capacity nobody holds.
import type { Job, PlacedJob, StartingJob } from '../core/job/job.ts';
import { attemptId, isPlaced, parseAttemptId, placementId } from '../core/job/job.ts';
import { isMultiNode, mustNodeStop } from '../core/job/node.ts';
import { nodeViews } from '../core/job/node-view.ts';
import type { Clock, Workflows } from './ports.ts';
import type { ContainerTask, Launcher, Observation } from './launch-ports.ts';
import { drive } from './react.ts';
import type { JobStore } from './store/jobs.ts';
import { getJobs } from './store/jobs.ts';
import { liveJobs } from './store/live-jobs.ts';
import type { PlacementRecord } from './store/ledger.ts';
import { listPlacements, placementIdOf } from './store/ledger.ts';

export interface ReconcileDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly launcher: Launcher;
  readonly workflows: Workflows;
  readonly observe: (observation: Observation) => void;
  readonly taskOf: (job: PlacedJob) => ContainerTask;
  readonly stopGraceSeconds: number;
}

/** Takes up every job that holds a placement after a restart. Returns how many there were. */
export async function takeUpLiveJobs(deps: ReconcileDeps): Promise<number> {
  let taken = 0;
  let after: string | undefined;
  do {
    const page = await liveJobs(deps.store, after);
    await Promise.all(page.jobs.map(({ job }) => takeUp(deps, job)));
    taken += page.jobs.length;
    after = page.next;
  } while (after !== undefined);
  return taken;
}

/**
 * Compares one job with the world: adopts or gives up its containers, and has it driven. The answer: itself, or those of its
 * nodes, where the runtime knows nothing of what should be starting; its execution starts it, unless it already has.
 */
export async function takeUp(deps: ReconcileDeps, job: Job): Promise<readonly StartingJob[]> {
  if (!isPlaced(job)) return [];
  if (isMultiNode(job)) {
    const unstarted = await Promise.all(
      nodeViews(job).map((view, index) => adoptNode(deps, view, mustNodeStop(job, index))),
    );
    await drive(deps, job);
    return unstarted.flat();
  }
  const id = attemptId(job.jobId, job.attempt.number);
  const found = await deps.launcher.adopt(id, job.attempt.taskId, {
    task: () => deps.taskOf(job),
    hasRun: job.status === 'RUNNING',
    stopRequested: job.stopRequest !== undefined,
  });
  if (found === 'unknown' && job.status === 'RUNNING') {
    // It ran, and nothing is left that could tell how it ended.
    deps.observe({ kind: 'exited', attemptId: id, atMs: deps.clock.now(), exit: { cause: 'host-lost' } });
    return [];
  }
  if (found === 'adopted' && job.stopRequest) await deps.launcher.stop(id, deps.stopGraceSeconds);
  await drive(deps, job);
  return found === 'unknown' && job.status === 'STARTING' ? [job] : [];
}

/** The execution starts what is STARTING and was never started; a node that ran and left no trace is lost with its host. */
async function adoptNode(
  deps: ReconcileDeps,
  view: Job,
  stopRequested: boolean,
): Promise<readonly StartingJob[]> {
  if (!isPlaced(view)) return [];
  const id = attemptId(view.jobId, view.attempt.number);
  const found = await deps.launcher.adopt(id, view.attempt.taskId, {
    task: () => deps.taskOf(view),
    hasRun: view.status === 'RUNNING',
    stopRequested,
  });
  if (found === 'unknown' && view.status === 'RUNNING') {
    deps.observe({ kind: 'exited', attemptId: id, atMs: deps.clock.now(), exit: { cause: 'host-lost' } });
  }
  if (found === 'adopted' && stopRequested) await deps.launcher.stop(id, deps.stopGraceSeconds);
  return found === 'unknown' && view.status === 'STARTING' ? [view] : [];
}

/** Placements that hold capacity although their job does not run in them any more. */
export async function strandedPlacements(deps: Pick<ReconcileDeps, 'store'>): Promise<readonly string[]> {
  const stranded: string[] = [];
  let after: string | undefined;
  do {
    const page = await strandedPlacementsPage(deps, after);
    stranded.push(...page.stranded.map(placementIdOf));
    after = page.next;
  } while (after !== undefined);
  return stranded;
}

/** Those among one page of all placements. */
export async function strandedPlacementsPage(
  deps: Pick<ReconcileDeps, 'store'>,
  after?: string,
): Promise<{ readonly stranded: readonly PlacementRecord[]; readonly next?: string }> {
  const { placements, next } = await listPlacements(deps.store.table, after);
  const jobs = await getJobs(
    deps.store,
    placements.map((placement) => parseAttemptId(placement.attemptId).jobId),
  );
  const stranded = placements.filter((placement, index) => {
    const job = jobs[index]?.job;
    return !(job && isPlaced(job) && placementId(job.jobId, job.attempt) === placementIdOf(placement));
  });
  return { stranded, ...(next === undefined ? {} : { next }) };
}
