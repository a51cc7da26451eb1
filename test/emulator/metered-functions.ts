// What the deployed functions ask of AWS, counted twice: by the SDK's middleware in the functions (lambdas/operations-meter.ts),
// which also works in a real account, and by the front, through which every call of theirs goes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { MeteredOperations } from '../../lambdas/operations-meter.ts';
import type { AnEmulator } from './a-emulator.ts';
import { ROOT_KEY } from './a-emulator.ts';
import { roleOf } from './iam-audit.ts';

export interface DeployedFunction {
  /** As lambdas/registry.ts names it. */
  readonly name: string;
  readonly functionName: string;
  readonly memoryMiB: number;
  readonly logGroup: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** As a function's log tells it. */
export interface MeteredInvocation {
  readonly name: string;
  readonly memoryMiB: number;
  readonly tookMs: number;
  /** Of its own lines, without the meter's. */
  readonly logBytes: number;
  /**
   * Absent where the meter was not on: in one that was under way when it was switched on, and where the emulator, as it does on a
   * busy machine, has sent an event to an old container of another function. Whatever such a one asks, the front sees.
   */
  readonly operations?: MeteredOperations;
}

export interface MeteredFunctions {
  readonly functions: readonly DeployedFunction[];
  /** Those that began since then and have ended; without the reconciler's, which come by the clock. */
  invocationsSince(atMs: number): Promise<readonly MeteredInvocation[]>;
  /** Resolves when nothing has been invoked for a while. */
  quiet(sinceMs: number): Promise<void>;
  /** What the front saw from its nth call on, by `service:Operation`; without the reconciler's. */
  seenByFront(fromCall: number): Promise<Readonly<Record<string, number>>>;
}

const BY_THE_CLOCK = 'reconcile';
/** Longer than the emulator takes to look at its queues and streams, and to start a container. */
const QUIET_MS = 10_000;
const QUIET_LIMIT_MS = 120_000;
const LOOK_EVERY_MS = 1_000;

/** Switches the meter on in every function; the next invocation of each is in a new container. */
export async function meterFunctions(emulator: AnEmulator): Promise<MeteredFunctions> {
  const functions = await deployedFunctions(emulator);
  for (const { functionName, environment } of functions) {
    await emulator.rest('lambda', `/2015-03-31/functions/${functionName}/configuration`, {
      Environment: { Variables: { ...environment, SLIPWAY_METER_OPERATIONS: 'true' } },
    });
  }
  const linesSince = async (atMs: number): Promise<readonly InvocationLines[]> => {
    const watched = functions.filter(({ name }) => name !== BY_THE_CLOCK);
    return (await Promise.all(watched.map((one) => invocationsOf(emulator, one, atMs)))).flat();
  };
  return {
    functions,
    invocationsSince: async (atMs) => (await linesSince(atMs)).map(readInvocation),
    async quiet(sinceMs) {
      const deadline = Date.now() + QUIET_LIMIT_MS;
      let [count, changedAtMs] = [-1, Date.now()];
      while (Date.now() - changedAtMs < QUIET_MS) {
        if (Date.now() > deadline) throw new Error(`functions were still invoked after ${QUIET_LIMIT_MS} ms`);
        const { length } = await linesSince(sinceMs);
        if (length !== count) [count, changedAtMs] = [length, Date.now()];
        await sleep(LOOK_EVERY_MS);
      }
    },
    seenByFront: (fromCall) => seenByFront(emulator, fromCall),
  };
}

async function deployedFunctions({ rest }: AnEmulator): Promise<readonly DeployedFunction[]> {
  const listed = await rest('lambda', '/2015-03-31/functions/');
  const functions = listed['Functions'] as readonly ListedFunction[]; // ListFunctions' own shape
  return functions.flatMap(({ FunctionName, Handler, MemorySize, Environment, LoggingConfig }) => {
    const environment = Environment?.Variables ?? {};
    // Others, such as CDK's own, are not ours.
    if (!Object.keys(environment).some((setting) => setting.startsWith('SLIPWAY_'))) return [];
    const logGroup = groupNameOf(LoggingConfig?.LogGroup ?? `/aws/lambda/${FunctionName}`);
    const name = Handler.split('.')[0] ?? Handler;
    return [{ name, functionName: FunctionName, memoryMiB: MemorySize, logGroup, environment }];
  });
}

/** The emulator's CloudFormation gives a group's ARN where AWS gives its name. */
function groupNameOf(group: string): string {
  return group.replace(/^arn:aws:logs:[^:]*:\d*:log-group:(.+?)(:\*)?$/, '$1');
}

interface ListedFunction {
  readonly FunctionName: string;
  readonly Handler: string;
  readonly MemorySize: number;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly LoggingConfig?: { readonly LogGroup?: string };
}

interface LogEvent {
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly message: string;
}

/** From START to END. */
interface InvocationLines {
  readonly of: DeployedFunction;
  readonly lines: readonly LogEvent[];
}

async function invocationsOf(
  emulator: AnEmulator,
  of: DeployedFunction,
  sinceMs: number,
): Promise<readonly InvocationLines[]> {
  const streams = new Map<string, LogEvent[]>();
  for (const event of await logEventsOf(emulator, of.logGroup, sinceMs)) {
    streams.set(event.logStreamName, [...(streams.get(event.logStreamName) ?? []), event]);
  }
  // A container takes one invocation at a time, so its stream has them one after the other.
  return [...streams.values()].flatMap((events) => endedIn(events).map((lines) => ({ of, lines })));
}

async function logEventsOf(
  { call }: AnEmulator,
  logGroupName: string,
  startTime: number,
): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  let nextToken: unknown;
  do {
    const page = { logGroupName, startTime, ...(nextToken === undefined ? {} : { nextToken }) };
    const answer = await call('logs', 'Logs_20140328.FilterLogEvents', page);
    events.push(...(answer['events'] as readonly LogEvent[])); // CloudWatch Logs' own shape
    nextToken = answer['nextToken'];
  } while (nextToken !== undefined);
  return events;
}

