// CreateComputeEnvironment: its rules, and the environment it makes.
import { absentProblems, NO_PROBLEMS, requiredProblems, wholeNumberProblems } from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import { resourceNameProblems } from '../definition/names.ts';
import { tagsProblems } from '../definition/validate-settings.ts';
import { arnOf } from '../ids.ts';
import type { ComputeEnvironmentArn, Scope } from '../ids.ts';
import type { ComputeEnvironment } from './compute-environment.ts';
import type { CreateEnvironmentInput } from './compute-environment-input.ts';
import {
  eksConfigurationOf,
  eksConfigurationProblems,
  eksResourcesProblems,
} from './compute-environment-eks.ts';
import { resourcesOf, resourcesProblems } from './compute-environment-resources.ts';

/** AWS's quota per account and Region; the scheduler reads all of them in each pass. */
export const ENVIRONMENTS_MAX = 50;

export function createEnvironmentProblems(input: CreateEnvironmentInput): Problems {
  return [
    ...resourceNameProblems('computeEnvironmentName', input.computeEnvironmentName),
    ...tagsProblems('tags', input.tags),
    ...(input.type === 'MANAGED' ? managedProblems(input) : unmanagedProblems(input)),
  ];
}

function managedProblems(input: CreateEnvironmentInput): Problems {
  const { unmanagedvCpus, computeResources, eksConfiguration } = input;
  const onEks = eksConfiguration !== undefined;
  return [
    ...absentProblems('', { unmanagedvCpus }, 'for a MANAGED compute environment'),
    ...(onEks ? eksConfigurationProblems(eksConfiguration) : NO_PROBLEMS),
    ...(onEks && computeResources ? eksResourcesProblems(computeResources) : NO_PROBLEMS),
    ...(computeResources === undefined
      ? requiredProblems('computeResources', undefined)
      : resourcesProblems(computeResources, 'create', onEks ? 'EKS' : 'ECS')),
  ];
}

function unmanagedProblems({
  unmanagedvCpus,
  computeResources,
  eksConfiguration,
  serviceRole,
}: CreateEnvironmentInput): Problems {
  const given = { computeResources, eksConfiguration };
  return [
    ...absentProblems('', given, 'for an UNMANAGED compute environment'),
    ...requiredProblems('serviceRole', serviceRole),
    ...wholeNumberProblems('unmanagedvCpus', unmanagedvCpus, { min: 0 }),
  ];
}

/** The environment that an input without problems makes, in CREATING. `uuid` becomes part of its cluster's name. */
export function newEnvironment(
  scope: Scope,
  uuid: string,
  input: CreateEnvironmentInput,
): ComputeEnvironment {
  const { computeEnvironmentName: name, computeResources } = input;
  const base = {
    // The only place where the text becomes this kind of ARN.
    ceArn: arnOf(scope, 'compute-environment', name) as ComputeEnvironmentArn,
    name,
    uuid,
    state: input.state ?? 'ENABLED',
    status: 'CREATING',
    statusReason: '',
    ecsClusterArn: `arn:${scope.partition}:ecs:${scope.region}:${scope.account}:cluster/AWSBatch-${name}-${uuid}`,
    serviceRole: givenText(input.serviceRole) ?? serviceLinkedRole(scope),
    tags: input.tags ?? {},
    ...(input.ecsSettings === undefined ? {} : { ecsSettings: input.ecsSettings }),
    ...(input.context === undefined ? {} : { context: input.context }),
  } as const;
  const { unmanagedvCpus, eksConfiguration } = input;
  if (computeResources !== undefined) {
    return {
      ...base,
      type: 'MANAGED',
      computeResources: resourcesOf(computeResources),
      ...(eksConfiguration === undefined ? {} : { eksConfiguration: eksConfigurationOf(eksConfiguration) }),
    };
  }
  return { ...base, type: 'UNMANAGED', ...(unmanagedvCpus === undefined ? {} : { unmanagedvCpus }) };
}

function givenText(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function serviceLinkedRole({ partition, account }: Scope): string {
  return `arn:${partition}:iam::${account}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch`;
}

/** AWS's own role for Batch, by name or by ARN. */
export function isServiceLinkedRole(role: string): boolean {
  return role.split('/').at(-1) === 'AWSServiceRoleForBatch';
}
