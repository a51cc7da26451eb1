// What queues, compute environments and scheduling policies have in common: a name, an owner's wish (`state`), the
// service's view (`status`), and the rules about changing something that is already changing.
import { resourceNameProblems } from './definition/names.ts';
import { NO_PROBLEMS, problem } from './definition/problem.ts';
import type { Problems } from './definition/problem.ts';
import { arnOf, parseArn } from './ids.ts';
import type { ResourceType, Scope } from './ids.ts';

/** The owner's wish. */
export type ResourceState = 'ENABLED' | 'DISABLED';

/** The service's view. A deleted resource has no row, so AWS's DELETED is never written down. */
export type ResourceStatus = 'CREATING' | 'UPDATING' | 'DELETING' | 'VALID' | 'INVALID';

/** How a change ended: the status and its sentence, as AWS Batch words them. */
export interface Outcome {
  readonly status: 'VALID' | 'INVALID';
  readonly statusReason: string;
}

interface Changeable {
  readonly status: ResourceStatus;
}

/**
 * Rules of a name-or-ARN parameter: an ARN must be of this type, account and Region; a bare name must have the form of
 * one. Whether the resource exists is not asked here.
 */
export function nameOrArnProblems(
  scope: Scope,
  type: ResourceType,
  field: string,
  nameOrArn: string,
): Problems {
  if (!nameOrArn.startsWith('arn:')) return resourceNameProblems(field, nameOrArn);
  return arnProblems(scope, type, field, nameOrArn);
}

/** Rules of a parameter that takes ARNs only. */
export function arnProblems(scope: Scope, type: ResourceType, field: string, text: string): Problems {
  const arn = parseArn(text);
  if (arn === undefined || arn.type !== type) return problem(field, `must be the ARN of a ${type}`, text);
  const isOurs =
    arn.account === scope.account && arn.region === scope.region && arn.partition === scope.partition;
  if (isOurs) return NO_PROBLEMS;
  return problem(field, `must belong to account ${scope.account} and Region ${scope.region}`, text);
}

/** The ARN behind a name-or-ARN parameter that broke no rule. */
export function toArn(scope: Scope, type: ResourceType, nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn : arnOf(scope, type, nameOrArn);
}

/** Whether a change is under way, which only its own end may follow. */
export function isChanging(status: ResourceStatus): boolean {
  switch (status) {
    case 'CREATING':
    case 'UPDATING':
    case 'DELETING':
      return true;
    case 'VALID':
    case 'INVALID':
      return false;
  }
}

export function existsProblems(): Problems {
  return problem('name', 'must be new', undefined, 'Object already exists');
}

export function missingProblems(field: string, nameOrArn: string): Problems {
  return problem(field, 'must exist', nameOrArn, `${field} ${nameOrArn} does not exist.`);
}

/** An update must wait for the change under way. */
export function updateProblems({ status }: Changeable): Problems {
  if (!isChanging(status)) return NO_PROBLEMS;
  return problem('status', 'must not be changing', status, 'Cannot update, resource is being modified');
}

/** A delete must wait for the change under way, and for the owner to have disabled the resource. */
export function deleteProblems({ status, state }: Changeable & { readonly state: ResourceState }): Problems {
  if (isChanging(status)) {
    return problem('status', 'must not be changing', status, 'Cannot delete, resource is being modified');
  }
  if (state === 'DISABLED') return NO_PROBLEMS;
  return problem('state', 'must be DISABLED', state, 'Cannot delete, resource must be DISABLED');
}

/** What queues refer to stays while they do. */
export function referenceProblems(usedBy: readonly string[]): Problems {
  if (usedBy.length === 0) return NO_PROBLEMS;
  const message = 'Cannot delete, found existing JobQueue relationship';
  return problem('jobQueues', 'must not refer to it', usedBy, message);
}
