// What an array's parent does with its children: writes them, stops them, counts them. Each is safe to repeat.
import type { ChildMove } from '../core/job/array.ts';
import { childrenOf, foldChildren } from '../core/job/array.ts';
import type { JobId } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { onStopRequested } from '../core/job/lifecycle.ts';
import type { Clock } from './ports.ts';
import { alignChildren } from './queued-jobs.ts';
import type { JobStore } from './store/jobs.ts';
import { getJob, insertChildren, listByStatus, transition } from './store/jobs.ts';

export interface ArrayDeps {
  readonly store: JobStore;
  readonly clock: Clock;
}

/** Children written by one step of an expansion. */
const EXPAND_STEP = 1_000;

/** Writes the children of an array that is free to go; those that are there already are left alone. */
export async function expandArray(deps: ArrayDeps, parent: Job): Promise<void> {
  const size = parent.spec.arraySize ?? 0;
  for (let from = 0; from < size; from += EXPAND_STEP) {
    const children = childrenOf(parent, from, Math.min(size, from + EXPAND_STEP), deps.clock.now());
    await insertChildren(deps.store, parent, children);
  }
  // A stop, or anything else, that was asked for while the children were being written found only some of them.
  const now = await getJob(deps.store, parent.jobId);
  if (now?.job.stopRequest) await stopChildren(deps, now.job);
  for (const member of ['heldAtMs', 'priority'] as const)
    if (now && now.job[member] !== parent[member]) await alignChildren(deps, parent.jobId, member);
}

export async function stopChildren(deps: ArrayDeps, parent: Job): Promise<void> {
  const request = parent.stopRequest;
  if (!request) return;
  for (const status of ['PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] as const) {
    let after: string | undefined;
    do {
      const page = await listByStatus(deps.store, parent.jobId, status, {
        limit: 500,
        ...(after ? { after } : {}),
      });
      await Promise.all(
        page.jobs.map(({ job }) =>
          transition(deps.store, job.jobId, (child) => onStopRequested(child, request)),
        ),
      );
      after = page.next;
    } while (after !== undefined);
  }
}

/** Counts the moves of children, one commit for each parent. */
export async function foldChildMoves(
  deps: ArrayDeps,
  folds: readonly { readonly parentId: JobId; readonly move: ChildMove }[],
): Promise<void> {
  const moves = new Map<JobId, ChildMove[]>();
  for (const { parentId, move } of folds) {
    const known = moves.get(parentId);
    if (known) known.push(move);
    else moves.set(parentId, [move]);
  }
  await Promise.all(
    [...moves].map(([parentId, list]) =>
      transition(deps.store, parentId, (parent) => foldChildren(parent, list, deps.clock.now())),
    ),
  );
}
