// Task states: starts the handler, and ends the wait exactly once, by its answer, its token, or a timeout. Whoever comes
// later finds that the strand is no longer pending on this very try, and changes nothing.
import { AslError, failureOf } from './asl-error.ts';
import type { Failure } from './asl-error.ts';
import type { FanOut, Message, Pending, PendingTask, Runtime, Strand } from './execution.ts';
import { admitJson, checkSize } from './json.ts';
import type { Json } from './json.ts';
import type { TaskState } from './machine.ts';
import type { TaskContext } from './resource.ts';

export function enterTask(runtime: Runtime, strand: Strand, state: TaskState, input: Json): undefined {
  const handler = runtime.resources(state.resource);
  if (handler === undefined) throw new AslError('States.Runtime', `nothing here serves ${state.resource}`);
  strand.taskToken = state.waitsForToken ? runtime.uuid() : undefined;
  const timeoutMs = scaled(state.timeoutSeconds?.(input, strand.ambient));
  const heartbeatMs = scaled(state.heartbeatSeconds?.(input, strand.ambient));
  const parameters = parametersOf(strand, state, input);
  const task = beginWait(runtime, strand, timeoutMs, heartbeatMs);
  runtime.record(strand.execution, 'TaskScheduled', { stateName: state.name, resource: state.resource });
  const onAnswer = (result: unknown): void => {
    if (!state.waitsForToken) completeTask(runtime, strand, task, result);
  };
  const onError = (thrown: unknown): void => {
    failTask(runtime, strand, task, failureOf(thrown));
  };
  try {
    handler(state.resource, parameters, taskContext(runtime, strand, task)).then(onAnswer, onError);
  } catch (thrown) {
    onError(thrown);
  }
  return undefined;
}

function parametersOf(strand: Strand, state: TaskState, input: Json): Json {
  if (state.parameters === undefined) return input;
  const parameters = state.parameters(input, strand.ambient);
  checkSize(parameters, `the Parameters of ${state.name}`);
  return parameters;
}

/** Ends the task with a result; false when this try has ended already. */
export function completeTask(runtime: Runtime, strand: Strand, task: PendingTask, result: unknown): boolean {
  if (strand.pending !== task) return false;
  try {
    const value = admitJson(result, `the result of ${strand.state.name}`);
    runtime.record(strand.execution, 'TaskSucceeded', { stateName: strand.state.name, output: value });
    endWait(runtime, strand, task, { kind: 'result', value });
  } catch (thrown) {
    failTask(runtime, strand, task, failureOf(thrown));
  }
  return true;
}

export function failTask(runtime: Runtime, strand: Strand, task: PendingTask, failure: Failure): boolean {
  if (strand.pending !== task) return false;
  runtime.record(strand.execution, 'TaskFailed', { stateName: strand.state.name, ...failure });
  endWait(runtime, strand, task, { kind: 'failed', failure, fromBranch: false });
  return true;
}

/** Starts the time until the next heartbeat anew; false when this try has ended already. */
export function heartbeat(runtime: Runtime, strand: Strand, task: PendingTask): boolean {
  if (strand.pending !== task) return false;
  if (task.heartbeat === undefined || task.heartbeatMs === undefined) return true;
  runtime.alarms.remove(task.heartbeat);
  task.heartbeat = heartbeatAlarm(runtime, strand, task, task.heartbeatMs);
  return true;
}

/** Calls off whatever a strand waits for, so that nothing of it is left behind. */
export function release(runtime: Runtime, pending: Exclude<Pending, FanOut>): void {
  if (pending.kind === 'alarm') {
    runtime.alarms.remove(pending.alarm);
    return;
  }
  if (pending.timeout !== undefined) runtime.alarms.remove(pending.timeout);
  if (pending.heartbeat !== undefined) runtime.alarms.remove(pending.heartbeat);
  if (pending.token === undefined) return;
  runtime.tokens.delete(pending.token);
  runtime.onTokenClosed(pending.token);
}

function beginWait(
  runtime: Runtime,
  strand: Strand,
  timeoutMs: number | undefined,
  heartbeatMs: number | undefined,
): PendingTask {
  const atMs = runtime.clock.now();
  const task: PendingTask = {
    kind: 'task',
    token: strand.taskToken,
    timeout:
      timeoutMs === undefined
        ? undefined
        : runtime.alarms.add(atMs + timeoutMs, () => timeOut(runtime, strand, task, timeoutMs)),
    heartbeat: undefined,
    heartbeatMs,
    abort: undefined,
  };
  if (heartbeatMs !== undefined) task.heartbeat = heartbeatAlarm(runtime, strand, task, heartbeatMs);
  if (task.token !== undefined) runtime.tokens.set(task.token, strand);
  strand.pending = task;
  return task;
}

function endWait(runtime: Runtime, strand: Strand, task: PendingTask, message: Message): void {
  release(runtime, task);
  strand.pending = undefined;
  runtime.send(strand, message);
}

function heartbeatAlarm(runtime: Runtime, strand: Strand, task: PendingTask, heartbeatMs: number) {
  return runtime.alarms.add(runtime.clock.now() + heartbeatMs, () =>
    expire(runtime, strand, task, {
      error: 'States.HeartbeatTimeout',
      cause: `no heartbeat from ${strand.state.name} for ${heartbeatMs / 1000} seconds`,
    }),
  );
}

function timeOut(runtime: Runtime, strand: Strand, task: PendingTask, timeoutMs: number): void {
  expire(runtime, strand, task, {
    error: 'States.Timeout',
    cause: `${strand.state.name} took longer than ${timeoutMs / 1000} seconds`,
  });
}

function expire(runtime: Runtime, strand: Strand, task: PendingTask, failure: Failure): void {
  if (strand.pending !== task) return;
  runtime.record(strand.execution, 'TaskTimedOut', { stateName: strand.state.name, ...failure });
  endWait(runtime, strand, task, { kind: 'failed', failure, fromBranch: false });
  task.abort?.abort();
}

function taskContext(runtime: Runtime, strand: Strand, task: PendingTask): TaskContext {
  return {
    executionName: strand.execution.name,
    stateName: strand.state.name,
    ...(task.token === undefined ? {} : { taskToken: task.token }),
    heartbeat: () => heartbeat(runtime, strand, task),
    // Made on demand: most handlers never ask.
    get signal() {
      task.abort ??= new AbortController();
      if (strand.pending !== task) task.abort.abort();
      return task.abort.signal;
    },
  };
}

function scaled(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
