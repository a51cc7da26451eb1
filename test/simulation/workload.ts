// What users and operators do: submissions, stops, and changes of queues, environments and licences. Every choice comes from
// the seed; every request goes the way a request over the wire goes once it has been understood.
import { cancelJob } from '../../api/operations/cancel-job.ts';
import { submitJob } from '../../api/operations/submit-job.ts';
import { terminateJob } from '../../api/operations/terminate-job.ts';
import type { CallContext } from '../../api/operation.ts';
import { registeredForm } from '../../core/definition/definition.ts';
import type { ComputeEnvironmentArn, JobId, QueueArn, Scope } from '../../core/ids.ts';
import { arnOf } from '../../core/ids.ts';
import { changeConsumable, createConsumable } from '../../engine/consumable-resources.ts';
import { createEnvironment, updateEnvironment } from '../../engine/environments.ts';
import { createQueue, deleteQueue, updateQueue } from '../../engine/queues.ts';
import { createPolicy } from '../../engine/scheduling-policies.ts';
import { registerDefinition } from '../../engine/store/definitions.ts';
import type { Clock, Ids } from '../../engine/ports.ts';
import type { LocalEngine } from '../../local/compose.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Submitted } from './submissions.ts';
import { drawPart, drawSubmission } from './submissions.ts';

const SCOPE: Scope = { partition: 'aws', region: 'us-east-1', account: '123456789012' };
const DEFINITION = 'simulated';
const POLICY_ARN = arnOf(SCOPE, 'scheduling-policy', 'fair');

/** The size of things: drawn once per history. */
export interface Size {
  readonly hostVcpus: number;
  readonly gpus: number;
  readonly environments: number;
  readonly queues: number;
  /** The first so many queues share by identifiers. */
  readonly fairQueues: number;
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
  /** Jobs and children that have not ended. */
  readonly unfinished: () => readonly JobId[];
  readonly trace: (line: string) => void;
}

const environmentArn = (index: number): ComputeEnvironmentArn =>
  arnOf(SCOPE, 'compute-environment', `ce${index}`) as ComputeEnvironmentArn; // of this type
const queueArn = (index: number): QueueArn => arnOf(SCOPE, 'job-queue', `queue${index}`) as QueueArn; // likewise
/** One that comes back, and one that is used up. */
const CONSUMABLES = [
  { name: 'licence', resourceType: 'REPLENISHABLE', most: 4 },
  { name: 'voucher', resourceType: 'NON_REPLENISHABLE', most: 12 },
] as const;
const consumableArn = (name: string): string => arnOf(SCOPE, 'consumable-resource', name);

type Deps = { readonly store: LocalEngine['store']; readonly clock: Clock; readonly ids: Ids };

function contextOf({ engine, clock, ids }: Client): CallContext<Deps> {
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

export async function setUp(client: Client): Promise<void> {
  const { engine, size, clock, random } = client;
  await setUpEnvironments(client);
  const shareDistribution = [{ shareIdentifier: 'red', weightFactor: random.pick([0.5, 1, 2]) }];
  await createPolicy(engine.resources, SCOPE, { name: 'fair', fairsharePolicy: { shareDistribution } });
  for (let index = 0; index < size.queues; index += 1) {
    await createQueue(engine.resources, SCOPE, {
      jobQueueName: `queue${index}`,
      priority: random.int(0, 10),
      computeEnvironmentOrder: drawPlaces(client),
      ...(index < size.fairQueues ? { schedulingPolicyArn: POLICY_ARN } : {}),
    });
  }
  for (const { name, resourceType, most } of CONSUMABLES) {
    const input = { consumableResourceName: name, resourceType, totalQuantity: random.int(0, most) };
    await createConsumable(engine.resources, SCOPE, input, clock.now());
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

async function setUpEnvironments({ engine, size, random }: Client): Promise<void> {
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
}

function drawPlaces({ random, size }: Client) {
  const first = random.int(0, size.environments - 1);
  return Array.from({ length: random.int(1, size.environments) }, (_, order) => ({
    order,
    computeEnvironment: environmentArn((first + order) % size.environments),
  }));
}

/** Answers when the submission was answered. */
export async function submit(client: Client): Promise<void> {
  const { random, size, submitted, trace } = client;
  const queue = random.int(0, size.queues - 1);
  const input = drawSubmission({
    random,
    queue: `queue${queue}`,
    isFair: queue < size.fairQueues,
    definition: DEFINITION,
    consumables: CONSUMABLES.map(({ name }) => consumableArn(name)),
    submitted,
  });
  trace(`submit ${JSON.stringify(input)}`);
  const { jobId } = await submitJob.handle(contextOf(client), input);
  const arraySize = input.arrayProperties?.size;
  submitted.push({ jobId: jobId as JobId, ...(arraySize === undefined ? {} : { arraySize }) }); // as answered
  trace(`submitted ${jobId}`);
}

export async function stopSome(client: Client): Promise<void> {
  const { random, submitted, trace } = client;
  const job = random.pickSome(submitted.slice(-12));
  const jobId = random.chance(0.6) ? random.pickSome(client.unfinished()) : job && drawPart(random, job);
  if (jobId === undefined) return;
  const kind = random.chance(0.4) ? 'cancel' : 'terminate';
  trace(`${kind} ${jobId}`);
  await stop(client, jobId, kind);
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
    ? { state: random.pick(['ENABLED', 'ENABLED', 'ENABLED', 'DISABLED'] as const) }
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
  const input = random.chance(0.5)
    ? { priority: random.int(0, 10), state: random.pick(['ENABLED', 'ENABLED', 'DISABLED'] as const) }
    : { computeEnvironmentOrder: drawPlaces(client) };
  trace(`update ${arn} ${JSON.stringify(input)}`);
  await updateQueue(engine.resources, arn, input);
}

export async function changeConsumables({ engine, random, clock, trace }: Client): Promise<void> {
  const { name, most } = random.pick<(typeof CONSUMABLES)[number]>(CONSUMABLES);
  const operation = random.pick(['ADD', 'REMOVE', 'SET'] as const);
  const input = { operation, quantity: random.int(1, operation === 'SET' ? most : 2) };
  trace(`update ${name} ${JSON.stringify(input)}`);
  await changeConsumable(engine.resources, consumableArn(name), input, clock.now());
}

/** Everything that could serve a job does, as large as it may be. */
export async function heal({ engine, size, clock }: Client): Promise<void> {
  for (let index = 0; index < size.environments; index += 1)
    await updateEnvironment(engine.resources, environmentArn(index), {
      state: 'ENABLED',
      computeResources: { maxvCpus: size.hostVcpus + 2 },
    });
  for (let index = 0; index < size.queues; index += 1)
    await updateQueue(engine.resources, queueArn(index), { state: 'ENABLED' });
  for (const { name } of CONSUMABLES)
    await changeConsumable(
      engine.resources,
      consumableArn(name),
      { operation: 'SET', quantity: 999 },
      clock.now(),
    );
}
