// UpdateComputeEnvironment: which changes are allowed, and what they lead to. Scaling changes (state, role, vCPU numbers)
// are always possible; infrastructure changes replace instances and need the service-linked role and a strategy other
// than BEST_FIT. Source: AWS Batch User Guide, "Update a compute environment".
import { absentProblems, NO_PROBLEMS, problem, wholeNumberProblems } from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import { updateProblems } from '../resource.ts';
import { DEFAULT_UPDATE_POLICY, isEc2 } from './compute-environment.ts';
import type {
  ComputeEnvironment,
  ComputeResources,
  Ec2Resources,
  FargateResources,
  ManagedEnvironment,
  ManagedInstancesResources,
} from './compute-environment.ts';
import type { EnvironmentChange } from './compute-environment-change.ts';
import { isServiceLinkedRole } from './compute-environment-create.ts';
import { eksResourcesProblems, eksUpdateProblems } from './compute-environment-eks.ts';
import type { ComputeResourcesInput, UpdateEnvironmentInput } from './compute-environment-input.ts';
import {
  fixedManagedInstancesProblems,
  isManagedInstancesType,
  keptTypeProblems,
  patchedManagedInstances,
} from './compute-environment-managed-instances.ts';
import { isFargateType, resourcesOf, resourcesProblems } from './compute-environment-resources.ts';
import { isSameJson } from './same-json.ts';

const JOB_TIMEOUT_MINUTES = { min: 1, max: 7200 } as const;

const INFRASTRUCTURE_MEMBERS = [
  'type',
  'allocationStrategy',
  'bidPercentage',
  'ec2Configuration',
  'ec2KeyPair',
  'imageId',
  'instanceRole',
  'instanceTypes',
  'launchTemplate',
  'placementGroup',
  'securityGroupIds',
  'subnets',
  'tags',
] as const satisfies readonly (keyof Ec2Resources)[];

const SCALING_DOWN =
  'Manually scaling down compute environment is not supported. Disconnecting job queues from compute environment will ' +
  'cause it to scale-down to minvCpus.';

export function updateEnvironmentProblems(
  environment: ComputeEnvironment,
  input: UpdateEnvironmentInput,
): Problems {
  const ofStatus = updateProblems(environment);
  if (ofStatus.length > 0) return ofStatus;
  return [
    ...serviceRoleProblems(environment, input.serviceRole),
    ...(environment.type === 'MANAGED' ? managedProblems(environment, input) : unmanagedProblems(input)),
  ];
}

function serviceRoleProblems(environment: ComputeEnvironment, serviceRole: string | undefined): Problems {
  if (serviceRole === undefined || serviceRole === '') return NO_PROBLEMS;
  const wasLinked = isServiceLinkedRole(environment.serviceRole);
  if (isServiceLinkedRole(serviceRole) === wasLinked) return NO_PROBLEMS;
  const rule = wasLinked ? 'must stay the service-linked role' : 'must not become the service-linked role';
  return problem('serviceRole', rule, serviceRole);
}

function unmanagedProblems({
  computeResources,
  updatePolicy,
  unmanagedvCpus,
}: UpdateEnvironmentInput): Problems {
  return [
    ...absentProblems('', { computeResources, updatePolicy }, 'for an UNMANAGED compute environment'),
    ...wholeNumberProblems('unmanagedvCpus', unmanagedvCpus, { min: 0 }),
  ];
}

function managedProblems(environment: ManagedEnvironment, input: UpdateEnvironmentInput): Problems {
  const { unmanagedvCpus, updatePolicy, computeResources: patch = {} } = input;
  const current = environment.computeResources;
  return [
    ...absentProblems('', { unmanagedvCpus }, 'for a MANAGED compute environment'),
    ...wholeNumberProblems(
      'updatePolicy.jobExecutionTimeoutMinutes',
      updatePolicy?.jobExecutionTimeoutMinutes,
      JOB_TIMEOUT_MINUTES,
    ),
    ...currentProblems(environment, current, patch),
  ];
}

