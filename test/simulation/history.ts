// One random history from its seed: a world with its weather, some dozens of things that happen, and now and then a day on
// which the weather clears and everything comes to rest: nothing may have been lost by then.
import type { JobId } from '../../core/ids.ts';
import { isPlaced, isTerminal } from '../../core/job/job.ts';
import { checkRest } from './rest-invariants.ts';
import type { SeededRandom } from './seeded-random.ts';
import { createRandom } from './seeded-random.ts';
import type { Submitted } from './submissions.ts';
import { clear, drawWeather } from './weather.ts';
import type { Weather } from './weather.ts';
import type { Client, Size } from './workload.ts';
import {
  changeConsumables,
  changeEnvironment,
  changeQueue,
  heal,
  setUp,
  stop,
  stopSome,
  submit,
} from './workload.ts';
import type { Server, World } from './world.ts';
import { createWorld } from './world.ts';

export interface HistoryOptions {
  readonly seed: number;
  /** Of the store; there is none yet. */
  readonly file: string;
  /** Tells every step on stdout. */
  readonly wordy?: boolean;
}

export interface HistoryOutcome {
  readonly jobs: number;
  readonly containers: number;
  readonly serverStarts: number;
  readonly commits: number;
}

interface History {
  readonly world: World;
  readonly random: SeededRandom;
  readonly size: Size;
  readonly weather: Weather;
  readonly submitted: Submitted[];
}

/** Throws InvariantViolation with what was violated and the last lines of the trace. */
export async function runHistory(options: HistoryOptions): Promise<HistoryOutcome> {
  const random = createRandom(options.seed).fork('history');
  const size: Size = {
    hostVcpus: random.int(1, 8),
    gpus: random.int(0, 2),
    environments: random.int(1, 3),
    queues: random.int(1, 3),
    fairQueues: random.pick([0, 0, 1, 2]),
  };
  const stormy = drawWeather(random);
  const weather = { ...stormy };
  clear(weather);
  const world = createWorld({ ...options, weather, ...size });
  const history: History = { world, random, size, weather, submitted: [] };
  try {
    world.boot();
    await world.settle();
    await ask(history, setUp);
    for (let acts = random.int(1, 3); acts > 0; acts -= 1) {
      Object.assign(weather, stormy);
      await live(history, random.int(10, 40));
      clear(weather);
      await comeToRest(history);
    }
    await endWell(history);
    await sayAgain(history);
    const { rows, host } = world;
    const containers = [...host.containers.values()].flat().length;
    return { jobs: rows.jobs.size, containers, serverStarts: world.serverStarts(), commits: rows.count() };
  } finally {
    world.close();
  }
}

function clientOf({ world, random, size, submitted }: History, { engine }: Server): Client {
  const { clock, ids, trace, rows } = world;
  const unfinished = (): JobId[] =>
    [...rows.jobs.values()].flatMap((job) => {
      if (isTerminal(job)) return [];
      // Most that can go wrong with a stop goes wrong around a container.
      return isPlaced(job) ? [job.jobId, job.jobId, job.jobId] : [job.jobId];
    });
  return { engine, clock, ids, trace, unfinished, size, random, submitted };
}

