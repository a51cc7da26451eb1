// A placed job whose environment had no capacity after all: it goes back into line as if it had never been placed. Nothing was
// started, so no attempt is used; the environment that refused is passed over for a while.
import type { EpochMs } from '../ids.ts';
import { withRefusal } from '../placement/refusals.ts';
import type { EndedJob, Job, RunnableJob, StartingJob } from './job.ts';
import type { LiveAttempt } from './attempt.ts';
import { fail } from './lifecycle.ts';
import type { NodeState } from './node-state.ts';
import { isMultiNode, nodesOf } from './node.ts';

/** `refused`: the attempt as it was placed when its environment refused it, in these words of the runtime. */
export function onNoCapacity(
  job: Job,
  refused: Pick<LiveAttempt, 'number' | 'placementNumber'>,
  reason: string,
  atMs: EpochMs,
): RunnableJob | EndedJob | undefined {
  if (job.status !== 'STARTING' || !isSamePlacement(job.attempt, refused)) return undefined;
  const refusals = withRefusal(job.refusals, { ceArn: job.attempt.placement.ceArn, reason }, atMs);
  const waiting: RunnableJob = {
    ...withoutAttempt(job),
    status: 'RUNNABLE',
    statusReason: reason,
    refusals,
    runnableAtMs: Math.max(atMs, job.attempt.placedAtMs),
    ...(isMultiNode(job) ? { nodes: nodesOf(job).map(backInLine) } : {}),
  };
  // Whoever asked for its end meanwhile need not wait for another placement.
  return job.stopRequest ? fail(waiting, job.stopRequest.reason, atMs) : waiting;
}

function isSamePlacement(
  live: LiveAttempt,
  { number, placementNumber }: Pick<LiveAttempt, 'number' | 'placementNumber'>,
): boolean {
  return live.number === number && live.placementNumber === placementNumber;
}

function withoutAttempt(job: StartingJob): Omit<StartingJob, 'attempt' | 'status'> {
  const { attempt: _attempt, status: _status, ...rest } = job;
  return rest;
}

/** The main node, the only one that starts before another has run. */
function backInLine(node: NodeState): NodeState {
  if (node.status !== 'STARTING') return node;
  const { status: _status, ...rest } = node;
  return { ...rest, status: 'RUNNABLE' };
}
