// A node of a multi-node job as if it were a job: what DescribeJobs, ListJobs, events and the launch of its container see
// under `<job id>#<index>`. A view is worked out from the job and never written.
import { nodeJobId } from '../ids.ts';
import type { EndedJob, Job, PlacedJob, RunnableJob } from './job.ts';
import type { EndedAttempt, LiveAttempt, Placement } from './attempt.ts';
import { isPlaced, isTerminal } from './job.ts';
import { instanceIdOf, instanceTypeOf } from './attempt.ts';
import { seenMembers } from './attempt-seen.ts';
import type { MultiNodeJob } from './node.ts';
import type { EndedNode, LiveNode, NodeState, NodeView } from './node-state.ts';
import {
  gpuIdsOfNode,
  groupOfNode,
  isMultiNode,
  nodesOf,
  nodeTaskId,
  isEndedNode,
  stopReasonOf,
} from './node.ts';
import type { JobSpec, NodeGroup } from './spec.ts';

/** `undefined`: the job has no node of this index. */
export function nodeView(job: Job, index: number): Job | undefined {
  if (!isMultiNode(job)) return undefined;
  const node = nodesOf(job)[index];
  if (!node) return undefined;
  const base = baseOf(job, node, index);
  if (isEndedNode(node)) {
    return endedView(base, { ...node, statusReason: node.statusReason ?? stopReasonOf(job, node) });
  }
  if (isTerminal(job)) return endedView(base, job);
  switch (node.status) {
    case 'STARTING':
    case 'RUNNING':
      return isPlaced(job) ? liveView(base, job, node, index) : undefined;
    case 'RUNNABLE':
      return waitingView(base, job);
  }
}

/** All nodes of a job, by index; none for other jobs. */
export function nodeViews(job: Job): readonly Job[] {
  if (!isMultiNode(job)) return [];
  return nodesOf(job).flatMap((_, index) => nodeView(job, index) ?? []);
}

type ViewBase = Omit<RunnableJob, 'status' | 'runnableAtMs'>;

function baseOf(job: MultiNodeJob, node: NodeState, index: number): ViewBase {
  const stopRequest = node.stopRequest ?? job.stopRequest;
  return {
    jobId: nodeJobId(job.jobId, index),
    jobArn: `${job.jobArn}#${index}`,
    kind: 'node',
    parentId: job.jobId,
    spec: specOfNode(job, index),
    createdAtMs: job.createdAtMs,
    attempts: attemptsOf(job, node, index),
    awaiting: job.awaiting,
    node: placeOf(job, index),
    ...(stopRequest === undefined ? {} : { stopRequest }),
  };
}

function placeOf(job: MultiNodeJob, index: number): NodeView {
  const { numNodes, mainNode } = job.spec.nodes;
  const addressOf = (at: number): string | undefined => {
    const node = nodesOf(job)[at];
    return node?.status === 'RUNNING' ? node.address : undefined;
  };
  const address = addressOf(index);
  const mainNodeAddress = addressOf(mainNode);
  return {
    index,
    numNodes,
    mainNode,
    ...(address === undefined ? {} : { address }),
    ...(mainNodeAddress === undefined ? {} : { mainNodeAddress }),
    ...(isPlaced(job) ? { groupTaskId: job.attempt.taskId } : {}),
  };
}

/** Nodes of one range share their specification, so that what is worked out from it is worked out once. */
const specs = new WeakMap<JobSpec, Map<NodeGroup, JobSpec>>();

function specOfNode({ spec }: MultiNodeJob, index: number): JobSpec {
  const group = groupOfNode(spec.nodes, index);
  const known = specs.get(spec) ?? new Map<NodeGroup, JobSpec>();
  specs.set(spec, known);
  const made = known.get(group) ?? specOfGroup(spec, group);
  known.set(group, made);
  return made;
}

