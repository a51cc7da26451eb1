// A parsed state machine: everything that the text of a definition says, as values and closures. It is immutable and
// shared by all of its executions.
import type { Amount } from './definition-fields.ts';
import type { Predicate } from './choice-rule.ts';
import type { Catcher, Retrier } from './error-rules.ts';
import type { Ambient, Evaluate } from './evaluate.ts';
import type { Json } from './json.ts';
import type { Insert } from './path.ts';

export interface StateGraph {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export interface StateMachine extends StateGraph {
  readonly name: string;
  readonly timeoutSeconds?: number;
}

interface StateBase {
  readonly name: string;
  /** InputPath and OutputPath; absent where they select everything. */
  readonly input?: Evaluate;
  readonly output?: Evaluate;
}

/** A state that goes on to `next`, or ends its graph when there is none. */
interface FlowingState extends StateBase {
  readonly next?: string;
}

/** A state with a result: parameters in, result selected, placed into the input. */
interface WorkingState extends FlowingState {
  readonly parameters?: Evaluate;
  readonly resultSelector?: Evaluate;
  readonly place: Insert;
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
}

export interface TaskState extends WorkingState {
  readonly type: 'Task';
  readonly resource: string;
  /** The task ends by its token, not by its handler's answer. */
  readonly waitsForToken: boolean;
  readonly timeoutSeconds?: Amount;
  readonly heartbeatSeconds?: Amount;
}

export interface ParallelState extends WorkingState {
  readonly type: 'Parallel';
  readonly branches: readonly StateGraph[];
}

export interface MapState extends WorkingState {
  readonly type: 'Map';
  readonly items?: Evaluate;
  /** Builds an item's input; evaluated against the state's input with the item in the context object. */
  readonly itemSelector?: Evaluate;
  readonly processor: StateGraph;
  /** 0: all at once. */
  readonly maxConcurrency: Amount;
  /** Absent: the first failure fails the state. */
  readonly tolerated?: { readonly count?: Amount; readonly percentage?: Amount };
}

export interface PassState extends FlowingState {
  readonly type: 'Pass';
  readonly parameters?: Evaluate;
  readonly result?: Json;
  readonly place: Insert;
}

export interface ChoiceState extends StateBase {
  readonly type: 'Choice';
  readonly rules: readonly { readonly holds: Predicate; readonly next: string }[];
  readonly otherwise?: string;
}

export interface WaitState extends FlowingState {
  readonly type: 'Wait';
  readonly until: (input: Json, ambient: Ambient, nowMs: number) => number;
}

export interface SucceedState extends StateBase {
  readonly type: 'Succeed';
}

export interface FailState extends StateBase {
  readonly type: 'Fail';
  readonly error?: Evaluate;
  readonly cause?: Evaluate;
}

export type State =
  | TaskState
  | ParallelState
  | MapState
  | PassState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState;
export type StateType = State['type'];
