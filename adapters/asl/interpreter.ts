// One step of a strand: what the States Language says happens when a state is entered, has a result, or has failed. A step
// answers with the next message when the strand can go on at once, so that long chains of states use no call stack.
import { AslError } from './asl-error.ts';
import type { Failure } from './asl-error.ts';
import { decideRetry, errorOutput, findCatcher } from './error-rules.ts';
import type { Execution, ExecutionResult, Message, Outcome, Runtime, Strand } from './execution.ts';
import { cancelStrand, endChild, enterMap, enterParallel, stateOf } from './fan-out.ts';
import { checkSize } from './json.ts';
import type { Json } from './json.ts';
import type { ChoiceState, FailState, PassState, WaitState } from './machine.ts';
import { enterTask } from './task.ts';

const ENTER: Message = { kind: 'enter', again: false };
const ENTER_AGAIN: Message = { kind: 'enter', again: true };
const NO_RETRIES: readonly number[] = [];

export function step(runtime: Runtime, strand: Strand, message: Message): Message | undefined {
  try {
    switch (message.kind) {
      case 'enter':
        return enter(runtime, strand, message.again);
      case 'result':
        return leave(runtime, strand, message.value);
      case 'failed':
        return recover(runtime, strand, message.failure, message.fromBranch);
    }
  } catch (thrown) {
    const failure = thrown instanceof AslError ? thrown.failure : runtime.reportBug(strand, thrown);
    // Recovering has failed itself: nothing more can be tried.
    if (message.kind === 'failed') return endStrand(runtime, strand, { failure });
    return { kind: 'failed', failure, fromBranch: false };
  }
}

function enter(runtime: Runtime, strand: Strand, again: boolean): Message | undefined {
  const { state, raw } = strand;
  if (!again) {
    runtime.record(strand.execution, `${state.type}StateEntered`, { stateName: state.name, input: raw });
  }
  const input = state.input === undefined ? raw : state.input(raw, strand.ambient);
  switch (state.type) {
    case 'Task':
      return enterTask(runtime, strand, state, input);
    case 'Parallel':
      return enterParallel(runtime, strand, state, input);
    case 'Map':
      return enterMap(runtime, strand, state, input);
    case 'Pass':
      return { kind: 'result', value: passResult(strand, state, input) };
    case 'Choice':
      return proceed(runtime, strand, choose(strand, state, input), outputOf(strand, input));
    case 'Wait':
      return wait(runtime, strand, state, input);
    case 'Succeed':
      return proceed(runtime, strand, undefined, outputOf(strand, input));
    case 'Fail':
      return endStrand(runtime, strand, { failure: failureOfState(strand, state, input) });
  }
}

function passResult(strand: Strand, state: PassState, input: Json): Json {
  if (state.result !== undefined) return state.result;
  return state.parameters === undefined ? input : state.parameters(input, strand.ambient);
}

function choose(strand: Strand, state: ChoiceState, input: Json): string {
  const rule = state.rules.find(({ holds }) => holds(input, strand.ambient));
  const next = rule?.next ?? state.otherwise;
  if (next !== undefined) return next;
  throw new AslError('States.NoChoiceMatched', `no rule of ${state.name} holds, and it has no Default`);
}

function wait(runtime: Runtime, strand: Strand, state: WaitState, input: Json): Message | undefined {
  const nowMs = runtime.clock.now();
  const untilMs = state.until(input, strand.ambient, nowMs);
  if (untilMs <= nowMs) return { kind: 'result', value: input };
  sleep(runtime, strand, untilMs, { kind: 'result', value: input });
  return undefined;
}

function sleep(runtime: Runtime, strand: Strand, untilMs: number, message: Message): void {
  const alarm = runtime.alarms.add(untilMs, () => {
    strand.pending = undefined;
    runtime.send(strand, message);
  });
  strand.pending = { kind: 'alarm', alarm };
}

