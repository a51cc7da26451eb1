// A world in which the production engine runs: a machine that survives, a store that survives, and server processes that
// come and go. Time moves only here, one turn of the event loop or one timer after the other, so a seed repeats a history.
import { rmSync } from 'node:fs';
import type { Ids } from '../../engine/ports.ts';
import type { Change } from '../../engine/table-ports.ts';
import type { JobId } from '../../core/ids.ts';
import type { LocalEngine } from '../../local/compose.ts';
import { composeLocalEngine } from '../../local/compose.ts';
import type { CommittedRows } from './committed-rows.ts';
import { createCommittedRows } from './committed-rows.ts';
import type { OpenedStore } from './faulty-store.ts';
import { openFaultyStore } from './faulty-store.ts';
import type { Invariants, Watched } from './invariants.ts';
import { createInvariants } from './invariants.ts';
import { followMaxima } from './recent-maxima.ts';
import type { SeededRandom } from './seeded-random.ts';
import { createRandom } from './seeded-random.ts';
import type { ServerProcess } from './server-process.ts';
import { createServerProcess } from './server-process.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { createSimulatedHost } from './simulated-host.ts';
import { installSimulatedTime, turnOfEventLoop } from './simulated-time.ts';
import type { Weather } from './weather.ts';

export interface Server {
  readonly process: ServerProcess;
  readonly engine: LocalEngine;
  readonly opened: OpenedStore;
  state: 'starting' | 'up' | 'stopping' | 'stopped';
}

export interface World {
  readonly random: SeededRandom;
  readonly weather: Weather;
  readonly rows: CommittedRows;
  readonly host: SimulatedHost;
  readonly watched: Watched;
  readonly invariants: Invariants;
  readonly clock: { now(): number };
  readonly ids: Ids;
  /** How many server processes there have been. */
  serverStarts(): number;
  /** Every change that was ever delivered. */
  readonly delivered: readonly Change[];
  /** The process that lives at the moment. */
  server(): Server | undefined;
  readonly trace: (line: string) => void;
  boot(): void;
  crash(why: string): void;
  /** Sets the time of day off by so much, until the next time. */
  setClockOff(ms: number): void;
  /** Asks the server to stop as SIGTERM does. */
  stopServer(): void;
  /** Some turns of the event loop, in each of which everything ready runs. Throws what was violated. */
  turns(count: number): Promise<void>;
  /** Turns until nothing is ready any more. */
  settle(): Promise<void>;
  /** Moves the clock, ringing every timer and container's end on the way, with `pace` turns after each. */
  advance(ms: number, pace: () => number): Promise<void>;
  /** Until nothing is due within a day; everything settles in between. */
  rest(): Promise<void>;
  close(): void;
}

export interface WorldOptions {
  readonly seed: number;
  readonly file: string;
  readonly weather: Weather;
  readonly hostVcpus: number;
  readonly gpus: number;
  readonly wordy?: boolean;
}

export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

const START_MS = Date.UTC(2030, 0, 1);
const QUIET_TURNS = 4;
const RESTLESS_TURNS = 5_000;
const RESTLESS_TIMERS = 5_000;
const STOP_GRACE_SECONDS = 1;
const TOLD_LINES = 150;