function currentProblems(
  environment: ManagedEnvironment,
  current: ComputeResources,
  patch: ComputeResourcesInput,
): Problems {
  if (isEc2(current)) return ec2Problems(environment, current, patch);
  return current.type === 'ECS_MANAGED_INSTANCES'
    ? managedInstancesUpdateProblems(current, patch)
    : fargateProblems(current, patch);
}

function fargateProblems(current: FargateResources, patch: ComputeResourcesInput): Problems {
  const ofType = keptTypeProblems(patch.type, current.type);
  return ofType.length > 0 ? ofType : resourcesProblems(patchedFargate(current, patch), 'update');
}

function managedInstancesUpdateProblems(
  current: ManagedInstancesResources,
  patch: ComputeResourcesInput,
): Problems {
  const ofFixed = [...keptTypeProblems(patch.type, current.type), ...fixedManagedInstancesProblems(patch)];
  if (ofFixed.length > 0) return ofFixed;
  return resourcesProblems(patchedManagedInstances(current, patch), 'update');
}

/** Members that Fargate does not take are kept, for the rules to find them. An empty list changes nothing. */
function patchedFargate(current: FargateResources, patch: ComputeResourcesInput): ComputeResourcesInput {
  const { subnets = [], securityGroupIds = [] } = patch;
  return {
    ...patch,
    type: current.type,
    maxvCpus: patch.maxvCpus ?? current.maxvCpus,
    subnets: subnets.length > 0 ? subnets : current.subnets,
    securityGroupIds: securityGroupIds.length > 0 ? securityGroupIds : current.securityGroupIds,
  };
}

function ec2Problems(
  environment: ManagedEnvironment,
  current: Ec2Resources,
  patch: ComputeResourcesInput,
): Problems {
  if (isFargateType(patch.type) || isManagedInstancesType(patch.type)) {
    return problem('computeResources.type', `must stay EC2 or SPOT`, patch.type);
  }
  if (patch.desiredvCpus !== undefined && patch.desiredvCpus < current.desiredvCpus) {
    return problem('computeResources.desiredvCpus', 'may only grow', patch.desiredvCpus, SCALING_DOWN);
  }
  const patched = patchedEc2(current, patch);
  const ofResult =
    environment.eksConfiguration === undefined
      ? resourcesProblems(patched, 'update')
      : [
          ...eksUpdateProblems(patch),
          ...eksResourcesProblems(patched),
          ...resourcesProblems(patched, 'update', 'EKS'),
        ];
  return ofResult.length > 0 ? ofResult : infrastructureProblems(environment, current, patch);
}

function infrastructureProblems(
  environment: ManagedEnvironment,
  current: Ec2Resources,
  patch: ComputeResourcesInput,
): Problems {
  const members = infrastructureChanges(current, patch);
  if (members.length === 0) return NO_PROBLEMS;
  const change = `Cannot update computeResources.${members.join(', computeResources.')}`;
  if ((current.allocationStrategy ?? 'BEST_FIT') === 'BEST_FIT') {
    const message = `${change}: a compute environment with allocationStrategy BEST_FIT does not support infrastructure updates.`;
    return problem('computeResources.allocationStrategy', 'must not be BEST_FIT', 'BEST_FIT', message);
  }
  if (patch.allocationStrategy === 'BEST_FIT') {
    return problem('computeResources.allocationStrategy', 'must not become BEST_FIT', 'BEST_FIT');
  }
  if (isServiceLinkedRole(environment.serviceRole)) return NO_PROBLEMS;
  const message = `${change}: an infrastructure update needs the service-linked role AWSServiceRoleForBatch.`;
  return problem('serviceRole', 'must be the service-linked role', environment.serviceRole, message);
}

