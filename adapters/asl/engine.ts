// The embedded States Language engine: executions in memory, thousands at once, driven by messages from one queue. An
// execution that waits costs its small state and at most an alarm; nothing here outlives the process.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../engine/ports.ts';
import { createAlarmQueue, systemTimer } from './alarm-queue.ts';
import type { Timer } from './alarm-queue.ts';
import type { Failure } from './asl-error.ts';
import { describeExecution } from './describe.ts';
import type { ExecutionDescription } from './describe.ts';
import type { Execution, ExecutionResult, Message, PendingTask, Runtime, Strand } from './execution.ts';
import { createStrand } from './fan-out.ts';
import { appendEvent } from './history.ts';
import type { HistoryEvent } from './history.ts';
import { abandon, step } from './interpreter.ts';
import { admitJson } from './json.ts';
import type { StateMachine } from './machine.ts';
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

/** Messages handled in one go before other work of the process gets its turn. */
const MESSAGES_PER_TURN = 5000;

export function createAslEngine(options: AslEngineOptions): AslEngine {
  const { clock, history } = options;
  const executions = new Map<string, Execution>();
  const ended = new Map<
    string,
    { readonly description: ExecutionDescription; readonly events: HistoryEvent[] }
  >();
  const runtime: Runtime = {
    clock,
    alarms: createAlarmQueue(() => clock.now(), options.timer ?? systemTimer),
    resources: options.resources,
    random: options.random ?? Math.random,
    uuid: options.uuid ?? randomUUID,
    tokens: new Map(),
    onTokenClosed: options.onTokenClosed ?? (() => undefined),
    send: createMailbox((strand, message) => step(runtime, strand, message)),
    endExecution: (execution, result) => end(execution, result),
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

  const end = (execution: Execution, result: ExecutionResult): void => {
    if (execution.timeout !== undefined) runtime.alarms.remove(execution.timeout);
    executions.delete(execution.name);
    recordEnd(runtime, execution, result);
    const keep = options.keepEnded ?? 0;
    if (keep > 0) {
      ended.delete(execution.name);
      ended.set(execution.name, {
        description: describeExecution(execution, result),
        events: execution.events ?? [],
      });
      const [oldest] = ended.keys();
      if (ended.size > keep && oldest !== undefined) ended.delete(oldest);
    }
    execution.resolve(result);
  };

  /** Hands a token's task to `settle`, if one waits for it. */
  const byToken = (token: string, settle: (strand: Strand, task: PendingTask) => boolean): TokenAnswer => {
    const strand = runtime.tokens.get(token);
    if (strand?.pending?.kind !== 'task') return 'unknown';
    return settle(strand, strand.pending) ? 'accepted' : 'unknown';
  };

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
      const execution = createExecution(runtime, machine, name, input, resolve, history !== undefined);
      executions.set(name, execution);
      return { executionName: name, done };
    },
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
    stop,
    isRunning: (name) => executions.has(name),
    isWaiting: (token) => runtime.tokens.has(token),
    describe(name) {
      const running = executions.get(name);
      return running === undefined ? ended.get(name)?.description : describeExecution(running, undefined);
    },
    history: (name) => executions.get(name)?.events ?? ended.get(name)?.events ?? [],
    close() {
      for (const name of executions.keys()) stop(name, { cause: 'the engine was closed' });
      runtime.alarms.close();
    },
  };
}

function createExecution(
  runtime: Runtime,
  machine: StateMachine,
  name: string,
  input: unknown,
  resolve: Execution['resolve'],
  withHistory: boolean,
): Execution {
  const admitted = admitJson(input, `the input of ${name}`);
  const startedAtMs = runtime.clock.now();
  const execution: Execution = {
    name,
    machine,
    input: admitted,
    startedAtMs,
    root: undefined,
    resolve,
    timeout: undefined,
    events: withHistory ? [] : undefined,
    context: undefined,
  };
  const seed = { execution, graph: machine, origin: undefined, item: undefined };
  const root = createStrand(runtime, seed, () => admitted);
  execution.root = root;
  if (machine.timeoutSeconds !== undefined) {
    const cause = `${name} ran longer than ${machine.timeoutSeconds} seconds`;
    execution.timeout = runtime.alarms.add(startedAtMs + machine.timeoutSeconds * 1000, () =>
      abandon(runtime, execution, { status: 'TIMED_OUT', error: 'States.Timeout', cause }),
    );
  }
  runtime.record(execution, 'ExecutionStarted', { input: admitted });
  runtime.send(root, { kind: 'enter', again: false });
  return execution;
}

function recordEnd(runtime: Runtime, execution: Execution, result: ExecutionResult): void {
  switch (result.status) {
    case 'SUCCEEDED':
      return runtime.record(execution, 'ExecutionSucceeded', { output: result.output });
    case 'FAILED':
      return runtime.record(execution, 'ExecutionFailed', failurePart(result));
    case 'TIMED_OUT':
      return runtime.record(execution, 'ExecutionTimedOut', failurePart(result));
    case 'ABORTED':
      return runtime.record(execution, 'ExecutionAborted', failurePart(result));
  }
}

function failurePart({ status: _status, ...failure }: { readonly status: string } & Failure): Failure {
  return failure;
}

/**
 * The queue of messages. It is worked off in a microtask, so that callers are never re-entered; after so many messages the
 * rest waits for the event loop's next turn, so that a machine that loops for ever cannot stop the process.
 */
function createMailbox(
  handle: (strand: Strand, message: Message) => Message | undefined,
): (strand: Strand, message: Message) => void {
  let waiting: { readonly strand: Strand; readonly message: Message }[] = [];
  let scheduled = false;
  const workOff = (): void => {
    let left = MESSAGES_PER_TURN;
    // The loop also reaches what is sent while it runs.
    for (let at = 0; at < waiting.length; at += 1) {
      const letter = waiting[at];
      if (letter === undefined || letter.strand.ended) continue;
      let message: Message | undefined = letter.message;
      while (message !== undefined && left > 0 && !letter.strand.ended) {
        message = handle(letter.strand, message);
        left -= 1;
      }
      if (left > 0) continue;
      if (message !== undefined) waiting.push({ strand: letter.strand, message });
      waiting = waiting.slice(at + 1);
      setImmediate(workOff);
      return;
    }
    waiting = [];
    scheduled = false;
  };
  return (strand, message) => {
    waiting.push({ strand, message });
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(workOff);
  };
}
