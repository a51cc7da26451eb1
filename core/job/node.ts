// The nodes of a multi-node parallel job, as its row holds them: states by index, and what follows from them. Nodes are no
// rows of their own, so that every step of the whole is one commit (docs/decisions/0006).
import { rangeOfNode } from '../definition/node-ranges.ts';
import { nodeJobId } from '../ids.ts';
import type { LiveAttempt, StopRequest } from './attempt.ts';
import type { Job } from './job.ts';
import { attemptId, isPlaced } from './job.ts';
import type { EndedNode, LiveNode, NodeState, WaitingNode } from './node-state.ts';
import type { NodeGroup, NodesSpec } from './spec.ts';
import { taskIdOf } from './task-id.ts';

/** A multi-node job, with what only such a job has. */
export type MultiNodeJob = Job & { readonly spec: { readonly nodes: NodesSpec } };

export function isMultiNode(job: Job): job is MultiNodeJob {
  return job.kind === 'multinode' && job.spec.nodes !== undefined;
}

/** Where the nodes stand; before anything happened to one of them, all wait. */
export function nodesOf(job: MultiNodeJob): readonly NodeState[] {
  return job.nodes ?? Array.from({ length: job.spec.nodes.numNodes }, () => WAITING);
}
const WAITING: WaitingNode = { status: 'RUNNABLE', attempts: [] };

export function isLiveNode(node: NodeState): node is LiveNode {
  return node.status === 'STARTING' || node.status === 'RUNNING';
}

export function isEndedNode(node: NodeState): node is EndedNode {
  return node.status === 'SUCCEEDED' || node.status === 'FAILED';
}

/** The job with another state of this node. */
export function withNode<Kind extends MultiNodeJob>(job: Kind, index: number, node: NodeState): Kind {
  return { ...job, nodes: nodesOf(job).with(index, node) };
}

/** What ended a node, or an attempt of it, that has no reason of its own: it was stopped, alone or with its job. */
export function stopReasonOf(job: Job, node: NodeState): string {
  return node.stopRequest?.reason ?? job.stopRequest?.reason ?? 'Stopped';
}

/** How many containers all nodes have together. */
export function countContainers(nodes: NodesSpec): number {
  let count = 0;
  for (let index = 0; index < nodes.numNodes; index += 1) {
    count += groupOfNode(nodes, index).containers?.length ?? 1;
  }
  return count;
}

/** All texts of a row together, roughly; at the most nodes there may be it leaves 40 each, as much as our own reasons need. */
const TEXT_CHARACTERS = 40_000;
const TEXT_MAX = 1_024;

/** Characters that are kept of one text of a node: fewer, the more nodes and attempts share the row. */
export function nodeTextMax({ spec }: MultiNodeJob): number {
  const texts = countContainers(spec.nodes) * spec.retryStrategy.attempts;
  return Math.min(TEXT_MAX, Math.floor(TEXT_CHARACTERS / texts));
}

/** The range that says what this node runs. Definitions are refused unless their ranges cover every node. */
export function groupOfNode({ groups }: NodesSpec, index: number): NodeGroup {
  const group = groups[rangeOfNode(groups, index) ?? -1];
  if (!group) throw new Error(`a registered definition covers every node, so it covers node ${index}`);
  return group;
}

/** The id of a node's task in an attempt of its job. */
export function nodeTaskId({ jobId, spec }: MultiNodeJob, index: number, attemptNumber: number): string {
  const containerCount = groupOfNode(spec.nodes, index).containers?.length;
  return taskIdOf(nodeJobId(jobId, index), attemptNumber, containerCount);
}

/** The task by which an attempt is known: of a multi-node job its main node's. */
export function attemptTaskId(job: Job, attemptNumber: number): string {
  return isMultiNode(job)
    ? nodeTaskId(job, job.spec.nodes.mainNode, attemptNumber)
    : taskIdOf(job.jobId, attemptNumber, job.spec.containers?.length);
}

/** The nodes of a job that was just placed: the main node first, the others once it runs. */
export function placedNodes(job: MultiNodeJob): readonly NodeState[] {
  const { mainNode } = job.spec.nodes;
  return nodesOf(job).map((node, index) =>
    index === mainNode && node.status === 'RUNNABLE' ? { ...node, status: 'STARTING' } : node,
  );
}

/** Whether this attempt's main node has ended, which ends the others. */
export function hasMainEnded(job: MultiNodeJob): boolean {
  const main = nodesOf(job)[job.spec.nodes.mainNode];
  return isPlaced(job) && main !== undefined && isEndedNode(main);
}

/** Whether the main node's end already says how the job ends: a stop can then only keep a failed attempt from being retried. */
export function isDecided(job: MultiNodeJob, request: StopRequest): boolean {
  const main = nodesOf(job)[job.spec.nodes.mainNode];
  return hasMainEnded(job) && (request.kind === 'timeout' || main?.status === 'SUCCEEDED');
}

/** Whether this node runs, or is about to, and should not any longer. */
export function mustNodeStop(job: MultiNodeJob, index: number): boolean {
  const node = nodesOf(job)[index];
  if (!isPlaced(job) || !node || !isLiveNode(node)) return false;
  return job.stopRequest !== undefined || node.stopRequest !== undefined || hasMainEnded(job);
}

/** A task that a runtime may know of. */
export interface LiveTask {
  readonly attemptId: string;
  readonly taskId: string;
}

/** The task of one node in the given attempt of its job. */
export function nodeTask(
  job: MultiNodeJob,
  index: number,
  { number }: Pick<LiveAttempt, 'number'>,
): LiveTask {
  const id = attemptId(nodeJobId(job.jobId, index), number);
  return { attemptId: id, taskId: nodeTaskId(job, index, number) };
}

/** What a placed job runs or starts at the moment: one task, or one for each live node. */
export function liveTasks(job: Job): readonly LiveTask[] {
  if (!isPlaced(job)) return [];
  const { attempt } = job;
  if (!isMultiNode(job)) {
    return [{ attemptId: attemptId(job.jobId, attempt.number), taskId: attempt.taskId }];
  }
  return nodesOf(job).flatMap((node, index) => (isLiveNode(node) ? [nodeTask(job, index, attempt)] : []));
}

/** The GPUs of the placement that this node gets: they are dealt out in the order of the nodes. */
export function gpuIdsOfNode(
  { nodes }: { readonly nodes: NodesSpec },
  index: number,
  gpuIds: readonly number[],
): readonly number[] {
  if (gpuIds.length === 0) return gpuIds;
  let first = 0;
  for (let before = 0; before < index; before += 1) first += groupOfNode(nodes, before).demand.gpus;
  return gpuIds.slice(first, first + groupOfNode(nodes, index).demand.gpus);
}
