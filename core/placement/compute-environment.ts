// A compute environment as it is stored: what its owner asked for, in AWS Batch's own words, and the service's view.
// Invariant: a managed one has resources of exactly one kind; minvCpus <= desiredvCpus <= maxvCpus.
import type { ComputeEnvironmentArn } from '../ids.ts';
import type { ResourceState, ResourceStatus } from '../resource.ts';
import type { Tags } from '../tags.ts';
import { expandInstanceTypes, findFamily, findInstanceType } from './instances/instance-types.ts';
import type { Architecture, InstanceType } from './instances/instance-type.ts';

export const ALLOCATION_STRATEGIES = [
  'BEST_FIT',
  'BEST_FIT_PROGRESSIVE',
  'BEST_FIT_PROGRESSIVE_ORDERED',
  'SPOT_CAPACITY_OPTIMIZED',
  'SPOT_PRICE_CAPACITY_OPTIMIZED',
  'SPOT_CAPACITY_OPTIMIZED_PRIORITIZED',
] as const;
export type AllocationStrategy = (typeof ALLOCATION_STRATEGIES)[number];

export interface LaunchTemplateTarget {
  readonly launchTemplateId?: string;
  readonly launchTemplateName?: string;
  readonly version?: string;
  readonly userdataType?: string;
}

export interface LaunchTemplate extends LaunchTemplateTarget {
  readonly overrides?: readonly (LaunchTemplateTarget & {
    readonly targetInstanceTypes: readonly string[];
  })[];
}

export interface Ec2Configuration {
  readonly imageType: string;
  readonly imageIdOverride?: string;
  readonly imageKubernetesVersion?: string;
}

/** Members that the owner left out stay out, except the three vCPU numbers; Describe shows the same. */
export interface Ec2Resources {
  readonly type: 'EC2' | 'SPOT';
  /** Absent means BEST_FIT. */
  readonly allocationStrategy?: AllocationStrategy;
  readonly minvCpus: number;
  readonly maxvCpus: number;
  /** Moved by the service with demand; the owner may only raise it. */
  readonly desiredvCpus: number;
  readonly instanceTypes: readonly string[];
  readonly subnets: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly instanceRole: string;
  readonly ec2KeyPair?: string;
  readonly imageId?: string;
  readonly placementGroup?: string;
  /** Spot price ceiling in percent of the On-Demand price; absent means 100. */
  readonly bidPercentage?: number;
  readonly spotIamFleetRole?: string;
  readonly launchTemplate?: LaunchTemplate;
  readonly ec2Configuration?: readonly Ec2Configuration[];
  readonly scalingPolicy?: { readonly minScaleDownDelayMinutes: number };
  /** For the instances; the environment's own tags are elsewhere. */
  readonly tags: Tags;
}

