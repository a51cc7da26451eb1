// The safety net: compares the rows with the world and repairs what a crash left. It decides nothing that the ordinary way
// would not decide: it re-adopts containers, re-drives executions, gives back capacity nobody holds.
import type { Job, PlacedJob } from '../core/job/job.ts';
import { attemptId, isPlaced, parseAttemptId } from '../core/job/job.ts';
import { isMultiNode, mustNodeStop } from '../core/job/node.ts';
import { nodeViews } from '../core/job/node-view.ts';
import type { Clock, ContainerTask, Launcher, Observation, Workflows } from './ports.ts';
import { drive } from './react.ts';
import type { JobStore } from './store/jobs.ts';
import { getJobs, liveJobs } from './store/jobs.ts';
import { listPlacements } from './store/ledger.ts';

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

async function takeUp(deps: ReconcileDeps, job: Job): Promise<void> {
  if (!isPlaced(job)) return;
  if (isMultiNode(job)) {
    await Promise.all(nodeViews(job).map((view, index) => adoptNode(deps, view, mustNodeStop(job, index))));
    await drive(deps, job);
    return;
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
    return;
  }
  if (found === 'adopted' && job.stopRequest) await deps.launcher.stop(id, deps.stopGraceSeconds);
  await drive(deps, job);
}

/** The execution starts what is STARTING and was never started; a node that ran and left no trace is lost with its host. */
async function adoptNode(deps: ReconcileDeps, view: Job, stopRequested: boolean): Promise<void> {
  if (!isPlaced(view)) return;
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
}

/** Attempts that hold capacity although their job does not run them any more. */
export async function strandedPlacements(deps: Pick<ReconcileDeps, 'store'>): Promise<readonly string[]> {
  const stranded: string[] = [];
  let after: string | undefined;
  do {
    const page = await listPlacements(deps.store.table, after);
    const holders = page.placements.map((placement) => parseAttemptId(placement.attemptId));
    const jobs = await getJobs(
      deps.store,
      holders.map((holder) => holder.jobId),
    );
    for (const [index, placement] of page.placements.entries()) {
      const job = jobs[index]?.job;
      const live = job && isPlaced(job) && job.attempt.number === holders[index]?.number;
      if (!live) stranded.push(placement.attemptId);
    }
    after = page.next;
  } while (after !== undefined);
  return stranded;
}
