// Builders for multi-node jobs: a test states how many nodes there are, which is the main one, and where they stand.
import type { Job, JobStatus } from '../../../core/job/job.ts';
import { nodeJobId } from '../../../core/ids.ts';
import type { NodeState } from '../../../core/job/node-state.ts';
import type { JobSpec, NodesSpec } from '../../../core/job/spec.ts';
import { taskIdOf } from '../../../core/job/task-id.ts';
import { aJob, anAttempt, JOB_ID } from './a-job.ts';

export const NODE_CONTAINER = { image: 'busybox', command: ['node'] };
export const MAIN_CONTAINER = { image: 'busybox', command: ['main'] };

/** Every node asks for a vCPU; the main one runs another container. */
export function aNodesSpec(numNodes = 3, mainNode = 0): NodesSpec {
  const demand = { vcpus: 1, memoryMiB: 128, gpus: 0 };
  return {
    numNodes,
    mainNode,
    groups: [
      { targetNodes: ':', from: 0, to: numNodes - 1, container: NODE_CONTAINER, demand },
      { targetNodes: `${mainNode}`, from: mainNode, to: mainNode, container: MAIN_CONTAINER, demand },
    ],
  };
}

export interface MultiNodeGiven {
  readonly numNodes?: number;
  readonly mainNode?: number;
  readonly spec?: Partial<JobSpec>;
  readonly nodes?: readonly NodeState[];
  readonly more?: Partial<Job>;
}

/** Its first attempt was placed at 2,000 ms; its main node runs since 3,000. */
export function aMultiNodeJob<S extends JobStatus>(
  status: S,
  { numNodes = 3, mainNode = 0, spec, nodes, more }: MultiNodeGiven = {},
): Extract<Job, { status: S }> {
  const given = {
    kind: 'multinode' as const,
    spec: { container: MAIN_CONTAINER, nodes: aNodesSpec(numNodes, mainNode), ...spec },
    ...(nodes === undefined ? {} : { nodes }),
  };
  const job = aJob(status, given);
  const attempt = { ...anAttempt(), taskId: taskIdOf(nodeJobId(JOB_ID, mainNode), 1) };
  const placed = status === 'STARTING' || status === 'RUNNING' ? { attempt } : {};
  return { ...job, ...placed, ...more };
}
