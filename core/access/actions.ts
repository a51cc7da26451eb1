// The actions of AWS Batch as IAM knows them: their level, the resources they are asked for and the condition keys they
// bring. Data only; which ARNs a call names is read in batch-questions.ts.

export type AccessLevel = 'Read' | 'List' | 'Write' | 'Tagging';

export type AccessResource =
  | 'job'
  | 'job-definition'
  | 'job-definition-revision'
  | 'job-queue'
  | 'quota-share'
  | 'compute-environment'
  | 'scheduling-policy'
  | 'consumable-resource'
  | 'service-environment'
  | 'service-job';

export interface ActionEntry {
  readonly level: AccessLevel;
  /** Resource types; neither: the action is asked for `*`. */
  readonly required: readonly AccessResource[];
  readonly optional: readonly AccessResource[];
  /** Beside those of every request, and `aws:ResourceTag` of what the action is asked for. */
  readonly conditionKeys: readonly string[];
}

const REQUEST_TAGS = ['aws:RequestTag', 'aws:TagKeys'] as const;
const EKS_KEYS = ['batch:EKSImage', 'batch:EKSNamespace'] as const;
const REGISTER_KEYS = [
  ...REQUEST_TAGS,
  'batch:User',
  'batch:Privileged',
  'batch:Image',
  'batch:LogDriver',
  'batch:AWSLogsGroup',
  'batch:AWSLogsRegion',
  'batch:AWSLogsStreamPrefix',
  'batch:AWSLogsCreateGroup',
  ...EKS_KEYS,
  'batch:EKSPrivileged',
  'batch:EKSRunAsUser',
  'batch:EKSRunAsGroup',
  'batch:EKSServiceAccountName',
] as const;
/** Every type that has tags. */
const TAGGABLE: readonly AccessResource[] = [
  'job',
  'job-definition',
  'job-definition-revision',
  'job-queue',
  'quota-share',
  'compute-environment',
  'scheduling-policy',
  'consumable-resource',
  'service-environment',
  'service-job',
];

function action(
  level: AccessLevel,
  required: readonly AccessResource[] = [],
  optional: readonly AccessResource[] = [],
  conditionKeys: readonly string[] = [],
): ActionEntry {
  return { level, required, optional, conditionKeys };
}

const write = (
  resource: AccessResource,
  optional: readonly AccessResource[] = [],
  keys: readonly string[] = [],
): ActionEntry => action('Write', [resource], optional, keys);
const read = action('Read');
const list = action('List');

