// Step Functions as far as the adapter asks it, with the service's rules: a name is taken for good, a running execution answers
// a start with the same input, a token is closed by its first answer and by whatever ends its state.
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ExecutionStatus } from '../../../adapters/stepfunctions/executions.ts';
import type { SfnSender } from '../../../adapters/stepfunctions/parts.ts';

export interface FakeExecution {
  readonly name: string;
  readonly input: string;
  readonly startDate: Date;
  status: ExecutionStatus;
}

export interface FakeStepFunctions {
  readonly client: SfnSender;
  /** By ARN. */
  readonly executions: Map<string, FakeExecution>;
  /** Names of the operations that were sent, in order. */
  readonly calls: string[];
  /** The next sends of an operation fail so, one each; `afterwards` does the work before it fails, as a lost answer. */
  failNext(operation: string, errors: readonly Error[], afterwards?: boolean): void;
  /** `onEnd` is told the output, or `<error>: <cause>`. */
  openToken(token: string, onEnd?: (told: string) => void): void;
  closeToken(token: string): void;
}

export function anError(name: string, message = name, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

const OPERATIONS = [
  ['StartExecution', StartExecutionCommand],
  ['DescribeExecution', DescribeExecutionCommand],
  ['GetExecutionHistory', GetExecutionHistoryCommand],
  ['StopExecution', StopExecutionCommand],
  ['SendTaskSuccess', SendTaskSuccessCommand],
  ['SendTaskFailure', SendTaskFailureCommand],
  ['SendTaskHeartbeat', SendTaskHeartbeatCommand],
] as const;

export function fakeStepFunctions(nowMs: () => number): FakeStepFunctions {
  const executions = new Map<string, FakeExecution>();
  const open = new Map<string, (output: string) => void>();
  const known = new Set<string>();
  const failures = new Map<string, { readonly error: Error; readonly afterwards: boolean }[]>();
  const calls: string[] = [];

  const find = (arn: string | undefined): FakeExecution => {
    const found = executions.get(arn ?? '');
    if (!found) throw anError('ExecutionDoesNotExist', `no execution ${arn}`);
    return found;
  };
  const mustBeOpen = (token: string): void => {
    if (open.has(token)) return;
    throw known.has(token) ? anError('TaskTimedOut') : anError('InvalidToken');
  };
  const start = ({ input: { stateMachineArn, name, input } }: StartExecutionCommand): object => {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name ?? '')) throw anError('InvalidName', name);
    const executionArn = `${stateMachineArn?.replace('stateMachine', 'execution')}:${name}`;
    const taken = executions.get(executionArn);
    if (taken && !(taken.status === 'RUNNING' && taken.input === input))
      throw anError('ExecutionAlreadyExists');
    const execution = { name: name ?? '', input: input ?? '', startDate: new Date(nowMs()) };
    if (!taken) executions.set(executionArn, { ...execution, status: 'RUNNING' });
    return { executionArn };
  };
  const endTask = (taskToken: string, told: string): object => {
    mustBeOpen(taskToken);
    const end = open.get(taskToken);
    open.delete(taskToken);
    end?.(told);
    return {};
  };
  const answer = (command: object): object => {
    if (command instanceof StartExecutionCommand) return start(command);
    if (command instanceof DescribeExecutionCommand) {
      return { ...find(command.input.executionArn), executionArn: command.input.executionArn };
    }
    if (command instanceof StopExecutionCommand) {
      find(command.input.executionArn).status = 'ABORTED';
      return {};
    }
    if (command instanceof SendTaskHeartbeatCommand) {
      mustBeOpen(command.input.taskToken ?? '');
      return {};
    }
    if (command instanceof SendTaskSuccessCommand) {
      const { taskToken = '', output = '' } = command.input;
      return endTask(taskToken, output);
    }
    if (command instanceof SendTaskFailureCommand) {
      const { taskToken = '', error, cause } = command.input;
      return endTask(taskToken, `${error}: ${cause}`);
    }
    if (command instanceof GetExecutionHistoryCommand) return historyOf(find(command.input.executionArn));
    throw new Error('an operation that the fake does not know');
  };

  const send = async (command: object): Promise<object> => {
    const name = OPERATIONS.find(([, kind]) => command instanceof kind)?.[0] ?? 'unknown';
    calls.push(name);
    const failure = failures.get(name)?.shift();
    if (failure?.afterwards) answer(command);
    if (failure) throw failure.error;
    return answer(command);
  };
  return {
    client: { send: send as SfnSender['send'] }, // its overloads know the outputs of commands; the fake answers with these
    executions,
    calls,
    failNext(operation, errors, afterwards = false) {
      failures.set(
        operation,
        errors.map((error) => ({ error, afterwards })),
      );
    },
    openToken(token, onEnd = () => undefined) {
      known.add(token);
      open.set(token, onEnd);
    },
    closeToken: (token) => void open.delete(token),
  };
}

function historyOf({ startDate, status }: FakeExecution): object {
  return {
    events: [
      { id: 1, timestamp: startDate, type: 'ExecutionStarted' },
      {
        id: 2,
        timestamp: startDate,
        type: 'TaskStateEntered',
        stateEnteredEventDetails: { name: 'STARTING' },
      },
      ...(status === 'FAILED'
        ? [
            {
              id: 3,
              timestamp: startDate,
              type: 'ExecutionFailed',
              executionFailedEventDetails: { error: 'Batch.JobFailed', cause: 'The job has failed.' },
            },
          ]
        : []),
    ],
    nextToken: 'more',
  };
}
