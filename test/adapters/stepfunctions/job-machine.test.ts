// The job machine as it stands, driven through the adapter by a Step Functions with the service's rules, while calls are
// throttled, answers are lost, functions fail, and every reaction comes twice and late.
import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AslEngine } from '../../../adapters/asl/engine.ts';
import { createAslEngine } from '../../../adapters/asl/engine.ts';
import { lambdaResources } from '../../../adapters/asl/lambda-resources.ts';
import type { SfnSender } from '../../../adapters/stepfunctions/parts.ts';
import { createStepFunctionsWorkflows } from '../../../adapters/stepfunctions/workflows.ts';
import type { Progress, Wait } from '../../../core/job/progress.ts';
import { endOfWait, NO_TIMEOUT_SECONDS } from '../../../core/job/progress.ts';
import { jobMachine } from '../../statemachines/simulated-home.ts';
import { createFakeTime } from '../asl/fake-time.ts';
import { aStore } from '../sqlite/a-store.ts';
import { anError } from './fake-step-functions.ts';

type Fault = 'none' | 'throttled' | 'answer-lost' | 'function-fails';
interface Row {
  readonly status: 'STARTING' | 'RUNNING' | 'RUNNABLE' | 'SUCCEEDED';
  readonly attempt: number;
}
type Request = Wait & { readonly taskToken: string };

const JOB = '11111111-1111-4111-8111-111111111111:3';
/** Two attempts, the first of which is retried. */
const LIFE: readonly Row[] = [
  { status: 'STARTING', attempt: 1 },
  { status: 'RUNNING', attempt: 1 },
  { status: 'RUNNABLE', attempt: 1 },
  { status: 'STARTING', attempt: 2 },
  { status: 'RUNNING', attempt: 2 },
  { status: 'SUCCEEDED', attempt: 2 },
];

/** Our engine behind the calls of Step Functions. Each call takes the next fault; there are none after the last. */
function stepFunctionsOver(engine: () => AslEngine, nextFault: () => Fault): SfnSender {
  const inputs = new Map<string, string>();
  const answer = (command: object): object => {
    if (command instanceof StartExecutionCommand) {
      const { name = '', input = '' } = command.input;
      const earlier = inputs.get(name);
      if (earlier === undefined) engine().start(jobMachine, name, JSON.parse(input));
      else if (earlier !== input || !engine().isRunning(name)) throw anError('ExecutionAlreadyExists');
      inputs.set(name, input);
      return {};
    }
    if (command instanceof DescribeExecutionCommand) {
      const found = engine().describe(command.input.executionArn?.split(':').at(-1) ?? '');
      if (!found) throw anError('ExecutionDoesNotExist');
      return { status: found.status, startDate: new Date(found.startedAtMs) };
    }
    if (command instanceof SendTaskSuccessCommand) {
      const { taskToken = '', output = '' } = command.input;
      if (engine().succeedTask(taskToken, JSON.parse(output)) === 'unknown') throw anError('TaskTimedOut');
      return {};
    }
    if (command instanceof SendTaskFailureCommand) {
      const { taskToken = '', error, cause } = command.input;
      if (engine().failTask(taskToken, error, cause) === 'unknown') throw anError('TaskTimedOut');
      return {};
    }
    if (command instanceof SendTaskHeartbeatCommand) {
      if (!engine().isWaiting(command.input.taskToken ?? '')) throw anError('TaskTimedOut');
      return {};
    }
    throw new Error(`${command.constructor.name} is not needed by a job whose execution never breaks`);
  };
  const send = async (command: object): Promise<object> => {
    const fault = nextFault();
    if (fault === 'throttled') throw anError('ThrottlingException');
    const given = answer(command);
    if (fault === 'answer-lost') throw anError('Error', 'read ECONNRESET', { code: 'ECONNRESET' });
    return given;
  };
  return { send: send as SfnSender['send'] }; // its overloads know the outputs of commands, which are empty here
}

/** More failures than the machine's six retries of a state would break the execution, as they should. */
function withFewFailures(faults: readonly Fault[]): Fault[] {
  let failures = 0;
  return faults.filter((fault) => fault !== 'function-fails' || (failures += 1) <= 5);
}

async function live(faults: readonly Fault[], lateness: readonly number[]) {
  const { table } = aStore();
  const time = createFakeTime();
  const left = withFewFailures(faults);
  const nextFault = (): Fault => left.shift() ?? 'none';
  let row: Row = { status: 'STARTING', attempt: 1 };
  const started = new Set<string>();
  const progressAt = (at: Row): Progress => ({ jobId: JOB, ...at, timeoutSeconds: NO_TIMEOUT_SECONDS });
  const called = async (payload: unknown): Promise<boolean> => {
    const { state, attempt, taskToken } = payload as Request; // what the machine's Parameters say
    if (nextFault() === 'function-fails') throw anError('StoreUnavailableError');
    const wait: Wait = { state, attempt };
    await workflows.park(JOB, taskToken, wait);
    const end = endOfWait(wait, progressAt(row));
    if (end) await workflows.end(taskToken, end);
    return end === undefined;
  };
  const engine: AslEngine = createAslEngine({
    clock: time.clock,
    timer: time.timer,
    keepEnded: 5,
    resources: lambdaResources({
      launch: async (payload) => {
        const { attempt } = payload as unknown as Request; // as above
        if (await called(payload)) started.add(`${JOB}/${attempt}`);
      },
      await: async (payload) => void (await called(payload)),
    }),
  });
  const workflows = createStepFunctionsWorkflows({
    client: stepFunctionsOver(() => engine, nextFault),
    machineArns: { job: 'job', 'multi-node-job': 'multi', 'compute-environment': 'ce' },
    table,
    clock: time.clock,
    retry: { maxAttempts: faults.length + 2, firstWaitMs: 0, maxWaitMs: 0 },
    lookAgainMs: 0,
  });
  const react = async (to: Row): Promise<void> => {
    if (to.status === 'STARTING') await workflows.ensure('job', JOB, { jobId: JOB, attempt: to.attempt });
    await workflows.wake(JOB, (wait) => endOfWait(wait, progressAt(to)));
  };
  for (const [index, next] of LIFE.entries()) {
    row = next;
    await react(next);
    // An earlier reaction, delivered again: it tells of a state that the row has left.
    const late = LIFE[index - (lateness[index] ?? 0)];
    if (late) await react(late);
    await time.advance(100_000);
  }
  const found = engine.describe(JOB.replace(':', '_'));
  engine.close();
  return { status: found?.status, output: found?.result, started: [...started] };
}

test('a job that is retried reaches its end in one execution, whatever fails on the way', async () => {
  const fault = fc.constantFrom<Fault>('none', 'none', 'throttled', 'answer-lost', 'function-fails');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 40 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: LIFE.length, maxLength: LIFE.length }),
      async (faults, lateness) => {
        const { status, output, started } = await live(faults, lateness);
        expect(status).toBe('SUCCEEDED');
        expect(output).toMatchObject({ output: { status: 'SUCCEEDED', attempt: 2 } });
        expect(started).toEqual([`${JOB}/1`, `${JOB}/2`]);
      },
    ),
    { numRuns: 40 },
  );
});
