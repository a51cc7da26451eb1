// How operations on queues, compute environments and policies read the resources that a caller names, and how they refuse.
import type { Problems } from '../../core/definition/problem.ts';
import type { ResourceType, Scope } from '../../core/ids.ts';
import { arnProblems, nameOrArnProblems, toArn } from '../../core/resource.ts';
import { ClientException } from '../errors.ts';
import { PAGE_SIZE } from '../limits.ts';

/** The first problem as the caller's mistake. */
export function refusal([wrong]: Problems): ClientException {
  return new ClientException(wrong?.message ?? 'The request was refused.');
}

export function assertNoProblems(problems: Problems): void {
  if (problems.length > 0) throw refusal(problems);
}

/** The ARN behind a name-or-ARN member of this account and Region. */
export function readReference(scope: Scope, type: ResourceType, field: string, nameOrArn: string): string {
  assertNoProblems(nameOrArnProblems(scope, type, field, nameOrArn));
  return toArn(scope, type, nameOrArn);
}

/** A member that takes ARNs only. */
export function readArn(scope: Scope, type: ResourceType, field: string, arn: string): string {
  assertNoProblems(arnProblems(scope, type, field, arn));
  return arn;
}

/**
 * The ARNs behind the explicit list of a Describe call, each once. A text that cannot be a name stands for nothing that
 * exists and is left out, like an unknown name; an ARN from elsewhere is a mistake.
 */
export function readReferences(
  scope: Scope,
  type: ResourceType,
  field: string,
  texts: readonly string[],
): readonly string[] {
  if (texts.length > PAGE_SIZE) {
    throw new ClientException(`${field} must have at most ${PAGE_SIZE} elements, but has ${texts.length}.`);
  }
  const arns = texts.flatMap((text, index) => {
    if (text.startsWith('arn:')) return [readArn(scope, type, `${field}[${index}]`, text)];
    return nameOrArnProblems(scope, type, field, text).length > 0 ? [] : [toArn(scope, type, text)];
  });
  return [...new Set(arns)];
}
