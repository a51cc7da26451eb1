// A whole cloud in one process: the deployed functions among simulated services, on a clock that moves only here. Every commit,
// container and event is checked against the invariants as it happens.
import type { JobId } from '../../../core/ids.ts';
import type { Job } from '../../../core/job/job.ts';
import type { Ids } from '../../../engine/ports.ts';
import type { Table } from '../../../engine/table-ports.ts';
import type { CommittedRows } from '../committed-rows.ts';
import { createCommittedRows } from '../committed-rows.ts';
import type { Invariants, Watched } from '../invariants.ts';
import { createInvariants } from '../invariants.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { createRandom } from '../seeded-random.ts';
import type { AccessInvariants } from './access-invariants.ts';
import { createAccessInvariants } from './access-invariants.ts';
import type { ChangeStream } from './change-stream.ts';
import { createChangeStream } from './change-stream.ts';
import type { CloudTable } from './cloud-table.ts';
import { createCloudTable } from './cloud-table.ts';
import type { CloudTime } from './cloud-time.ts';
import { installCloudTime } from './cloud-time.ts';
import type { CloudWeather } from './cloud-weather.ts';
import { drawStrike } from './cloud-weather.ts';
import type { ComposedFunctions } from './compose-functions.ts';
import type { EventBus } from './event-bus.ts';
import { createEventBus } from './event-bus.ts';
import type { FifoQueue } from './fifo-queue.ts';
import { createFifoQueue } from './fifo-queue.ts';
import type { Functions } from './functions.ts';
import { createFunctions } from './functions.ts';
import type { FleetInvariants } from './fleet-invariants.ts';
import { createFleetInvariants } from './fleet-invariants.ts';
import { followPublished } from './published-events.ts';
import { followRecentMaxima } from './recent-maxima.ts';
import { answererOf } from './service-errors.ts';
import type { ChooseStrike, ServiceCalls } from './service-calls.ts';
import { createServiceCalls } from './service-calls.ts';
import type { SimulatedEcs } from './simulated-ecs.ts';
import { createSimulatedEcs } from './simulated-ecs.ts';
import type { SimulatedIam } from './simulated-iam.ts';
import { createSimulatedIam } from './simulated-iam.ts';
import { createSimulatedLogs } from './simulated-logs.ts';
import type { SimulatedMachines } from './simulated-machines.ts';
import { createSimulatedMachines } from './simulated-machines.ts';
import type { SimulatedStack } from './simulated-stack.ts';
import { createSimulatedStack } from './simulated-stack.ts';
import type { SimulatedStepFunctions } from './simulated-step-functions.ts';
import { createSimulatedStepFunctions } from './simulated-step-functions.ts';

export interface SimulatedCloud {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  readonly weather: CloudWeather;
  readonly rows: CommittedRows;
  readonly watched: Watched;
  readonly invariants: Invariants;
  readonly fleets: FleetInvariants;
  readonly iam: SimulatedIam;
  readonly access: AccessInvariants;
  readonly services: ServiceCalls;
  readonly functions: Functions;
  readonly stream: ChangeStream;
  readonly queue: FifoQueue;
  readonly executions: SimulatedStepFunctions;
  readonly ecs: SimulatedEcs;
  readonly machines: SimulatedMachines;
  readonly stack: SimulatedStack;
  readonly bus: EventBus;
  /** What is stored, past every fault. */
  readonly behind: Table;
  /** Asked before the weather is: for faults that are aimed. */
  aim: ChooseStrike;
  readonly trace: (line: string) => void;
  readonly lines: readonly string[];
  /** Lets time pass. Throws what was violated. */
  advance(ms: number): Promise<void>;
  /** Until the answer is yes; throws when that takes longer than `mostMs`. */
  until(what: string, isSo: () => boolean, mostMs?: number): Promise<void>;
  job(jobId: JobId): Job | undefined;
  close(): Promise<void>;
}

