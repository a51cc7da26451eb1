// CreateJobQueue and UpdateJobQueue: their rules, and what they lead to. The compute environments and the policy that the
// request names come in as they were read, so that rules about them are decided here and checked again at the commit.
// Source: AWS Batch API Reference; texts are ours where AWS's are unknown.
import {
  absentProblems,
  countProblems,
  eachProblems,
  NO_PROBLEMS,
  oneOfProblems,
  problem,
  uniqueProblems,
  wholeNumberProblems,
} from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import { resourceNameProblems } from '../definition/names.ts';
import { tagsProblems } from '../definition/validate-settings.ts';
import { arnOf } from '../ids.ts';
import type { ComputeEnvironmentArn, QueueArn, Scope } from '../ids.ts';
import { architectureOf, environmentKind } from '../placement/compute-environment.ts';
import type { ComputeEnvironment, EnvironmentKind } from '../placement/compute-environment.ts';
import { missingProblems, updateProblems } from '../resource.ts';
import type { Tags } from '../tags.ts';
import { QUEUE_HEALTHY } from './job-queue.ts';
import type {
  ComputeEnvironmentPlace,
  JobQueue,
  JobQueueType,
  JobStateTimeLimitAction,
} from './job-queue.ts';
import type { SchedulingPolicy } from './scheduling-policy.ts';

/** AWS's quota per account and Region; the scheduler reads all of them in each pass. */
export const QUEUES_MAX = 50;
const ENVIRONMENTS_PER_QUEUE = { min: 1, max: 3 } as const;
const TIME_LIMIT_SECONDS = { min: 600, max: 86_400 } as const;

/** The reasons of a blocked queue that an action may wait for: what stands before ` - ` in the status reason. */
export const TIME_LIMIT_REASONS = [
  'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
  'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
  'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
  'MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED',
] as const;

interface TimeLimitInput {
  readonly reason: string;
  readonly state: string;
  readonly maxTimeSeconds: number;
  readonly action: string;
}

interface QueueSettingsInput {
  readonly state?: 'ENABLED' | 'DISABLED';
  readonly schedulingPolicyArn?: string;
  readonly priority?: number;
  /** The environments as ARNs: api/ turns names into them first. */
  readonly computeEnvironmentOrder?: readonly ComputeEnvironmentPlace[];
  readonly serviceEnvironmentOrder?: readonly object[];
  readonly jobStateTimeLimitActions?: readonly TimeLimitInput[];
}

export interface CreateQueueInput extends QueueSettingsInput {
  readonly jobQueueName: string;
  readonly priority: number;
  readonly jobQueueType?: string;
  readonly tags?: Tags;
}

export type UpdateQueueInput = QueueSettingsInput;

/** What a request names, as it is stored; what does not exist is missing. */
export interface Named {
  readonly environments: ReadonlyMap<ComputeEnvironmentArn, ComputeEnvironment>;
  readonly policy?: SchedulingPolicy;
}

export function createQueueProblems(input: CreateQueueInput, named: Named): Problems {
  return [
    ...resourceNameProblems('jobQueueName', input.jobQueueName),
    ...tagsProblems('tags', input.tags),
    ...settingsProblems(input),
    ...orderProblems(input.computeEnvironmentOrder ?? [], named),
    ...typeProblems(input, named),
    ...(input.schedulingPolicyArn === undefined
      ? NO_PROBLEMS
      : policyProblems(input.schedulingPolicyArn, named)),
  ];
}

export function updateQueueProblems(queue: JobQueue, input: UpdateQueueInput, named: Named): Problems {
  const ofStatus = updateProblems(queue);
  if (ofStatus.length > 0) return ofStatus;
  const { computeEnvironmentOrder, schedulingPolicyArn } = input;
  return [
    ...settingsProblems(input),
    ...(computeEnvironmentOrder === undefined ? NO_PROBLEMS : orderProblems(computeEnvironmentOrder, named)),
    ...(schedulingPolicyArn === undefined
      ? NO_PROBLEMS
      : replacedPolicyProblems(queue, schedulingPolicyArn, named)),
  ];
}

