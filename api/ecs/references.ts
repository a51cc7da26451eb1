// How ECS requests name things: an ARN, or its last part. An ARN of another kind, account, Region or cluster names nothing here.
import type { Scope } from '../../core/ids.ts';

export type EcsResource = 'cluster' | 'task' | 'container-instance' | 'task-definition';

/** What a request means when it names no cluster. */
export const DEFAULT_CLUSTER = 'default';

export function ecsArn(scope: Scope, type: EcsResource, name: string): string {
  return `arn:${scope.partition}:ecs:${scope.region}:${scope.account}:${type}/${name}`;
}

/** The name a reference gives, or `undefined` when it is an ARN of something else. */
export function nameIn(scope: Scope, type: EcsResource, reference: string): string | undefined {
  if (!reference.startsWith('arn:')) return reference;
  const prefix = ecsArn(scope, type, '');
  return reference.startsWith(prefix) ? reference.slice(prefix.length) : undefined;
}

/** The id of a resource inside a cluster: given bare, or as an ARN with the cluster's name or (the old form) without it. */
export function idInCluster(
  scope: Scope,
  type: 'task' | 'container-instance',
  clusterName: string,
  reference: string,
): string | undefined {
  const name = nameIn(scope, type, reference);
  if (name === undefined || !reference.startsWith('arn:')) return name;
  const slash = name.lastIndexOf('/');
  if (slash < 0) return name;
  return name.slice(0, slash) === clusterName ? name.slice(slash + 1) : undefined;
}
