// Rules and construction of computeResources of type ECS_MANAGED_INSTANCES: ECS launches and ends the instances by itself, and
// everything that Batch says about them is in managedInstancesProvider.
// Source: AWS Batch User Guide, "Compute environments on Amazon ECS Managed Instances"; API Reference, ManagedInstancesProvider.
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
import type { ManagedInstancesResources } from './compute-environment.ts';
import type { ComputeResourcesInput, ManagedInstancesInput } from './compute-environment-input.ts';
import { instanceTypeProblems, isBundle } from './instances/instance-types.ts';

const FIELD = 'computeResources';
const PROVIDER = `${FIELD}.managedInstancesProvider`;
const TEMPLATE = `${PROVIDER}.instanceLaunchTemplate`;
const SCALE_IN_SECONDS = { min: -1, max: 3600 } as const;
const LISTED_MAX = 100;
const RESERVATION_PREFERENCES = ['RESERVATIONS_ONLY', 'RESERVATIONS_FIRST', 'RESERVATIONS_EXCLUDED'] as const;

/** Whatever is not of managed instances is refused; an update is judged by what it leads to. */
export function managedInstancesProblems(resources: ComputeResourcesInput): Problems {
  const { type, maxvCpus: _max, managedInstancesProvider: provider, capacityTags, ...others } = resources;
  const { tags, ...unknown } = others;
  const given = { ...unknown, ...(tags !== undefined && Object.keys(tags).length > 0 ? { tags } : {}) };
  return [
    ...absentProblems(FIELD, given, `for ${type}`),
    ...tagsProblems(`${FIELD}.capacityTags`, capacityTags),
    ...(provider === undefined ? requiredProblems(PROVIDER, undefined) : providerProblems(provider)),
  ];
}

function providerProblems(provider: ManagedInstancesInput): Problems {
  const { instanceLaunchTemplate: template, infrastructureOptimization } = provider;
  return [
    ...requiredProblems(`${PROVIDER}.infrastructureRoleArn`, provider.infrastructureRoleArn),
    ...oneOfProblems(`${PROVIDER}.propagateTags`, provider.propagateTags, ['CAPACITY_PROVIDER', 'NONE']),
    ...wholeNumberProblems(
      `${PROVIDER}.infrastructureOptimization.scaleInAfter`,
      infrastructureOptimization?.scaleInAfter,
      SCALE_IN_SECONDS,
    ),
    ...(template === undefined ? requiredProblems(TEMPLATE, undefined) : templateProblems(template)),
  ];
}

function templateProblems(template: NonNullable<ManagedInstancesInput['instanceLaunchTemplate']>): Problems {
  const { networkConfiguration: network, instanceRequirements, capacityReservations } = template;
  const listed = { min: 1, max: LISTED_MAX };
  return [
    ...requiredProblems(`${TEMPLATE}.ec2InstanceProfileArn`, template.ec2InstanceProfileArn),
    ...countProblems(`${TEMPLATE}.networkConfiguration.subnets`, network?.subnets, listed),
    ...countProblems(`${TEMPLATE}.networkConfiguration.securityGroups`, network?.securityGroups, listed),
    ...eachProblems(
      `${TEMPLATE}.instanceRequirements.allowedInstanceTypes`,
      instanceRequirements?.allowedInstanceTypes,
      typeProblems,
    ),
    ...oneOfProblems(`${TEMPLATE}.capacityOptionType`, template.capacityOptionType, ['ON_DEMAND', 'SPOT']),
    ...oneOfProblems(`${TEMPLATE}.monitoring`, template.monitoring, ['BASIC', 'DETAILED']),
    ...wholeNumberProblems(
      `${TEMPLATE}.storageConfiguration.storageSizeGiB`,
      template.storageConfiguration?.storageSizeGiB,
      { min: 1 },
    ),
    ...oneOfProblems(
      `${TEMPLATE}.capacityReservations.reservationPreference`,
      capacityReservations?.reservationPreference,
      RESERVATION_PREFERENCES,
    ),
  ];
}

/** Bundles are Batch's own words, and it is ECS that reads this list. */
function typeProblems(path: string, name: string): Problems {
  return isBundle(name)
    ? problem(path, 'must be an instance type or a family', name)
    : instanceTypeProblems(path, name);
}

/** What stays as it was created, although the shape of an update does not say so. */
export function fixedManagedInstancesProblems({ managedInstancesProvider }: ComputeResourcesInput): Problems {
  const { capacityOptionType, fipsEnabled } = managedInstancesProvider?.instanceLaunchTemplate ?? {};
  return absentProblems(TEMPLATE, { capacityOptionType, fipsEnabled }, 'in an update');
}

/** The resources as the patch leaves them: of the provider and its launch template, what is given replaces what there was. */
export function patchedManagedInstances(
  current: ManagedInstancesResources,
  patch: ComputeResourcesInput,
): ComputeResourcesInput {
  const { managedInstancesProvider: before } = current;
  const { managedInstancesProvider: given } = patch;
  return {
    ...current,
    ...patch,
    managedInstancesProvider: {
      ...before,
      ...given,
      instanceLaunchTemplate: { ...before.instanceLaunchTemplate, ...given?.instanceLaunchTemplate },
    },
  };
}

/** Builds what is stored from what broke no rule. */
export function managedInstancesOf(input: ComputeResourcesInput): ManagedInstancesResources {
  const { maxvCpus = 0, managedInstancesProvider, capacityTags } = input;
  return {
    type: 'ECS_MANAGED_INSTANCES',
    maxvCpus,
    // The rules have asked for every member that its type requires.
    managedInstancesProvider:
      managedInstancesProvider as ManagedInstancesResources['managedInstancesProvider'],
    ...(capacityTags === undefined ? {} : { capacityTags }),
  };
}

export function isManagedInstancesType(type: string | undefined): boolean {
  return type === 'ECS_MANAGED_INSTANCES';
}

/** An update may name the type again, but not another. */
export function keptTypeProblems(type: string | undefined, current: string): Problems {
  if (type === undefined || type === current) return NO_PROBLEMS;
  return problem(`${FIELD}.type`, `must stay ${current}`, type);
}
