// The running state of an execution. A strand walks one graph, one state at a time; Parallel and Map start a strand per
// branch or item. A strand either has a message waiting in the engine's queue, or is pending, or has ended. Fields that
// come and go are set to undefined, not deleted: objects of one shape are fast.
import type { Clock } from '../../engine/ports.ts';
import type { Alarm, AlarmQueue } from './alarm-queue.ts';
import type { Failure } from './asl-error.ts';
import type { Ambient } from './evaluate.ts';
import type { EventDetails, EventType, HistoryEvent } from './history.ts';
import type { Json } from './json.ts';
import type { State, StateGraph, StateMachine } from './machine.ts';
import type { ResourceResolver } from './resource.ts';

export type ExecutionResult =
  | { readonly status: 'SUCCEEDED'; readonly output: Json }
  | ({ readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED' } & Failure);

export interface Execution {
  readonly name: string;
  readonly machine: StateMachine;
  readonly input: Json;
  readonly startedAtMs: number;
  /** Undefined only while the execution is being made. */
  root: Strand | undefined;
  readonly resolve: (result: ExecutionResult) => void;
  timeout: Alarm | undefined;
  /** Only when the engine keeps histories. */
  readonly events: HistoryEvent[] | undefined;
  /** `$$.Execution`, once somebody has asked for it. */
  context: Json | undefined;
}

export interface MapItem {
  readonly index: number;
  readonly value: Json;
}

export interface Strand {
  readonly execution: Execution;
  readonly graph: StateGraph;
  /** The state that started this strand, and which of its branches or items this is. */
  readonly origin: { readonly fanOut: FanOut; readonly index: number } | undefined;
  readonly item: MapItem | undefined;
  readonly ambient: Ambient;
  state: State;
  /** The state's input before InputPath: what results are placed into. */
  raw: Json;
  enteredAtMs: number;
  /** How often each retrier was applied during this visit of the state, and all of them together. */
  retriesUsed: readonly number[];
  retryCount: number;
  /** Of the task that is being, or about to be, run. */
  taskToken: string | undefined;
  pending: Pending | undefined;
  ended: boolean;
}

export type Pending = PendingTask | PendingAlarm | FanOut;

export interface PendingTask {
  readonly kind: 'task';
  readonly token: string | undefined;
  readonly timeout: Alarm | undefined;
  heartbeat: Alarm | undefined;
  readonly heartbeatMs: number | undefined;
  abort: AbortController | undefined;
}

export interface PendingAlarm {
  readonly kind: 'alarm';
  readonly alarm: Alarm;
}

/** The branches of a Parallel or the items of a Map, some of them running. */
export interface FanOut {
  readonly kind: 'fan-out';
  readonly parent: Strand;
  readonly total: number;
  readonly maxConcurrency: number;
  readonly graphOf: (index: number) => StateGraph;
  readonly itemOf: (index: number) => MapItem | undefined;
  readonly inputOf: (index: number, ambient: Ambient) => Json;
  /** How many failures are too many; `named`: then with an error of its own instead of the branch's. */
  readonly tolerated: { readonly most: number; readonly named: boolean };
  readonly running: Set<Strand>;
  readonly outputs: (Json | undefined)[];
  started: number;
  failed: number;
}

/** What moves a strand on. */
export type Message =
  | { readonly kind: 'enter'; readonly again: boolean }
  | { readonly kind: 'result'; readonly value: Json }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly fromBranch: boolean };

export type Outcome = { readonly output: Json } | { readonly failure: Failure };

/** What the parts of the interpreter share: one per engine. */
export interface Runtime {
  readonly clock: Clock;
  readonly alarms: AlarmQueue;
  readonly resources: ResourceResolver;
  readonly random: () => number;
  readonly uuid: () => string;
  /** The strand that waits for each task token. */
  readonly tokens: Map<string, Strand>;
  readonly onTokenClosed: (token: string) => void;
  /** Queues a message; the strand must not be pending any more. */
  readonly send: (strand: Strand, message: Message) => void;
  readonly endExecution: (execution: Execution, result: ExecutionResult) => void;
  readonly record: (execution: Execution, type: EventType, details?: EventDetails) => void;
  readonly reportBug: (strand: Strand, thrown: unknown) => Failure;
}
