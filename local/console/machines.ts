// The state machines of jobs as graphs, read from the definitions that run them, and where a job stands in its own.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Job, JobStatus } from '../../core/job/job.ts';
import { isPlaced } from '../../core/job/job.ts';
import { isMultiNode, nodesOf } from '../../core/job/node.ts';
import type { MachineAnswer, MachinePlace, TimelineStep } from './wire.ts';

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

/** An execution exists from the first placement on; what came before has no state in it. */
export function machinePlaceOf(job: Job, timeline: readonly TimelineStep[]): MachinePlace {
  const name = job.kind === 'multinode' ? 'multi-node-job' : 'job';
  const placed = timeline.findIndex(({ status }) => status === 'STARTING');
  if (placed < 0 || job.kind === 'array') return { name, path: [] };
  const current = stateNow(job);
  const path = pathOf(
    name,
    timeline.slice(placed).map(({ status }) => status),
    job.stopRequest?.kind === 'timeout',
  );
  return { name, current, path: path.at(-1) === current ? path : [...path, current] };
}

/** The states as they were entered: an end is told in RUNNING, and a wait leads through the choice of what comes next. */
function pathOf(
  name: MachinePlace['name'],
  statuses: readonly JobStatus[],
  isTimedOut: boolean,
): readonly string[] {
  // Also an attempt that ended before it ran passes through there.
  const toRunning = name === 'multi-node-job' ? ['NODES_STARTING', 'RUNNING'] : ['RUNNING'];
  const path: string[] = [];
  for (const status of statuses) {
    const before = path.at(-1);
    if (before === 'RUNNABLE') path.push('Outcome');
    else if (before === 'STARTING') path.push(...toRunning);
    if (status === 'FAILED' && isTimedOut) path.push('TIMED_OUT', 'Outcome');
    if (status !== 'RUNNING') path.push(status);
  }
  return path;
}

function stateNow(job: Job): string {
  if (isPlaced(job) && job.stopRequest?.kind === 'timeout') return 'TIMED_OUT';
  if (job.status === 'RUNNING' && isMultiNode(job)) {
    const { mainNode } = job.spec.nodes;
    const othersWait = nodesOf(job).some(({ status }, index) => index !== mainNode && status === 'RUNNABLE');
    if (othersWait) return 'NODES_STARTING';
  }
  return job.status;
}
