// Whoever calls the API of a simulated cloud: requests go to the function `api` as the HTTP API hands them over.
import { OPERATIONS } from '../../../api/offered-operations.ts';
import type { JobId } from '../../../core/ids.ts';
import { httpEventOf } from './aws-events.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';

export const PREFIX = 'arn:aws:batch:us-east-1:123456789012:';
export const DEFINITION = 'simulated';
export const MACHINE_DEFINITION = 'on-machines';
export const NODES_DEFINITION = 'nodes';
const ACCOUNT = '123456789012';
/** Whom no policy binds. */
const ROOT = { accountId: ACCOUNT, userArn: `arn:aws:iam::${ACCOUNT}:root`, accessKey: 'AKIA' };

export interface Answer {
  /** 0: the function died before it could answer. */
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

type Api = Pick<SimulatedCloud, 'functions' | 'trace' | 'access' | 'time'>;

export type Body = Readonly<Record<string, unknown>>;

interface HttpResult {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `role`: who calls, in a session of it; absent: whom no policy binds. */
export async function request(
  { functions, trace, access, time }: Api,
  operation: string,
  body: Body,
  role?: string,
): Promise<Answer> {
  const askedAtMs = time.clock.now();
  const session = `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/session`;
  const caller = role === undefined ? ROOT : { ...ROOT, userArn: session };
  const outcome = await functions.invoke('api', httpEventOf(`/v1/${operation}`, body, caller));
  if (outcome.kind !== 'answered') return { status: 0, body: {} };
  const { statusCode: status = 0, headers = {}, body: text = '{}' } = outcome.answer as HttpResult; // the handler's type
  trace(
    `api ${operation} ${role === undefined ? '' : `of ${role} `}→ ${status} ${status === 200 ? '' : text}`,
  );
  access.onAnswered({
    action: actionOf(operation),
    requestId: headers['x-amzn-RequestId'] ?? '',
    callerArn: caller.userArn,
    ...(role === undefined ? {} : { role }),
    ...(typeof body['jobQueue'] === 'string' ? { queue: body['jobQueue'] } : {}),
    status,
    askedAtMs,
  });
  return { status, body: JSON.parse(text) as Answer['body'] };
}

/** `submitjob` is the path of SubmitJob. */
function actionOf(path: string): string {
  const action = Object.keys(OPERATIONS).find((name) => name.toLowerCase() === path);
  if (action === undefined) throw new Error(`there is no operation at ${path}`);
  return action;
}

/** Waits for the answer, which must be a good one. */
export async function ask(cloud: SimulatedCloud, operation: string, body: Body): Promise<Answer['body']> {
  let answer: Answer | undefined;
  void request(cloud, operation, body).then((given) => (answer = given));
  await cloud.until(`${operation} is answered`, () => answer !== undefined, 40_000);
  if (answer?.status !== 200)
    throw new Error(`${operation}: ${answer?.status} ${JSON.stringify(answer?.body)}`);
  return answer.body;
}

export async function askForJob(cloud: SimulatedCloud, more: Body = {}): Promise<JobId> {
  const body = { jobName: 'job', jobQueue: 'queue0', jobDefinition: DEFINITION, ...more };
  return (await ask(cloud, 'submitjob', body))['jobId'] as JobId; // as answered
}

/** Without it machines cannot be replaced. */
const LINKED_ROLE =
  'arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch';

/** `more`: members of `computeResources`. */
export function environmentInput(name: string, type: string, maxvCpus: number, more: object = {}): Body {
  const machines = {
    minvCpus: 0,
    instanceTypes: ['m5.large', 'c5.large', 'm5.xlarge'],
    instanceRole: 'arn:aws:iam::123456789012:instance-profile/ecsInstanceRole',
    allocationStrategy: type === 'SPOT' ? 'SPOT_CAPACITY_OPTIMIZED' : 'BEST_FIT_PROGRESSIVE',
  };
  return {
    computeEnvironmentName: name,
    type: 'MANAGED',
    serviceRole: hasMachines(type) ? LINKED_ROLE : 'arn:aws:iam::123456789012:role/batch',
    computeResources: {
      type,
      maxvCpus,
      subnets: ['subnet-1'],
      securityGroupIds: ['sg-1'],
      ...(hasMachines(type) ? machines : {}),
      ...more,
    },
  };
}

export function hasMachines(type: string): boolean {
  return type === 'EC2' || type === 'SPOT';
}

export function placesOf(names: readonly string[]): readonly object[] {
  return names.map((name, order) => ({ order, computeEnvironment: `${PREFIX}compute-environment/${name}` }));
}

const CONTAINER = {
  image: 'simulated',
  command: ['run'],
  resourceRequirements: [
    { type: 'VCPU', value: '1' },
    { type: 'MEMORY', value: '2048' },
  ],
};

export function definitionInput(): Body {
  return {
    jobDefinitionName: DEFINITION,
    type: 'container',
    platformCapabilities: ['FARGATE'],
    containerProperties: { ...CONTAINER, executionRoleArn: 'arn:aws:iam::123456789012:role/execution' },
  };
}

/** For machines. */
export function machineDefinitionInput(): Body {
  return {
    jobDefinitionName: MACHINE_DEFINITION,
    type: 'container',
    platformCapabilities: ['EC2'],
    containerProperties: CONTAINER,
  };
}

export function nodesDefinitionInput(numNodes = 3, mainNode = 0): Body {
  return {
    jobDefinitionName: NODES_DEFINITION,
    type: 'multinode',
    platformCapabilities: ['EC2'],
    nodeProperties: {
      numNodes,
      mainNode,
      nodeRangeProperties: [{ targetNodes: `0:${numNodes - 1}`, container: CONTAINER }],
    },
  };
}

/** Environments by name and type, and queues over them in that order, the first with the highest priority. */
export async function setUpCloud(
  cloud: SimulatedCloud,
  environments: readonly (readonly [name: string, type: string, maxvCpus: number])[],
  queues: readonly (readonly string[])[],
): Promise<void> {
  for (const [name, type, maxvCpus] of environments)
    await ask(cloud, 'createcomputeenvironment', environmentInput(name, type, maxvCpus));
  await cloud.until('the environments are VALID', () =>
    [...cloud.rows.environments.values()].every(({ status }) => status === 'VALID'),
  );
  for (const [index, names] of queues.entries()) {
    await ask(cloud, 'createjobqueue', {
      jobQueueName: `queue${index}`,
      priority: queues.length - index,
      computeEnvironmentOrder: placesOf(names),
    });
  }
  await ask(cloud, 'registerjobdefinition', definitionInput());
  if (!environments.some(([, type]) => hasMachines(type))) return;
  await ask(cloud, 'registerjobdefinition', machineDefinitionInput());
  await ask(cloud, 'registerjobdefinition', nodesDefinitionInput());
}
