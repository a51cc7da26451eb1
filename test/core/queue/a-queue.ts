// Job queues that state only what a test is about.
import type { ComputeEnvironmentPlace, JobQueue } from '../../../core/queue/job-queue.ts';
import type { ComputeEnvironment } from '../../../core/placement/compute-environment.ts';
import type { SchedulingPolicy } from '../../../core/queue/scheduling-policy.ts';
import { newPolicy } from '../../../core/queue/scheduling-policy.ts';
import type { CreateQueueInput, Named } from '../../../core/queue/validate-job-queue.ts';
import { healthyQueue, newQueue } from '../../../core/queue/validate-job-queue.ts';
import { anEnvironment, SCOPE } from '../placement/an-environment.ts';

export function namedBy(environments: readonly ComputeEnvironment[], policy?: SchedulingPolicy): Named {
  const byArn = new Map(environments.map((environment) => [environment.ceArn, environment]));
  return policy === undefined ? { environments: byArn } : { environments: byArn, policy };
}

/** The environments in the given order. */
export function orderOf(...environments: readonly ComputeEnvironment[]): readonly ComputeEnvironmentPlace[] {
  return environments.map((environment, index) => ({
    order: index + 1,
    computeEnvironment: environment.ceArn,
  }));
}

export const ENVIRONMENT = anEnvironment();
export const POLICY = newPolicy(SCOPE, { name: 'fair' });

export function aQueueRequest(members: Partial<CreateQueueInput> = {}): CreateQueueInput {
  return { jobQueueName: 'q', priority: 1, computeEnvironmentOrder: orderOf(ENVIRONMENT), ...members };
}

/** VALID and ENABLED, unless told otherwise. */
export function aQueue(members: Partial<JobQueue> = {}): JobQueue {
  return { ...healthyQueue(newQueue(SCOPE, aQueueRequest(), namedBy([ENVIRONMENT]))), ...members };
}
