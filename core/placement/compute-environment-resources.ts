// Rules and construction of computeResources, shared by create and update: an update is judged by what it leads to.
// Source: AWS Batch API Reference, ComputeResource; texts are ours where AWS's are unknown.
import {
  absentProblems,
  countProblems,
  eachProblems,
  NO_PROBLEMS,
  oneOfProblems,
  problem,
  requiredProblems,
  wholeNumberProblems,
} from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import { tagsProblems } from '../definition/validate-settings.ts';
import { architecturesOf } from './compute-environment.ts';
import type {
  AllocationStrategy,
  ComputeResources,
  Ec2Configuration,
  Ec2Resources,
  FargateResources,
  LaunchTemplate,
} from './compute-environment.ts';
import type { ComputeResourcesInput } from './compute-environment-input.ts';
import { launchTemplateProblems } from './compute-environment-launch-template.ts';
import {
  isManagedInstancesType,
  managedInstancesOf,
  managedInstancesProblems,
} from './compute-environment-managed-instances.ts';
import { instanceTypeProblems } from './instances/instance-types.ts';

const FIELD = 'computeResources';
const RESOURCE_TYPES = ['EC2', 'SPOT', 'FARGATE', 'FARGATE_SPOT', 'ECS_MANAGED_INSTANCES'] as const;
const FARGATE_SUBNETS_MAX = 16;
const FARGATE_SECURITY_GROUPS_MAX = 5;
const BID_PERCENTAGE_MAX = 100;
const SCALE_DOWN_DELAY_MINUTES = { min: 20, max: 10_080 } as const;

/** Which strategies make sense for which market; the rest is either's. */
const STRATEGY_MARKET: Readonly<Partial<Record<AllocationStrategy, 'EC2' | 'SPOT'>>> = {
  BEST_FIT_PROGRESSIVE_ORDERED: 'EC2',
  SPOT_CAPACITY_OPTIMIZED: 'SPOT',
  SPOT_PRICE_CAPACITY_OPTIMIZED: 'SPOT',
  SPOT_CAPACITY_OPTIMIZED_PRIORITIZED: 'SPOT',
};

/** `update`: subnets and security groups of EC2 resources may have been emptied on purpose (AWS allows that). */
export function resourcesProblems(
  resources: ComputeResourcesInput,
  intent: 'create' | 'update',
  on: 'ECS' | 'EKS' = 'ECS',
): Problems {
  const { type, managedInstancesProvider, capacityTags } = resources;
  const ofManagedInstances = { managedInstancesProvider, capacityTags };
  const ofType = [
    ...requiredProblems(`${FIELD}.type`, type),
    ...oneOfProblems(`${FIELD}.type`, type, RESOURCE_TYPES),
    ...(isManagedInstancesType(type)
      ? NO_PROBLEMS
      : absentProblems(FIELD, ofManagedInstances, 'for this type')),
  ];
  if (ofType.length > 0) return ofType;
  const ofMax = [
    ...requiredProblems(`${FIELD}.maxvCpus`, resources.maxvCpus),
    ...wholeNumberProblems(`${FIELD}.maxvCpus`, resources.maxvCpus, { min: 0 }),
  ];
  if (ofMax.length > 0) return ofMax;
  if (isManagedInstancesType(type)) return managedInstancesProblems(resources);
  return isFargateType(type) ? fargateProblems(resources) : ec2Problems(resources, intent, on);
}

export function isFargateType(type: string | undefined): boolean {
  return type === 'FARGATE' || type === 'FARGATE_SPOT';
}

/** Every member that Fargate does not know, that is all but type, maxvCpus, subnets and securityGroupIds. */
function fargateProblems(resources: ComputeResourcesInput): Problems {
  const { type, maxvCpus: _max, subnets, securityGroupIds, tags, ...others } = resources;
  const given = { ...others, ...(tags !== undefined && Object.keys(tags).length > 0 ? { tags } : {}) };
  return [
    ...absentProblems(FIELD, given, `for ${type}`),
    ...countProblems(`${FIELD}.subnets`, subnets, { min: 1, max: FARGATE_SUBNETS_MAX }),
    ...countProblems(`${FIELD}.securityGroupIds`, securityGroupIds, {
      min: 1,
      max: FARGATE_SECURITY_GROUPS_MAX,
    }),
  ];
}

function ec2Problems(
  resources: ComputeResourcesInput,
  intent: 'create' | 'update',
  on: 'ECS' | 'EKS',
): Problems {
  return [
    ...requiredProblems(`${FIELD}.instanceRole`, resources.instanceRole),
    ...(intent === 'create' ? networkProblems(resources) : NO_PROBLEMS),
    ...vcpuProblems(resources),
    ...instanceTypesProblems(resources.instanceTypes ?? []),
    ...marketProblems(resources),
    ...launchTemplateProblems(
      `${FIELD}.launchTemplate`,
      resources.launchTemplate,
      resources.instanceTypes ?? [],
    ),
    ...ec2ConfigurationProblems(resources.ec2Configuration, on),
    ...scalingPolicyProblems(resources.scalingPolicy?.minScaleDownDelayMinutes),
    ...tagsProblems(`${FIELD}.tags`, resources.tags),
  ];
}

function networkProblems({ subnets, securityGroupIds, launchTemplate }: ComputeResourcesInput): Problems {
  const hasGroups = (securityGroupIds?.length ?? 0) > 0 || launchTemplate !== undefined;
  return [
    ...((subnets?.length ?? 0) > 0 ? NO_PROBLEMS : requiredProblems(`${FIELD}.subnets`, undefined)),
    ...(hasGroups
      ? NO_PROBLEMS
      : problem(`${FIELD}.securityGroupIds`, 'is required without a launchTemplate', undefined)),
  ];
}