export interface FargateResources {
  readonly type: 'FARGATE' | 'FARGATE_SPOT';
  readonly maxvCpus: number;
  readonly subnets: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** What ECS launches and ends by itself. Its maxvCpus limits what jobs take, not the instances, as with Fargate. */
export interface ManagedInstancesResources {
  readonly type: 'ECS_MANAGED_INSTANCES';
  readonly maxvCpus: number;
  readonly managedInstancesProvider: ManagedInstancesProvider;
  /** For the capacity provider and its instances; the environment's own tags are elsewhere. */
  readonly capacityTags?: Tags;
}

/** In Batch's own words; what is not typed here travels through. */
export interface ManagedInstancesProvider {
  readonly propagateTags?: string;
  readonly infrastructureRoleArn: string;
  readonly instanceLaunchTemplate: InstanceLaunchTemplate;
  /** Seconds that an idle instance is kept; -1: for good. */
  readonly infrastructureOptimization?: { readonly scaleInAfter?: number };
}

export interface InstanceLaunchTemplate {
  readonly ec2InstanceProfileArn: string;
  readonly networkConfiguration: {
    readonly subnets: readonly string[];
    readonly securityGroups: readonly string[];
  };
  /** Absent: any instance type. */
  readonly instanceRequirements?: { readonly allowedInstanceTypes?: readonly string[] };
  /** Absent means ON_DEMAND. */
  readonly capacityOptionType?: string;
  readonly storageConfiguration?: { readonly storageSizeGiB?: number };
  readonly monitoring?: string;
  readonly fipsEnabled?: boolean;
  readonly capacityReservations?: {
    readonly reservationGroupArn?: string;
    readonly reservationPreference?: string;
  };
  readonly instanceMetadataTagsPropagation?: boolean;
  readonly localStorageConfiguration?: { readonly useLocalStorage?: boolean };
}

export type ComputeResources = Ec2Resources | FargateResources | ManagedInstancesResources;

/** The Kubernetes cluster that an environment's instances belong to, and where in it jobs run. */
export interface EksConfiguration {
  readonly eksClusterArn: string;
  readonly kubernetesNamespace: string;
}

export interface UpdatePolicy {
  readonly terminateJobsOnUpdate: boolean;
  readonly jobExecutionTimeoutMinutes: number;
}
export const DEFAULT_UPDATE_POLICY: UpdatePolicy = {
  terminateJobsOnUpdate: false,
  jobExecutionTimeoutMinutes: 30,
};

interface EnvironmentBase {
  readonly ceArn: ComputeEnvironmentArn;
  readonly name: string;
  readonly uuid: string;
  readonly state: ResourceState;
  readonly status: ResourceStatus;
  readonly statusReason: string;
  readonly ecsClusterArn: string;
  readonly serviceRole: string;
  readonly ecsSettings?: { readonly containerInsights?: string };
  readonly context?: string;
  readonly tags: Tags;
}

export interface ManagedEnvironment extends EnvironmentBase {
  readonly type: 'MANAGED';
  readonly computeResources: ComputeResources;
  /** Present exactly for an environment on Amazon EKS; its resources are of EC2 then. */
  readonly eksConfiguration?: EksConfiguration;
  /** Absent until an update gives one; DEFAULT_UPDATE_POLICY governs then. */
  readonly updatePolicy?: UpdatePolicy;
}

export interface UnmanagedEnvironment extends EnvironmentBase {
  readonly type: 'UNMANAGED';
  /** For the fair-share reserve only. */
  readonly unmanagedvCpus?: number;
}

export type ComputeEnvironment = ManagedEnvironment | UnmanagedEnvironment;

export const ENVIRONMENT_HEALTHY = 'ComputeEnvironment Healthy';

/** What a queue may hold of one kind only. An unmanaged environment's machines are its owner's EC2 instances. */
export type EnvironmentKind = 'EC2' | 'FARGATE' | 'EKS' | 'ECS_MANAGED_INSTANCES';

export function environmentKind(environment: ComputeEnvironment): EnvironmentKind {
  if (environment.type === 'UNMANAGED') return 'EC2';
  if (environment.eksConfiguration !== undefined) return 'EKS';
  switch (environment.computeResources.type) {
    case 'EC2':
    case 'SPOT':
      return 'EC2';
    case 'FARGATE':
    case 'FARGATE_SPOT':
      return 'FARGATE';
    case 'ECS_MANAGED_INSTANCES':
      return 'ECS_MANAGED_INSTANCES';
  }
}

/** Whether its machines are instances of the owner's account, as container instances show. */
export function hasContainerInstances(environment: ComputeEnvironment): boolean {
  const kind = environmentKind(environment);
  return kind === 'EC2' || kind === 'ECS_MANAGED_INSTANCES';
}

export function isEc2(resources: ComputeResources): resources is Ec2Resources {
  switch (resources.type) {
    case 'EC2':
    case 'SPOT':
      return true;
    case 'FARGATE':
    case 'FARGATE_SPOT':
    case 'ECS_MANAGED_INSTANCES':
      return false;
  }
}

/** Whether capacity of this environment comes from the Spot market. */
export function isSpot(environment: ComputeEnvironment): boolean {
  if (environment.type === 'UNMANAGED') return false;
  const { computeResources } = environment;
  switch (computeResources.type) {
    case 'SPOT':
    case 'FARGATE_SPOT':
      return true;
    case 'EC2':
    case 'FARGATE':
      return false;
    case 'ECS_MANAGED_INSTANCES':
      return computeResources.managedInstancesProvider.instanceLaunchTemplate.capacityOptionType === 'SPOT';
  }
}

/** Whether new jobs may be placed here. What already runs goes on regardless. */
export function takesPlacements(environment: ComputeEnvironment): boolean {
  return environment.state === 'ENABLED' && environment.status === 'VALID';
}

/** Whether multi-node jobs may be placed here. Source: AWS Batch User Guide, "Compute environment considerations". */
export function takesMultiNode(environment: ComputeEnvironment): boolean {
  return environmentKind(environment) === 'EC2' && environment.type === 'MANAGED' && !isSpot(environment);
}

/** The most vCPUs to be in use at once; `undefined` where only the owner's own machines set the limit. */
export function maxVcpusOf(environment: ComputeEnvironment): number | undefined {
  return environment.type === 'MANAGED' ? environment.computeResources.maxvCpus : undefined;
}

/** The instance types that may be launched, in the owner's order; none for Fargate and unmanaged environments. */
export function allowedInstanceTypes(environment: ComputeEnvironment): readonly InstanceType[] {
  return expandInstanceTypes(instanceTypeNamesOf(environment));
}

/** Types, families and bundles as the owner gave them; empty where the owner did not say. */
export function instanceTypeNamesOf(environment: ComputeEnvironment): readonly string[] {
  if (environment.type === 'UNMANAGED') return [];
  const { computeResources } = environment;
  switch (computeResources.type) {
    case 'EC2':
    case 'SPOT':
      return computeResources.instanceTypes;
    case 'FARGATE':
    case 'FARGATE_SPOT':
      return [];
    case 'ECS_MANAGED_INSTANCES': {
      const { instanceRequirements } = computeResources.managedInstancesProvider.instanceLaunchTemplate;
      return instanceRequirements?.allowedInstanceTypes ?? [];
    }
  }
}

/** `undefined` where the environment does not say: all but EC2, or instance types unknown to the table. */
export function architectureOf(environment: ComputeEnvironment): Architecture | undefined {
  if (environment.type === 'UNMANAGED' || !isEc2(environment.computeResources)) return undefined;
  return architecturesOf(environment.computeResources.instanceTypes)[0];
}

/** The distinct architectures behind a list of instance types, families and bundles. */
export function architecturesOf(instanceTypes: readonly string[]): readonly Architecture[] {
  const found = new Set<Architecture>();
  for (const name of instanceTypes) {
    const architecture = findInstanceType(name)?.architecture ?? findFamily(name)?.[0]?.architecture;
    if (architecture !== undefined) found.add(architecture);
  }
  return [...found];
}