function settingsProblems(input: QueueSettingsInput): Problems {
  const { serviceEnvironmentOrder, jobStateTimeLimitActions, priority } = input;
  return [
    ...wholeNumberProblems('priority', priority, { min: 0 }),
    ...absentProblems('', { serviceEnvironmentOrder }, 'here: service environments are not offered'),
    ...eachProblems('jobStateTimeLimitActions', jobStateTimeLimitActions, timeLimitProblems),
  ];
}

function timeLimitProblems(field: string, input: TimeLimitInput): Problems {
  return [
    ...oneOfProblems(`${field}.reason`, input.reason, TIME_LIMIT_REASONS),
    ...oneOfProblems(`${field}.state`, input.state, ['RUNNABLE']),
    ...wholeNumberProblems(`${field}.maxTimeSeconds`, input.maxTimeSeconds, TIME_LIMIT_SECONDS),
    ...oneOfProblems(`${field}.action`, input.action, ['CANCEL']),
  ];
}

function orderProblems(places: readonly ComputeEnvironmentPlace[], named: Named): Problems {
  const field = 'computeEnvironmentOrder';
  const ofList = [
    ...countProblems(field, places, ENVIRONMENTS_PER_QUEUE),
    ...eachProblems(field, places, (path, { order }) =>
      wholeNumberProblems(`${path}.order`, order, { min: 0 }),
    ),
    ...uniqueProblems(
      `${field}[].order`,
      places.map(({ order }) => String(order)),
    ),
    ...uniqueProblems(
      `${field}[].computeEnvironment`,
      places.map(({ computeEnvironment }) => computeEnvironment),
    ),
  ];
  if (ofList.length > 0) return ofList;
  const ofEach = eachProblems(field, places, (path, place) => placeProblems(path, place, named));
  return ofEach.length > 0 ? ofEach : mixtureProblems(field, environmentsOf(places, named));
}

function placeProblems(
  path: string,
  { computeEnvironment: arn }: ComputeEnvironmentPlace,
  named: Named,
): Problems {
  const environment = named.environments.get(arn);
  if (environment === undefined) return missingProblems(`${path}.computeEnvironment`, arn);
  if (environment.status === 'VALID') return NO_PROBLEMS;
  const message = `${path}.computeEnvironment ${arn} must be VALID, but is ${environment.status}.`;
  return problem(`${path}.computeEnvironment`, 'must be VALID', environment.status, message);
}

function mixtureProblems(field: string, environments: readonly ComputeEnvironment[]): Problems {
  const kinds = new Set(environments.map(environmentKind));
  if (kinds.size > 1) {
    const rule = `must not mix ${[...kinds].map((kind) => KIND_NAMES[kind]).join(' and ')} compute environments`;
    return problem(field, rule, [...kinds]);
  }
  const architectures = new Set(environments.map(architectureOf).filter((one) => one !== undefined));
  if (architectures.size > 1) return problem(field, 'must not mix architectures', [...architectures]);
  return NO_PROBLEMS;
}

const KIND_NAMES: Readonly<Record<EnvironmentKind, string>> = {
  EC2: 'EC2',
  FARGATE: 'Fargate',
  EKS: 'EKS',
  ECS_MANAGED_INSTANCES: 'ECS Managed Instances',
};
const QUEUE_TYPES: Readonly<Record<EnvironmentKind, JobQueueType>> = {
  EC2: 'ECS',
  FARGATE: 'ECS_FARGATE',
  EKS: 'EKS',
  ECS_MANAGED_INSTANCES: 'ECS_MANAGED_INSTANCES',
};

function environmentsOf(
  places: readonly ComputeEnvironmentPlace[],
  named: Named,
): readonly ComputeEnvironment[] {
  return places.flatMap(({ computeEnvironment }) => named.environments.get(computeEnvironment) ?? []);
}

