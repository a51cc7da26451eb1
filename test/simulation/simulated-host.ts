// The machine that containers run on. It outlives every server process: containers go on and end by themselves, and what
// the host knows of an attempt is kept until it is told to forget it. It is the witness of what really ran.
import type { JobId } from '../../core/ids.ts';
import { parseAttemptId } from '../../core/job/job.ts';
import type { ContainerTask, Exit, Launcher, LaunchOutcome, Observation } from '../../engine/launch-ports.ts';
import type { SeededRandom } from './seeded-random.ts';
import { hashOf } from './seeded-random.ts';
import type { ServerProcess } from './server-process.ts';

export interface HostContainer {
  readonly attemptId: string;
  readonly jobId: JobId;
  readonly task: ContainerTask;
  readonly startedAtMs: number;
  /** Absent while it lives. */
  end?: { readonly atMs: number; readonly exit: Exit };
  stopAsked?: true;
  /** The host has no trace of it any more: it was told to forget, or lost it. */
  gone?: 'forgotten' | 'vanished';
}

/** How the next attempts behave, and how badly the news of them travels. */
export interface HostBehaviour {
  /** Per attempt: the runtime refuses to start it. */
  readonly refuses: number;
  /** Per attempt: it runs until it is stopped. */
  readonly runsForEver: number;
  readonly succeeds: number;
  readonly longestMs: number;
  /** Per observation. */
  readonly toldTwice: number;
  readonly toldLate: number;
  /** Told to nobody until the next process asks. */
  readonly withheld: number;
  /** The runtime's clock against the server's. */
  readonly skewMs: number;
}

export interface SimulatedHost {
  /** Every container there ever was, by attempt; a second one of an attempt is behind the first. */
  readonly containers: ReadonlyMap<string, readonly HostContainer[]>;
  /** Everything ever observed, told or not. */
  readonly observations: readonly Observation[];
  launcherFor(process: ServerProcess): Launcher;
  /** Whether an observation was held back since the last process connected. */
  owesNews(): boolean;
  nextEventAtMs(): number | undefined;
  /** Lets the earliest event that is due happen; false when none is. */
  happenOne(): boolean;
  /** The machine loses this container; its end is seen like any other. */
  fail(container: HostContainer): void;
  /** All trace of the container goes, as when somebody removes it by hand. */
  vanish(container: HostContainer): void;
  live(): readonly HostContainer[];
  /** Tells the process that is connected. */
  tell(observation: Observation): void;
}

export interface SimulatedHostOptions {
  readonly random: SeededRandom;
  readonly seed: number;
  /** The time of day. */
  readonly now: () => number;
  /** What the lives of containers are measured in. */
  readonly elapsedMs: () => number;
  readonly behaviour: () => HostBehaviour;
  readonly trace: (line: string) => void;
  readonly onStarted: (container: HostContainer) => void;
}

interface HostEvent {
  readonly atMs: number;
  readonly order: number;
  readonly happen: () => void;
}

interface Connection {
  readonly process: ServerProcess;
  listener?: (observation: Observation) => void;
}

const GRACE_MS = 1_000;

