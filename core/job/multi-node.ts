// The life of a multi-node parallel job as pure steps (contract §3.11): the main node starts first and alone decides how the
// job ends; the others start once it runs and are stopped when it has ended. The job settles when its last node has
// ended, so that all its capacity is given back at one moment.
import type { EpochMs } from '../ids.ts';
import type { Job, PlacedJob } from './job.ts';
import type { EndedAttempt } from './attempt.ts';
import { isPlaced } from './job.ts';
import type { AttemptSeen } from './attempt-seen.ts';
import { runtimeTaskMember, seenMembers } from './attempt-seen.ts';
import { launchMember } from './launch-times.ts';
import type { AttemptExit } from './attempt-steps.ts';
import { exitMembers, exitReason, settleAttempt } from './attempt-steps.ts';
import type { MultiNodeJob } from './node.ts';
import type { EndedNode, LiveNode, NodeAttempt, NodeState, RunningNode } from './node-state.ts';
import {
  hasMainEnded,
  isEndedNode,
  isLiveNode,
  isMultiNode,
  nodesOf,
  nodeTextMax,
  withNode,
} from './node.ts';

export const MAIN_NODE_EXITED = 'Main node exited';

/** What a runtime says of a node that began to run. */
export interface NodeSeen extends AttemptSeen {
  readonly address?: string;
}

type PlacedMultiNode = MultiNodeJob & PlacedJob;

function placedWith(job: Job, attemptNumber: number): PlacedMultiNode | undefined {
  return isMultiNode(job) && isPlaced(job) && job.attempt.number === attemptNumber ? job : undefined;
}

/** The container of this node runs. The main node's makes the job RUNNING and lets the others start. */
export function onNodeRunning(
  job: Job,
  index: number,
  attemptNumber: number,
  atMs: EpochMs,
  seen: NodeSeen = {},
): Job | undefined {
  const placed = placedWith(job, attemptNumber);
  const node = placed && nodesOf(placed)[index];
  if (!placed || node?.status !== 'STARTING') return undefined;
  if (index !== placed.spec.nodes.mainNode) {
    // It was started because the main node ran, whatever the clocks of two hosts say.
    const earliestMs = placed.status === 'RUNNING' ? placed.startedAtMs : placed.attempt.placedAtMs;
    return withNode(placed, index, running(placed, node, Math.max(atMs, earliestMs), seen));
  }
  const startedAtMs = Math.max(atMs, placed.attempt.placedAtMs);
  const nodes = nodesOf(placed).map((other, at): NodeState => {
    if (at === index) return running(placed, node, startedAtMs, seen);
    // A job that is being stopped starts nothing more.
    return other.status === 'RUNNABLE' && !placed.stopRequest ? { ...other, status: 'STARTING' } : other;
  });
  const launch = launchMember(seen.launch, placed.attempt.placedAtMs, startedAtMs);
  const attempt = { ...placed.attempt, ...seenMembers(seen), ...launch };
  return { ...placed, status: 'RUNNING', attempt, startedAtMs, nodes };
}

function running(
  job: MultiNodeJob,
  node: LiveNode,
  startedAtMs: EpochMs,
  { note, address, runtimeTaskId }: NodeSeen,
): RunningNode {
  return {
    ...node,
    status: 'RUNNING',
    startedAtMs,
    ...(note === undefined ? {} : { note: note.slice(0, nodeTextMax(job)) }),
    ...(address === undefined ? {} : { address }),
    ...(runtimeTaskId === undefined ? {} : { runtimeTaskId }),
  };
}

/** The container of this node is gone. The last one to go, once the main node's has, settles the job. */
export function onNodeExit(
  job: Job,
  index: number,
  attemptNumber: number,
  exit: AttemptExit,
  atMs: EpochMs,
): Job | undefined {
  const placed = placedWith(job, attemptNumber);
  const node = placed && nodesOf(placed)[index];
  if (!placed || !node || !isLiveNode(node)) return undefined;
  const end = endedNode(placed, node, exit, atMs);
  const after = withNode(placed, index, end);
  if (!hasMainEnded(after)) return after;
  const closed = index === placed.spec.nodes.mainNode ? withoutWaiting(after, end.stoppedAtMs) : after;
  return nodesOf(closed).some(isLiveNode) ? closed : settle(closed, atMs);
}

