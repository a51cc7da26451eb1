// A compute environment as it is stored: what its owner asked for, in AWS Batch's own words, and the service's view.
// Invariant: a managed one has resources of exactly one kind (EC2 or Fargate); minvCpus <= desiredvCpus <= maxvCpus.
import type { ComputeEnvironmentArn } from '../ids.ts';
import type { ResourceState, ResourceStatus } from '../resource.ts';
import type { Tags } from '../tags.ts';
import { expandInstanceTypes, findFamily, findInstanceType } from './instances/instance-types.ts';
import type { Architecture, InstanceType } from './instances/instance-types.ts';

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

export type ComputeResources = Ec2Resources | FargateResources;

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
export type EnvironmentKind = 'EC2' | 'FARGATE';

export function environmentKind(environment: ComputeEnvironment): EnvironmentKind {
  if (environment.type === 'UNMANAGED') return 'EC2';
  return isEc2(environment.computeResources) ? 'EC2' : 'FARGATE';
}

export function isEc2(resources: ComputeResources): resources is Ec2Resources {
  switch (resources.type) {
    case 'EC2':
    case 'SPOT':
      return true;
    case 'FARGATE':
    case 'FARGATE_SPOT':
      return false;
  }
}

/** Whether capacity of this environment comes from the Spot market. */
export function isSpot(environment: ComputeEnvironment): boolean {
  if (environment.type === 'UNMANAGED') return false;
  return environment.computeResources.type === 'SPOT' || environment.computeResources.type === 'FARGATE_SPOT';
}

/** Whether new jobs may be placed here. What already runs goes on regardless. */
export function takesPlacements(environment: ComputeEnvironment): boolean {
  return environment.state === 'ENABLED' && environment.status === 'VALID';
}

/** Whether multi-node jobs may be placed here. Source: AWS Batch User Guide, "Compute environment considerations". */
export function takesMultiNode(environment: ComputeEnvironment): boolean {
  return environment.type === 'MANAGED' && environment.computeResources.type === 'EC2';
}

/** The most vCPUs to be in use at once; `undefined` where only the owner's own machines set the limit. */
export function maxVcpusOf(environment: ComputeEnvironment): number | undefined {
  return environment.type === 'MANAGED' ? environment.computeResources.maxvCpus : undefined;
}

/** The instance types that may be launched, in the owner's order; none for Fargate and unmanaged environments. */
export function allowedInstanceTypes(environment: ComputeEnvironment): readonly InstanceType[] {
  if (environment.type === 'UNMANAGED' || !isEc2(environment.computeResources)) return [];
  return expandInstanceTypes(environment.computeResources.instanceTypes);
}

/** `undefined` where the environment does not say: Fargate, unmanaged, or instance types unknown to the table. */
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
