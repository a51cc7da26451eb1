// What a safety net does for one job that has stood still for a while: nothing that the ordinary way would not have done, had
// its message not been lost. Every look may be repeated, and does nothing to a job that is on its way.
import type { ChildMove } from '../core/job/array.ts';
import type { EpochMs, JobId } from '../core/ids.ts';
import { childJobId } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { isPlaced, isTerminal } from '../core/job/job.ts';
import { onStopRequested, TIMED_OUT } from '../core/job/lifecycle.ts';
import { expandArray, foldChildMoves, stopChildren } from './array-reactions.ts';
import { isMultiNode } from '../core/job/node.ts';
import { launchNode } from './launch-nodes.ts';
import { launchPlaced } from './machine-functions.ts';
import type { ReconcileDeps } from './reconcile.ts';
import { takeUp } from './reconcile.ts';
import { evaluateDependencies } from './settle-dependents.ts';
import { jobKey } from './store/job-rows.ts';
import type { JobPage } from './store/jobs.ts';
import { listByStatus, transition } from './store/jobs.ts';

/** How long the ordinary way is left alone before anybody looks after it. */
export const QUIET_MS = 120_000;
/** What an attempt may run beyond its timeout before it is ended from here: the machine's own clock may be coarse, or not count at all. */
const OVERDUE_MS = 60_000;
/** Arrays move with each child; one that has not for so long is looked at. */
const STILL_MS = 5 * 60_000;

/** A job that holds a placement: ends it when it is overdue, and compares it with the world when it has stood for a while. */
export async function tendPlaced(deps: ReconcileDeps, job: Job): Promise<void> {
  if (!isPlaced(job)) return;
  const nowMs = deps.clock.now();
  if (isOverdue(job, nowMs)) {
    const request = { kind: 'timeout' as const, reason: TIMED_OUT, atMs: nowMs };
    const { outcome } = await transition(deps.store, job.jobId, (now) =>
      isOverdue(now, nowMs) ? onStopRequested(now, request) : undefined,
    );
    // A multi-node job whose main node has ended takes no timeout any more: what is left of it may still have to be found.
    if (outcome !== 'unchanged') return;
  }
  const sinceMs = Math.max(
    job.status === 'RUNNING' ? job.startedAtMs : job.attempt.placedAtMs,
    job.stopRequest ? job.stopRequest.atMs + deps.stopGraceSeconds * 1000 : 0,
  );
  if (sinceMs + QUIET_MS > nowMs) return;
  const unstarted = await takeUp(deps, job);
  // Its execution has called the launcher long ago and only waits: whatever was started then is gone without a trace.
  for (const view of unstarted) {
    if (isMultiNode(job)) await launchNode(deps, job, view.node?.index ?? job.spec.nodes.mainNode);
    else await launchPlaced(deps, view);
  }
}

function isOverdue(job: Job, nowMs: EpochMs): boolean {
  const { timeoutSeconds } = job.spec;
  if (job.status !== 'RUNNING' || timeoutSeconds === undefined || job.stopRequest) return false;
  return job.startedAtMs + timeoutSeconds * 1000 + OVERDUE_MS < nowMs;
}

/** A job that has not come into line: looks again at what it waits for; an array's children are written, counted and stopped. */
export async function tendWaiting(deps: Pick<ReconcileDeps, 'store' | 'clock'>, job: Job): Promise<void> {
  if (job.status !== 'SUBMITTED' && job.status !== 'PENDING') return;
  if (job.createdAtMs + QUIET_MS > deps.clock.now()) return;
  if (job.status === 'PENDING' && job.expanded) await tendArray(deps, job);
  else await evaluateDependencies(deps, job);
}

async function tendArray(deps: Pick<ReconcileDeps, 'store' | 'clock'>, parent: Job): Promise<void> {
  const nowMs = deps.clock.now();
  const size = parent.spec.arraySize ?? 0;
  if (!(await deps.store.table.get('jobs', jobKey(childJobId(parent.jobId, size - 1))))) {
    // They are written in order, so the last one tells of all; unless it has ended, and its row is past its retention.
    if (parent.children?.SUBMITTED === size) await expandArray(deps, parent);
  }
  if (parent.stopRequest && parent.stopRequest.atMs + QUIET_MS < nowMs) await stopChildren(deps, parent);
  if ((parent.children?.updatedAtMs ?? 0) + STILL_MS > nowMs) return;
  await countEnded(deps, parent);
  await forEachChild(deps, parent.jobId, 'PENDING', (children) =>
    Promise.all(children.jobs.map(({ job }) => evaluateDependencies(deps, job))),
  );
}

/** Only where ends are counted by child, which makes counting one again harmless. */
async function countEnded(deps: Pick<ReconcileDeps, 'store' | 'clock'>, parent: Job): Promise<void> {
  if (Object.keys(parent.foldedThrough ?? {}).length > 0) return;
  for (const status of ['SUCCEEDED', 'FAILED'] as const) {
    await forEachChild(deps, parent.jobId, status, ({ jobs }) => {
      const moves = jobs.flatMap(({ job }): ChildMove[] =>
        isTerminal(job) && job.arrayIndex !== undefined
          ? [{ endedIndex: job.arrayIndex, to: job.status }]
          : [],
      );
      return foldChildMoves(
        deps,
        moves.map((move) => ({ parentId: parent.jobId, move })),
      );
    });
  }
}

async function forEachChild(
  { store }: Pick<ReconcileDeps, 'store'>,
  parentId: JobId,
  status: Job['status'],
  work: (page: JobPage) => Promise<unknown>,
): Promise<void> {
  let after: string | undefined;
  do {
    const page = await listByStatus(store, parentId, status, { limit: 500, ...(after ? { after } : {}) });
    await work(page);
    after = page.next;
  } while (after !== undefined);
}
