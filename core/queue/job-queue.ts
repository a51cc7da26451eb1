// A job queue as it is stored. Invariant: computeEnvironmentOrder is sorted by `order` and names each compute
// environment once; a queue created without a scheduling policy never gets one, and one created with it never loses it.
import type { ComputeEnvironmentArn, QueueArn } from '../ids.ts';
import type { ResourceState, ResourceStatus } from '../resource.ts';
import type { Tags } from '../tags.ts';

export interface ComputeEnvironmentPlace {
  /** Tried in ascending order. */
  readonly order: number;
  readonly computeEnvironment: ComputeEnvironmentArn;
}

/** What happens to a job that has been blocked at the head of its queue for `maxTimeSeconds` by `reason`. */
export interface JobStateTimeLimitAction {
  readonly reason: string;
  readonly state: 'RUNNABLE';
  readonly maxTimeSeconds: number;
  readonly action: 'CANCEL';
}

export type JobQueueType = 'ECS' | 'ECS_FARGATE' | 'EKS' | 'ECS_MANAGED_INSTANCES';

export interface JobQueue {
  readonly queueArn: QueueArn;
  readonly name: string;
  readonly state: ResourceState;
  readonly status: ResourceStatus;
  readonly statusReason: string;
  /** Higher is evaluated first where queues share a compute environment. */
  readonly priority: number;
  readonly computeEnvironmentOrder: readonly ComputeEnvironmentPlace[];
  readonly schedulingPolicyArn?: string;
  readonly jobStateTimeLimitActions: readonly JobStateTimeLimitAction[];
  readonly jobQueueType: JobQueueType;
  readonly tags: Tags;
}

export const QUEUE_HEALTHY = 'JobQueue Healthy';
/** Why the jobs of a deleted queue failed. AWS's text is unknown; this one is ours. */
export const QUEUE_DELETED_REASON = 'Job queue deleted';

/** Whether SubmitJob may name this queue. */
export function acceptsJobs(queue: JobQueue): boolean {
  return queue.state === 'ENABLED' && queue.status === 'VALID';
}

/** Whether its waiting jobs may be placed: a disabled queue still finishes what it has, one being deleted does not. */
export function placesJobs(queue: JobQueue): boolean {
  return queue.status === 'VALID' || queue.status === 'UPDATING';
}
