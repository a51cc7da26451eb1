// What an execution is doing, for people and for the reconciler.
import type { Execution, ExecutionResult, Strand } from './execution.ts';
import type { StateType } from './machine.ts';

export interface CurrentState {
  readonly name: string;
  readonly type: StateType;
  readonly enteredAtMs: number;
  readonly retryCount: number;
  /** Of the innermost Map. */
  readonly itemIndex?: number;
}

export interface ExecutionDescription {
  readonly name: string;
  readonly machine: string;
  readonly startedAtMs: number;
  /** The states it is in, outermost first; a Parallel or Map is followed by the states of its branches. */
  readonly states: readonly CurrentState[];
  readonly status: ExecutionResult['status'] | 'RUNNING';
  readonly result?: ExecutionResult;
}

export function describeExecution(
  execution: Execution,
  result: ExecutionResult | undefined,
): ExecutionDescription {
  const states: CurrentState[] = [];
  if (result === undefined && execution.root !== undefined) collect(execution.root, states);
  return {
    name: execution.name,
    machine: execution.machine.name,
    startedAtMs: execution.startedAtMs,
    states,
    status: result?.status ?? 'RUNNING',
    ...(result === undefined ? {} : { result }),
  };
}

/** Nested as deep as the definition, never deeper. */
function collect(strand: Strand, into: CurrentState[]): void {
  const { state, item, pending } = strand;
  into.push({
    name: state.name,
    type: state.type,
    enteredAtMs: strand.enteredAtMs,
    retryCount: strand.retryCount,
    ...(item === undefined ? {} : { itemIndex: item.index }),
  });
  if (pending?.kind !== 'fan-out') return;
  for (const child of pending.running) collect(child, into);
}
