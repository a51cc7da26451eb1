// What must follow from a change of a multi-node job for its nodes: an event for each that moved, a stop for each that has
// to end, and for the runtime to forget them all when the attempt is over. Repeatable like every reaction.
import type { Job, JobStatus } from './job.ts';
import { isPlaced } from './job.ts';
import type { MultiNodeJob } from './node.ts';
import { isEndedNode, isMultiNode, mustNodeStop, nodesOf, nodeTask } from './node.ts';
import { nodeView } from './node-view.ts';
import type { Reaction } from './reaction.ts';

export function nodeReactions(before: Job | undefined, after: Job): readonly Reaction[] {
  if (!isMultiNode(after)) return [];
  const earlier = before && isMultiNode(before) ? before : undefined;
  return nodesOf(after).flatMap((_, index) => [
    ...moveOf(earlier, after, index),
    ...stopOf(earlier, after, index),
    ...endOf(earlier, after, index),
  ]);
}

/** Compared before any view is made: most changes are of one node among many. */
function moveOf(before: MultiNodeJob | undefined, after: MultiNodeJob, index: number): Reaction[] {
  const status = statusOf(after, index);
  if (status === 'SUBMITTED' || (before && statusOf(before, index) === status)) return [];
  const job = nodeView(after, index);
  return job ? [{ kind: 'publish', job }] : [];
}

/** The status of a node's view. */
function statusOf(job: MultiNodeJob, index: number): JobStatus | undefined {
  const node = nodesOf(job)[index];
  if (!node || isEndedNode(node)) return node?.status;
  return isPlaced(job) ? node.status : job.status;
}

function stopOf(before: MultiNodeJob | undefined, after: MultiNodeJob, index: number): Reaction[] {
  if (!isPlaced(after) || !mustNodeStop(after, index)) return [];
  if (before && mustNodeStop(before, index)) return [];
  return [{ kind: 'stop-container', attemptId: nodeTask(after, index, after.attempt).attemptId }];
}

/** Whether a container was left of this node is for its runtime to know. */
function endOf(before: MultiNodeJob | undefined, after: MultiNodeJob, index: number): Reaction[] {
  // A placement that found no capacity has started nothing; its attempt is yet to come.
  if (!before || !isPlaced(before) || after.attempts.length === before.attempts.length) return [];
  return [{ kind: 'forget', ...nodeTask(before, index, before.attempt) }];
}
