// What users and operators do to a cloud, drawn from a seed: submissions, stops, and changes of queues, environments and licences,
// as requests whose answers nobody waits for.
import type { JobId } from '../../../core/ids.ts';
import { isPlaced, isTerminal } from '../../../core/job/job.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { SubmitInput, Submitted } from '../submissions.ts';
import { drawPart, drawSubmission } from '../submissions.ts';
import {
  ask,
  definitionInput,
  DEFINITION,
  environmentInput,
  hasMachines,
  machineDefinitionInput,
  MACHINE_DEFINITION,
  NODES_DEFINITION,
  nodesDefinitionInput,
  placesOf,
  PREFIX,
  request,
} from './cloud-client.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';

export interface CloudSize {
  /** By type, in the order of their names: ce0, ce1, … All of Fargate, or all of machines. */
  readonly environments: readonly ('FARGATE' | 'FARGATE_SPOT' | 'EC2' | 'SPOT')[];
  readonly maxVcpus: number;
  readonly queues: number;
  /** The first so many queues share by identifiers. */
  readonly fairQueues: number;
}

export interface Users {
  readonly cloud: SimulatedCloud;
  readonly random: SeededRandom;
  readonly size: CloudSize;
  /** Jobs whose submission was answered. */
  readonly submitted: Submitted[];
}

const CONSUMABLES = [
  { name: 'licence', resourceType: 'REPLENISHABLE', most: 4 },
  { name: 'voucher', resourceType: 'NON_REPLENISHABLE', most: 12 },
] as const;
const consumableArn = (name: string): string => `${PREFIX}consumable-resource/${name}`;
const LONGEST_RUN_SECONDS = 120;

export function drawSize(random: SeededRandom): CloudSize {
  return {
    environments: random.pick<CloudSize['environments']>([
      ['FARGATE'],
      ['FARGATE_SPOT', 'FARGATE'],
      ['FARGATE', 'FARGATE'],
    ]),
    maxVcpus: random.int(2, 8),
    queues: random.pick([1, 2, 2, 3]),
    fairQueues: random.pick([0, 0, 1]),
  };
}

export function onMachines({ environments }: CloudSize): boolean {
  return environments.some(hasMachines);
}

export async function setUp({ cloud, random, size }: Users): Promise<void> {
  for (const [index, type] of size.environments.entries())
    await ask(cloud, 'createcomputeenvironment', environmentInput(`ce${index}`, type, size.maxVcpus));
  await cloud.until('the environments are VALID', () =>
    [...cloud.rows.environments.values()].every(({ status }) => status === 'VALID'),
  );
  const fairsharePolicy = {
    shareDistribution: [{ shareIdentifier: 'red', weightFactor: random.pick([0.5, 1]) }],
  };
  if (size.fairQueues > 0) await ask(cloud, 'createschedulingpolicy', { name: 'fair', fairsharePolicy });
  for (let index = 0; index < size.queues; index += 1) {
    await ask(cloud, 'createjobqueue', {
      jobQueueName: `queue${index}`,
      priority: random.int(0, 10),
      computeEnvironmentOrder: drawPlaces(random, size),
      ...(index < size.fairQueues ? { schedulingPolicyArn: `${PREFIX}scheduling-policy/fair` } : {}),
    });
  }
  for (const { name, resourceType, most } of CONSUMABLES) {
    const input = { consumableResourceName: name, resourceType, totalQuantity: random.int(0, most) };
    await ask(cloud, 'createconsumableresource', input);
  }
  await ask(cloud, 'registerjobdefinition', definitionInput());
  if (!onMachines(size)) return;
  await ask(cloud, 'registerjobdefinition', machineDefinitionInput());
  await ask(cloud, 'registerjobdefinition', nodesDefinitionInput(random.int(2, 4), random.int(0, 1)));
}

function drawPlaces(random: SeededRandom, { environments }: CloudSize): readonly object[] {
  const names = environments.map((_, index) => `ce${index}`);
  const first = random.int(0, names.length - 1);
  const ordered = [...names.slice(first), ...names.slice(0, first)];
  return placesOf(ordered.slice(0, random.int(1, names.length)));
}

export async function submit({ cloud, random, size, submitted }: Users): Promise<void> {
  const queue = random.int(0, size.queues - 1);
  const drawn = drawSubmission({
    random,
    queue: `queue${queue}`,
    isFair: queue < size.fairQueues,
    definition: onMachines(size) ? MACHINE_DEFINITION : DEFINITION,
    consumables: CONSUMABLES.map(({ name }) => consumableArn(name)),
    submitted,
  });
  const isOfNodes = onMachines(size) && random.chance(0.25);
  const sized = isOfNodes ? ofNodes(drawn) : { ...drawn, containerOverrides: drawOverrides(random, size) };
  // What runs for ever here is ended by somebody.
  const timeout = { attemptDurationSeconds: LONGEST_RUN_SECONDS };
  const input: SubmitInput = sized.timeout || !random.chance(0.7) ? sized : { ...sized, timeout };
  cloud.trace(`submit ${JSON.stringify(input).slice(0, 600)}`);
  const { status, body } = await request(cloud, 'submitjob', input);
  if (status !== 200) return;
  const arraySize = input.arrayProperties?.size;
  const jobId = body['jobId'] as JobId; // as answered
  submitted.push({ jobId, ...(arraySize === undefined ? {} : { arraySize }) });
}

