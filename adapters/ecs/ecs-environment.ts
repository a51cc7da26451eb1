// What launching a task needs to know of the compute environment that it was placed in.
import { isEc2 } from '../../core/placement/compute-environment.ts';
import type { ComputeEnvironment } from '../../core/placement/compute-environment.ts';

interface OfAll {
  readonly clusterArn: string;
  readonly subnets: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/**
 * EC2 and SPOT: `capacityProvider` of the environment's own Auto Scaling group; absent: any instance of the cluster.
 * UNMANAGED: the owner's instances, or (EXTERNAL, ECS Anywhere) the owner's own machines.
 */
export type EcsEnvironment = OfAll &
  (
    | {
        readonly kind: 'FARGATE' | 'FARGATE_SPOT';
        /** For jobs that do not say; default DISABLED. */
        readonly assignPublicIp?: 'ENABLED' | 'DISABLED';
      }
    | { readonly kind: 'EC2' | 'SPOT'; readonly capacityProvider?: string }
    | { readonly kind: 'MANAGED_INSTANCES'; readonly capacityProvider: string }
    | { readonly kind: 'UNMANAGED'; readonly launchType: 'EC2' | 'EXTERNAL' }
  );

/** What a compute environment's row does not say. */
export interface EcsEnvironmentFacts {
  /** Of EC2 and ECS Managed Instances environments. */
  readonly capacityProvider?: string;
  /** Of unmanaged ones; default EC2. `launchTypeOfUnmanaged` finds it out. */
  readonly launchType?: 'EC2' | 'EXTERNAL';
  readonly assignPublicIp?: 'ENABLED' | 'DISABLED';
}

/** `undefined` for one whose jobs ECS does not run (EKS), or that has no capacity provider yet. */
export function ecsEnvironmentOf(
  environment: ComputeEnvironment,
  { capacityProvider, launchType = 'EC2', assignPublicIp }: EcsEnvironmentFacts = {},
): EcsEnvironment | undefined {
  const clusterArn = environment.ecsClusterArn;
  if (environment.type === 'UNMANAGED') {
    return { kind: 'UNMANAGED', clusterArn, launchType, subnets: [], securityGroupIds: [] };
  }
  if (environment.eksConfiguration) return undefined;
  const { computeResources: resources } = environment;
  const provider = capacityProvider === undefined ? {} : { capacityProvider };
  if (isEc2(resources)) {
    const { type: kind, subnets, securityGroupIds } = resources;
    return { kind, clusterArn, subnets, securityGroupIds, ...provider };
  }
  if (resources.type === 'ECS_MANAGED_INSTANCES') {
    if (capacityProvider === undefined) return undefined;
    const { networkConfiguration } = resources.managedInstancesProvider.instanceLaunchTemplate;
    const { subnets, securityGroups: securityGroupIds } = networkConfiguration;
    return { kind: 'MANAGED_INSTANCES', clusterArn, subnets, securityGroupIds, capacityProvider };
  }
  const { type: kind, subnets, securityGroupIds } = resources;
  return {
    kind,
    clusterArn,
    subnets,
    securityGroupIds,
    ...(assignPublicIp === undefined ? {} : { assignPublicIp }),
  };
}