export function createSimulatedHost(options: SimulatedHostOptions): SimulatedHost {
  const { random, now, elapsedMs, trace } = options;
  const containers = new Map<string, HostContainer[]>();
  const observations: Observation[] = [];
  const refused = new Map<string, string>();
  const events = new Set<HostEvent>();
  let order = 0;
  let connection: Connection | undefined;
  let owed = false;

  const hostNow = (): number => now() + options.behaviour().skewMs;
  const at = (delayMs: number, happen: () => void): void => {
    events.add({ atMs: elapsedMs() + delayMs, order: (order += 1), happen });
  };
  const latest = (attemptId: string): HostContainer | undefined => {
    const found = containers.get(attemptId)?.at(-1);
    return found?.gone ? undefined : found;
  };

  function tell(observation: Observation): void {
    if (!connection?.process.isAlive()) return;
    trace(`host tells ${observation.kind} ${observation.attemptId}`);
    connection.listener?.(observation);
  }

  /** Sends the news to whoever is connected now: a process that comes later has to ask. */
  function report(observation: Observation): void {
    observations.push(observation);
    const { toldTwice, toldLate, withheld } = options.behaviour();
    const to = connection;
    const send = (delayMs: number): void => at(delayMs, () => void (connection === to && tell(observation)));
    if (random.chance(withheld)) {
      owed = true;
      return;
    }
    send(random.chance(toldLate) ? random.int(1, 4_000) : 0);
    if (random.chance(toldTwice)) send(random.int(0, 6_000));
  }

  function end(container: HostContainer, exit: Exit): void {
    if (container.end) return;
    container.end = { atMs: hostNow(), exit: { startedAtMs: container.startedAtMs, ...exit } };
    trace(`host: ${container.attemptId} ends, ${exit.cause} ${exit.exitCode ?? ''}`);
    reportEnd(container);
  }

  function reportEnd({ attemptId, end }: HostContainer): void {
    if (end) report({ kind: 'exited', attemptId, atMs: end.atMs, exit: end.exit });
  }

  function start(task: ContainerTask): LaunchOutcome {
    const { attemptId } = task;
    const known = latest(attemptId);
    if (known) return { started: true };
    const own = random.fork(`${options.seed}/${hashOf(attemptId)}`);
    const behaviour = options.behaviour();
    const reason = refused.get(attemptId) ?? refusal(own, behaviour);
    if (reason !== undefined) {
      refused.set(attemptId, reason);
      return { started: false, reason };
    }
    const { jobId } = parseAttemptId(attemptId);
    const container: HostContainer = { attemptId, jobId, task, startedAtMs: hostNow() };
    containers.set(attemptId, [...(containers.get(attemptId) ?? []), container]);
    trace(`host: ${attemptId} starts`);
    options.onStarted(container);
    at(own.int(0, 30), () => reportRunning(container));
    if (own.chance(behaviour.runsForEver)) return { started: true };
    const exitCode = own.chance(behaviour.succeeds) ? 0 : own.pick([1, 7, 137]);
    const reasonOfExit = exitCode === 137 ? { reason: 'OutOfMemoryError: Container killed' } : {};
    at(own.int(0, behaviour.longestMs), () => end(container, { cause: 'exited', exitCode, ...reasonOfExit }));
    return { started: true };
  }

  function reportRunning({ attemptId, startedAtMs, gone }: HostContainer): void {
    if (gone === 'vanished') return;
    report({ kind: 'running', attemptId, atMs: startedAtMs });
  }

  function stop(attemptId: string): void {
    const container = latest(attemptId);
    if (!container || container.end || container.stopAsked) return;
    container.stopAsked = true;
    trace(`host: ${attemptId} is asked to stop`);
    const [exitCode, delayMs] = random.pick<readonly [number, number]>([
      [143, random.int(0, 50)],
      [137, GRACE_MS],
      [0, random.int(0, GRACE_MS)],
    ]);
    at(delayMs, () => end(container, { cause: 'exited', exitCode }));
  }

  function adopt(attemptId: string): 'adopted' | 'unknown' {
    const container = latest(attemptId);
    if (!container) return 'unknown';
    at(0, () => reportRunning(container));
    if (container.end) at(0, () => reportEnd(container));
    return 'adopted';
  }

  function forget(attemptId: string): void {
    const container = latest(attemptId);
    if (container) container.gone = 'forgotten';
  }

  function launcherFor(process: ServerProcess): Launcher {
    const own: Connection = { process };
    connection = own;
    owed = false;
    const ask = <T>(name: string, effect: () => T): Promise<T> =>
      process.call({
        name: `launcher.${name}`,
        behind: 'runtime',
        effect: async () => effect(),
        error: (how) => new Error(`the runtime’s call ${name}: ${how}`),
      });
    return {
      start: (task) => ask('start', () => start(task)),
      stop: (attemptId) => ask('stop', () => stop(attemptId)),
      adopt: (attemptId) => ask('adopt', () => adopt(attemptId)),
      forget: (attemptId) => ask('forget', () => forget(attemptId)),
      onObservation(listener) {
        own.listener = listener;
      },
      async close() {
        delete own.listener;
      },
    };
  }

  const first = (): HostEvent | undefined => {
    let found: HostEvent | undefined;
    for (const event of events) {
      if (!found || event.atMs < found.atMs || (event.atMs === found.atMs && event.order < found.order))
        found = event;
    }
    return found;
  };

  return {
    containers,
    observations,
    launcherFor,
    owesNews: () => owed,
    nextEventAtMs: () => first()?.atMs,
    happenOne() {
      const due = first();
      if (!due || due.atMs > elapsedMs()) return false;
      events.delete(due);
      due.happen();
      return true;
    },
    fail: (container) => end(container, { cause: 'host-lost' }),
    vanish(container) {
      trace(`host: ${container.attemptId} vanishes`);
      container.gone = 'vanished';
      container.end ??= { atMs: hostNow(), exit: { cause: 'host-lost' } };
    },
    live: () => [...containers.values()].flat().filter((container) => !container.end),
    tell,
  };
}

function refusal(random: SeededRandom, behaviour: HostBehaviour): string | undefined {
  if (!random.chance(behaviour.refuses)) return undefined;
  return random.pick([
    'CannotPullContainerError: no such image',
    'CannotStartContainerError: no such command',
  ]);
}
