// CancelJob and TerminateJob: marks the wish on the row; what must follow (stopping a container, the children of an
// array) is a reaction to that mark.
import type { JobId } from '../core/ids.ts';
import { parseJobId } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import type { StopRequest } from '../core/job/attempt.ts';
import { fail, onStopRequested } from '../core/job/lifecycle.ts';
import { onNodeStopRequested } from '../core/job/stop-node.ts';
import { QUEUE_DELETED_REASON } from '../core/queue/job-queue.ts';
import type { QueueArn } from '../core/ids.ts';
import type { Clock } from './ports.ts';
import type { JobStore, Transition } from './store/jobs.ts';
import { listByStatus, transition } from './store/jobs.ts';

export interface StopDeps {
  readonly store: JobStore;
  readonly clock: Clock;
  /** For a home whose functions have little time: what is left when this is false is left to the next call. */
  readonly hasTime?: () => boolean;
}

/** Ended jobs and unknown ids change nothing. */
export async function requestStop(
  deps: StopDeps,
  jobId: JobId,
  kind: 'cancel' | 'terminate',
  reason: string,
): Promise<Transition> {
  const request: StopRequest = { kind, reason, atMs: deps.clock.now() };
  const parsed = parseJobId(jobId);
  if (parsed?.kind === 'node') {
    return transition(deps.store, parsed.root, (job) => onNodeStopRequested(job, parsed.index, request));
  }
  return transition(deps.store, jobId, (job) => onStopRequested(job, request));
}

/**
 * Ends everything a deleted queue holds: what waits fails, what runs is stopped. `in-progress`: some have yet to end.
 * Repeatable.
 */
export async function stopQueue(deps: StopDeps, queueArn: QueueArn): Promise<'done' | 'in-progress'> {
  const atMs = deps.clock.now();
  const request: StopRequest = { kind: 'terminate', reason: QUEUE_DELETED_REASON, atMs };
  const step = (job: Job): Job | undefined => onStopRequested(job, request) ?? failIfWaiting(job, atMs);
  for (const status of UNFINISHED) {
    await forEachListed(deps, queueArn, status, async (job) => {
      await transition(deps.store, job.jobId, step);
      // Its children are stopped by a reaction; those that wait for other jobs would still wait.
      if (job.status === 'PENDING' && job.expanded)
        await forEachListed(deps, job.jobId, 'PENDING', (child) => transition(deps.store, child.jobId, step));
    });
  }
  const left = await Promise.all(
    UNFINISHED.map((status) => listByStatus(deps.store, queueArn, status, { limit: 1 })),
  );
  // A page may be empty and still have a next one.
  const isEmpty = left.every((page) => page.jobs.length === 0 && page.next === undefined);
  return isEmpty ? 'done' : 'in-progress';
}

async function forEachListed(
  deps: StopDeps,
  owner: QueueArn | JobId,
  status: Job['status'],
  work: (job: Job) => Promise<unknown>,
): Promise<void> {
  let after: string | undefined;
  do {
    const page = await listByStatus(deps.store, owner, status, { limit: 500, ...(after ? { after } : {}) });
    await Promise.all(page.jobs.map(({ job }) => work(job)));
    after = page.next;
  } while (after !== undefined && deps.hasTime?.() !== false);
}

const UNFINISHED = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] as const;

/** Its queue is gone: a job whose stop only waited for dependencies has nothing left to wait for. */
function failIfWaiting(job: Job, atMs: number): Job | undefined {
  if (job.status === 'PENDING' && job.expanded) return undefined;
  return fail(job, QUEUE_DELETED_REASON, atMs);
}
