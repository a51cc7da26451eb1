// Holds, releases and reorders jobs that wait. What an array was told reaches its children as a reaction, so that a crash in
// between changes nothing.
import type { JobId } from '../core/ids.ts';
import { parseJobId } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { isTerminal } from '../core/job/job.ts';
import type { QueueingMember } from '../core/job/queued.ts';
import { alignedWith, isQueued, onHeld, onPriority, onReleased } from '../core/job/queued.ts';
import type { Clock } from './ports.ts';
import type { JobStore } from './store/jobs.ts';
import { getJob, listByStatus, transition } from './store/jobs.ts';

export interface QueuedJobsDeps {
  readonly store: JobStore;
  readonly clock: Clock;
}

export type QueueingChange =
  | { readonly kind: 'hold' }
  | { readonly kind: 'release' }
  | { readonly kind: 'priority'; readonly priority: number };

/**
 * `too-late`: it is placed or has ended; `part`: a node, or a child that its array has yet to make: neither has a place of its
 * own in line. Repeating a change is fine.
 */
export type QueueingOutcome =
  | { readonly outcome: 'done' | 'too-late'; readonly job: Job }
  | { readonly outcome: 'missing' | 'part' };

export async function changeQueued(
  deps: QueuedJobsDeps,
  jobId: JobId,
  change: QueueingChange,
): Promise<QueueingOutcome> {
  if (parseJobId(jobId)?.kind === 'node') return { outcome: 'part' };
  const result = await transition(deps.store, jobId, (job) => stepOf(deps, job, change));
  if (result.outcome === 'missing') return { outcome: 'missing' };
  if (isUnwritten(result.job)) return { outcome: 'part' };
  return { outcome: isQueued(result.job) ? 'done' : 'too-late', job: result.job };
}

function stepOf(deps: QueuedJobsDeps, job: Job, change: QueueingChange): Job | undefined {
  if (isUnwritten(job)) return undefined;
  switch (change.kind) {
    case 'hold':
      return onHeld(job, deps.clock.now());
    case 'release':
      return onReleased(job);
    case 'priority':
      return onPriority(job, change.priority);
  }
}

/** Children are written into PENDING or RUNNABLE; what they wait for is not known before. */
function isUnwritten({ kind, status }: Job): boolean {
  return kind === 'child' && status === 'SUBMITTED';
}

/** Takes the array as it is now, not as it was when it changed: reactions may come late, and in another order. */
export async function alignChildren(
  deps: QueuedJobsDeps,
  parentId: JobId,
  member: QueueingMember,
): Promise<void> {
  const parent = (await getJob(deps.store, parentId))?.job;
  if (!parent || isTerminal(parent)) return;
  for (const status of ['PENDING', 'RUNNABLE'] as const) {
    let after: string | undefined;
    do {
      const page = await listByStatus(deps.store, parentId, status, {
        limit: 500,
        ...(after ? { after } : {}),
      });
      await Promise.all(
        page.jobs.map(({ job }) =>
          transition(deps.store, job.jobId, (child) => alignedWith(parent, child, member, deps.clock.now())),
        ),
      );
      after = page.next;
    } while (after !== undefined);
  }
}
