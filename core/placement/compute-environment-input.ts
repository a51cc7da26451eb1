// What a caller may say about a compute environment, in AWS Batch's wire words. The shape (types, required members, enum
// values) was checked before; the rules between members are in compute-environment-{create,resources,update}.ts.
import type { Tags } from '../tags.ts';
import type {
  AllocationStrategy,
  Ec2Configuration,
  InstanceLaunchTemplate,
  LaunchTemplateTarget,
  ManagedInstancesProvider,
} from './compute-environment.ts';

export interface LaunchTemplateInput extends LaunchTemplateTarget {
  readonly overrides?: readonly (LaunchTemplateTarget & {
    readonly targetInstanceTypes?: readonly string[];
  })[];
}

/** `ManagedInstancesProvider` on create, its update on update, which only gives what is to change. */
export interface ManagedInstancesInput extends Partial<
  Omit<ManagedInstancesProvider, 'instanceLaunchTemplate'>
> {
  readonly instanceLaunchTemplate?: Partial<InstanceLaunchTemplate>;
}

/** `ComputeResource` on create, `ComputeResourceUpdate` on update; which members are required is a rule, not a type. */
export interface ComputeResourcesInput {
  readonly type?: string;
  readonly allocationStrategy?: AllocationStrategy;
  readonly minvCpus?: number;
  readonly maxvCpus?: number;
  readonly desiredvCpus?: number;
  readonly instanceTypes?: readonly string[];
  readonly subnets?: readonly string[];
  readonly securityGroupIds?: readonly string[];
  readonly instanceRole?: string;
  readonly ec2KeyPair?: string;
  readonly imageId?: string;
  readonly placementGroup?: string;
  readonly bidPercentage?: number;
  readonly spotIamFleetRole?: string;
  readonly launchTemplate?: LaunchTemplateInput;
  readonly ec2Configuration?: readonly Ec2Configuration[];
  readonly scalingPolicy?: { readonly minScaleDownDelayMinutes?: number };
  readonly tags?: Tags;
  /** Update only. */
  readonly updateToLatestImageVersion?: boolean;
  readonly managedInstancesProvider?: ManagedInstancesInput;
  readonly capacityTags?: Tags;
}

interface EcsSettingsInput {
  readonly containerInsights?: string;
}

export interface CreateEnvironmentInput {
  readonly computeEnvironmentName: string;
  readonly type: 'MANAGED' | 'UNMANAGED';
  readonly state?: 'ENABLED' | 'DISABLED';
  readonly unmanagedvCpus?: number;
  readonly computeResources?: ComputeResourcesInput;
  readonly serviceRole?: string;
  readonly tags?: Tags;
  readonly eksConfiguration?: { readonly eksClusterArn?: string; readonly kubernetesNamespace?: string };
  readonly context?: string;
  readonly ecsSettings?: EcsSettingsInput;
}

export interface UpdateEnvironmentInput {
  readonly state?: 'ENABLED' | 'DISABLED';
  readonly unmanagedvCpus?: number;
  readonly computeResources?: ComputeResourcesInput;
  readonly serviceRole?: string;
  readonly updatePolicy?: {
    readonly terminateJobsOnUpdate?: boolean;
    readonly jobExecutionTimeoutMinutes?: number;
  };
  readonly context?: string;
  readonly ecsSettings?: EcsSettingsInput;
}
