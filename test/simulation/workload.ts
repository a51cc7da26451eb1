// What users and operators do: submissions of every kind, stops, and changes of queues and environments. Every choice comes
// from the seed; every request goes the way a request over the wire goes once it has been understood.
import { cancelJob } from '../../api/operations/cancel-job.ts';
import { submitJob } from '../../api/operations/submit-job.ts';
import { terminateJob } from '../../api/operations/terminate-job.ts';
import type { CallContext } from '../../api/operation.ts';
import { registeredForm } from '../../core/definition/definition.ts';
import type { ComputeEnvironmentArn, JobId, QueueArn, Scope } from '../../core/ids.ts';
import { arnOf, childJobId } from '../../core/ids.ts';
import { createEnvironment, updateEnvironment } from '../../engine/environments.ts';
import { createQueue, deleteQueue, updateQueue } from '../../engine/queues.ts';
import { registerDefinition } from '../../engine/store/definitions.ts';
import type { Ids, Clock } from '../../engine/ports.ts';
import type { LocalEngine } from '../../local/compose.ts';
import type { SeededRandom } from './seeded-random.ts';

export const SCOPE: Scope = { partition: 'aws', region: 'us-east-1', account: '123456789012' };
const DEFINITION = 'simulated';

/** The size of things: drawn once per history. */
export interface Size {
  readonly hostVcpus: number;
  readonly gpus: number;
  readonly environments: number;
  readonly queues: number;
}

export interface Submitted {
  readonly jobId: JobId;
  readonly arraySize?: number;
}

/** A running server and what its clients know. */
export interface Client {
  readonly engine: LocalEngine;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: SeededRandom;
  readonly size: Size;
  /** Jobs whose submission was answered. */
  readonly submitted: Submitted[];
  readonly trace: (line: string) => void;
}

export const environmentArn = (index: number): ComputeEnvironmentArn =>
  arnOf(SCOPE, 'compute-environment', `ce${index}`) as ComputeEnvironmentArn; // of this type
export const queueArn = (index: number): QueueArn => arnOf(SCOPE, 'job-queue', `queue${index}`) as QueueArn; // likewise

function contextOf({ engine, clock, ids }: Client): CallContext<{
  store: LocalEngine['store'];
  clock: Clock;
  ids: Ids;
}> {
  const identity = { arn: '', accountId: SCOPE.account, accessKeyId: '', principalId: '', type: 'IAMUser' };
  return {
    scope: SCOPE,
    identity,
    requestId: 'simulated',
    sourceIp: '127.0.0.1',
    userAgent: 'simulation',
    atMs: clock.now(),
    deps: { store: engine.store, clock, ids },
  };
}

export async function setUp({ engine, size, clock, random }: Client): Promise<void> {
  for (let index = 0; index < size.environments; index += 1) {
    await createEnvironment(engine.resources, SCOPE, {
      computeEnvironmentName: `ce${index}`,
      type: 'MANAGED',
      computeResources: {
        type: 'EC2',
        minvCpus: 0,
        maxvCpus: random.int(1, size.hostVcpus + 2),
        instanceTypes: ['optimal'],
        subnets: ['subnet-simulated'],
        securityGroupIds: ['sg-simulated'],
        instanceRole: 'ecsInstanceRole',
      },
    });
  }
  for (let index = 0; index < size.queues; index += 1) {
    const first = random.int(0, size.environments - 1);
    const places = Array.from({ length: random.int(1, size.environments) }, (_, order) => ({
      order,
      computeEnvironment: environmentArn((first + order) % size.environments),
    }));
    await createQueue(engine.resources, SCOPE, {
      jobQueueName: `queue${index}`,
      priority: random.int(0, 10),
      computeEnvironmentOrder: places,
    });
  }
  const containerProperties = {
    image: 'simulated',
    command: ['run'],
    resourceRequirements: [
      { type: 'VCPU', value: '1' },
      { type: 'MEMORY', value: '512' },
    ],
  };
  const registered = registeredForm({
    jobDefinitionName: DEFINITION,
    type: 'container',
    containerProperties,
  });
  const definition = { name: DEFINITION, type: 'container', registered, tags: {}, createdAtMs: clock.now() };
  await registerDefinition(engine.store.table, SCOPE, definition);
}

type SubmitInput = Parameters<typeof submitJob.handle>[1];

/** Answers when the submission was answered. */
export async function submit(client: Client): Promise<void> {
  const { submitted, trace } = client;
  const input = submission(client);
  trace(`submit ${JSON.stringify(input)}`);
  const { jobId } = await submitJob.handle(contextOf(client), input);
  const arraySize = input.arrayProperties?.size;
  submitted.push({ jobId: jobId as JobId, ...(arraySize === undefined ? {} : { arraySize }) }); // as answered
  trace(`submitted ${jobId}`);
}

