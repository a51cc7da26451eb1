// How a compute environment goes from one status to the next. While a change is under way its kind is stored with the
// environment, so that whoever takes it up after a crash knows what to do.
import { deleteProblems, referenceProblems } from '../resource.ts';
import type { Outcome } from '../resource.ts';
import { problem } from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import { ENVIRONMENT_HEALTHY, environmentKind } from './compute-environment.ts';
import type { ComputeEnvironment } from './compute-environment.ts';

/** What has to be done to the capacity behind an environment. */
export type EnvironmentChange =
  | { readonly kind: 'create' }
  | {
      readonly kind: 'update';
      /** Instances must be replaced; else only numbers, state or role changed. */
      readonly infrastructure: boolean;
      readonly updateToLatestImageVersion: boolean;
    }
  | { readonly kind: 'delete' };

export const HEALTHY: Outcome = { status: 'VALID', statusReason: ENVIRONMENT_HEALTHY };

/** What an environment that might be deleted is used by. */
export interface EnvironmentUse {
  readonly queues: readonly string[];
  readonly hasActiveJobs: boolean;
}

export function deleteEnvironmentProblems(environment: ComputeEnvironment, use: EnvironmentUse): Problems {
  const ofStatus = deleteProblems(environment);
  if (ofStatus.length > 0) return ofStatus;
  const ofQueues = referenceProblems(use.queues);
  if (ofQueues.length > 0 || !use.hasActiveJobs || environmentKind(environment) !== 'FARGATE')
    return ofQueues;
  const message = 'Cannot delete, compute environment has active jobs';
  return problem('computeEnvironment', 'must have no active jobs', environment.name, message);
}

export function deletingEnvironment(environment: ComputeEnvironment): ComputeEnvironment {
  return { ...environment, status: 'DELETING', statusReason: '' };
}

/** The environment after its change; one that was to be deleted and could not be is INVALID and says why. */
export function settledEnvironment(environment: ComputeEnvironment, outcome: Outcome): ComputeEnvironment {
  return { ...environment, status: outcome.status, statusReason: outcome.statusReason };
}
