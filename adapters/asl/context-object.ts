// The context object, `$$`: what an execution knows about itself. Built when an expression asks for it.
import type { Strand } from './execution.ts';
import type { Json } from './json.ts';

export function contextOf(strand: Strand): Json {
  const { execution, state, taskToken, item } = strand;
  execution.context ??= {
    Execution: {
      Id: `execution:${execution.machine.name}:${execution.name}`,
      Input: execution.input,
      Name: execution.name,
      StartTime: new Date(execution.startedAtMs).toISOString(),
    },
    StateMachine: { Id: `stateMachine:${execution.machine.name}`, Name: execution.machine.name },
  };
  const context = {
    ...execution.context,
    State: {
      Name: state.name,
      EnteredTime: new Date(strand.enteredAtMs).toISOString(),
      RetryCount: strand.retryCount,
    },
  };
  return {
    ...context,
    ...(taskToken === undefined ? {} : { Task: { Token: taskToken } }),
    ...(item === undefined ? {} : { Map: { Item: { Index: item.index, Value: item.value } } }),
  };
}
