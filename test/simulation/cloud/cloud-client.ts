// Whoever calls the API of a simulated cloud: requests go to the function `api` as the HTTP API hands them over.
import type { JobId } from '../../../core/ids.ts';
import { httpEventOf } from './aws-events.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';

export const PREFIX = 'arn:aws:batch:us-east-1:123456789012:';
export const DEFINITION = 'simulated';
/** Whom no policy binds: authorisation has its own tests. */
const ROOT = { accountId: '123456789012', userArn: 'arn:aws:iam::123456789012:root', accessKey: 'AKIA' };

export interface Answer {
  /** 0: the function died before it could answer. */
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

type Api = Pick<SimulatedCloud, 'functions' | 'trace'>;

export async function request({ functions, trace }: Api, operation: string, body: object): Promise<Answer> {
  const outcome = await functions.invoke('api', httpEventOf(`/v1/${operation}`, body, ROOT));
  if (outcome.kind !== 'answered') return { status: 0, body: {} };
  const { statusCode = 0, body: text = '{}' } = outcome.answer as { statusCode?: number; body?: string }; // an HTTP result
  trace(`api ${operation} → ${statusCode} ${statusCode === 200 ? '' : text}`);
  return { status: statusCode, body: JSON.parse(text) as Answer['body'] };
}

/** Waits for the answer, which must be a good one. */
export async function ask(cloud: SimulatedCloud, operation: string, body: object): Promise<Answer['body']> {
  let answer: Answer | undefined;
  void request(cloud, operation, body).then((given) => (answer = given));
  await cloud.until(`${operation} is answered`, () => answer !== undefined, 40_000);
  if (answer?.status !== 200)
    throw new Error(`${operation}: ${answer?.status} ${JSON.stringify(answer?.body)}`);
  return answer.body;
}

export async function askForJob(cloud: SimulatedCloud, more: object = {}): Promise<JobId> {
  const body = { jobName: 'job', jobQueue: 'queue0', jobDefinition: DEFINITION, ...more };
  return (await ask(cloud, 'submitjob', body))['jobId'] as JobId; // as answered
}

export function environmentInput(name: string, type: string, maxvCpus: number): object {
  return {
    computeEnvironmentName: name,
    type: 'MANAGED',
    serviceRole: 'arn:aws:iam::123456789012:role/batch',
    computeResources: { type, maxvCpus, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
  };
}

export function placesOf(names: readonly string[]): readonly object[] {
  return names.map((name, order) => ({ order, computeEnvironment: `${PREFIX}compute-environment/${name}` }));
}

export function definitionInput(): object {
  return {
    jobDefinitionName: DEFINITION,
    type: 'container',
    platformCapabilities: ['FARGATE'],
    containerProperties: {
      image: 'simulated',
      command: ['run'],
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '2048' },
      ],
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
}
