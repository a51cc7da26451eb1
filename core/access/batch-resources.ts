// Which resources each operation of AWS Batch names, as the ARNs its action is asked for. An operation that names nothing is
// asked for `*`; texts that are no names are passed on as they came, for the operation itself refuses them.
import type { Scope } from '../ids.ts';
import type { AccessResource } from './actions.ts';
import { listMember, textMember, textsMember } from './members.ts';

/** A resource of a call. `part`: only that part of a bulk call needs it. */
export interface NamedResource {
  readonly arn: string;
  readonly part?: string;
  readonly unlessDenied?: true;
}

type Find = (scope: Scope, input: object) => readonly NamedResource[];

/** The ARN behind a name-or-ARN. */
export function accessArn(scope: Scope, type: AccessResource, nameOrArn: string): string {
  if (nameOrArn.startsWith('arn:')) return nameOrArn;
  const { partition, region, account } = scope;
  const kind = type === 'job-definition-revision' ? 'job-definition' : type;
  return `arn:${partition}:batch:${region}:${account}:${kind}/${nameOrArn}`;
}

const named =
  (type: AccessResource, field: string): Find =>
  (scope, input) => {
    const text = textMember(input, field);
    return text === undefined ? [] : [{ arn: accessArn(scope, type, text) }];
  };

/** Each element of a list on its own, so that one refused job does not refuse the others. */
const eachOf =
  (type: AccessResource, field: string): Find =>
  (scope, input) =>
    [...new Set(textsMember(input, field))].map((part) => ({ arn: accessArn(scope, type, part), part }));

const elements =
  (type: AccessResource, list: string, field: string): Find =>
  (scope, input) =>
    listMember(input, list).flatMap((element) => named(type, field)(scope, element as object)); // read as unknown

const all =
  (...finds: readonly Find[]): Find =>
  (scope, input) =>
    finds.flatMap((find) => find(scope, input));

/** A resource that has no id yet. */
const anyOf =
  (type: AccessResource, unlessDenied = false): Find =>
  (scope) => [{ arn: accessArn(scope, type, '*'), ...(unlessDenied ? { unlessDenied } : {}) }];

const consumables =
  (field: string): Find =>
  (scope, input) =>
    listMember(input, field, 'consumableResourceList').flatMap((element) =>
      // Read as unknown: an element is whatever the request held.
      named('consumable-resource', 'consumableResource')(scope, element as object),
    );

/** Of the definition and of each range of nodes. */
const registeredConsumables: Find = (scope, input) =>
  [input, ...listMember(input, 'nodeProperties', 'nodeRangeProperties')].flatMap((place) =>
    consumables('consumableResourceProperties')(scope, place as object),
  );

const submittedConsumables: Find = (scope, input) =>
  [
    consumables('consumableResourcePropertiesOverride')(scope, input),
    ...listMember(input, 'nodeOverrides', 'nodePropertyOverrides').map((override) =>
      consumables('consumableResourcePropertiesOverride')(scope, override as object),
    ),
  ].flat();

/** `arn:…:job-queue/<queue>/quota-share/<name>`, or the ARN given. */
const createdQuotaShare: Find = (scope, input) => {
  const [queue] = named('job-queue', 'jobQueue')(scope, input);
  const share = textMember(input, 'quotaShareName');
  return queue && share !== undefined ? [{ arn: `${queue.arn}/quota-share/${share}` }] : [];
};

const queueParts = all(
  elements('compute-environment', 'computeEnvironmentOrder', 'computeEnvironment'),
  elements('service-environment', 'serviceEnvironmentOrder', 'serviceEnvironment'),
  named('scheduling-policy', 'schedulingPolicyArn'),
);

const RESOURCES: Readonly<Record<string, Find>> = {
  CancelJob: named('job', 'jobId'),
  TerminateJob: named('job', 'jobId'),
  HoldJob: named('job', 'jobId'),
  ReleaseJob: named('job', 'jobId'),
  PrioritizeJob: named('job', 'jobId'),
  CancelJobs: eachOf('job', 'jobs'),
  TerminateJobs: eachOf('job', 'jobs'),

  CreateComputeEnvironment: named('compute-environment', 'computeEnvironmentName'),
  CreateJobQueue: all(named('job-queue', 'jobQueueName'), queueParts),
  CreateSchedulingPolicy: named('scheduling-policy', 'name'),
  CreateConsumableResource: named('consumable-resource', 'consumableResourceName'),
  CreateServiceEnvironment: named('service-environment', 'serviceEnvironmentName'),
  CreateQuotaShare: all(named('job-queue', 'jobQueue'), createdQuotaShare),

  DeleteComputeEnvironment: named('compute-environment', 'computeEnvironment'),
  DeleteJobQueue: named('job-queue', 'jobQueue'),
  DeleteSchedulingPolicy: named('scheduling-policy', 'arn'),
  DeleteConsumableResource: named('consumable-resource', 'consumableResource'),
  DeleteServiceEnvironment: named('service-environment', 'serviceEnvironment'),
  DeleteQuotaShare: named('quota-share', 'quotaShareArn'),
  UpdateComputeEnvironment: named('compute-environment', 'computeEnvironment'),
  UpdateJobQueue: all(named('job-queue', 'jobQueue'), queueParts),
  UpdateSchedulingPolicy: named('scheduling-policy', 'arn'),
  UpdateConsumableResource: named('consumable-resource', 'consumableResource'),
  UpdateServiceEnvironment: named('service-environment', 'serviceEnvironment'),
  UpdateQuotaShare: named('quota-share', 'quotaShareArn'),

  RegisterJobDefinition: all(named('job-definition', 'jobDefinitionName'), registeredConsumables),
  DeregisterJobDefinition: named('job-definition-revision', 'jobDefinition'),
  // The job has no id yet, and the policies that AWS documents list the queue and the definition only.
  SubmitJob: all(
    anyOf('job', true),
    named('job-queue', 'jobQueue'),
    named('job-definition', 'jobDefinition'),
    submittedConsumables,
  ),
  SubmitServiceJob: all(named('job-queue', 'jobQueue'), anyOf('service-job'), createdQuotaShare),
  TerminateServiceJob: named('service-job', 'jobId'),
  TerminateServiceJobs: eachOf('service-job', 'jobs'),
  UpdateServiceJob: named('service-job', 'jobId'),

  GetJobQueueSnapshot: named('job-queue', 'jobQueue'),
  ListQuotaShares: named('job-queue', 'jobQueue'),
  DescribeConsumableResource: named('consumable-resource', 'consumableResource'),
  ListJobsByConsumableResource: named('consumable-resource', 'consumableResource'),
  DescribeQuotaShare: named('quota-share', 'quotaShareArn'),

  ListTagsForResource: named('job', 'resourceArn'),
  TagResource: named('job', 'resourceArn'),
  UntagResource: named('job', 'resourceArn'),
};

/** Never empty. */
export function batchResourcesOf(operation: string, scope: Scope, input: object): readonly NamedResource[] {
  const found = RESOURCES[operation]?.(scope, input) ?? [];
  return found.length === 0 ? [{ arn: '*' }] : found;
}

/** What a request that brings `tags` gives them to: batch:TagResource is asked for it. */
export function taggedByRequest(operation: string, scope: Scope, input: object): readonly NamedResource[] {
  switch (operation) {
    case 'SubmitJob':
      return anyOf('job')(scope, input);
    case 'SubmitServiceJob':
      return anyOf('service-job')(scope, input);
    case 'CreateQuotaShare':
      return createdQuotaShare(scope, input);
    default:
      return batchResourcesOf(operation, scope, input).slice(0, 1);
  }
}