/** A request to the server, if one is up. Nobody waits for the answer: the process may die before. */
function request(history: History, call: (client: Client) => Promise<void>): void {
  const { world } = history;
  const server = world.server();
  if (server?.state !== 'up' || !server.process.isAlive()) return;
  call(clientOf(history, server)).catch((error: unknown) => {
    world.trace(`the request failed: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** A request whose answer is waited for; in fair weather only. */
async function ask(history: History, call: (client: Client) => Promise<void>): Promise<void> {
  const done = call(clientOf(history, runningServer(history)));
  await history.world.settle();
  await done;
}

function runningServer({ world }: History): Server {
  const server = world.server();
  if (!server) throw new Error('no server runs');
  return server;
}

async function live(history: History, steps: number): Promise<void> {
  const { world, random } = history;
  for (let left = steps; left > 0; left -= 1) {
    await step(history);
    await world.turns(random.pick([0, 0, 1, 2, 5, 20]));
    if (world.server()) continue;
    if (random.chance(0.2)) loseContainer(history);
    if (random.chance(0.4)) world.boot();
  }
}

async function step(history: History): Promise<void> {
  const { world, random } = history;
  const pace = (): number => random.pick([0, 1, 3, 10]);
  const take = random.weighted<() => void | Promise<void>>([
    [24, () => request(history, submit)],
    [8, () => request(history, stopSome)],
    [6, () => submitAndStop(history)],
    [4, () => request(history, changeEnvironment)],
    [3, () => request(history, changeQueue)],
    [2, () => request(history, changeConsumables)],
    [20, () => world.advance(random.int(1, 200), pace)],
    [20, () => world.advance(random.int(200, 8_000), pace)],
    [6, () => world.advance(random.int(30_000, 150_000), pace)],
    [5, () => world.settle()],
    [2, () => world.crash('killed')],
    [1, () => world.stopServer()],
    [2, () => loseContainer(history)],
    [2, () => setClockOff(history)],
  ]);
  await take();
}

/** A stop that meets a job on its way to its container. */
async function submitAndStop(history: History): Promise<void> {
  const { world, random } = history;
  request(history, submit);
  await world.turns(random.int(4, 40));
  request(history, stopSome);
}

function setClockOff({ world, random, weather: { clockOffMs } }: History): void {
  if (clockOffMs > 0) world.setClockOff(random.int(-clockOffMs, clockOffMs));
}

function loseContainer({ world, random }: History): void {
  const container = random.pickSome(world.host.live());
  if (!container) return;
  // While a server watches, a container that goes is seen to go.
  if (world.server() || random.chance(0.5)) world.host.fail(container);
  else world.host.vanish(container);
}

/** In fair weather what was kept back comes out with a new process, and whatever can end does. */
async function comeToRest(history: History): Promise<void> {
  const { world, random } = history;
  world.trace('the weather clears');
  if (world.host.owesNews() || random.chance(0.3)) world.crash('killed');
  await world.turns(1);
  // A server that was on its way down goes first, and one whose death was drawn in the storm may still die of it.
  for (let tries = 0; tries === 0 || (tries < 4 && world.server()?.state !== 'up'); tries += 1) {
    if (!world.server()) world.boot();
    await world.rest();
  }
  if (world.server()?.state !== 'up')
    world.watched.violated('7 crash', 'the server does not come up in fair weather');
  await world.rest();
  await checkAll(history);
}

async function checkAll(history: History): Promise<void> {
  const { world, submitted } = history;
  const { engine, opened } = runningServer(history);
  const { workflows } = engine;
  const done = checkRest(world.watched, {
    behind: opened.behind.table,
    isDriven: (jobId) => workflows.engine.isRunning(jobId),
    scheduleOf: () => engine.schedule,
  });
  await world.settle();
  await done;
  const executions = [...world.rows.jobs.keys()].filter((id) => workflows.engine.isRunning(id)).length;
  const parked = workflows.parkedTokens();
  if (parked !== executions)
    world.watched.violated('1 not lost', `${executions} executions wait by ${parked} tokens`);
  for (const id of world.invariants.missingEvents())
    world.watched.violated('6 events', `${id} was committed and never told`);
  for (const { jobId } of submitted)
    if (!world.rows.jobs.has(jobId)) world.watched.violated('1 not lost', `${jobId} is not stored`);
  await world.turns(1);
}

/** Everything that could serve a job does, and what runs for ever is stopped: only what can never fit is left. */
async function endWell(history: History): Promise<void> {
  const { world } = history;
  await ask(history, heal);
  await world.rest();
  while (world.host.live().length > 0) {
    for (const { jobId } of world.host.live())
      await ask(history, (client) => stop(client, jobId, 'terminate'));
    await world.rest();
  }
  await checkAll(history);
}

/** Invariant 7: everything that was ever said is said again, and nothing changes; then the server stops in peace. */
async function sayAgain(history: History): Promise<void> {
  const { world, random } = history;
  world.trace('everything is said again');
  const commits = world.rows.count();
  for (const observation of random.shuffled(world.host.observations)) world.host.tell(observation);
  await world.rest();
  const again = runningServer(history).opened.redeliver(world.delivered);
  await world.rest();
  await again;
  if (world.rows.count() !== commits)
    world.watched.violated('7 messages', `${world.rows.count() - commits} commits followed from old news`);
  world.stopServer();
  await world.rest();
  if (world.server()) world.watched.violated('7 crash', 'the server does not stop');
  await world.turns(1);
}
