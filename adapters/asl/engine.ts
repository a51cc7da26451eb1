// The embedded States Language engine: executions in memory, thousands at once, driven by messages from one queue. An
// execution that waits costs its small state and at most an alarm; nothing here outlives the process.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../engine/ports.ts';
import { createAlarmQueue, systemTimer } from './alarm-queue.ts';
import type { Timer } from './alarm-queue.ts';
import type { Failure } from './asl-error.ts';
import { describeExecution } from './describe.ts';
import type { ExecutionDescription } from './describe.ts';
import type { Execution, ExecutionResult, PendingTask, Runtime, Strand } from './execution.ts';
import { createStrand } from './fan-out.ts';
import { appendEvent } from './history.ts';
import type { EventType, HistoryEvent } from './history.ts';
import { abandon, step } from './interpreter.ts';
import { admitJson } from './json.ts';
import type { Json } from './json.ts';
import type { StateMachine } from './machine.ts';
import { createMailbox } from './mailbox.ts';
import type { ResourceResolver } from './resource.ts';
import { completeTask, failTask, heartbeat } from './task.ts';

export interface AslEngineOptions {
  readonly clock: Clock;
  readonly resources: ResourceResolver;
  /** Default: Node's timers. */
  readonly timer?: Timer;
  /** For jitter and States.MathRandom; default Math.random. */
  readonly random?: () => number;
  /** For task tokens and States.UUID; default random UUIDs. Must never repeat. */
  readonly uuid?: () => string;
  /** Where a bug of the interpreter itself is told; the execution fails with States.Runtime. */
  readonly log?: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Called once for every task token that can no longer be used, whatever ended its task. */
  readonly onTokenClosed?: (token: string) => void;
  /** Keeps the latest `maxEvents` events of each running execution. Default: none. */
  readonly history?: { readonly maxEvents: number };
  /** How many ended executions `describe` and `history` still know. Default 0. */
  readonly keepEnded?: number;
}

export interface StartedExecution {
  readonly executionName: string;
  /** Never rejects: a failure is a result. */
  readonly done: Promise<ExecutionResult>;
}

/** `unknown`: no task waits for this token; it may have ended a moment ago, so that is not an error. */
export type TokenAnswer = 'accepted' | 'unknown';

export interface AslEngine {
  /** Throws `ExecutionExistsError` while an execution of that name runs; its states begin after this call has returned. */
  start(machine: StateMachine, name: string, input: unknown): StartedExecution;
  succeedTask(token: string, output: unknown): TokenAnswer;
  failTask(token: string, error?: string, cause?: string): TokenAnswer;
  heartbeatTask(token: string): TokenAnswer;
  /** Ends an execution as ABORTED; false when none of that name runs. */
  stop(name: string, failure?: Failure): boolean;
  isRunning(name: string): boolean;
  isWaiting(token: string): boolean;
  describe(name: string): ExecutionDescription | undefined;
  history(name: string): readonly HistoryEvent[];
  /** Stops everything that runs. */
  close(): void;
}

export class ExecutionExistsError extends Error {
  override readonly name = 'ExecutionExistsError';
}

export function createAslEngine(options: AslEngineOptions): AslEngine {
  const executions = new Map<string, Execution>();
  const ended = createMemory(options.keepEnded ?? 0);
  const runtime = createRuntime(options, (execution, result) => {
    if (execution.timeout !== undefined) runtime.alarms.remove(execution.timeout);
    executions.delete(execution.name);
    recordEnd(runtime, execution, result);
    ended.keep(execution, result);
    execution.resolve(result);
  });

  const stop = (name: string, failure: Failure = {}): boolean => {
    const execution = executions.get(name);
    if (execution === undefined) return false;
    abandon(runtime, execution, { status: 'ABORTED', ...failure });
    return true;
  };

  return {
    start(machine, name, input) {
      if (executions.has(name)) throw new ExecutionExistsError(`an execution named ${name} is running`);
      const { promise: done, resolve } = Promise.withResolvers<ExecutionResult>();
      const admitted = admitJson(input, `the input of ${name}`);
      const execution = newExecution(machine, name, admitted, options, resolve);
      executions.set(name, execution);
      begin(runtime, execution);
      return { executionName: name, done };
    },
    ...tokenCalls(runtime),
    stop,
    isRunning: (name) => executions.has(name),
    describe(name) {
      const running = executions.get(name);
      return running === undefined ? ended.get(name)?.description : describeExecution(running, undefined);
    },
    history: (name) => (executions.get(name) ?? ended.get(name))?.events ?? [],
    close() {
      for (const name of executions.keys()) stop(name, { cause: 'the engine was closed' });
      runtime.alarms.close();
    },
  };
}