/** The type follows from the environments; a given one must agree. */
function typeProblems(
  { jobQueueType, computeEnvironmentOrder = [] }: CreateQueueInput,
  named: Named,
): Problems {
  if (jobQueueType === undefined) return NO_PROBLEMS;
  const environments = environmentsOf(computeEnvironmentOrder, named);
  if (environments.length === 0)
    return oneOfProblems('jobQueueType', jobQueueType, Object.values(QUEUE_TYPES));
  return oneOfProblems('jobQueueType', jobQueueType, [queueTypeOf(environments)]);
}

function queueTypeOf(environments: readonly ComputeEnvironment[]): JobQueueType {
  const [first] = environments;
  return first ? QUEUE_TYPES[environmentKind(first)] : 'ECS';
}

function policyProblems(arn: string, named: Named): Problems {
  return named.policy?.arn === arn ? NO_PROBLEMS : missingProblems('schedulingPolicyArn', arn);
}

function replacedPolicyProblems(queue: JobQueue, arn: string, named: Named): Problems {
  if (queue.schedulingPolicyArn === undefined) {
    const message = `schedulingPolicyArn cannot be added: job queue ${queue.name} was created without one.`;
    return problem('schedulingPolicyArn', 'cannot be added', arn, message);
  }
  if (arn !== '') return policyProblems(arn, named);
  const message = `schedulingPolicyArn cannot be removed from job queue ${queue.name}, only replaced.`;
  return problem('schedulingPolicyArn', 'cannot be removed', arn, message);
}

function sorted(places: readonly ComputeEnvironmentPlace[]): readonly ComputeEnvironmentPlace[] {
  return places.toSorted((left, right) => left.order - right.order);
}

/** Called after the rules of time limits held: the only state and action there are. */
function actionsOf(inputs: readonly TimeLimitInput[]): readonly JobStateTimeLimitAction[] {
  return inputs.map(({ reason, maxTimeSeconds }) => ({
    reason,
    state: 'RUNNABLE',
    maxTimeSeconds,
    action: 'CANCEL',
  }));
}

/** The queue that an input without problems makes. Nothing has to be done before it is healthy. */
export function newQueue(scope: Scope, input: CreateQueueInput, named: Named): JobQueue {
  const places = sorted(input.computeEnvironmentOrder ?? []);
  return {
    // The only place where the text becomes this kind of ARN.
    queueArn: arnOf(scope, 'job-queue', input.jobQueueName) as QueueArn,
    name: input.jobQueueName,
    state: input.state ?? 'ENABLED',
    status: 'CREATING',
    statusReason: '',
    priority: input.priority,
    computeEnvironmentOrder: places,
    ...(input.schedulingPolicyArn === undefined ? {} : { schedulingPolicyArn: input.schedulingPolicyArn }),
    jobStateTimeLimitActions: actionsOf(input.jobStateTimeLimitActions ?? []),
    jobQueueType: queueTypeOf(environmentsOf(places, named)),
    tags: input.tags ?? {},
  };
}

/** The queue that an update without problems leads to, in UPDATING. Members that are not given stay; lists are replaced whole. */
export function updatedQueue(queue: JobQueue, input: UpdateQueueInput, named: Named): JobQueue {
  const { computeEnvironmentOrder, schedulingPolicyArn, jobStateTimeLimitActions } = input;
  return {
    ...queue,
    state: input.state ?? queue.state,
    status: 'UPDATING',
    statusReason: '',
    priority: input.priority ?? queue.priority,
    ...(computeEnvironmentOrder === undefined
      ? {}
      : {
          computeEnvironmentOrder: sorted(computeEnvironmentOrder),
          jobQueueType: queueTypeOf(environmentsOf(computeEnvironmentOrder, named)),
        }),
    ...(schedulingPolicyArn === undefined ? {} : { schedulingPolicyArn }),
    ...(jobStateTimeLimitActions === undefined
      ? {}
      : { jobStateTimeLimitActions: actionsOf(jobStateTimeLimitActions) }),
  };
}

export function deletingQueue(queue: JobQueue): JobQueue {
  return { ...queue, status: 'DELETING', statusReason: '' };
}

export function healthyQueue(queue: JobQueue): JobQueue {
  return { ...queue, status: 'VALID', statusReason: QUEUE_HEALTHY };
}