/** What the job itself runs is what its main node runs; another range may run one container where that has several. */
function specOfGroup(spec: JobSpec, { container, containers, task, demand }: NodeGroup): JobSpec {
  const { containers: _containers, task: _task, ...shared } = spec;
  return {
    ...shared,
    container,
    demand,
    ...(containers === undefined ? {} : { containers }),
    ...(task === undefined ? {} : { task }),
  };
}

function attemptsOf(job: MultiNodeJob, node: NodeState, index: number): readonly EndedAttempt[] {
  return node.attempts.flatMap((attempt, at): EndedAttempt[] => {
    const whole = job.attempts[at] ?? (isPlaced(job) ? job.attempt.placement : undefined);
    if (!whole) return [];
    const { ceArn, clusterName } = whole;
    const instanceId = instanceIdOf(whole, index);
    const onInstance = whole.instanceIds && instanceId ? { instanceIds: [instanceId] } : {};
    const statusReason = attempt.statusReason ?? stopReasonOf(job, node);
    const taskId = nodeTaskId(job, index, at + 1);
    return [{ ...attempt, statusReason, taskId, ceArn, clusterName, ...onInstance, ...onType(whole, index) }];
  });
}

function onType(place: Pick<Placement, 'instanceTypes'>, index: number): Pick<Placement, 'instanceTypes'> {
  const type = instanceTypeOf(place, index);
  return type === undefined ? {} : { instanceTypes: [type] };
}

function endedView(
  base: ViewBase,
  end: Pick<EndedNode | EndedJob, 'status' | 'startedAtMs' | 'stoppedAtMs' | 'statusReason'>,
): EndedJob {
  const { status, startedAtMs, stoppedAtMs, statusReason } = end;
  return {
    ...base,
    status,
    stoppedAtMs,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(statusReason === undefined ? {} : { statusReason }),
  };
}

function liveView(base: ViewBase, job: MultiNodeJob & PlacedJob, node: LiveNode, index: number): PlacedJob {
  const { number, placement } = job.attempt;
  const { gpuIds } = placement;
  const instanceId = instanceIdOf(placement, index);
  const machineId = placement.machineIds?.[index];
  const isMain = index === job.spec.nodes.mainNode;
  const attempt: LiveAttempt = {
    number,
    taskId: nodeTaskId(job, index, number),
    placement: {
      ...placement,
      demand: base.spec.demand,
      gpuIds: gpuIdsOfNode(job.spec, index, gpuIds),
      ...(placement.instanceIds && instanceId ? { instanceIds: [instanceId] } : {}),
      ...(machineId === undefined ? {} : { machineIds: [machineId] }),
      ...onType(placement, index),
    },
    // The others start when the main node runs.
    placedAtMs: isMain || job.status !== 'RUNNING' ? job.attempt.placedAtMs : job.startedAtMs,
    ...(node.status === 'RUNNING' ? seenMembers(node) : {}),
  };
  return node.status === 'RUNNING'
    ? { ...base, status: 'RUNNING', attempt, startedAtMs: node.startedAtMs }
    : { ...base, status: 'STARTING', attempt };
}

/** Waits for whatever the whole job waits for; when that is placed, for its main node. */
function waitingView(base: ViewBase, job: Job): Job {
  const reason = job.statusReason === undefined ? {} : { statusReason: job.statusReason };
  switch (job.status) {
    case 'SUBMITTED':
    case 'PENDING':
      return { ...base, ...reason, status: job.status };
    case 'RUNNABLE':
      return {
        ...base,
        ...reason,
        status: 'RUNNABLE',
        runnableAtMs: job.runnableAtMs,
        ...(job.unplaceable === undefined ? {} : { unplaceable: job.unplaceable }),
      };
    case 'STARTING':
    case 'RUNNING':
      return { ...base, status: 'RUNNABLE', runnableAtMs: job.attempt.placedAtMs };
    case 'SUCCEEDED':
    case 'FAILED':
      return endedView(base, job);
  }
}
