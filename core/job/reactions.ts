// What must follow from a committed change: a pure function of (before, after). The change is the outbox, so a crash
// repeats reactions and never decisions; each reaction is therefore safe to repeat.
import type { JobId, QueueArn } from '../ids.ts';
import type { ChildMove } from './array.ts';
import type { Job } from './job.ts';
import { attemptId, isPlaced, isTerminal } from './job.ts';
import { isMultiNode } from './node.ts';
import { nodeReactions } from './node-reactions.ts';
import type { QueueingMember } from './queued.ts';

export type Reaction =
  /** The job was accepted or written: look at what it waits for. */
  | { readonly kind: 'evaluate-dependencies'; readonly job: Job }
  /** An array's parent is free to go: write its children. */
  | { readonly kind: 'expand'; readonly job: Job }
  /** Something may be placeable in this queue. */
  | { readonly kind: 'schedule'; readonly queueArn: QueueArn }
  /** A placed job needs an execution that drives it. */
  | { readonly kind: 'drive'; readonly job: Job }
  /** The row moved on: the execution waiting for it may too. */
  | { readonly kind: 'wake'; readonly job: Job }
  /** An attempt holds its capacity no longer. */
  | { readonly kind: 'release'; readonly attemptId: string; readonly taskId: string }
  /** A container is settled: what its runtime kept of it may go, apart from the log. */
  | { readonly kind: 'forget'; readonly attemptId: string; readonly taskId: string }
  | { readonly kind: 'stop-container'; readonly attemptId: string }
  | { readonly kind: 'stop-children'; readonly job: Job }
  /** What was said of an array's place in line holds for its children. */
  | { readonly kind: 'align-children'; readonly parentId: JobId; readonly member: QueueingMember }
  | { readonly kind: 'fold'; readonly parentId: JobId; readonly move: ChildMove }
  | { readonly kind: 'settle-dependents'; readonly job: Job }
  | { readonly kind: 'publish'; readonly job: Job }
  /** The job was found blocked at the head of its queue. */
  | { readonly kind: 'publish-blocked'; readonly job: Job };

/** `position`: where the change stands in its stream, for counting children exactly once. */
export function reactionsTo(
  before: Job | undefined,
  after: Job,
  position: { readonly stream: string; readonly seq: string },
): Reaction[] {
  const reactions: Reaction[] = [];
  const moved = before?.status !== after.status;
  if (after.stopRequest && after.stopRequest.kind !== before?.stopRequest?.kind)
    reactions.push(...onStopAsked(after));
  if (isExpanded(after) && !(before && isExpanded(before))) reactions.push({ kind: 'expand', job: after });
  reactions.push(...nodeReactions(before, after));
  if (!moved) {
    if (before) reactions.push(...onRequeued(before, after));
    if (after.blocked && after.blocked.sinceMs !== before?.blocked?.sinceMs)
      reactions.push({ kind: 'publish-blocked', job: after });
    return reactions;
  }

  // AWS emits nothing for the submission itself (contract §5.1).
  if (after.status !== 'SUBMITTED') reactions.push({ kind: 'publish', job: after });
  if (after.kind === 'child' && after.parentId) {
    const move = { ...position, ...(before ? { from: before.status } : {}), to: after.status };
    reactions.push({ kind: 'fold', parentId: after.parentId, move });
  }
  if (before && isPlaced(before) && !isPlaced(after)) {
    const { number, taskId } = before.attempt;
    const task = { attemptId: attemptId(before.jobId, number), taskId };
    reactions.push({ kind: 'release', ...task });
    if (!isMultiNode(before)) reactions.push({ kind: 'forget', ...task });
  }
  // Whoever leaves a line without being placed may have held up those behind.
  if (before?.status === 'RUNNABLE' && isTerminal(after))
    reactions.push({ kind: 'schedule', queueArn: after.spec.queueArn });
  // The row's end or return ends what its execution waits for; so does a placement of a job that waited for one.
  if (before && (isPlaced(before) || (before.status === 'RUNNABLE' && before.attempts.length > 0))) {
    reactions.push({ kind: 'wake', job: after });
  }
  reactions.push(...onArrival(before, after));
  return reactions;
}

/** Its place in line is another one, or it has left the line or come back. */
function onRequeued(before: Job, after: Job): Reaction[] {
  const changed = (['heldAtMs', 'priority'] as const).filter((member) => before[member] !== after[member]);
  if (isExpanded(after))
    return changed.map((member) => ({ kind: 'align-children', parentId: after.jobId, member }));
  const isBack = before.unplaceable !== undefined && after.unplaceable === undefined;
  return after.status === 'RUNNABLE' && (isBack || changed.length > 0)
    ? [{ kind: 'schedule', queueArn: after.spec.queueArn }]
    : [];
}

function onArrival(before: Job | undefined, after: Job): Reaction[] {
  switch (after.status) {
    case 'SUBMITTED':
      return [{ kind: 'evaluate-dependencies', job: after }];
    case 'PENDING':
      // A child is written straight into PENDING; what it waits for may have ended before it was there to be told.
      return before || after.expanded ? [] : [{ kind: 'evaluate-dependencies', job: after }];
    case 'RUNNABLE':
      return [{ kind: 'schedule', queueArn: after.spec.queueArn }];
    case 'STARTING':
      return [{ kind: 'drive', job: after }];
    case 'RUNNING':
      return [];
    case 'SUCCEEDED':
    case 'FAILED':
      return [{ kind: 'settle-dependents', job: after }];
  }
}

function onStopAsked(after: Job): Reaction[] {
  // A multi-node job's nodes are stopped one by one.
  if (isTerminal(after) || isMultiNode(after)) return [];
  if (isPlaced(after))
    return [{ kind: 'stop-container', attemptId: attemptId(after.jobId, after.attempt.number) }];
  return isExpanded(after) ? [{ kind: 'stop-children', job: after }] : [];
}

function isExpanded(job: Job): boolean {
  return job.status === 'PENDING' && job.expanded === true;
}