export function createWorld(options: WorldOptions): World {
  const { seed, weather } = options;
  const random = createRandom(seed);
  const time = installSimulatedTime(START_MS);
  const mathRandom = Math.random;
  const chance = random.fork('Math.random');
  Math.random = () => chance.next();
  const lines: string[] = [];
  const violations: string[] = [];
  let turn = 0;
  let server: Server | undefined;
  let lives = 0;
  let idsGiven = 0;
  const delivered: Change[] = [];
  const hostTotal = { vcpus: options.hostVcpus, memoryMiB: 16_384, gpus: options.gpus };

  const trace = (line: string): void => {
    const entry = `${time.elapsedMs()} ms #${turn} ${line}`;
    lines.push(entry);
    if (options.wordy) process.stdout.write(`${entry}\n`);
  };
  const rows = createCommittedRows((commit) => {
    for (const { before, after, version } of commit.jobs)
      trace(`commit ${after?.jobId} ${before?.status ?? '-'}→${after?.status ?? 'gone'} v${version}`);
    for (const { attemptId } of commit.givenBack) trace(`given back ${attemptId}`);
    maxima.follow();
    invariants.onCommit(commit);
  });
  const maxima = followMaxima(rows);
  const host = createSimulatedHost({
    random: random.fork('host'),
    seed,
    now: () => time.clock.now(),
    elapsedMs: time.elapsedMs,
    behaviour: () => weather.host,
    trace,
    onStarted: (container) => invariants.onStarted(container),
  });
  const watched: Watched = {
    rows,
    host,
    hostTotal,
    recentMaximum: maxima.of,
    nowMs: () => time.clock.now(),
    skewMs: Math.abs(weather.host.skewMs) + 2 * weather.clockOffMs,
    violated(invariant, detail) {
      trace(`VIOLATED ${invariant}: ${detail}`);
      violations.push(`${invariant}: ${detail}`);
    },
  };
  const invariants = createInvariants(watched);
  const uuid = (): string => `00000000-0000-4000-8000-${String((idsGiven += 1)).padStart(12, '0')}`;
  const ids: Ids = { jobId: () => uuid() as JobId, uuid }; // a job id is a UUID

  function assertSound(): void {
    if (violations.length === 0) return;
    const told = [...violations, ...lines.slice(-TOLD_LINES)].join('\n');
    throw new InvariantViolation(`seed ${seed}: ${told}`);
  }

  function boot(): void {
    if (server) throw new Error('a server runs already');
    lives += 1;
    trace('server starts');
    const life = createServerProcess({
      random: random.fork(`process ${lives}`),
      rates: (behind) => weather.faults[behind],
      trace,
    });
    const opened = openFaultyStore({
      file: options.file,
      clock: time.clock,
      random: random.fork(`store ${lives}`),
      process: life,
      rows,
      delivery: () => weather.delivery,
      onPublished: invariants.onPublished,
      onDelivered: (changes) => void delivered.push(...changes),
      onSchedulerLooks: maxima.passBegins,
      trace,
    });
    const engine = composeLocalEngine({
      opened: opened.store,
      launcher: host.launcherFor(life),
      host: { total: hostTotal, gpuIds: Array.from({ length: options.gpus }, (_, gpu) => gpu) },
      clock: time.clock,
      ids,
      jobEnvironment: {},
      retentionMs: 30 * 24 * 3_600_000,
      stopGraceSeconds: STOP_GRACE_SECONDS,
      log: (event, fields) => {
        if (life.isAlive()) trace(`log ${event} ${JSON.stringify(fields).slice(0, 300)}`);
      },
    });
    const own: Server = { process: life, engine, opened, state: 'starting' };
    server = own;
    engine.start().then(
      () => {
        own.state = 'up';
        trace('server is up');
      },
      (error: unknown) => life.die(`it could not start: ${String(error)}`),
    );
  }

  /** A dead process leaves its unfinished writes either done or undone. */
  async function bury(dead: Server): Promise<void> {
    server = undefined;
    if (random.chance(0.5)) await turnOfEventLoop();
    time.dropTimers();
    dead.opened.abandon();
    for (let turns = 0; turns < 3; turns += 1) await turnOfEventLoop();
    time.dropTimers();
  }

  async function oneTurn(): Promise<void> {
    await turnOfEventLoop();
    turn += 1;
    if (server?.state === 'stopped' || (server && !server.process.isAlive())) await bury(server);
    assertSound();
  }

  async function turns(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) await oneTurn();
  }

  async function settle(): Promise<void> {
    let quiet = 0;
    let seen = -1;
    for (let count = 0; quiet < QUIET_TURNS; count += 1) {
      if (count > RESTLESS_TURNS) {
        watched.violated('1 not lost', `the engine does not come to rest within ${RESTLESS_TURNS} turns`);
      }
      await oneTurn();
      const activity = server ? server.process.activity() : 0;
      quiet = activity === seen && (server?.process.inFlight() ?? 0) === 0 ? quiet + 1 : 0;
      seen = activity;
    }
  }

  const nextAtMs = (): number | undefined => {
    const due = [time.nextTimerAtMs(), host.nextEventAtMs()].filter((atMs) => atMs !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  };

  async function happenTo(atMs: number, pause: () => Promise<void>): Promise<number> {
    let happened = 0;
    time.moveTo(atMs);
    while (host.happenOne() || time.ringOne()) {
      happened += 1;
      await pause();
    }
    return happened;
  }

  return {
    random,
    weather,
    rows,
    host,
    watched,
    invariants,
    clock: time.clock,
    ids,
    serverStarts: () => lives,
    delivered,
    server: () => server,
    trace,
    boot,
    crash(why) {
      server?.process.die(why);
    },
    setClockOff(ms) {
      trace(`the clock is off by ${ms} ms`);
      time.setClockOff(ms);
    },
    stopServer() {
      if (server?.state !== 'up') return;
      const own = server;
      own.state = 'stopping';
      trace('server is asked to stop');
      own.engine
        .stop()
        .then(() => own.opened.store.close())
        .then(
          () => {
            trace('server has stopped');
            own.state = 'stopped';
            own.process.die('it has stopped');
          },
          (error: unknown) => watched.violated('7 crash', `the server could not stop: ${String(error)}`),
        );
    },
    turns,
    settle,
    async advance(ms, pace) {
      const untilMs = time.elapsedMs() + ms;
      for (let atMs = nextAtMs(); atMs !== undefined && atMs <= untilMs; atMs = nextAtMs())
        await happenTo(atMs, () => turns(pace()));
      await happenTo(untilMs, () => turns(pace()));
    },
    async rest() {
      await settle();
      let happened = 0;
      for (let atMs = nextAtMs(); atMs !== undefined; atMs = nextAtMs()) {
        happened += await happenTo(atMs, settle);
        if (happened > RESTLESS_TIMERS) {
          watched.violated('1 not lost', `the engine does not come to rest within ${RESTLESS_TIMERS} timers`);
          assertSound();
        }
      }
      assertSound();
    },
    close() {
      const left = server;
      server = undefined;
      left?.process.die('the history is over');
      left?.opened.abandon();
      time.uninstall();
      Math.random = mathRandom;
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${options.file}${suffix}`, { force: true });
    },
  };
}
