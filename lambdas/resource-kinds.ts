// What our CloudFormation resources have in common and where they differ: the operations behind them, and how one looks at a
// time. Every step is taken from what the resource is at that moment, so that an event may come again at any point.
import type { ResourceType } from '../core/ids.ts';
import { parseArn } from '../core/ids.ts';
import type { Answer, CallOperation } from './call-operations.ts';
import type { CustomResourceType } from './registry.ts';

/** A resource as it stands. */
export interface Standing {
  readonly arn: string;
  /** VALID, INVALID, CREATING, …; always VALID for what has no status. */
  readonly status: string;
  readonly statusReason?: string;
  /** Absent for what cannot be switched off. */
  readonly state?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export type Input = Readonly<Record<string, unknown>>;

export interface ResourceKind {
  /** The resource's name in the input of its creation. */
  readonly nameIn: string;
  readonly create: string;
  /** The member of the answer that is the new resource's ARN. */
  readonly arnIn: string;
  /** Absent: it is never changed; its creation makes a new one. */
  readonly update?: { readonly path: string; readonly inputOf: (arn: string, input: Input) => Input };
  /** Absent: it need not be switched off before it is deleted. */
  readonly disable?: (arn: string) => Input;
  readonly remove: { readonly path: string; readonly inputOf: (arn: string) => Input };
  /** `undefined` when there is none; the reference is a name or an ARN. */
  readonly find: (call: CallOperation, reference: string) => Promise<Standing | undefined>;
  /** ARNs that must be there and settled before it can be made. */
  readonly needs?: (input: Input) => readonly string[];
}

export class CallFailedError extends Error {
  override readonly name = 'CallFailedError';
}

const QUEUE: ResourceKind = {
  nameIn: 'jobQueueName',
  create: '/v1/createjobqueue',
  arnIn: 'jobQueueArn',
  update: {
    path: '/v1/updatejobqueue',
    inputOf: (jobQueue, input) => ({ ...without(input, 'jobQueueName', 'tags'), jobQueue }),
  },
  disable: (jobQueue) => ({ jobQueue, state: 'DISABLED' }),
  remove: { path: '/v1/deletejobqueue', inputOf: (jobQueue) => ({ jobQueue }) },
  find: finder('/v1/describejobqueues', 'jobQueues', 'jobQueues', 'jobQueueArn'),
  needs: (input) => [
    ...listOf(input['computeEnvironmentOrder']).flatMap((place) => textOf(place['computeEnvironment'])),
    ...textOf(input['schedulingPolicyArn']),
  ],
};

const ENVIRONMENT: ResourceKind = {
  nameIn: 'computeEnvironmentName',
  create: '/v1/createcomputeenvironment',
  arnIn: 'computeEnvironmentArn',
  update: {
    path: '/v1/updatecomputeenvironment',
    inputOf: (computeEnvironment, input) => environmentUpdate(computeEnvironment, input),
  },
  disable: (computeEnvironment) => ({ computeEnvironment, state: 'DISABLED' }),
  remove: { path: '/v1/deletecomputeenvironment', inputOf: (computeEnvironment) => ({ computeEnvironment }) },
  find: finder(
    '/v1/describecomputeenvironments',
    'computeEnvironments',
    'computeEnvironments',
    'computeEnvironmentArn',
  ),
};

/** What only a creation names: the type of the environment and the fleet role, which no update takes. */
function environmentUpdate(computeEnvironment: string, input: Input): Input {
  const { computeResources } = input;
  const rest = without(
    input,
    'computeEnvironmentName',
    'type',
    'tags',
    'eksConfiguration',
    'computeResources',
  );
  return {
    ...rest,
    computeEnvironment,
    ...(computeResources === undefined
      ? {}
      : { computeResources: without(recordOf(computeResources), 'spotIamFleetRole') }),
  };
}

const DEFINITION: ResourceKind = {
  nameIn: 'jobDefinitionName',
  create: '/v1/registerjobdefinition',
  arnIn: 'jobDefinitionArn',
  remove: { path: '/v1/deregisterjobdefinition', inputOf: (jobDefinition) => ({ jobDefinition }) },
  find: async (call, reference) => {
    // Only a revision is asked for: names do not tell which one is meant.
    if (!parseArn(reference)) return undefined;
    const answer = settled(await call('/v1/describejobdefinitions', { jobDefinitions: [reference] }));
    const [found] = listOf(answer['jobDefinitions']);
    if (found?.['status'] !== 'ACTIVE') return undefined;
    return { arn: reference, status: 'VALID', tags: tagsOf(found) };
  },
};

const POLICY: ResourceKind = {
  nameIn: 'name',
  create: '/v1/createschedulingpolicy',
  arnIn: 'arn',
  update: {
    path: '/v1/updateschedulingpolicy',
    inputOf: (arn, input) => ({ ...without(input, 'name', 'tags'), arn }),
  },
  remove: { path: '/v1/deleteschedulingpolicy', inputOf: (arn) => ({ arn }) },
  find: async (call, reference) => {
    const answer = settled(await call('/v1/describeschedulingpolicies', { arns: [reference] }));
    const [found] = listOf(answer['schedulingPolicies']);
    return found && { arn: reference, status: 'VALID', tags: tagsOf(found) };
  },
};

const KINDS: Readonly<Record<CustomResourceType, ResourceKind>> = {
  'Custom::SlipwayJobQueue': QUEUE,
  'Custom::SlipwayComputeEnvironment': ENVIRONMENT,
  'Custom::SlipwayJobDefinition': DEFINITION,
  'Custom::SlipwaySchedulingPolicy': POLICY,
};

export function kindOf(type: string): ResourceKind | undefined {
  return Object.hasOwn(KINDS, type) ? KINDS[type as CustomResourceType] : undefined; // an own key
}

/** The part of an ARN before the name, by which the resource of a name is found. */
export const ARN_TYPES: Readonly<Record<CustomResourceType, ResourceType>> = {
  'Custom::SlipwayJobQueue': 'job-queue',
  'Custom::SlipwayComputeEnvironment': 'compute-environment',
  'Custom::SlipwayJobDefinition': 'job-definition',
  'Custom::SlipwaySchedulingPolicy': 'scheduling-policy',
};

/** The kind of what an ARN names, for what one resource needs of another. */
export function kindOfArn(arn: string): ResourceKind | undefined {
  const type = parseArn(arn)?.type;
  const [name] = Object.entries(ARN_TYPES).find(([, arnType]) => arnType === type) ?? [];
  return name === undefined ? undefined : kindOf(name);
}

function finder(path: string, ask: string, list: string, arnIn: string): ResourceKind['find'] {
  return async (call, reference) => {
    const answer = settled(await call(path, { [ask]: [reference] }));
    const [found] = listOf(answer[list]);
    if (!found) return undefined;
    const [statusReason] = textOf(found['statusReason']);
    return {
      arn: String(found[arnIn]),
      status: String(found['status']),
      state: String(found['state']),
      ...(statusReason === undefined ? {} : { statusReason }),
      tags: tagsOf(found),
    };
  };
}

/** The body of an answer that must be one: a look at what is there is never the owner's mistake. */
function settled(answer: Answer): Input {
  if (answer.ok) return answer.body;
  throw new CallFailedError(answer.message);
}

function without(input: Input, ...names: readonly string[]): Input {
  return Object.fromEntries(Object.entries(input).filter(([name]) => !names.includes(name)));
}

function recordOf(value: unknown): Input {
  return typeof value === 'object' && value !== null ? (value as Input) : {}; // members are looked at one by one
}

function listOf(value: unknown): readonly Input[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

function textOf(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : [];
}

function tagsOf(found: Input): Standing['tags'] {
  return Object.fromEntries(
    Object.entries(recordOf(found['tags'])).map(([key, value]) => [key, String(value)]),
  );
}
