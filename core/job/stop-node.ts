// The wish that one node of a multi-node job ends, as a pure step: the job's next state, or `undefined` when it changes nothing.
import type { StopRequest } from './attempt.ts';
import type { Job } from './job.ts';
import { isTerminal } from './job.ts';
import { onStopRequested } from './lifecycle.ts';
import { isEndedNode, isLiveNode, isMultiNode, nodesOf, nodeTextMax, withNode } from './node.ts';

/** Somebody wants one node to end: the main node ends the job, another ends alone and is started by no later attempt. */
export function onNodeStopRequested(job: Job, index: number, request: StopRequest): Job | undefined {
  if (!isMultiNode(job) || isTerminal(job)) return undefined;
  if (index === job.spec.nodes.mainNode) return onStopRequested(job, request);
  const node = nodesOf(job)[index];
  if (!node || node.stopRequest || job.stopRequest || isEndedNode(node)) return undefined;
  const stopRequest = { ...request, reason: request.reason.slice(0, nodeTextMax(job)) };
  if (isLiveNode(node)) {
    return request.kind === 'cancel' ? undefined : withNode(job, index, { ...node, stopRequest });
  }
  return withNode(job, index, {
    status: 'FAILED',
    stoppedAtMs: Math.max(request.atMs, job.createdAtMs),
    stopRequest,
    attempts: node.attempts,
  });
}