function failureOfState(strand: Strand, state: FailState, input: Json): Failure {
  const text = (evaluate: FailState['error'], field: string): string | undefined => {
    const value = evaluate?.(input, strand.ambient);
    if (value === undefined || typeof value === 'string') return value;
    throw new AslError(
      'States.Runtime',
      `${field}Path of ${state.name} selects something that is not a string`,
    );
  };
  const [error, cause] = [text(state.error, 'Error'), text(state.cause, 'Cause')];
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}

/** The state has its result: it is selected, placed into the input, and the output is passed on. */
function leave(runtime: Runtime, strand: Strand, result: Json): Message | undefined {
  const { state, raw } = strand;
  if (!('place' in state)) {
    return proceed(runtime, strand, 'next' in state ? state.next : undefined, outputOf(strand, result));
  }
  const selected =
    'resultSelector' in state && state.resultSelector !== undefined
      ? state.resultSelector(result, strand.ambient)
      : result;
  const output = outputOf(strand, state.place(raw, selected));
  // A task's result was measured on its way in.
  const measured = output === raw || (state.type === 'Task' && output === result);
  if (!measured) checkSize(output, `the output of ${state.name}`);
  return proceed(runtime, strand, state.next, output);
}

function outputOf(strand: Strand, value: Json): Json {
  const { state } = strand;
  return 'output' in state && state.output !== undefined ? state.output(value, strand.ambient) : value;
}

function proceed(
  runtime: Runtime,
  strand: Strand,
  next: string | undefined,
  output: Json,
): Message | undefined {
  const { state } = strand;
  runtime.record(strand.execution, `${state.type}StateExited`, { stateName: state.name, output });
  return next === undefined ? endStrand(runtime, strand, { output }) : goTo(runtime, strand, next, output);
}

function goTo(runtime: Runtime, strand: Strand, next: string, input: Json): Message {
  strand.state = stateOf(strand.graph, next);
  strand.raw = input;
  strand.enteredAtMs = runtime.clock.now();
  strand.retriesUsed = NO_RETRIES;
  strand.retryCount = 0;
  strand.taskToken = undefined;
  return ENTER;
}

/** The state has failed: tried again, caught, or the end of the strand. */
function recover(
  runtime: Runtime,
  strand: Strand,
  failure: Failure,
  fromBranch: boolean,
): Message | undefined {
  const { state, raw } = strand;
  if ('retriers' in state) {
    const retry = decideRetry(state.retriers, strand.retriesUsed, failure, fromBranch, runtime.random);
    if (retry !== undefined) {
      strand.retriesUsed = state.retriers.map(
        (_, index) => (strand.retriesUsed[index] ?? 0) + (index === retry.retrier ? 1 : 0),
      );
      strand.retryCount += 1;
      sleep(runtime, strand, runtime.clock.now() + retry.delayMs, ENTER_AGAIN);
      return undefined;
    }
    const catcher = findCatcher(state.catchers, failure, fromBranch);
    if (catcher !== undefined) {
      const output = catcher.place(raw, errorOutput(failure));
      checkSize(output, `the output of ${state.name}`);
      return proceed(runtime, strand, catcher.next, output);
    }
  }
  return endStrand(runtime, strand, { failure });
}

function endStrand(runtime: Runtime, strand: Strand, outcome: Outcome): undefined {
  strand.ended = true;
  if (strand.origin !== undefined) {
    endChild(runtime, strand.origin.fanOut, strand.origin.index, strand, outcome);
  } else {
    runtime.endExecution(strand.execution, resultOf(outcome));
  }
  return undefined;
}

function resultOf(outcome: Outcome): ExecutionResult {
  return 'output' in outcome
    ? { status: 'SUCCEEDED', output: outcome.output }
    : { status: 'FAILED', ...outcome.failure };
}

/** Ends an execution from outside its states. */
export function abandon(runtime: Runtime, execution: Execution, result: ExecutionResult): void {
  if (execution.root !== undefined) cancelStrand(runtime, execution.root);
  runtime.endExecution(execution, result);
}