function submission(client: Client): SubmitInput {
  const { random, size } = client;
  const arraySize = random.chance(0.35)
    ? random.weighted([
        [6, random.int(2, 5)],
        [2, random.int(6, 12)],
        [1, 20],
      ])
    : undefined;
  const dependsOn = dependencies(client, arraySize);
  return {
    jobName: 'job',
    jobQueue: `queue${random.int(0, size.queues - 1)}`,
    jobDefinition: DEFINITION,
    ...(arraySize === undefined ? {} : { arrayProperties: { size: arraySize } }),
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(random.chance(0.5) ? { retryStrategy: retryStrategy(random) } : {}),
    ...(random.chance(0.3) ? { timeout: { attemptDurationSeconds: random.int(60, 120) } } : {}),
    containerOverrides: {
      resourceRequirements: [
        // Rarely more than the host has; now and then more than an environment has.
        {
          type: 'VCPU',
          value: String(
            random.weighted([
              [60, 1],
              [20, 2],
              [10, 4],
              [2, 99],
            ]),
          ),
        },
        { type: 'MEMORY', value: random.pick(['128', '512', '2048']) },
        ...(random.chance(0.15) ? [{ type: 'GPU' as const, value: '1' }] : []),
      ],
      // Accepted, and failed when it could start: the limit on the length of overrides.
      ...(random.chance(0.03) ? { environment: [{ name: 'LONG', value: 'x'.repeat(9_000) }] } : {}),
    },
  };
}

function retryStrategy(random: SeededRandom): NonNullable<SubmitInput['retryStrategy']> {
  const evaluateOnExit = random.pick([
    undefined,
    [{ onExitCode: '7', action: 'EXIT' as const }],
    [
      { onExitCode: '137', action: 'RETRY' as const },
      { onExitCode: '1', action: 'EXIT' as const },
    ],
    [{ onStatusReason: 'Host EC2 (this machine) terminated.', action: 'EXIT' as const }],
  ]);
  return { attempts: random.int(1, 4), ...(evaluateOnExit ? { evaluateOnExit } : {}) };
}

type DependsOn = NonNullable<SubmitInput['dependsOn']>;

function dependencies({ random, submitted }: Client, arraySize: number | undefined): DependsOn {
  const found = new Map<string, DependsOn[number]>();
  if (arraySize !== undefined && random.chance(0.25)) found.set('', { type: 'SEQUENTIAL' });
  if (random.chance(0.5)) return [...found.values()];
  const recent = submitted.slice(-8);
  for (let count = random.int(1, 3); count > 0; count -= 1) {
    const other = random.pickSome(recent);
    if (!other) continue;
    const twins = recent.filter((job) => arraySize !== undefined && job.arraySize === arraySize);
    const twin = random.pickSome(twins);
    if (twin && random.chance(0.6)) found.set(twin.jobId, { jobId: twin.jobId, type: 'N_TO_N' });
    else found.set(other.jobId, { jobId: jobOrChild(random, other) });
  }
  return [...found.values()];
}

function jobOrChild(random: SeededRandom, { jobId, arraySize }: Submitted): JobId {
  return arraySize !== undefined && random.chance(0.3)
    ? childJobId(jobId, random.int(0, arraySize - 1))
    : jobId;
}

export async function stopSome(client: Client): Promise<void> {
  const { random, submitted, trace } = client;
  const job = random.pickSome(submitted.slice(-12));
  if (!job) return;
  const jobId = jobOrChild(random, job);
  const isCancel = random.chance(0.4);
  trace(`${isCancel ? 'cancel' : 'terminate'} ${jobId}`);
  await stop(client, jobId, isCancel ? 'cancel' : 'terminate');
}

export async function stop(client: Client, jobId: JobId, kind: 'cancel' | 'terminate'): Promise<void> {
  const input = { jobId, reason: `asked to ${kind}` };
  if (kind === 'cancel') await cancelJob.handle(contextOf(client), input);
  else await terminateJob.handle(contextOf(client), input);
}

export async function changeEnvironment(client: Client): Promise<void> {
  const { engine, random, size, trace } = client;
  const arn = environmentArn(random.int(0, size.environments - 1));
  const input = random.chance(0.5)
    ? { state: random.pick(['ENABLED', 'ENABLED', 'DISABLED'] as const) }
    : { computeResources: { maxvCpus: random.int(1, size.hostVcpus + 2) } };
  trace(`update ${arn} ${JSON.stringify(input)}`);
  await updateEnvironment(engine.resources, arn, input);
}

export async function changeQueue(client: Client): Promise<void> {
  const { engine, random, size, trace } = client;
  const index = random.int(0, size.queues - 1);
  const arn = queueArn(index);
  // One queue always stays, so that there is somewhere to submit to.
  if (index > 0 && random.chance(0.15)) {
    trace(`disable and delete ${arn}`);
    await updateQueue(engine.resources, arn, { state: 'DISABLED' });
    await deleteQueue(engine.resources, arn);
    return;
  }
  const first = random.int(0, size.environments - 1);
  const input = random.chance(0.5)
    ? { priority: random.int(0, 10), state: random.pick(['ENABLED', 'ENABLED', 'DISABLED'] as const) }
    : { computeEnvironmentOrder: [{ order: 1, computeEnvironment: environmentArn(first) }] };
  trace(`update ${arn} ${JSON.stringify(input)}`);
  await updateQueue(engine.resources, arn, input);
}

/** Everything that could serve a job does, as large as it may be. */
export async function heal({ engine, size }: Client): Promise<void> {
  for (let index = 0; index < size.environments; index += 1)
    await updateEnvironment(engine.resources, environmentArn(index), {
      state: 'ENABLED',
      computeResources: { maxvCpus: size.hostVcpus + 2 },
    });
  for (let index = 0; index < size.queues; index += 1)
    await updateQueue(engine.resources, queueArn(index), { state: 'ENABLED' });
}
