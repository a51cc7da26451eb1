// Every function of the cloud home, once: the stack deploys them from this list, the build bundles them, tests compare. The
// entry point of each is lambdas/handlers/<name>.ts, which exports `handler`.

/** What a function is told by its environment; lambdas/config.ts reads and checks them. */
export const SETTINGS = [
  'SLIPWAY_JOBS_TABLE',
  'SLIPWAY_QUEUES_TABLE',
  'SLIPWAY_JOB_MACHINE',
  'SLIPWAY_MULTI_NODE_JOB_MACHINE',
  'SLIPWAY_COMPUTE_ENVIRONMENT_MACHINE',
  'SLIPWAY_SCHEDULE_QUEUE_URL',
  'SLIPWAY_RESOURCE_QUEUE_URL',
  'SLIPWAY_EVENT_BUS',
  'SLIPWAY_LOG_GROUP',
  'SLIPWAY_AUDIT_LOG_GROUP',
  'SLIPWAY_EVENT_LOG_GROUP',
  'SLIPWAY_RETENTION_DAYS',
  'SLIPWAY_ACCESS_KEYS_SECRET_PREFIX',
  'SLIPWAY_ACCOUNT',
] as const;
export type Setting = (typeof SETTINGS)[number];

/** Settings that may be absent: what they switch on is then off. */
export const OPTIONAL_SETTINGS: ReadonlySet<Setting> = new Set([
  'SLIPWAY_ACCESS_KEYS_SECRET_PREFIX',
  'SLIPWAY_AUDIT_LOG_GROUP',
  'SLIPWAY_EVENT_LOG_GROUP',
]);

/** What calls a function. Patterns and routes are as the service that holds them takes them. */
export type Trigger =
  | { readonly kind: 'http-api'; readonly routes: readonly string[] }
  | {
      readonly kind: 'stream';
      readonly table: 'jobs';
      readonly batchSize: number;
      readonly retryAttempts: number;
    }
  | { readonly kind: 'queue'; readonly queue: 'schedule' | 'resource'; readonly batchSize: number }
  | { readonly kind: 'state-machine'; readonly substitution: string }
  | { readonly kind: 'events'; readonly patterns: readonly EventPattern[] }
  | { readonly kind: 'timer'; readonly everyMinutes: number }
  /** CloudFormation custom resources; `queue` brings them back until they are done. */
  | { readonly kind: 'custom-resource'; readonly queue: 'resource'; readonly types: readonly string[] };

/** As EventBridge takes it; `detail` where the type alone is too much. */
export interface EventPattern {
  readonly source: string;
  readonly detailTypes: readonly string[];
  readonly detail?: Readonly<Record<string, readonly (string | { readonly prefix: string })[]>>;
}

export interface FunctionEntry {
  readonly name: string;
  readonly description: string;
  /** At most 1,024. */
  readonly memoryMiB: number;
  /** At most 30; the reconciler's 60. */
  readonly timeoutSeconds: number;
  readonly environment: readonly Setting[];
  readonly trigger: Trigger;
}

const TABLES = [
  'SLIPWAY_JOBS_TABLE',
  'SLIPWAY_QUEUES_TABLE',
  'SLIPWAY_RETENTION_DAYS',
  'SLIPWAY_ACCOUNT',
] as const;
const JOB_MACHINES = ['SLIPWAY_JOB_MACHINE', 'SLIPWAY_MULTI_NODE_JOB_MACHINE'] as const;
const MACHINES = [...JOB_MACHINES, 'SLIPWAY_COMPUTE_ENVIRONMENT_MACHINE'] as const;
/** What the engine's deeds need: rows, executions, the scheduler's queue, the event bus. */
const ENGINE = [
  ...TABLES,
  ...MACHINES,
  'SLIPWAY_SCHEDULE_QUEUE_URL',
  'SLIPWAY_EVENT_BUS',
  'SLIPWAY_LOG_GROUP',
] as const;
/** What changes of queues and environments need. */
const RESOURCES = [...TABLES, ...MACHINES, 'SLIPWAY_SCHEDULE_QUEUE_URL', 'SLIPWAY_LOG_GROUP'] as const;

/** ECS's `group` of our tasks, beside `startedBy`: the beginning of both. */
export const TASK_PREFIX = 'slipway/';

/** What CloudFormation knows our resources as. */
export const CUSTOM_RESOURCE_TYPES = [
  'Custom::SlipwayComputeEnvironment',
  'Custom::SlipwayJobQueue',
  'Custom::SlipwayJobDefinition',
  'Custom::SlipwaySchedulingPolicy',
] as const;
export type CustomResourceType = (typeof CUSTOM_RESOURCE_TYPES)[number];

