// The ECS cluster behind a compute environment. For the steps of the compute-environment machine and for the EC2 fleets:
//   ensureCluster(calls, { clusterArn, capacityProviders?, containerInsights?, tags }) → ClusterState (ACTIVE; repeatable)
//   describeCluster(calls, clusterArn) → ClusterState | undefined (absent or deleted)
//   setCapacityProviders(calls, clusterArn, names) → 'set' | 'in-progress' (the cluster's attachments are being changed)
//   deleteCluster(calls, clusterArn) → 'deleted' | 'in-progress' (tasks or instances are still there: call again later)
// Invariant: each may be repeated at any time; nothing waits longer than its calls take, so that a step fits into a function.
import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeClustersCommand,
  ListContainerInstancesCommand,
  PutClusterCapacityProvidersCommand,
} from '@aws-sdk/client-ecs';
import type { Cluster } from '@aws-sdk/client-ecs';
import type { RetryPolicy } from '../aws/back-off.ts';
import type { EcsSender } from './retry.ts';
import { ECS_RETRY, retrying } from './retry.ts';

export interface EcsCalls {
  readonly client: EcsSender;
  /** Default: ECS_RETRY. */
  readonly retry?: RetryPolicy;
}

export interface ClusterWish {
  /** The compute environment's `ecsClusterArn`. */
  readonly clusterArn: string;
  /** Default: FARGATE and FARGATE_SPOT. An EC2 fleet gives its own, or none until it has one. */
  readonly capacityProviders?: readonly string[];
  /** The environment's `ecsSettings.containerInsights`: enabled, disabled or enhanced; absent: the account's setting. */
  readonly containerInsights?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ClusterState {
  readonly clusterArn: string;
  readonly clusterName: string;
  /** ACTIVE, PROVISIONING, DEPROVISIONING or FAILED; an INACTIVE cluster counts as absent. */
  readonly status: string;
  readonly capacityProviders: readonly string[];
  /** Tasks that run or are about to. */
  readonly tasks: number;
  readonly containerInstances: number;
}

export const FARGATE_PROVIDERS: readonly string[] = ['FARGATE', 'FARGATE_SPOT'];

/** The last part of a cluster's ARN; a bare name is its own. */
export function clusterNameOf(clusterArn: string): string {
  return clusterArn.slice(clusterArn.lastIndexOf('/') + 1);
}

export async function describeCluster(
  { client, retry = ECS_RETRY }: EcsCalls,
  clusterArn: string,
): Promise<ClusterState | undefined> {
  const answer = await retrying(retry, 'DescribeClusters', () =>
    client.send(new DescribeClustersCommand({ clusters: [clusterArn] })),
  );
  const cluster = answer.clusters?.[0];
  return cluster === undefined || cluster.status === 'INACTIVE' ? undefined : stateOf(cluster);
}

/** Makes the cluster when it is not there; one that is there keeps its settings and tags. */
export async function ensureCluster(calls: EcsCalls, wish: ClusterWish): Promise<ClusterState> {
  const found = await describeCluster(calls, wish.clusterArn);
  if (found) return found;
  const { client, retry = ECS_RETRY } = calls;
  const { containerInsights, tags = {} } = wish;
  const capacityProviders = [...(wish.capacityProviders ?? FARGATE_PROVIDERS)];
  const command = new CreateClusterCommand({
    clusterName: clusterNameOf(wish.clusterArn),
    ...(capacityProviders.length > 0 ? { capacityProviders } : {}),
    ...(containerInsights === undefined
      ? {}
      : { settings: [{ name: 'containerInsights', value: containerInsights }] }),
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  });
  // Creating a cluster that is there already answers with it: a repetition after an unknown outcome is harmless.
  const { cluster } = await retrying(retry, 'CreateCluster', () => client.send(command));
  if (!cluster) throw new Error(`ECS created no cluster for ${wish.clusterArn}`);
  return stateOf(cluster);
}

/** What a cluster's tasks may be run by; providers that are not named are taken away. */
export async function setCapacityProviders(
  { client, retry = ECS_RETRY }: EcsCalls,
  clusterArn: string,
  names: readonly string[],
): Promise<'set' | 'in-progress'> {
  try {
    await retrying(retry, 'PutClusterCapacityProviders', () =>
      client.send(
        new PutClusterCapacityProvidersCommand({
          cluster: clusterArn,
          capacityProviders: [...names],
          // Every task says itself what runs it.
          defaultCapacityProviderStrategy: [],
        }),
      ),
    );
    return 'set';
  } catch (error) {
    if (isNamed(error, 'UpdateInProgressException', 'ResourceInUseException')) return 'in-progress';
    throw error;
  }
}

/** Deletes a cluster that nothing uses any more. The tasks and instances of others are nobody's to end here. */
export async function deleteCluster(calls: EcsCalls, clusterArn: string): Promise<'deleted' | 'in-progress'> {
  const { client, retry = ECS_RETRY } = calls;
  const found = await describeCluster(calls, clusterArn);
  if (!found) return 'deleted';
  if (found.tasks > 0 || found.containerInstances > 0) return 'in-progress';
  try {
    await retrying(retry, 'DeleteCluster', () =>
      client.send(new DeleteClusterCommand({ cluster: clusterArn })),
    );
    return 'deleted';
  } catch (error) {
    if (isNamed(error, 'ClusterNotFoundException')) return 'deleted';
    if (isNamed(error, ...BUSY)) return 'in-progress';
    throw error;
  }
}

/** What came in between the look at the cluster and its deletion. */
const BUSY = [
  'ClusterContainsTasksException',
  'ClusterContainsContainerInstancesException',
  'ClusterContainsServicesException',
  'ClusterContainsCapacityProviderException',
  'UpdateInProgressException',
];

/**
 * How the tasks of an unmanaged environment must be launched: EXTERNAL where the owner registered machines of their own
 * (ECS Anywhere) and no EC2 instances, EC2 otherwise.
 */
export async function launchTypeOfUnmanaged(
  calls: EcsCalls,
  clusterArn: string,
): Promise<'EC2' | 'EXTERNAL'> {
  if (await hasInstances(calls, clusterArn, 'attribute:ecs.capability.external !exists')) return 'EC2';
  return (await hasInstances(calls, clusterArn, 'attribute:ecs.capability.external exists'))
    ? 'EXTERNAL'
    : 'EC2';
}

async function hasInstances(
  { client, retry = ECS_RETRY }: EcsCalls,
  cluster: string,
  filter: string,
): Promise<boolean> {
  const { containerInstanceArns = [] } = await retrying(retry, 'ListContainerInstances', () =>
    client.send(new ListContainerInstancesCommand({ cluster, filter, maxResults: 1 })),
  );
  return containerInstanceArns.length > 0;
}

function stateOf(cluster: Cluster): ClusterState {
  const { clusterArn = '', runningTasksCount = 0, pendingTasksCount = 0 } = cluster;
  return {
    clusterArn,
    clusterName: cluster.clusterName ?? clusterNameOf(clusterArn),
    status: cluster.status ?? 'ACTIVE',
    capacityProviders: cluster.capacityProviders ?? [],
    tasks: runningTasksCount + pendingTasksCount,
    containerInstances: cluster.registeredContainerInstancesCount ?? 0,
  };
}

function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
