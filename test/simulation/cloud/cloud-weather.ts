// What goes wrong in a history of the cloud, and how often. Most histories have one or two kinds of trouble: a fault is found more
// easily where it is not drowned by others.
import type { SeededRandom } from '../seeded-random.ts';
import type { StreamBehaviour } from './change-stream.ts';
import type { NewsBehaviour } from './event-bus.ts';
import type { QueueBehaviour } from './fifo-queue.ts';
import type { Service, Strike } from './service-calls.ts';
import type { MachineBehaviour } from './simulated-machines.ts';
import type { StackBehaviour } from './simulated-stack.ts';
import type { TaskBehaviour } from './task-life.ts';

/** Probabilities per call. */
export interface CallFaults {
  /** Takes seconds. */
  readonly slow: number;
  readonly throttled: number;
  readonly refused: number;
  readonly lost: number;
}

export interface CloudWeather {
  calls: Readonly<Record<Service, CallFaults>>;
  /** Per call that has an effect: its function is killed before or after it. */
  killed: number;
  /** Per invocation. */
  functionThrottled: number;
  /** Per minute: the reconciler is not called. */
  tickLost: number;
  /** Per minute: a running execution breaks. */
  breaks: number;
  tasks: TaskBehaviour;
  machines: MachineBehaviour;
  news: NewsBehaviour;
  stream: StreamBehaviour;
  queue: QueueBehaviour;
  stack: StackBehaviour;
  indexLagMs: number;
}

export const FAULTLESS: CallFaults = { slow: 0, throttled: 0, refused: 0, lost: 0 };
const SERVICES: readonly Service[] = ['dynamodb', 'states', 'sqs', 'events', 'ecs'];
const EVERY_SERVICE: readonly Service[] = [
  ...SERVICES,
  'autoscaling',
  'ec2',
  'ssm',
  'iam',
  'logs',
  'cloudformation',
];

export function allServices(faults: CallFaults): Readonly<Record<Service, CallFaults>> {
  const entries = EVERY_SERVICE.map((service) => [service, faults] as const);
  return Object.fromEntries(entries) as Record<Service, CallFaults>; // every service has its entry
}

export function fairWeather(): CloudWeather {
  return {
    calls: allServices(FAULTLESS),
    killed: 0,
    functionThrottled: 0,
    tickLost: 0,
    breaks: 0,
    tasks: {
      refuses: {},
      failsToStart: 0,
      runsForEver: 0,
      succeeds: 1,
      longestMs: 2_000,
      interrupted: 0,
      listLagMs: 1_000,
    },
    machines: {
      refuses: {},
      launchMs: 3_000,
      bootMs: 30_000,
      neverJoins: 0,
      dies: 0,
      diesSilently: 0,
      interrupted: 0,
      falls: 0,
      longestMs: 60_000,
    },
    news: { twice: 0, late: 0, lost: 0, latestMs: 1_000, entryFails: 0 },
    stream: { maxBatch: 100, again: 0, latencyMs: 200 },
    queue: { again: 0, lost: 0 },
    stack: { twice: 0 },
    indexLagMs: 0,
  };
}

export function drawWeather(random: SeededRandom): CloudWeather {
  const fair = fairWeather();
  const sick = random.weighted<readonly Service[]>([
    [4, []],
    [4, [random.pick<Service>(['dynamodb', 'states', 'sqs', 'events', 'ecs'])]],
    [2, SERVICES],
  ]);
  const illness = random.pick<CallFaults>([
    { ...FAULTLESS, throttled: 0.1 },
    { ...FAULTLESS, refused: 0.08, lost: 0.05 },
    { ...FAULTLESS, slow: 0.02 },
    { slow: 0.005, throttled: 0.04, refused: 0.02, lost: 0.02 },
  ]);
  return {
    calls: Object.assign(allServices(FAULTLESS), ...sick.map((service) => ({ [service]: illness }))),
    killed: random.pick([0, 0, 0.004, 0.02]),
    functionThrottled: random.pick([0, 0, 0.05]),
    tickLost: random.pick([0, 0.3]),
    breaks: random.pick([0, 0, 0.1]),
    tasks: {
      refuses: { FARGATE: random.pick([0, 0, 0.1]), FARGATE_SPOT: random.pick([0, 0.3]) },
      failsToStart: random.pick([0, 0.05]),
      runsForEver: random.pick([0, 0.1]),
      succeeds: random.pick([0.9, 0.4]),
      longestMs: random.pick([500, 5_000, 90_000]),
      interrupted: random.pick([0, 0.3]),
      listLagMs: random.pick([0, 2_000]),
    },
    machines: fair.machines,
    news: {
      twice: random.pick([0, 0.3]),
      late: random.pick([0, 0.3]),
      lost: random.pick([0, 0, 0.1]),
      latestMs: random.pick([2_000, 60_000]),
      entryFails: random.pick([0, 0, 0.1]),
    },
    stream: {
      maxBatch: random.pick([1, 10, 100]),
      again: random.pick([0, 0.05]),
      latencyMs: random.pick([200, 2_000]),
    },
    queue: { again: random.pick([0, 0.1]), lost: random.pick([0, 0, 0.1]) },
    stack: fair.stack,
    indexLagMs: fair.indexLagMs + random.pick([0, 50, 5_000]),
  };
}

/** Beside all that, what goes wrong with machines, and with the services that only they, callers and the trail need. */
export function drawMachineWeather(random: SeededRandom): CloudWeather {
  const drawn = drawWeather(random);
  const sick = random.weighted<readonly Service[]>([
    [4, []],
    [4, [random.pick<Service>(['autoscaling', 'ec2', 'ssm', 'ecs', 'iam', 'logs', 'cloudformation'])]],
    [2, ['autoscaling', 'ec2', 'ecs']],
  ]);
  const illness: CallFaults = random.pick([
    { ...FAULTLESS, throttled: 0.15 },
    { slow: 0.01, throttled: 0.04, refused: 0.03, lost: 0.03 },
  ]);
  return {
    ...drawn,
    calls: { ...drawn.calls, ...Object.fromEntries(sick.map((service) => [service, illness])) },
    machines: {
      refuses: { EC2: random.pick([0, 0, 0.2]), SPOT: random.pick([0, 0.5]) },
      launchMs: random.pick([1_000, 30_000]),
      bootMs: random.pick([5_000, 100_000]),
      neverJoins: random.pick([0, 0, 0.1]),
      dies: random.pick([0, 0.15]),
      diesSilently: random.pick([0, 0.5]),
      interrupted: random.pick([0, 0.3]),
      falls: random.pick([0, 0, 0.2]),
      longestMs: random.pick([20_000, 200_000]),
    },
    stack: { twice: random.pick([0, 0.5]) },
  };
}

/** Nothing goes wrong any more. */
export function clear(weather: CloudWeather): void {
  Object.assign(weather, fairWeather());
}

/** The fault that lies on one call. */
export function drawStrike(
  weather: CloudWeather,
  random: SeededRandom,
  { service, reads }: { readonly service: Service; readonly reads?: boolean | undefined },
): Strike | undefined {
  const { slow, throttled, refused, lost } = weather.calls[service];
  if (random.chance(throttled)) return 'throttled';
  if (random.chance(refused)) return 'refused';
  if (random.chance(slow)) return { delayMs: random.int(1_000, 12_000) };
  if (reads) return undefined;
  if (random.chance(weather.killed)) return random.pick<Strike>(['killed-before', 'killed-after']);
  return random.chance(lost) ? 'lost' : undefined;
}