function createRuntime(options: AslEngineOptions, endExecution: Runtime['endExecution']): Runtime {
  const { clock, history } = options;
  const runtime: Runtime = {
    clock,
    alarms: createAlarmQueue(clock, options.timer ?? systemTimer),
    resources: options.resources,
    random: options.random ?? Math.random,
    uuid: options.uuid ?? randomUUID,
    tokens: new Map(),
    onTokenClosed: options.onTokenClosed ?? (() => undefined),
    send: createMailbox((strand, message) => step(runtime, strand, message)),
    endExecution,
    record: (execution, type, details) => {
      if (execution.events === undefined) return;
      appendEvent(execution.events, history?.maxEvents ?? 0, clock.now(), type, details);
    },
    reportBug: (strand, thrown) => {
      const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      options.log?.('asl.bug', { execution: strand.execution.name, state: strand.state.name, cause });
      return { error: 'States.Runtime', cause };
    },
  };
  return runtime;
}

type TokenCalls = Pick<AslEngine, 'succeedTask' | 'failTask' | 'heartbeatTask' | 'isWaiting'>;

function tokenCalls(runtime: Runtime): TokenCalls {
  /** Hands a token's task to `settle`, if one waits for it. */
  const byToken = (token: string, settle: (strand: Strand, task: PendingTask) => boolean): TokenAnswer => {
    const strand = runtime.tokens.get(token);
    if (strand?.pending?.kind !== 'task') return 'unknown';
    return settle(strand, strand.pending) ? 'accepted' : 'unknown';
  };
  return {
    succeedTask: (token, output) =>
      byToken(token, (strand, task) => completeTask(runtime, strand, task, output)),
    failTask: (token, error, cause) =>
      byToken(token, (strand, task) =>
        failTask(runtime, strand, task, {
          ...(error === undefined ? {} : { error }),
          ...(cause === undefined ? {} : { cause }),
        }),
      ),
    heartbeatTask: (token) => byToken(token, (strand, task) => heartbeat(runtime, strand, task)),
    isWaiting: (token) => runtime.tokens.has(token),
  };
}

function newExecution(
  machine: StateMachine,
  name: string,
  input: Json,
  { clock, history }: AslEngineOptions,
  resolve: Execution['resolve'],
): Execution {
  return {
    name,
    machine,
    input,
    startedAtMs: clock.now(),
    root: undefined,
    resolve,
    timeout: undefined,
    events: history === undefined ? undefined : [],
    context: undefined,
  };
}

function begin(runtime: Runtime, execution: Execution): void {
  const { name, machine, input, startedAtMs } = execution;
  const seed = { execution, graph: machine, origin: undefined, item: undefined };
  const root = createStrand(runtime, seed, input);
  execution.root = root;
  const { timeoutSeconds } = machine;
  if (timeoutSeconds !== undefined) {
    const cause = `${name} ran longer than ${timeoutSeconds} seconds`;
    execution.timeout = runtime.alarms.add(startedAtMs + timeoutSeconds * 1000, () =>
      abandon(runtime, execution, { status: 'TIMED_OUT', error: 'States.Timeout', cause }),
    );
  }
  runtime.record(execution, 'ExecutionStarted', { input });
  runtime.send(root, { kind: 'enter', again: false });
}

interface Memory {
  keep(execution: Execution, result: ExecutionResult): void;
  get(name: string): EndedExecution | undefined;
}
interface EndedExecution {
  readonly description: ExecutionDescription;
  readonly events: readonly HistoryEvent[] | undefined;
}

/** The latest `most` executions that have ended. */
function createMemory(most: number): Memory {
  const ended = new Map<string, EndedExecution>();
  return {
    keep(execution, result) {
      if (most === 0) return;
      const { name, events } = execution;
      ended.delete(name);
      ended.set(name, { description: describeExecution(execution, result), events });
      const [oldest] = ended.keys();
      if (ended.size > most && oldest !== undefined) ended.delete(oldest);
    },
    get: (name) => ended.get(name),
  };
}

const END_EVENTS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const satisfies Record<ExecutionResult['status'], EventType>;

function recordEnd(runtime: Runtime, execution: Execution, result: ExecutionResult): void {
  const { status, ...details } = result;
  runtime.record(execution, END_EVENTS[status], details);
}
