// The other services that the functions call, as far as jobs need them: each call is counted, and answered as the service would.
// State machines run in our own engine, which takes the steps that Step Functions charges for.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AslEngine } from '../../adapters/asl/engine.ts';
import { createAslEngine } from '../../adapters/asl/engine.ts';
import type { LocalFunction } from '../../adapters/asl/lambda-resources.ts';
import { lambdaResources } from '../../adapters/asl/lambda-resources.ts';
import type { StateMachine } from '../../adapters/asl/machine.ts';
import { parseMachine } from '../../adapters/asl/parse-machine.ts';
import type { FakeEcs } from '../adapters/ecs/a-fake-ecs.ts';
import { aFakeEcs } from '../adapters/ecs/a-fake-ecs.ts';
import type { Usage } from './usage.ts';
import { add, eventLogBytes } from './usage.ts';

export type Input = Readonly<Record<string, unknown>>;
type Operation = (input: Input) => object | Promise<object>;

export interface AwsServices {
  /** By `service:Operation`. */
  readonly operations: Readonly<Record<string, Operation>>;
  /** Every operation of ECS. */
  readonly askEcs: (operation: string, input: Input) => Promise<object>;
  readonly engine: AslEngine;
  /** Bodies of messages that nobody has taken yet. */
  readonly messages: string[];
  /** What RunTask has started and nobody has told of yet. */
  readonly started: { readonly taskArn: string; readonly group: string }[];
  /** Executions that have come to an end. */
  ended(): number;
}

const MACHINES = ['job', 'multi-node-job', 'compute-environment'] as const;
const FUNCTIONS = {
  LaunchFunctionArn: 'launch',
  LaunchNodesFunctionArn: 'launch-nodes',
  AwaitFunctionArn: 'await',
  EnvironmentFunctionArn: 'environment',
};
const definitions = new Map<string, StateMachine>(
  MACHINES.map((name) => {
    const file = join(import.meta.dirname, `../../statemachines/${name}.asl.json`);
    return [name, parseMachine(name, readFileSync(file, 'utf8'), FUNCTIONS)];
  }),
);

export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export function createAwsServices(
  usage: () => Usage,
  functions: Readonly<Record<string, LocalFunction>>,
): AwsServices {
  const messages: string[] = [];
  const started: { readonly taskArn: string; readonly group: string }[] = [];
  let ended = 0;
  const clock = { now: () => Date.now() };
  const resources = lambdaResources(functions);
  const engine = createAslEngine({ clock, resources, history: { maxEvents: 500 }, keepEnded: 1_000_000 });
  const ecs = aFakeEcs();
  const known = (answer: 'accepted' | 'unknown'): object => {
    if (answer === 'unknown') throw new ServiceError('TaskTimedOut');
    return {};
  };
  const operations: Record<string, Operation> = {
    'states:StartExecution': ({ stateMachineArn, name, input }) => {
      const machine = definitions.get(String(stateMachineArn).split(':').at(-1) ?? '');
      if (!machine) throw new ServiceError('StateMachineDoesNotExist');
      const { done } = engine.start(machine, String(name), JSON.parse(String(input)));
      void done.then(() => {
        ended += 1;
        countTransitions(usage(), engine, String(name));
      });
      return { executionArn: `${String(stateMachineArn)}:${String(name)}`, startDate: Date.now() / 1000 };
    },
    'states:SendTaskSuccess': ({ taskToken, output }) =>
      known(engine.succeedTask(String(taskToken), JSON.parse(String(output)))),
    'states:SendTaskFailure': ({ taskToken, error, cause }) =>
      known(engine.failTask(String(taskToken), String(error), String(cause))),
    'sqs:SendMessage': ({ MessageBody }) => {
      usage().counts.fifoRequests += 1;
      messages.push(String(MessageBody));
      const digest = createHash('md5').update(String(MessageBody)).digest('hex');
      return { MessageId: String(messages.length), MD5OfMessageBody: digest };
    },
    'events:PutEvents': ({ Entries }) => {
      const entries = Entries as readonly Input[]; // PutEvents' own shape
      usage().counts.events += entries.length;
      for (const entry of entries) add(usage().logBytes, 'events', eventLogBytes(entry));
      return { FailedEntryCount: 0, Entries: entries.map((_, index) => ({ EventId: String(index) })) };
    },
    'logs:CreateLogStream': () => ({}),
    'logs:PutLogEvents': ({ logEvents }) => {
      const lines = logEvents as readonly { readonly message: string }[]; // PutLogEvents' own shape
      for (const { message } of lines) add(usage().logBytes, 'audit', Buffer.byteLength(message) + 26);
      return {};
    },
  };
  return {
    operations,
    askEcs: (operation, input) => askEcs(ecs, operation, input, (task) => void started.push(task)),
    engine,
    messages,
    started,
    ended: () => ended,
  };
}

/** A state is charged for when it is entered, and again for each retry. */
function countTransitions({ transitions }: Usage, engine: AslEngine, name: string): void {
  for (const { type, stateName = '' } of engine.history(name)) {
    const isStep = type.endsWith('StateEntered') && type !== 'TaskStateEntered';
    if (isStep || type === 'TaskScheduled') add(transitions, stateName);
  }
}

async function askEcs(
  ecs: FakeEcs,
  operation: string,
  input: Input,
  onStarted: (task: { readonly taskArn: string; readonly group: string }) => void,
): Promise<object> {
  const command = Object.assign(Object.create({ constructor: { name: `${operation}Command` } }) as object, {
    input,
  });
  const send = ecs.client.send as unknown as (command: object) => Promise<object>; // by the command's name and input
  const answer = await send(command);
  const { tasks = [] } = answer as { tasks?: readonly { taskArn?: string; group?: string }[] };
  if (operation === 'RunTask') {
    for (const { taskArn = '', group = '' } of tasks) onStarted({ taskArn, group });
  }
  return answer;
}
