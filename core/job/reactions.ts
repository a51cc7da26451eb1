// What must follow from a committed change: a pure function of (before, after). The change is the outbox, so a crash
// repeats reactions and never decisions; each reaction is therefore safe to repeat.
import type { ChildMove } from './array.ts';
import type { Job } from './job.ts';
import { attemptId, isPlaced, isTerminal, placementId } from './job.ts';
import { isMultiNode } from './node.ts';
import { nodeReactions } from './node-reactions.ts';
import type { Reaction } from './reaction.ts';

/**
 * `position`: where the change stands in its stream, for counting children exactly once; without a stream's name only the
 * ends of children are counted.
 */
export function reactionsTo(
  before: Job | undefined,
  after: Job,
  position: { readonly stream?: string; readonly seq: string },
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
  const move = childMove(before, after, position);
  if (move && after.parentId) reactions.push({ kind: 'fold', parentId: after.parentId, move });
  if (before && isPlaced(before) && !isPlaced(after)) {
    const { number, taskId } = before.attempt;
    const task = { attemptId: attemptId(before.jobId, number), taskId };
    const held = placementId(before.jobId, before.attempt);
    reactions.push({ kind: 'release', placementId: held, taskId, queueArn: before.spec.queueArn });
    // A placement that found no capacity has started nothing; its attempt is yet to come.
    const hasEnded = after.attempts.length > before.attempts.length;
    if (hasEnded && !isMultiNode(before)) reactions.push({ kind: 'forget', ...task });
  }
  // Whoever leaves a line without being placed may have held up those behind.
  if (before?.status === 'RUNNABLE' && isTerminal(after))
    reactions.push({ kind: 'schedule', queueArn: after.spec.queueArn });
  // The row's end or return ends what its execution waits for; so does a placement of a job that waited for one.
  if (before && (isPlaced(before) || (before.status === 'RUNNABLE' && hasExecution(before)))) {
    reactions.push({ kind: 'wake', job: after });
  }
  reactions.push(...onArrival(before, after));
  return reactions;
}

function childMove(
  before: Job | undefined,
  after: Job,
  { stream, seq }: { readonly stream?: string; readonly seq: string },
): ChildMove | undefined {
  if (after.kind !== 'child') return undefined;
  if (stream !== undefined) {
    return { stream, seq, ...(before ? { from: before.status } : {}), to: after.status };
  }
  if (!isTerminal(after) || after.arrayIndex === undefined) return undefined;
  return { endedIndex: after.arrayIndex, to: after.status };
}

/** Its place in line is another one, or it has left the line or come back. */
function onRequeued(before: Job, after: Job): Reaction[] {
  const changed = (['heldAtMs', 'priority'] as const).filter((member) => before[member] !== after[member]);
  if (isExpanded(after))
    return changed.map((member) => ({ kind: 'align-children', parentId: after.jobId, member }));
  const isBack = before.unplaceable !== undefined && after.unplaceable === undefined;
  return after.status === 'RUNNABLE' && (isBack || changed.length > 0) ? [scheduleFor(after)] : [];
}

/** A job that is held, or set aside, stands in no line. */
function scheduleFor(after: Job): Reaction {
  const { queueArn } = after.spec;
  const isInLine = after.heldAtMs === undefined && after.unplaceable === undefined;
  return { kind: 'schedule', queueArn, ...(isInLine ? { arrived: after.jobId } : {}) };
}

/** Of a job in line: one that was placed before has an execution, which waits for its next placement. */
function hasExecution({ attempts, refusals }: Job): boolean {
  return attempts.length > 0 || refusals !== undefined;
}

function onArrival(before: Job | undefined, after: Job): Reaction[] {
  switch (after.status) {
    case 'SUBMITTED':
      return [{ kind: 'evaluate-dependencies', job: after }];
    case 'PENDING':
      // A child is written straight into PENDING; what it waits for may have ended before it was there to be told.
      return before || after.expanded ? [] : [{ kind: 'evaluate-dependencies', job: after }];
    case 'RUNNABLE':
      return before || after.kind === 'child'
        ? [scheduleFor(after)]
        : [{ kind: 'check-queue', job: after }, scheduleFor(after)];
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
