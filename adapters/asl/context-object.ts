// The context object, `$$`: what an execution knows about itself. Its sections are built when an expression asks for them;
// nearly all ask for one.
import type { Strand } from './execution.ts';
import type { Json } from './json.ts';

const SECTIONS = ['Execution', 'StateMachine', 'State', 'Task', 'Map'] as const;
type SectionName = (typeof SECTIONS)[number];

/** One member of the context object; `undefined` when it has none of that name, or not here. */
export function contextSection(strand: Strand, name: string): Json | undefined {
  const { execution, state, taskToken, item } = strand;
  // Any name may be asked for; those that are none of ours have no section.
  switch (name as SectionName) {
    case 'Execution':
      execution.context ??= {
        Id: `execution:${execution.machine.name}:${execution.name}`,
        Input: execution.input,
        Name: execution.name,
        StartTime: new Date(execution.startedAtMs).toISOString(),
      };
      return execution.context;
    case 'StateMachine':
      return { Id: `stateMachine:${execution.machine.name}`, Name: execution.machine.name };
    case 'State':
      return {
        Name: state.name,
        EnteredTime: new Date(strand.enteredAtMs).toISOString(),
        RetryCount: strand.retryCount,
      };
    case 'Task':
      return taskToken === undefined ? undefined : { Token: taskToken };
    case 'Map':
      return item && { Item: { Index: item.index, Value: item.value } };
    default:
      return undefined;
  }
}

/** The whole of it. */
export function contextOf(strand: Strand): Json {
  const context: Record<string, Json> = {};
  for (const name of SECTIONS) {
    const section = contextSection(strand, name);
    if (section !== undefined) context[name] = section;
  }
  return context;
}
