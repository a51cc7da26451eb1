// Step Functions: statemachines/*.json on our own engine, behind the client's calls, with the service's rules: a name is taken for
// good, a token is closed by its first answer and by whatever ends its state. What a state calls is invoked as Lambda is.
import { readFileSync } from 'node:fs';
import type { AslEngine } from '../../../adapters/asl/engine.ts';
import { createAslEngine } from '../../../adapters/asl/engine.ts';
import { AslError } from '../../../adapters/asl/asl-error.ts';
import type { LocalFunction } from '../../../adapters/asl/lambda-resources.ts';
import { lambdaResources } from '../../../adapters/asl/lambda-resources.ts';
import type { StateMachine } from '../../../adapters/asl/machine.ts';
import { parseMachine } from '../../../adapters/asl/parse-machine.ts';
import type { MachineName } from '../../../engine/ports.ts';
import type { FunctionName } from '../../../lambdas/registry.ts';
import { anError } from '../../adapters/stepfunctions/fake-step-functions.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { CloudTime } from './cloud-time.ts';
import type { Functions } from './functions.ts';

export interface SimulatedStepFunctions {
  /** What Step Functions does of a client's command. */
  readonly answer: (command: {
    readonly input: object;
    readonly constructor: { readonly name: string };
  }) => object;
  /** Whether an execution of this subject runs. */
  readonly isRunning: (subject: string) => boolean;
  /** Ends the execution of this subject as if it had met an error that nobody caught. */
  breakDown(subject: string): boolean;
  close(): void;
}

export interface StepFunctionsDeps {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  readonly functions: Pick<Functions, 'invoke'>;
  /** Its clock stands still: no state is ever left for want of an answer. */
  readonly neverTimesOut?: boolean;
  readonly trace: (line: string) => void;
}

const MACHINES = ['job', 'multi-node-job', 'compute-environment'] as const satisfies readonly MachineName[];

interface Execution {
  readonly name: string;
  readonly input: string;
  readonly startDate: Date;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
}

interface Input {
  readonly stateMachineArn: string;
  readonly executionArn: string;
  readonly name: string;
  readonly input: string;
  readonly taskToken: string;
  readonly output: string;
  readonly error: string;
  readonly cause: string;
}

export function machineArnOf(machine: MachineName): string {
  return `arn:aws:states:us-east-1:123456789012:stateMachine:${machine}`;
}