function infrastructureChanges(current: Ec2Resources, patch: ComputeResourcesInput): readonly string[] {
  const patched = patchedEc2(current, patch);
  const members: string[] = INFRASTRUCTURE_MEMBERS.filter(
    (member) => !isSameJson(current[member], patched[member]),
  );
  return patch.updateToLatestImageVersion === true ? [...members, 'updateToLatestImageVersion'] : members;
}

/** The resources as the patch leaves them. An empty text removes; the service's own number moves into the new bounds. */
function patchedEc2(current: Ec2Resources, patch: ComputeResourcesInput): ComputeResourcesInput {
  const { ec2KeyPair, imageId, placementGroup, launchTemplate, ec2Configuration, ...rest } = {
    ...current,
    ...patch,
  };
  const minvCpus = rest.minvCpus;
  const maxvCpus = rest.maxvCpus;
  const { launchTemplateId, launchTemplateName } = launchTemplate ?? {};
  const isRemoved =
    !launchTemplateId && !launchTemplateName && (launchTemplateId === '' || launchTemplateName === '');
  return {
    ...rest,
    desiredvCpus: patch.desiredvCpus ?? Math.min(Math.max(current.desiredvCpus, minvCpus), maxvCpus),
    ...(ec2KeyPair ? { ec2KeyPair } : {}),
    ...(imageId ? { imageId } : {}),
    ...(placementGroup ? { placementGroup } : {}),
    ...(launchTemplate === undefined || isRemoved ? {} : { launchTemplate }),
    ...(ec2Configuration === undefined || ec2Configuration.length === 0 ? {} : { ec2Configuration }),
  };
}

export interface PlannedUpdate {
  readonly environment: ComputeEnvironment;
  readonly change: EnvironmentChange;
}

/** What an update without problems leads to: the environment in UPDATING with its new settings, and what is to be done. */
export function plannedUpdate(environment: ComputeEnvironment, input: UpdateEnvironmentInput): PlannedUpdate {
  const shared = {
    state: input.state ?? environment.state,
    status: 'UPDATING',
    statusReason: '',
    serviceRole: input.serviceRole ? input.serviceRole : environment.serviceRole,
    ...(input.ecsSettings === undefined
      ? {}
      : { ecsSettings: { ...environment.ecsSettings, ...input.ecsSettings } }),
    ...(input.context === undefined ? {} : { context: input.context }),
  } as const;
  if (environment.type === 'UNMANAGED') {
    const unmanaged = input.unmanagedvCpus === undefined ? {} : { unmanagedvCpus: input.unmanagedvCpus };
    return { environment: { ...environment, ...shared, ...unmanaged }, change: scalingUpdate() };
  }
  const { computeResources: patch = {} } = input;
  const current = environment.computeResources;
  const updatePolicy =
    input.updatePolicy === undefined
      ? {}
      : { updatePolicy: { ...DEFAULT_UPDATE_POLICY, ...environment.updatePolicy, ...input.updatePolicy } };
  return {
    environment: {
      ...environment,
      ...shared,
      ...updatePolicy,
      computeResources: patchedResources(current, patch),
    },
    change: {
      kind: 'update',
      // What made it INVALID may be an infrastructure update that AWS refused: the settings are kept, and still to be made true.
      infrastructure:
        isEc2(current) &&
        (environment.status === 'INVALID' || infrastructureChanges(current, patch).length > 0),
      updateToLatestImageVersion: patch.updateToLatestImageVersion === true,
    },
  };
}

function scalingUpdate(): EnvironmentChange {
  return { kind: 'update', infrastructure: false, updateToLatestImageVersion: false };
}

function patchedResources(current: ComputeResources, patch: ComputeResourcesInput): ComputeResources {
  if (isEc2(current)) return resourcesOf(patchedEc2(current, patch));
  if (current.type === 'ECS_MANAGED_INSTANCES') return resourcesOf(patchedManagedInstances(current, patch));
  return resourcesOf(patchedFargate(current, patch));
}
