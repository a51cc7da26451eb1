// One try of a job: where it is placed, what is known of it while it is under way, and how it ended.
import type { ComputeEnvironmentArn, EpochMs } from '../ids.ts';
import { machineInstanceId } from '../placement/fleet.ts';
import type { LaunchTimes } from './launch-times.ts';
import type { ContainerDemand } from './spec.ts';

/** Where an attempt runs and the capacity taken for it. */
export interface Placement {
  readonly ceArn: ComputeEnvironmentArn;
  /** The ECS cluster behind the compute environment: part of the task's ARN. */
  readonly clusterName: string;
  readonly demand: ContainerDemand;
  readonly gpuIds: readonly number[];
  /** The container instances it is on: one, or one for each node; none on Fargate. Absent: the cluster's only machine. */
  readonly instanceIds?: readonly string[];
  /** What kind of machines these are, where that is known: one for each node, or one where all are of it. */
  readonly instanceTypes?: readonly string[];
  /** In the same order, where these are real: the machines behind them, as EC2 or Systems Manager names them. */
  readonly machineIds?: readonly string[];
}

/** The kind of machine under a job, or under one of its nodes; `undefined` where nobody noted it. */
export function instanceTypeOf(
  { instanceTypes }: Pick<Placement, 'instanceTypes'>,
  nodeIndex: number = 0,
): string | undefined {
  return instanceTypes?.[nodeIndex] ?? instanceTypes?.[0];
}

/** The container instance of a job, or of one of its nodes. */
export function instanceIdOf(
  { clusterName, instanceIds }: Pick<Placement, 'clusterName' | 'instanceIds'>,
  nodeIndex: number = 0,
): string | undefined {
  return instanceIds ? (instanceIds[nodeIndex] ?? instanceIds[0]) : machineInstanceId(clusterName);
}

/** The attempt under way. `number` counts from 1 and is what AWS_BATCH_JOB_ATTEMPT says. */
export interface LiveAttempt {
  readonly number: number;
  /** Counts the earlier placements of the job that found no capacity; absent for none. An attempt may be placed repeatedly. */
  readonly placementNumber?: number;
  readonly placement: Placement;
  /** 32 hex digits, derived from the attempt. */
  readonly taskId: string;
  /** The runtime's own id of the task, from when it is known; absent where the runtime goes by `taskId`. */
  readonly runtimeTaskId?: string;
  /** Since when it stood in line for it. Absent: since the job's submission, or since the end of the attempt before. */
  readonly runnableAtMs?: EpochMs;
  readonly placedAtMs: EpochMs;
  /** Of a multi-node job: its main node's. */
  readonly launch?: LaunchTimes;
  /** What a runtime could not honour, as a sentence. */
  readonly note?: string;
}

/** The name under which an attempt's task is known outside: the last part of its ARN and of its log streams' names. */
export function taskNameOf({ taskId, runtimeTaskId }: Pick<LiveAttempt, 'taskId' | 'runtimeTaskId'>): string {
  return runtimeTaskId ?? taskId;
}

/** How one of several containers ended; no exit code: it never ran, or nobody saw its end. */
export interface ContainerExit {
  readonly name: string;
  readonly exitCode?: number;
  readonly reason?: string;
}

export interface EndedAttempt {
  readonly taskId: string;
  readonly runtimeTaskId?: string;
  readonly ceArn: ComputeEnvironmentArn;
  readonly clusterName: string;
  /** As in its placement. */
  readonly instanceIds?: readonly string[];
  readonly instanceTypes?: readonly string[];
  readonly runnableAtMs?: EpochMs;
  /** Absent in rows of earlier versions. */
  readonly placedAtMs?: EpochMs;
  readonly launch?: LaunchTimes;
  readonly startedAtMs?: EpochMs;
  readonly stoppedAtMs: EpochMs;
  readonly exitCode?: number;
  /** Container-level reason. */
  readonly reason?: string;
  /** Jobs of several containers: each one's end; `exitCode` and `reason` above are what the attempt was judged by. */
  readonly containers?: readonly ContainerExit[];
  readonly statusReason: string;
  readonly note?: string;
}

/** Somebody wants the job to end. A timeout is the machine's own wish. The first request stands. */
export interface StopRequest {
  readonly kind: 'cancel' | 'terminate' | 'timeout';
  readonly reason: string;
  readonly atMs: EpochMs;
}