export interface CloudOptions {
  readonly seed: number;
  readonly weather: CloudWeather;
  readonly composed: ComposedFunctions;
  readonly shards?: number;
  readonly neverTimesOut?: boolean;
  /** Indexes may lag, as the weather says. */
  readonly lags?: boolean;
  readonly wordy?: boolean;
}

export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

const TICK_MS = 60_000;
const TOLD_LINES = 250;
const LONG_MS = 3_600_000;
/** Two looks at the time of day are of one clock here. */
const SKEW_MS = 0;

export function createSimulatedCloud(options: CloudOptions): SimulatedCloud {
  const { seed, weather, composed } = options;
  const random = createRandom(seed);
  const time = installCloudTime();
  const mathRandom = Math.random;
  Math.random = random.fork('Math.random').next;
  const lines: string[] = [];
  const violations: string[] = [];
  const trace = (line: string): void => {
    const entry = `${(time.elapsedMs() / 1_000).toFixed(3)} s ${line}`;
    lines.push(entry);
    if (options.wordy) process.stdout.write(`${entry}\n`);
  };

  const rows = createCommittedRows((commit) => {
    for (const { before, after, version } of commit.jobs)
      trace(`commit ${after?.jobId} ${before?.status ?? '-'}→${after?.status ?? 'gone'} v${version}`);
    for (const { attemptId, ceArn } of commit.placed)
      trace(`placed ${attemptId} on ${ceArn.split('/').at(-1)}`);
    for (const { attemptId } of commit.givenBack) trace(`given back ${attemptId}`);
    maxima.follow();
    published.onCommit(commit);
    invariants.onCommit(commit);
    fleets.onCommit(commit);
  });
  const maxima = followRecentMaxima(rows, time.elapsedMs);
  const watched: Watched = {
    rows,
    get host() {
      return ecs;
    },
    recentMaximum: maxima.of,
    roomFor: (...given) => fleets.roomFor(...given),
    nowMs: () => time.clock.now(),
    skewMs: SKEW_MS,
    violated(invariant, detail) {
      trace(`VIOLATED ${invariant}: ${detail}`);
      violations.push(`${invariant}: ${detail}`);
    },
  };
  const invariants = createInvariants(watched);
  const fleets = createFleetInvariants(watched, { ecs: () => ecs, machines: () => machines });
  const published = followPublished(watched, (events) => invariants.onPublished(events));

  const iam = createSimulatedIam(() => time.clock.now());
  const access = createAccessInvariants(watched, iam);
  const struck = random.fork('strikes');
  const services = createServiceCalls({
    time,
    random: random.fork('calls'),
    strikeOf: (call, invocation) => cloud.aim(call, invocation) ?? drawStrike(weather, struck, call),
    trace,
  });
  const crowd = random.fork('functions');
  const functions = createFunctions({
    time,
    random: crowd,
    compose: composed.compose,
    throttles: () => crowd.chance(weather.functionThrottled),
    trace,
  });
  time.watchWorkers(functions.isWorking);
  const parts = { time, functions, trace };
  const stream = createChangeStream({
    ...parts,
    random: random.fork('stream'),
    shards: options.shards ?? 2,
    behaviour: () => weather.stream,
  });
  const queue = createFifoQueue({ ...parts, random: random.fork('queue'), behaviour: () => weather.queue });
  const lag = random.fork('lag');
  const store: CloudTable = createCloudTable({
    time,
    services,
    rows,
    lags: options.lags ?? false,
    indexLagMs: () => lag.int(0, weather.indexLagMs),
    onChanges: stream.append,
  });
  const executions = createSimulatedStepFunctions({
    ...parts,
    random: random.fork('states'),
    neverTimesOut: options.neverTimesOut ?? false,
  });
  const bus = createEventBus({
    ...parts,
    random: random.fork('news'),
    behaviour: () => weather.news,
    onPublished: published.onPublished,
  });
  const ecs = createSimulatedEcs({
    time,
    random: random.fork('ecs'),
    seed,
    behaviour: () => weather.tasks,
    onStarted: (container) => invariants.onStarted(container),
    tell: bus.tell,
    onOverplaced: (attemptId, machineId, reason) =>
      watched.violated('5 capacity', `${attemptId} is placed on ${machineId}, which has no room: ${reason}`),
    trace,
  });
  const machines = createSimulatedMachines({
    time,
    random: random.fork('machines'),
    behaviour: () => weather.machines,
    instances: ecs.instances,
    onDead: ({ id }, how) => ecs.machineDied(id, how),
    onEndAsked: (machine) => fleets.onEndAsked(machine.id),
    tell: bus.tell,
    trace,
  });
  const stack = createSimulatedStack({
    ...parts,
    services,
    watched,
    random: random.fork('stack'),
    behaviour: () => weather.stack,
  });
  const logs = createSimulatedLogs(access.onRecord);
  const send = answererOf(services, {
    states: executions.answer,
    sqs: (command) => (isForResources(command) ? stack : queue).answer(command),
    events: bus.answer,
    ecs: ecs.answer,
    autoscaling: machines.answer,
    ec2: machines.answer,
    ssm: machines.answer,
    iam: iam.answer,
    logs: logs.answer,
  });
  composed.connect({ table: store.table, clock: time.clock, ids: idsOf(random.fork('ids')), send, log });

  function log(name: string, event: string, fields: object): void {
    trace(`log ${name} ${event} ${JSON.stringify(fields).slice(0, 400)}`);
    access.onLogged(event, fields);
  }

  function tick(): void {
    time.after(TICK_MS, tick);
    if (random.chance(weather.breaks)) {
      const driven = [...rows.jobs.keys()].filter((id) => executions.isRunning(id));
      const subject = random.pickSome(driven);
      if (subject !== undefined && executions.breakDown(subject)) trace(`the execution of ${subject} breaks`);
    }
    if (!random.chance(weather.tickLost)) void functions.invoke('reconcile', {});
  }

  function assertSound(): void {
    if (violations.length === 0) return;
    const told = [...violations, ...lines.slice(-TOLD_LINES)].join('\n');
    throw new InvariantViolation(`seed ${seed}: ${told}`);
  }

  const cloud: SimulatedCloud = {
    time,
    random,
    weather,
    rows,
    watched,
    invariants,
    fleets,
    iam,
    access,
    services,
    functions,
    stream,
    queue,
    executions,
    ecs,
    machines,
    stack,
    bus,
    behind: store.behind,
    aim: () => undefined,
    trace,
    lines,
    async advance(ms) {
      await time.advance(ms, assertSound);
      assertSound();
    },
    async until(what, isSo, mostMs = LONG_MS) {
      const untilMs = time.elapsedMs() + mostMs;
      for (; !isSo(); await cloud.advance(250)) {
        if (time.elapsedMs() < untilMs) continue;
        watched.violated('1 not lost', `waited ${mostMs / 1_000} s in vain until ${what}`);
        assertSound();
      }
    },
    job: (jobId) => rows.jobs.get(jobId),
    async close() {
      composed.connect(undefined);
      for (const invocation of functions.live()) invocation.die('at the end');
      executions.close();
      stack.uninstall();
      time.uninstall();
      Math.random = mathRandom;
      await store.close();
    },
  };
  time.after(TICK_MS, tick);
  return cloud;
}

function isForResources({ input }: { readonly input: object }): boolean {
  return String((input as { QueueUrl?: unknown }).QueueUrl).endsWith('/resource'); // of each command for SQS
}

/** Random as UUIDs are: what is derived from one must tell jobs apart. */
function idsOf(random: SeededRandom): Ids {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => random.int(0, 15).toString(16)).join('');
  const uuid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  return { jobId: () => uuid() as JobId, uuid }; // a job id is a UUID
}
