// ListClusters and DescribeClusters, and the finding of the cluster that every other request is about.
import type { Scope } from '../../core/ids.ts';
import { ApiError, InvalidParameterException } from '../errors.ts';
import { ECS_LIST_SIZE } from '../limits.ts';
import { pageOfList, pageTokens, type PagedInput } from '../paging.ts';
import { DEFAULT_CLUSTER, ecsArn, nameIn } from './references.ts';
import type { EcsCluster, EcsView } from './view.ts';

export interface Failure {
  readonly arn: string;
  readonly reason: 'MISSING';
}

export async function listClusters(
  view: EcsView,
  scope: Scope,
  input: PagedInput,
): Promise<{ readonly clusterArns: readonly string[]; readonly nextToken?: string }> {
  const tokens = pageTokens('ListClusters', scope, {});
  const after = openToken(tokens, input.nextToken);
  const sorted = (await view.clusters(scope)).toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
  const limit = input.maxResults ?? ECS_LIST_SIZE;
  const page = pageOfList({ limit, ...(after !== undefined && { after }) }, sorted, (cluster) => cluster.arn);
  return {
    clusterArns: page.items.map((cluster) => cluster.arn),
    ...(page.next !== undefined && { nextToken: tokens.seal(page.next) }),
  };
}

export async function describeClusters(
  view: EcsView,
  scope: Scope,
  input: { readonly clusters?: readonly string[] },
): Promise<{ readonly clusters: readonly object[]; readonly failures: readonly Failure[] }> {
  const all = await view.clusters(scope);
  const wanted = input.clusters?.length ? input.clusters : [DEFAULT_CLUSTER];
  const found = wanted.map((reference) => ({ reference, cluster: findIn(all, scope, reference) }));
  return {
    clusters: found.flatMap(({ cluster }) => (cluster ? [describe(cluster)] : [])),
    failures: missing(
      scope,
      'cluster',
      found.filter(({ cluster }) => !cluster).map(({ reference }) => reference),
    ),
  };
}

/** Throws `ClusterNotFoundException`. */
export async function requireCluster(
  view: EcsView,
  scope: Scope,
  reference: string = DEFAULT_CLUSTER,
): Promise<EcsCluster> {
  const cluster = findIn(await view.clusters(scope), scope, reference);
  if (!cluster) throw new ApiError('ClusterNotFoundException', 400, 'Cluster not found.');
  return cluster;
}

/** What ECS answers for references that name nothing: each as an ARN. */
export function missing(
  scope: Scope,
  type: 'cluster' | 'task' | 'container-instance',
  references: readonly string[],
  clusterName?: string,
): readonly Failure[] {
  const inCluster = clusterName === undefined ? '' : `${clusterName}/`;
  return references.map((reference) => ({
    arn: reference.startsWith('arn:') ? reference : ecsArn(scope, type, `${inCluster}${reference}`),
    reason: 'MISSING',
  }));
}

export function openToken(
  tokens: ReturnType<typeof pageTokens>,
  nextToken: string | undefined,
): string | undefined {
  if (nextToken === undefined || nextToken === '') return undefined;
  const position = tokens.open(nextToken);
  if (position === undefined) throw new InvalidParameterException('Invalid token.');
  return position;
}

function findIn(clusters: readonly EcsCluster[], scope: Scope, reference: string): EcsCluster | undefined {
  const name = nameIn(scope, 'cluster', reference);
  return clusters.find((cluster) => cluster.name === name);
}

function describe(cluster: EcsCluster): object {
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: cluster.registeredContainerInstances,
    runningTasksCount: cluster.runningTasks,
    pendingTasksCount: cluster.pendingTasks,
    activeServicesCount: 0,
    statistics: [],
    tags: [],
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  };
}
