// One random history from its seed: a world with its weather, some dozens of things that happen, and then an end in which
// the weather clears, everything comes to rest, and nothing may have been lost.
import type { SeededRandom } from './seeded-random.ts';
import { createRandom } from './seeded-random.ts';
import { NO_FAULTS } from './server-process.ts';
import { checkRest } from './rest-invariants.ts';
import { clear, drawWeather } from './weather.ts';
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

export interface HistoryOutcome {
  readonly jobs: number;
  readonly containers: number;
  readonly lives: number;
  readonly commits: number;
}

export interface HistoryOptions {
  readonly seed: number;
  readonly file: string;
  readonly wordy?: boolean;
}

export async function runHistory(options: HistoryOptions): Promise<HistoryOutcome> {
  const random = createRandom(options.seed).fork('history');
  const size: Size = {
    hostVcpus: random.int(1, 8),
    gpus: random.int(0, 2),
    environments: random.int(1, 3),
    queues: random.int(1, 3),
    fairQueues: random.pick([0, 0, 1, 2]),
  };
  const weather = drawWeather(random);
  const { faults } = weather;
  weather.faults = { store: NO_FAULTS, runtime: NO_FAULTS };
  const world = createWorld({ ...options, weather, ...size });
  try {
    world.boot();
    await world.settle();
    const run = new Run(world, size, random);
    await run.up((client) => setUp(client));
    weather.faults = faults;
    await run.live(random.int(10, 60));
    clear(weather);
    await run.comeToRest();
    await run.end();
    const { rows, host } = world;
    const containers = [...host.containers.values()].flat().length;
    return { jobs: rows.jobs.size, containers, lives: run.lives, commits: rows.count() };
  } finally {
    world.close();
  }
}

class Run {
  readonly #world: World;
  readonly #size: Size;
  readonly #random: SeededRandom;
  readonly #submitted: Client['submitted'] = [];
  lives = 1;

  constructor(world: World, size: Size, random: SeededRandom) {
    this.#world = world;
    this.#size = size;
    this.#random = random;
  }

  #client({ engine }: Server): Client {
    const { clock, ids, trace } = this.#world;
    return { engine, clock, ids, trace, size: this.#size, random: this.#random, submitted: this.#submitted };
  }

  /** A request to the server, if one is up. Nobody waits for the answer: the process may die before. */
  #request(call: (client: Client) => Promise<void>): void {
    const server = this.#world.server();
    if (server?.state !== 'up' || !server.process.isAlive()) return;
    call(this.#client(server)).catch((error: unknown) => {
      this.#world.trace(`the request failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** A request whose answer is waited for; in fair weather only. */
  async up(call: (client: Client) => Promise<void>): Promise<void> {
    const server = this.#world.server();
    if (!server) throw new Error('no server runs');
    const done = call(this.#client(server));
    await this.#world.settle();
    await done;
  }

  async live(steps: number): Promise<void> {
    for (let left = steps; left > 0; left -= 1) {
      await this.#step();
      await this.#world.turns(this.#random.pick([0, 0, 1, 2, 5, 20]));
      if (!this.#world.server() && this.#random.chance(0.4)) this.#boot();
    }
  }

  #boot(): void {
    if (this.#world.server()) return;
    this.lives += 1;
    this.#world.boot();
  }

  async #step(): Promise<void> {
    const world = this.#world;
    const random = this.#random;
    const pace = (): number => random.pick([0, 1, 3, 10]);
    const step = random.weighted<() => void | Promise<void>>([
      [30, () => this.#request(submit)],
      [9, () => this.#request(stopSome)],
      [4, () => this.#request(changeEnvironment)],
      [3, () => this.#request(changeQueue)],
      [2, () => this.#request(changeConsumables)],
      [20, () => world.advance(random.int(1, 200), pace)],
      [12, () => world.advance(random.int(200, 8_000), pace)],
      [2, () => world.advance(random.int(30_000, 150_000), pace)],
      [5, () => world.settle()],
      [2, () => world.crash('killed')],
      [1, () => world.stopServer()],
      [2, () => this.#loseContainer()],
      [2, () => this.#setClockOff()],
    ]);
    await step();
  }

  #setClockOff(): void {
    const { clockOffMs } = this.#world.weather;
    if (clockOffMs > 0) this.#world.setClockOff(this.#random.int(-clockOffMs, clockOffMs));
  }

  #loseContainer(): void {
    const container = this.#random.pickSome(this.#world.host.live());
    if (!container) return;
    // While a server watches, a container that goes is seen to go.
    if (this.#world.server() || this.#random.chance(0.5)) this.#world.host.fail(container);
    else this.#world.host.vanish(container);
  }

  /** With fair weather again: what was kept back comes out with a new process, and whatever can end does. */
  async comeToRest(): Promise<void> {
    const world = this.#world;
    world.trace('the weather clears');
    if (world.host.owesNews() || this.#random.chance(0.3)) world.crash('killed');
    await world.turns(1);
    await this.#bootAndRest();
    await this.#checkRest();
    await this.up((client) => heal(client));
    await world.rest();
    for (const { jobId } of world.host.live()) await this.up((client) => stop(client, jobId, 'terminate'));
    await world.rest();
    await this.#checkRest();
  }

  async #bootAndRest(): Promise<void> {
    // A server that was on its way down goes first.
    for (let tries = 0; tries < 3; tries += 1) {
      this.#boot();
      await this.#world.rest();
      if (this.#world.server()?.state === 'up') return;
    }
    this.#world.watched.violated('7 crash', 'the server does not come up in fair weather');
  }

  async #checkRest(): Promise<void> {
    const server = this.#world.server();
    if (!server) throw new Error('no server runs');
    const done = checkRest(this.#world.watched, server.engine, server.opened.behind);
    await this.#world.settle();
    await done;
    for (const id of this.#world.invariants.missingEvents())
      this.#world.watched.violated('6 events', `${id} was committed and never told`);
    for (const { jobId } of this.#submitted)
      if (!this.#world.rows.jobs.has(jobId))
        this.#world.watched.violated('1 not lost', `${jobId} is not stored`);
    await this.#world.turns(1);
  }

  /** Invariant 7: everything that was ever said is said again, and nothing changes; then the server stops in peace. */
  async end(): Promise<void> {
    const world = this.#world;
    const server = world.server();
    if (!server) throw new Error('no server runs');
    world.trace('everything is said again');
    const commits = world.rows.count();
    for (const observation of shuffled(this.#random, world.host.observations)) world.host.tell(observation);
    await world.rest();
    const again = server.opened.redeliver(world.delivered);
    await world.rest();
    await again;
    if (world.rows.count() !== commits)
      world.watched.violated('7 messages', `${world.rows.count() - commits} commits followed from old news`);
    world.stopServer();
    await world.rest();
    if (world.server()) world.watched.violated('7 crash', 'the server does not stop');
    await world.turns(1);
  }
}

function shuffled<T>(random: SeededRandom, list: readonly T[]): readonly T[] {
  const mixed = [...list];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = random.int(0, at);
    [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T]; // both are within the list
  }
  return mixed;
}
