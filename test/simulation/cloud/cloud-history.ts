// One random history of a cloud from its seed: some dozens of things that happen in bad weather, a day on which the weather clears
// and everything comes to rest, an end at which nothing is left, and everything said again.
import { createRandom } from '../seeded-random.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { checkCloudAtRest, comeToRest } from './cloud-rest.ts';
import type { CloudWeather } from './cloud-weather.ts';
import { clear, drawMachineWeather, drawWeather, fairWeather } from './cloud-weather.ts';
import type { Users } from './cloud-workload.ts';
import {
  changeConsumables,
  changeEnvironment,
  changeQueue,
  drawSize,
  heal,
  onMachines,
  setUp,
  stopEverything,
  stopMisfits,
  stopSome,
  submit,
} from './cloud-workload.ts';
import type { ComposedFunctions } from './compose-functions.ts';
import type { Guests } from './guest-workload.ts';
import { callAsGuest, changePolicy, endGuests, moveStack, newGuests } from './guest-workload.ts';
import {
  changeInfrastructure,
  deleteEnvironment,
  deleteExtras,
  drawMachineSize,
  loseSome,
  makeEnvironment,
} from './machine-workload.ts';
import { createSimulatedCloud } from './simulated-cloud.ts';

/** What is said takes no longer than that to be heard. */
const SAID_MINUTES = 2;

export interface CloudHistoryOutcome {
  readonly jobs: number;
  readonly containers: number;
  readonly commits: number;
  readonly poisoned: number;
}

export async function runCloudHistory(options: {
  readonly seed: number;
  readonly on: 'fargate' | 'machines';
  readonly composed: ComposedFunctions;
  readonly wordy?: boolean;
}): Promise<CloudHistoryOutcome> {
  const random = createRandom(options.seed).fork('history');
  const isOfMachines = options.on === 'machines';
  const stormy = isOfMachines ? drawMachineWeather(random) : drawWeather(random);
  const size = isOfMachines ? drawMachineSize(random) : drawSize(random);
  const weather = fairWeather();
  const cloud = createSimulatedCloud({
    ...options,
    weather,
    shards: random.int(1, 3),
    lags: stormy.indexLagMs > 0,
  });
  const users: Users = { cloud, random, size, submitted: [] };
  const guests = newGuests();
  try {
    cloud.trace(JSON.stringify({ size, stormy }));
    await setUp(users);
    Object.assign(weather, stormy);
    await live(users, guests, stormy, random.int(10, 35));
    cloud.trace('the weather clears');
    clear(weather);
    await comeToRest(cloud);
    await checkCloudAtRest(cloud, { mayWait: true });
    checkAccepted(users);
    await endWell(users, guests);
    await sayAgain(users);
    const containers = [...cloud.ecs.containers.values()].flat().length;
    const poisoned = cloud.stream.poisoned.size;
    return { jobs: cloud.rows.jobs.size, containers, commits: cloud.rows.count(), poisoned };
  } finally {
    await cloud.close();
  }
}

/** Nobody waits for an answer. */
function begin(users: Users, happen: (users: Users) => Promise<void>): void {
  happen(users).catch((error: unknown) => users.cloud.trace(`a request failed: ${String(error)}`));
}

async function live(users: Users, guests: Guests, stormy: CloudWeather, steps: number): Promise<void> {
  for (let left = steps; left > 0; left -= 1) await step(users, guests, stormy);
}

async function step(users: Users, guests: Guests, stormy: CloudWeather): Promise<void> {
  const { cloud, random, size } = users;
  const take = random.weighted<() => void | Promise<void>>([
    [24, () => begin(users, submit)],
    [8, () => begin(users, stopSome)],
    [5, () => submitAndStop(users)],
    [4, () => begin(users, changeEnvironment)],
    [3, () => begin(users, changeQueue)],
    [2, () => begin(users, changeConsumables)],
    [20, () => cloud.advance(random.int(1, 300))],
    [20, () => cloud.advance(random.int(300, 10_000))],
    [8, () => cloud.advance(random.int(30_000, 150_000))],
    [3, () => interruptSome(users)],
    [2, () => breakSome(users)],
    [1, () => cloud.stream.poison(random.int(0, 2))],
    [2, () => changeTheWeather(users, stormy, random)],
    ...(onMachines(size) ? machineSteps(users, guests) : []),
  ]);
  await take();
}

function machineSteps(users: Users, guests: Guests): readonly (readonly [number, () => void])[] {
  return [
    [3, () => begin(users, () => callAsGuest(users, guests))],
    [1, () => changePolicy(users)],
    [2, () => moveStack(users, guests)],
    [4, () => loseSome(users)],
    [2, () => begin(users, changeInfrastructure)],
    [1, () => begin(users, makeEnvironment)],
    [1, () => begin(users, deleteEnvironment)],
  ];
}

/** A stop that meets a job on its way to its container. */
async function submitAndStop(users: Users): Promise<void> {
  begin(users, submit);
  await users.cloud.advance(users.random.int(100, 2_500));
  begin(users, stopSome);
}

function interruptSome({ cloud, random }: Users): void {
  const container = random.pickSome(cloud.ecs.live());
  if (container) cloud.ecs.interrupt(container);
}

function breakSome({ cloud, random }: Users): void {
  const driven = [...cloud.rows.jobs.keys()].filter((id) => cloud.executions.isRunning(id));
  const subject = random.pickSome(driven);
  if (subject !== undefined) cloud.executions.breakDown(subject);
}

/** A while in which nothing goes wrong, or everything does again. */
function changeTheWeather({ cloud }: Users, stormy: CloudWeather, random: SeededRandom): void {
  if (random.chance(0.3)) clear(cloud.weather);
  else Object.assign(cloud.weather, stormy);
}

function checkAccepted({ cloud, submitted }: Users): void {
  for (const { jobId } of submitted)
    if (!cloud.rows.jobs.has(jobId)) cloud.watched.violated('1 not lost', `${jobId} is not stored`);
}

async function endWell(users: Users, guests: Guests): Promise<void> {
  const { cloud } = users;
  await heal(users);
  if (onMachines(users.size)) {
    await deleteExtras(users);
    await endGuests(users, guests);
  }
  await comeToRest(cloud);
  if (onMachines(users.size)) {
    await stopMisfits(users);
    await comeToRest(cloud);
  }
  while (cloud.ecs.live().length > 0) {
    await stopEverything(users);
    await comeToRest(cloud);
  }
  await checkCloudAtRest(cloud, { mayWait: true });
}

/** Invariant 7: everything that was ever said is said again, in another order, and nothing changes. */
async function sayAgain({ cloud, random }: Users): Promise<void> {
  cloud.trace('everything is said again');
  const commits = cloud.rows.count();
  for (const event of random.shuffled(cloud.bus.told)) cloud.bus.deliver(event);
  cloud.queue.sendAgain(random.shuffled([...cloud.queue.all]).slice(0, 50));
  cloud.stream.redeliver(random.shuffled([...cloud.stream.all]));
  await comeToRest(cloud, SAID_MINUTES);
  if (cloud.rows.count() !== commits)
    cloud.watched.violated('7 messages', `${cloud.rows.count() - commits} commits followed from old news`);
  await cloud.advance(1);
}
