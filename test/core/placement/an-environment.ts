// Compute environments and requests for them that state only what a test is about.
import type {
  ComputeEnvironment,
  Ec2Resources,
  ManagedEnvironment,
} from '../../../core/placement/compute-environment.ts';
import { newEnvironment } from '../../../core/placement/compute-environment-create.ts';
import type {
  ComputeResourcesInput,
  CreateEnvironmentInput,
} from '../../../core/placement/compute-environment-input.ts';

export const SCOPE = { partition: 'aws', region: 'us-east-1', account: '123456789012' } as const;
export const UUID = '11111111-2222-4333-8444-555555555555';
export const SERVICE_LINKED_ROLE =
  'arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch';

export const EC2: ComputeResourcesInput = {
  type: 'EC2',
  allocationStrategy: 'BEST_FIT_PROGRESSIVE',
  minvCpus: 0,
  maxvCpus: 16,
  instanceTypes: ['m5'],
  subnets: ['subnet-1'],
  securityGroupIds: ['sg-1'],
  instanceRole: 'ecsInstanceRole',
};
export const FARGATE: ComputeResourcesInput = {
  type: 'FARGATE',
  maxvCpus: 16,
  subnets: ['subnet-1'],
  securityGroupIds: ['sg-1'],
};

export const MANAGED_INSTANCES: ComputeResourcesInput = {
  type: 'ECS_MANAGED_INSTANCES',
  maxvCpus: 16,
  managedInstancesProvider: {
    infrastructureRoleArn: 'arn:aws:iam::123456789012:role/infrastructure',
    instanceLaunchTemplate: {
      ec2InstanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/instances',
      networkConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
    },
  },
};
export const EKS = {
  eksClusterArn: 'arn:aws:eks:us-east-1:123456789012:cluster/pods',
  kubernetesNamespace: 'batch',
};

export function ec2With(members: Partial<ComputeResourcesInput>): ComputeResourcesInput {
  return { ...EC2, ...members };
}

export function fargateWith(members: Partial<ComputeResourcesInput>): ComputeResourcesInput {
  return { ...FARGATE, ...members };
}

/** Without some members of the base. */
export function without<T extends object>(base: T, ...members: readonly (keyof T)[]): T {
  // Tests of required members need inputs that lack them.
  return Object.fromEntries(Object.entries(base).filter(([name]) => !members.includes(name as keyof T))) as T;
}

export function aRequest(members: Partial<CreateEnvironmentInput> = {}): CreateEnvironmentInput {
  return { computeEnvironmentName: 'ce', type: 'MANAGED', computeResources: EC2, ...members };
}

/** VALID, ENABLED and managed, unless told otherwise. */
export function anEnvironment(
  request: Partial<CreateEnvironmentInput> = {},
  members: Partial<Pick<ComputeEnvironment, 'status' | 'state' | 'statusReason'>> = {},
): ComputeEnvironment {
  return { ...newEnvironment(SCOPE, UUID, aRequest(request)), status: 'VALID', ...members };
}

export function anUnmanagedEnvironment(request: Partial<CreateEnvironmentInput> = {}): ComputeEnvironment {
  const { computeResources: _none, ...rest } = aRequest({
    type: 'UNMANAGED',
    serviceRole: 'role',
    ...request,
  });
  return { ...newEnvironment(SCOPE, UUID, rest), status: 'VALID' };
}

/** The environment as one of EC2 instances, for a test that reads its resources. */
export function ec2Of(environment: ComputeEnvironment): Ec2Resources {
  const { computeResources } = managed(environment);
  if (computeResources.type === 'EC2' || computeResources.type === 'SPOT') return computeResources;
  throw new Error(`${environment.name} is not an EC2 environment`);
}

export function managed(environment: ComputeEnvironment): ManagedEnvironment {
  if (environment.type === 'MANAGED') return environment;
  throw new Error(`${environment.name} is not managed`);
}