export function createSimulatedStepFunctions(deps: StepFunctionsDeps): SimulatedStepFunctions {
  const { time, random, trace } = deps;
  const machines = new Map(
    MACHINES.map((name) => [machineArnOf(name), readMachine(name, deps.neverTimesOut)]),
  );
  const executions = new Map<string, Execution>();
  const closed = new Set<string>();
  let uuids = 0;
  const engine: AslEngine = createAslEngine({
    clock: time.clock,
    timer: { set: (delayMs, ring) => time.after(delayMs, ring) },
    random: random.next,
    uuid: () => `token-${String((uuids += 1)).padStart(10, '0')}`,
    resources: lambdaResources(functionsOf(deps)),
    onTokenClosed: (token) => void closed.add(token),
    log: (event, fields) => trace(`step functions: ${event} ${JSON.stringify(fields).slice(0, 300)}`),
  });

  const find = (arn: string): Execution => {
    const found = executions.get(arn);
    if (!found) throw anError('ExecutionDoesNotExist', `no execution ${arn}`);
    return found;
  };
  const taken = (outcome: 'accepted' | 'unknown', token: string): object => {
    if (outcome === 'accepted') return {};
    throw closed.has(token) ? anError('TaskTimedOut') : anError('InvalidToken');
  };

  function start({ stateMachineArn, name, input }: Input): object {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) throw anError('InvalidName', name);
    const executionArn = `${stateMachineArn.replace('stateMachine', 'execution')}:${name}`;
    const known = executions.get(executionArn);
    if (known?.status === 'RUNNING' && known.input === input) return { executionArn };
    if (known) throw anError('ExecutionAlreadyExists');
    const machine = machines.get(stateMachineArn);
    if (!machine) throw anError('StateMachineDoesNotExist', stateMachineArn);
    const execution: Execution = { name, input, startDate: new Date(time.clock.now()), status: 'RUNNING' };
    executions.set(executionArn, execution);
    void engine.start(machine, executionArn, JSON.parse(input)).done.then((result) => {
      execution.status = result.status;
      trace(`execution ${name} ends: ${JSON.stringify(result).slice(0, 300)}`);
    });
    return { executionArn };
  }

  const operations: Readonly<Record<string, (input: Input) => object>> = {
    StartExecution: start,
    DescribeExecution: ({ executionArn }) => ({ ...find(executionArn), executionArn }),
    StopExecution({ executionArn, error, cause }) {
      if (find(executionArn).status === 'RUNNING') engine.stop(executionArn, { error, cause });
      return {};
    },
    SendTaskSuccess: ({ taskToken, output }) =>
      taken(engine.succeedTask(taskToken, JSON.parse(output)), taskToken),
    SendTaskFailure: ({ taskToken, error, cause }) =>
      taken(engine.failTask(taskToken, error, cause), taskToken),
    SendTaskHeartbeat: ({ taskToken }) => taken(engine.heartbeatTask(taskToken), taskToken),
  };

  /** The last execution of a subject, by the names that the adapter gives. */
  function runningOf(subject: string): readonly [arn: string, execution: Execution] | undefined {
    const name = subject.replaceAll(':', '_');
    return [...executions].find(
      ([, execution]) =>
        execution.status === 'RUNNING' && (execution.name === name || execution.name.startsWith(`${name}-r`)),
    );
  }

  return {
    answer({ input, constructor }) {
      const operation = operations[constructor.name.replace(/Command$/, '')];
      if (!operation) throw new Error(`the simulated Step Functions knows no ${constructor.name}`);
      return operation(input as Input); // each operation reads what its command has
    },
    isRunning: (subject) => runningOf(subject) !== undefined,
    breakDown(subject) {
      const [arn] = runningOf(subject) ?? [];
      return arn !== undefined && engine.stop(arn, { error: 'States.Runtime', cause: 'broken on purpose' });
    },
    close: () => engine.close(),
  };
}

const parsed = new Map<string, StateMachine>();

function readMachine(name: MachineName, neverTimesOut = false): StateMachine {
  const key = `${name} ${neverTimesOut}`;
  const known = parsed.get(key);
  if (known) return known;
  const text = readFileSync(new URL(`../../../statemachines/${name}.asl.json`, import.meta.url), 'utf8');
  const machine = parseMachine(name, neverTimesOut ? withoutTimeouts(text) : text, {
    LaunchFunctionArn: 'launch',
    LaunchNodesFunctionArn: 'launch-nodes',
    AwaitFunctionArn: 'await',
    EnvironmentFunctionArn: 'environment',
  });
  parsed.set(key, machine);
  return machine;
}

function withoutTimeouts(text: string): string {
  const dropped = (key: string, value: unknown): unknown =>
    key === 'TimeoutSecondsPath' || key === 'TimeoutSeconds' ? undefined : value;
  return JSON.stringify(JSON.parse(text), dropped);
}

/** What the machines call, with Lambda's errors by the names that Step Functions gives them. */
function functionsOf({ functions }: StepFunctionsDeps): Readonly<Record<string, LocalFunction>> {
  const invoke = (name: FunctionName) => async (payload: unknown) => {
    const outcome = await functions.invoke(name, payload);
    switch (outcome.kind) {
      case 'answered':
        return outcome.answer;
      case 'failed':
        throw outcome.error;
      case 'killed':
        throw new AslError('Runtime.ExitError', 'RequestId: … Error: Runtime exited');
      case 'timed-out':
        throw new AslError('Sandbox.Timedout', 'RequestId: … Error: Task timed out');
      case 'throttled':
        throw new AslError('Lambda.TooManyRequestsException', 'Rate Exceeded.');
    }
  };
  return {
    launch: invoke('launch'),
    'launch-nodes': invoke('launch-nodes'),
    await: invoke('await'),
    environment: invoke('environment'),
  };
}
