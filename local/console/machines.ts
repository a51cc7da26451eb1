// The state machines of jobs as graphs, read from the definitions that run them.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { MachineAnswer, MachinePlace } from '../../api/console/wire.ts';

type MachineState = MachineAnswer['states'][number];
type Next = MachineState['next'][number];

/** What of Amazon States Language our own definitions use to lead from state to state. */
interface StateDefinition {
  readonly Type: string;
  readonly Comment?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly StringEquals?: string; readonly Next: string }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}

export async function readMachine(name: MachinePlace['name']): Promise<MachineAnswer> {
  const file = fileURLToPath(new URL(`../../statemachines/${name}.asl.json`, import.meta.url));
  const { StartAt, States } = JSON.parse(await readFile(file, 'utf8')) as {
    readonly StartAt: string;
    readonly States: Readonly<Record<string, StateDefinition>>;
  }; // our own file, which the local home has parsed and run
  return {
    start: StartAt,
    states: Object.entries(States).map(([state, definition]) => ({
      name: state,
      type: definition.Type,
      comment: definition.Comment ?? '',
      next: nextOf(definition),
    })),
  };
}

function nextOf({ Next, Default, Choices = [], Catch = [] }: StateDefinition): readonly Next[] {
  return [
    ...(Next === undefined ? [] : [{ to: Next }]),
    ...Choices.map((choice) => ({ to: choice.Next })),
    ...(Default === undefined ? [] : [{ to: Default }]),
    ...Catch.map((caught) => ({
      to: caught.Next,
      when: WHEN_CAUGHT[caught.ErrorEquals[0] ?? ''] ?? 'on an error',
    })),
  ];
}

/** What leads along an arrow that an error takes. */
const WHEN_CAUGHT: Readonly<Record<string, string>> = {
  'States.Timeout': 'timed out',
  'Batch.Failed': 'failed',
  'Batch.Moved': 'to be retried',
};