function endedIn(events: readonly LogEvent[]): readonly (readonly LogEvent[])[] {
  const ended: LogEvent[][] = [];
  let current: LogEvent[] | undefined;
  for (const event of events) {
    if (event.message.startsWith('START RequestId:')) current = [];
    current?.push(event);
    if (current && event.message.startsWith('END RequestId:')) {
      ended.push(current);
      current = undefined;
    }
  }
  return ended;
}

function readInvocation({ of: { name, memoryMiB }, lines }: InvocationLines): MeteredInvocation {
  const own = lines.slice(1, -1);
  const isMeters = ({ message }: LogEvent): boolean => message.includes('"operations.metered"');
  const meters = own.find(isMeters);
  const others = own.filter((line) => !isMeters(line));
  return {
    name,
    memoryMiB,
    tookMs: Math.max(1, (lines.at(-1)?.timestamp ?? 0) - (lines[0]?.timestamp ?? 0)),
    logBytes: others.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 1, 0),
    // As lambdas/operations-meter.ts has it.
    ...(meters ? { operations: JSON.parse(meters.message) as MeteredOperations } : {}),
  };
}

async function seenByFront(
  emulator: AnEmulator,
  fromCall: number,
): Promise<Readonly<Record<string, number>>> {
  const roles = new Map<string, Promise<string>>();
  const seen: Record<string, number> = {};
  for (const { service, operation, accessKeyId } of emulator.front.calls.slice(fromCall)) {
    if (accessKeyId === ROOT_KEY) continue;
    if (!roles.has(accessKeyId)) roles.set(accessKeyId, roleOf(emulator, accessKeyId));
    const role = (await roles.get(accessKeyId)) ?? '';
    if (!role.includes('Functions') || role.toLowerCase().includes(BY_THE_CLOCK)) continue;
    const name = `${service}:${operation}`;
    seen[name] = (seen[name] ?? 0) + 1;
  }
  return seen;
}