export const BATCH_ACTIONS: Readonly<Record<string, ActionEntry>> = {
  CancelJob: write('job'),
  TerminateJob: write('job'),

  CreateComputeEnvironment: write('compute-environment', [], REQUEST_TAGS),
  CreateJobQueue: write(
    'job-queue',
    ['compute-environment', 'scheduling-policy', 'service-environment'],
    REQUEST_TAGS,
  ),
  CreateSchedulingPolicy: write('scheduling-policy', [], REQUEST_TAGS),
  CreateConsumableResource: write('consumable-resource', [], REQUEST_TAGS),
  CreateServiceEnvironment: write('service-environment', [], REQUEST_TAGS),
  CreateQuotaShare: action('Write', ['job-queue', 'quota-share'], [], REQUEST_TAGS),

  DeleteComputeEnvironment: write('compute-environment'),
  DeleteJobQueue: write('job-queue'),
  DeleteSchedulingPolicy: write('scheduling-policy'),
  DeleteConsumableResource: write('consumable-resource'),
  DeleteServiceEnvironment: write('service-environment'),
  DeleteQuotaShare: write('quota-share'),
  UpdateComputeEnvironment: write('compute-environment'),
  UpdateJobQueue: write('job-queue', ['compute-environment', 'scheduling-policy', 'service-environment']),
  UpdateSchedulingPolicy: write('scheduling-policy'),
  UpdateConsumableResource: write('consumable-resource'),
  UpdateServiceEnvironment: write('service-environment'),
  UpdateQuotaShare: write('quota-share'),

  RegisterJobDefinition: write('job-definition', ['consumable-resource'], REGISTER_KEYS),
  DeregisterJobDefinition: write('job-definition-revision'),
  SubmitJob: action(
    'Write',
    ['job', 'job-queue'],
    ['job-definition', 'job-definition-revision', 'consumable-resource'],
    ['batch:ShareIdentifier', ...EKS_KEYS, ...REQUEST_TAGS],
  ),
  SubmitServiceJob: action(
    'Write',
    ['job-queue', 'service-job'],
    ['quota-share'],
    ['batch:ShareIdentifier', 'batch:SchedulingPriority', ...REQUEST_TAGS],
  ),
  TerminateServiceJob: write('service-job'),
  UpdateServiceJob: write('service-job', [], ['batch:SchedulingPriority']),

  GetJobQueueSnapshot: action('Read', ['job-queue']),
  ListQuotaShares: action('List', ['job-queue']),
  DescribeConsumableResource: action('Read', ['consumable-resource']),
  ListJobsByConsumableResource: action('List', ['consumable-resource']),
  DescribeQuotaShare: action('Read', ['quota-share']),
  DescribeJobs: read,
  DescribeJobQueues: read,
  DescribeJobDefinitions: read,
  DescribeComputeEnvironments: read,
  DescribeSchedulingPolicies: read,
  DescribeServiceEnvironments: read,
  DescribeServiceJob: read,
  ListJobs: list,
  ListServiceJobs: list,
  ListSchedulingPolicies: list,
  ListConsumableResources: list,

  ListTagsForResource: action('Read', [], TAGGABLE),
  TagResource: action('Tagging', [], TAGGABLE, REQUEST_TAGS),
  UntagResource: action('Tagging', [], TAGGABLE, ['aws:TagKeys']),
  /** Never called by itself: `capacityTags` in another request asks for it. */
  SetCapacityTags: action('Tagging', [], TAGGABLE),
};

/**
 * Operations without an action of their own: the bulk forms, and what Slipway adds, so that policies written for AWS Batch
 * cover it. Who may describe jobs may ask why one waits and what it cost; who may cancel a job may hold it and move it in its line.
 * What a console asks for is what it would find out by listing and describing.
 */
const ACTION_OF: Readonly<Record<string, string>> = {
  ExplainJob: 'DescribeJobs',
  PriceJob: 'DescribeJobs',
  GraphJobs: 'DescribeJobs',
  InspectJob: 'DescribeJobs',
  PrepareRerun: 'DescribeJobs',
  SearchJobs: 'ListJobs',
  MapChildren: 'ListJobs',
  GetOverview: 'DescribeJobQueues',
  GetHome: 'DescribeJobQueues',
  HoldJob: 'CancelJob',
  ReleaseJob: 'CancelJob',
  PrioritizeJob: 'CancelJob',
  CancelJobs: 'CancelJob',
  TerminateJobs: 'TerminateJob',
  TerminateServiceJobs: 'TerminateServiceJob',
};

/** The IAM action of an operation, without its prefix. */
export function batchActionOf(operation: string): string {
  return ACTION_OF[operation] ?? operation;
}

/** An answer tells what these would tell one by one. */
const FURTHER_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  GetOverview: ['DescribeComputeEnvironments', 'ListJobs'],
  // Rows say more than ListJobs does, and a filter by tags lets one guess them.
  SearchJobs: ['DescribeJobs'],
  // What of a job is not as its definition has it.
  InspectJob: ['DescribeJobDefinitions'],
  PrepareRerun: ['DescribeJobDefinitions', 'DescribeJobQueues'],
};

/** The actions on `*` that an operation needs beside its own. */
export function furtherActionsOf(operation: string): readonly string[] {
  return FURTHER_ACTIONS[operation] ?? [];
}