export const FUNCTIONS = [
  {
    name: 'api',
    description: 'Answers the AWS Batch API.',
    memoryMiB: 1024,
    timeoutSeconds: 29,
    environment: [
      ...RESOURCES,
      'SLIPWAY_AUDIT_LOG_GROUP',
      'SLIPWAY_EVENT_LOG_GROUP',
      'SLIPWAY_EVENT_BUS',
      'SLIPWAY_ACCESS_KEYS_SECRET_PREFIX',
    ],
    trigger: { kind: 'http-api', routes: ['ANY /v1/{proxy+}', 'ANY /_slipway/{proxy+}', 'POST /'] },
  },
  {
    name: 'react',
    description: 'Does what follows from committed changes of jobs.',
    memoryMiB: 1024,
    timeoutSeconds: 30,
    environment: ENGINE,
    trigger: { kind: 'stream', table: 'jobs', batchSize: 100, retryAttempts: 10 },
  },
  {
    name: 'schedule',
    description: 'Places waiting jobs, one scheduling domain at a time.',
    memoryMiB: 1024,
    timeoutSeconds: 30,
    environment: ENGINE,
    trigger: { kind: 'queue', queue: 'schedule', batchSize: 10 },
  },
  {
    name: 'launch',
    description: 'Starts the container of an attempt.',
    memoryMiB: 512,
    timeoutSeconds: 30,
    environment: ENGINE,
    trigger: { kind: 'state-machine', substitution: 'LaunchFunctionArn' },
  },
  {
    name: 'launch-nodes',
    description: 'Starts the other nodes of a multi-node job.',
    memoryMiB: 512,
    timeoutSeconds: 30,
    environment: ENGINE,
    trigger: { kind: 'state-machine', substitution: 'LaunchNodesFunctionArn' },
  },
  {
    name: 'await',
    description: 'Remembers who waits for a job to go on, and asks for the end of what is overdue.',
    memoryMiB: 512,
    timeoutSeconds: 30,
    environment: ENGINE,
    trigger: { kind: 'state-machine', substitution: 'AwaitFunctionArn' },
  },
  {
    name: 'observe',
    description: 'Takes what ECS tells of tasks.',
    memoryMiB: 512,
    timeoutSeconds: 30,
    environment: TABLES,
    trigger: {
      kind: 'events',
      patterns: [
        {
          source: 'aws.ecs',
          detailTypes: ['ECS Task State Change'],
          // ECS tells of every stage of a task; a job only moves with these two.
          detail: { group: [{ prefix: TASK_PREFIX }], lastStatus: ['RUNNING', 'STOPPED'] },
        },
      ],
    },
  },
  {
    name: 'instances',
    description: 'Takes what is told of container instances, Spot interruptions and Auto Scaling groups.',
    memoryMiB: 512,
    timeoutSeconds: 30,
    environment: ENGINE,
    trigger: {
      kind: 'events',
      patterns: [
        { source: 'aws.ecs', detailTypes: ['ECS Container Instance State Change'] },
        { source: 'aws.ec2', detailTypes: ['EC2 Spot Instance Interruption Warning'] },
        {
          source: 'aws.autoscaling',
          detailTypes: [
            'EC2 Instance Launch Successful',
            'EC2 Instance Launch Unsuccessful',
            'EC2 Instance Terminate Successful',
          ],
        },
      ],
    },
  },
  {
    name: 'environment',
    description: 'Takes the steps by which a compute environment is created, changed and deleted.',
    memoryMiB: 512,
    timeoutSeconds: 30,
    environment: ENGINE,
    trigger: { kind: 'state-machine', substitution: 'EnvironmentFunctionArn' },
  },
  {
    name: 'reconcile',
    description: 'Compares rows with the world and repairs what was lost.',
    memoryMiB: 1024,
    timeoutSeconds: 60,
    environment: ENGINE,
    trigger: { kind: 'timer', everyMinutes: 1 },
  },
  {
    name: 'resource',
    description:
      'Makes the queues, environments, definitions and policies that a CloudFormation stack names.',
    memoryMiB: 512,
    timeoutSeconds: 30,
    environment: [...RESOURCES, 'SLIPWAY_RESOURCE_QUEUE_URL'],
    trigger: { kind: 'custom-resource', queue: 'resource', types: CUSTOM_RESOURCE_TYPES },
  },
] as const satisfies readonly FunctionEntry[];

export type FunctionName = (typeof FUNCTIONS)[number]['name'];