function endedNode(job: PlacedMultiNode, node: LiveNode, exit: AttemptExit, atMs: EpochMs): EndedNode {
  const attempt = endedAttempt(job, node, exit, atMs);
  const { startedAtMs, stoppedAtMs, statusReason } = attempt;
  return {
    status: exit.exitCode === 0 && !wasStopped(job, node) ? 'SUCCEEDED' : 'FAILED',
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    stoppedAtMs,
    ...(statusReason === undefined ? {} : { statusReason }),
    ...(node.stopRequest === undefined ? {} : { stopRequest: node.stopRequest }),
    attempts: [...node.attempts, attempt],
  };
}

function endedAttempt(job: PlacedMultiNode, node: LiveNode, exit: AttemptExit, atMs: EpochMs): NodeAttempt {
  const known = node.status === 'RUNNING' ? node.startedAtMs : exit.startedAtMs;
  const startedAtMs = known === undefined ? undefined : Math.max(known, job.attempt.placedAtMs);
  return {
    ...runtimeTaskMember(exit, node.status === 'RUNNING' ? node : {}),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    stoppedAtMs: Math.max(atMs, startedAtMs ?? job.attempt.placedAtMs),
    ...exitMembers(exit, nodeTextMax(job)),
    ...statusReasonOf(job, node, exit),
  };
}

function wasStopped(job: Job, node: NodeState): boolean {
  return job.stopRequest !== undefined || node.stopRequest !== undefined;
}

/** None for a node that was stopped: it is that of the stop request. */
function statusReasonOf(
  job: PlacedMultiNode,
  node: NodeState,
  exit: AttemptExit,
): { readonly statusReason?: string } {
  if (wasStopped(job, node)) return {};
  const isAfterMain = hasMainEnded(job) && exit.exitCode !== 0;
  return { statusReason: isAfterMain ? MAIN_NODE_EXITED : exitReason(exit).slice(0, nodeTextMax(job)) };
}

/** The main node has ended: who still waited for it never starts in this attempt. */
function withoutWaiting(job: PlacedMultiNode, stoppedAtMs: EpochMs): PlacedMultiNode {
  const reason = job.stopRequest ? {} : { statusReason: MAIN_NODE_EXITED };
  const nodes = nodesOf(job).map((node): NodeState =>
    node.status === 'RUNNABLE' ? { ...node, status: 'FAILED', stoppedAtMs, ...reason } : node,
  );
  return { ...job, nodes };
}

/** Every node has ended, so the main node's end becomes the job's. */
function settle(job: PlacedMultiNode, atMs: EpochMs): Job {
  const { number, taskId, placement, placedAtMs, launch, note } = job.attempt;
  const nodes = nodesOf(job).map((node) => inStep(job, node));
  const main = nodes[job.spec.nodes.mainNode]?.attempts.at(-1);
  if (!main) throw new Error(`attempt ${number} of ${job.jobId} settles when its main node has ended`);
  const { ceArn, clusterName, instanceIds, instanceTypes } = placement;
  const ended: EndedAttempt = {
    ...main,
    statusReason: main.statusReason ?? job.stopRequest?.reason ?? MAIN_NODE_EXITED,
    taskId,
    ceArn,
    clusterName,
    ...(instanceIds === undefined ? {} : { instanceIds }),
    ...(instanceTypes === undefined ? {} : { instanceTypes }),
    placedAtMs,
    ...(launch === undefined ? {} : { launch }),
    ...(note === undefined ? {} : { note }),
  };
  // Times come from several hosts: whatever follows comes after the last of them.
  const lastMs = Math.max(atMs, ...nodes.map((node) => node.attempts.at(-1)?.stoppedAtMs ?? 0));
  const settled = settleAttempt({ ...job, nodes }, ended, lastMs);
  return settled.status === 'RUNNABLE' ? { ...settled, nodes: nodes.map(backInLine) } : settled;
}

/** Every attempt of the job is one of each node, also of those that never started in it. */
function inStep({ attempt }: PlacedMultiNode, node: NodeState): NodeState {
  if (!isEndedNode(node) || node.attempts.length >= attempt.number) return node;
  const { statusReason } = node;
  const missed: NodeAttempt = {
    stoppedAtMs: Math.max(node.stoppedAtMs, attempt.placedAtMs),
    ...(statusReason === undefined ? {} : { statusReason }),
  };
  return { ...node, attempts: [...node.attempts, missed] };
}

/** A retry starts all nodes again, but not one that somebody stopped. */
function backInLine(node: NodeState): NodeState {
  return node.stopRequest ? node : { status: 'RUNNABLE', attempts: node.attempts };
}