function vcpuProblems({ minvCpus, maxvCpus = 0, desiredvCpus }: ComputeResourcesInput): Problems {
  const ofMin = wholeNumberProblems(`${FIELD}.minvCpus`, minvCpus, { min: 0, max: maxvCpus });
  if (ofMin.length > 0) return ofMin;
  return wholeNumberProblems(`${FIELD}.desiredvCpus`, desiredvCpus, { min: minvCpus ?? 0, max: maxvCpus });
}

function instanceTypesProblems(instanceTypes: readonly string[]): Problems {
  const field = `${FIELD}.instanceTypes`;
  if (instanceTypes.length === 0) return requiredProblems(field, undefined);
  const ofNames = eachProblems(field, instanceTypes, instanceTypeProblems);
  if (ofNames.length > 0) return ofNames;
  const architectures = architecturesOf(instanceTypes);
  if (architectures.length < 2) return NO_PROBLEMS;
  return problem(field, `must share one architecture, not ${architectures.join(' and ')}`, instanceTypes);
}

function marketProblems(resources: ComputeResourcesInput): Problems {
  const { type, allocationStrategy = 'BEST_FIT', bidPercentage, spotIamFleetRole } = resources;
  const market = STRATEGY_MARKET[allocationStrategy];
  const field = `${FIELD}.allocationStrategy`;
  const needsFleetRole = type === 'SPOT' && allocationStrategy === 'BEST_FIT';
  return [
    ...(market === undefined || market === type
      ? NO_PROBLEMS
      : problem(field, `is only for computeResources of type ${market}`, allocationStrategy)),
    ...wholeNumberProblems(`${FIELD}.bidPercentage`, bidPercentage, {
      // Without a Spot market the number means nothing, and request skeletons carry a 0.
      min: type === 'SPOT' ? 1 : 0,
      max: BID_PERCENTAGE_MAX,
    }),
    ...(needsFleetRole && (spotIamFleetRole ?? '') === ''
      ? problem(
          `${FIELD}.spotIamFleetRole`,
          'is required for SPOT with allocationStrategy BEST_FIT',
          undefined,
        )
      : NO_PROBLEMS),
  ];
}

function ec2ConfigurationProblems(
  configurations: readonly Ec2Configuration[] | undefined,
  on: 'ECS' | 'EKS',
): Problems {
  const field = `${FIELD}.ec2Configuration`;
  if (configurations === undefined) return NO_PROBLEMS;
  return [
    ...countProblems(field, configurations, { min: 1, max: 2 }),
    ...eachProblems(field, configurations, (path, { imageType, imageKubernetesVersion }) => [
      ...requiredProblems(`${path}.imageType`, imageType),
      ...(imageType.startsWith(on === 'ECS' ? 'EKS' : 'ECS')
        ? problem(`${path}.imageType`, `must be an image type for ${on}`, imageType)
        : NO_PROBLEMS),
      ...(on === 'ECS' ? absentProblems(path, { imageKubernetesVersion }, 'for ECS') : NO_PROBLEMS),
    ]),
  ];
}

/** 0 unsets the delay. */
function scalingPolicyProblems(minutes: number | undefined): Problems {
  if (minutes === 0) return NO_PROBLEMS;
  const field = `${FIELD}.scalingPolicy.minScaleDownDelayMinutes`;
  return wholeNumberProblems(field, minutes, SCALE_DOWN_DELAY_MINUTES);
}

/** Builds what is stored from what broke no rule. */
export function resourcesOf(input: ComputeResourcesInput): ComputeResources {
  if (isManagedInstancesType(input.type)) return managedInstancesOf(input);
  return isFargateType(input.type) ? fargateOf(input) : ec2Of(input);
}

function fargateOf(input: ComputeResourcesInput): FargateResources {
  return {
    type: input.type === 'FARGATE_SPOT' ? 'FARGATE_SPOT' : 'FARGATE',
    maxvCpus: input.maxvCpus ?? 0,
    subnets: input.subnets ?? [],
    securityGroupIds: input.securityGroupIds ?? [],
  };
}

function ec2Of(input: ComputeResourcesInput): Ec2Resources {
  const {
    managedInstancesProvider: _provider,
    capacityTags: _capacityTags,
    updateToLatestImageVersion: _updateToLatest,
    scalingPolicy,
    launchTemplate,
    ...given
  } = input;
  const minvCpus = input.minvCpus ?? 0;
  const delayMinutes = scalingPolicy?.minScaleDownDelayMinutes ?? 0;
  return {
    ...given,
    type: input.type === 'SPOT' ? 'SPOT' : 'EC2',
    minvCpus,
    maxvCpus: input.maxvCpus ?? minvCpus,
    desiredvCpus: input.desiredvCpus ?? minvCpus,
    instanceTypes: input.instanceTypes ?? [],
    subnets: input.subnets ?? [],
    securityGroupIds: input.securityGroupIds ?? [],
    instanceRole: input.instanceRole ?? '',
    tags: input.tags ?? {},
    ...(delayMinutes > 0 ? { scalingPolicy: { minScaleDownDelayMinutes: delayMinutes } } : {}),
    ...(launchTemplate === undefined ? {} : { launchTemplate: launchTemplateOf(launchTemplate) }),
  };
}

function launchTemplateOf({
  overrides,
  ...template
}: NonNullable<ComputeResourcesInput['launchTemplate']>): LaunchTemplate {
  if (overrides === undefined || overrides.length === 0) return template;
  return {
    ...template,
    overrides: overrides.map((override) => ({
      ...override,
      targetInstanceTypes: override.targetInstanceTypes ?? [],
    })),
  };
}