/** Its nodes run what their definition says; an array has none. */
function ofNodes(given: SubmitInput): SubmitInput {
  const { arrayProperties: _size, containerOverrides: _overrides, dependsOn = [], ...drawn } = given;
  const whole = dependsOn.filter(({ jobId, type }) => jobId !== undefined && type === undefined);
  return {
    ...drawn,
    jobDefinition: NODES_DEFINITION,
    ...(whole.length === 0 ? {} : { dependsOn: whole }),
  };
}

/** In sizes that Fargate sells; now and then one that nothing here can ever hold. */
function drawOverrides(
  random: SeededRandom,
  size: CloudSize,
): NonNullable<SubmitInput['containerOverrides']> {
  const [vcpus, memoryMiB] = random.weighted<readonly [string, string]>([
    [20, onMachines(size) ? ['1', '512'] : ['0.25', '512']],
    [40, ['1', '2048']],
    [20, ['2', '4096']],
    [10, ['4', '8192']],
    [2, ['16', '32768']],
  ]);
  return {
    resourceRequirements: [
      { type: 'VCPU', value: vcpus },
      { type: 'MEMORY', value: memoryMiB },
    ],
    // Too long for ECS's overrides: the start moves it elsewhere, or fails.
    ...(random.chance(0.03) ? { environment: [{ name: 'LONG', value: 'x'.repeat(9_000) }] } : {}),
  };
}

export async function stopSome(users: Users): Promise<void> {
  const { cloud, random, submitted } = users;
  const job = random.pickSome(submitted.slice(-12));
  const jobId = random.chance(0.6) ? random.pickSome(unfinished(cloud)) : job && drawPart(random, job);
  if (jobId === undefined) return;
  const kind = random.chance(0.4) ? 'cancel' : 'terminate';
  cloud.trace(`${kind} ${jobId}`);
  await request(cloud, `${kind}job`, { jobId, reason: `asked to ${kind}` });
}

/** Most that can go wrong with a stop goes wrong around a container. */
function unfinished({ rows }: SimulatedCloud): readonly JobId[] {
  return [...rows.jobs.values()].flatMap((job) => {
    if (isTerminal(job)) return [];
    return isPlaced(job) ? [job.jobId, job.jobId, job.jobId] : [job.jobId];
  });
}

export async function changeEnvironment({ cloud, random, size }: Users): Promise<void> {
  const name = `ce${random.int(0, size.environments.length - 1)}`;
  const change = random.chance(0.5)
    ? { state: random.pick(['ENABLED', 'ENABLED', 'DISABLED'] as const) }
    : { computeResources: { maxvCpus: random.int(1, size.maxVcpus + 2) } };
  cloud.trace(`update ${name} ${JSON.stringify(change)}`);
  await request(cloud, 'updatecomputeenvironment', { computeEnvironment: name, ...change });
}

export async function changeQueue({ cloud, random, size }: Users): Promise<void> {
  const name = `queue${random.int(0, size.queues - 1)}`;
  const change = random.chance(0.5)
    ? { priority: random.int(0, 10), state: random.pick(['ENABLED', 'ENABLED', 'DISABLED'] as const) }
    : { computeEnvironmentOrder: drawPlaces(random, size) };
  cloud.trace(`update ${name} ${JSON.stringify(change)}`);
  await request(cloud, 'updatejobqueue', { jobQueue: name, ...change });
}

export async function changeConsumables({ cloud, random }: Users): Promise<void> {
  const { name, most } = random.pick<(typeof CONSUMABLES)[number]>(CONSUMABLES);
  const operation = random.pick(['ADD', 'REMOVE', 'SET'] as const);
  const quantity = random.int(1, operation === 'SET' ? most : 2);
  await request(cloud, 'updateconsumableresource', {
    consumableResource: consumableArn(name),
    operation,
    quantity,
  });
}

/** Everything that could serve a job does. */
export async function heal({ cloud, size }: Users): Promise<void> {
  for (let index = 0; index < size.environments.length; index += 1) {
    await ask(cloud, 'updatecomputeenvironment', {
      computeEnvironment: `ce${index}`,
      state: 'ENABLED',
      computeResources: { maxvCpus: onMachines(size) ? 32 : 16 },
    });
  }
  for (let index = 0; index < size.queues; index += 1)
    await ask(cloud, 'updatejobqueue', { jobQueue: `queue${index}`, state: 'ENABLED' });
  for (const { name } of CONSUMABLES) {
    await ask(cloud, 'updateconsumableresource', {
      consumableResource: consumableArn(name),
      operation: 'SET',
      quantity: 999,
    });
  }
}

/** What can never be placed is ended: who asks anew whether it can would write on it again. */
export async function stopMisfits({ cloud }: Users): Promise<void> {
  const misfits = [...cloud.rows.jobs.values()].filter((job) => job.status === 'RUNNABLE' && job.unplaceable);
  for (const { jobId } of misfits) await ask(cloud, 'terminatejob', { jobId, reason: 'it fits nowhere' });
}

/** Everything that runs for ever is ended. */
export async function stopEverything({ cloud }: Users): Promise<void> {
  for (const { jobId } of cloud.ecs.live()) await ask(cloud, 'terminatejob', { jobId, reason: 'the end' });
}
