// Starting executions and finding them again. Nothing is remembered here: which executions a subject has had is in their names,
// and Step Functions knows those.
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { EpochMs } from '../../core/ids.ts';
import type { MachineName } from '../../engine/ports.ts';
import { executionArn, executionName } from './execution-names.ts';
import type { StepFunctionsParts } from './parts.ts';
import { isNamed, retrying } from './retry.ts';

export type ExecutionStatus =
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'ABORTED'
  | 'PENDING_REDRIVE';

export interface ExecutionDescription {
  readonly name: string;
  readonly arn: string;
  /** 1 for a subject's first execution. */
  readonly number: number;
  readonly status: ExecutionStatus;
  readonly startedAtMs: EpochMs;
  readonly endedAtMs?: EpochMs;
  readonly error?: string;
  readonly cause?: string;
}

/** `type` in Step Functions' words; ids count from 1. */
export interface ExecutionEvent {
  readonly id: number;
  readonly atMs: EpochMs;
  readonly type: string;
  readonly stateName?: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface HistoryPage {
  readonly events: readonly ExecutionEvent[];
  readonly next?: string;
}

/** False when the name is taken: its execution has ended, or runs with another input. */
export async function startExecution(
  parts: StepFunctionsParts,
  machine: MachineName,
  name: string,
  input: object,
): Promise<boolean> {
  const command = new StartExecutionCommand({
    stateMachineArn: parts.machineArns[machine],
    name,
    input: JSON.stringify(input),
  });
  try {
    await retrying(parts.retry, 'StartExecution', () => parts.client.send(command));
    return true;
  } catch (error) {
    if (isNamed(error, 'ExecutionAlreadyExists')) return false;
    throw error;
  }
}

/** `undefined`: there is none of that number, or it is so new that it does not show yet. */
async function describe(
  parts: StepFunctionsParts,
  machine: MachineName,
  subject: string,
  number: number,
): Promise<ExecutionDescription | undefined> {
  const name = executionName(subject, number);
  const arn = executionArn(parts.machineArns[machine], name);
  const command = new DescribeExecutionCommand({ executionArn: arn });
  try {
    const found = await retrying(parts.retry, 'DescribeExecution', () => parts.client.send(command));
    return {
      name,
      arn,
      number,
      status: found.status ?? 'RUNNING',
      startedAtMs: found.startDate?.getTime() ?? parts.clock.now(),
      ...(found.stopDate === undefined ? {} : { endedAtMs: found.stopDate.getTime() }),
      ...(found.error === undefined ? {} : { error: found.error }),
      ...(found.cause === undefined ? {} : { cause: found.cause }),
    };
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist')) return undefined;
    throw error;
  }
}

/**
 * A subject's latest execution, in about 2 × log2(n) calls for the n-th: DescribeExecution refills by 10 a second only, and a
 * subject that breaks again and again, each minute, collects hundreds of names.
 */
export async function findLatest(
  parts: StepFunctionsParts,
  machine: MachineName,
  subject: string,
): Promise<ExecutionDescription | undefined> {
  const look = (number: number) => describe(parts, machine, subject, number);
  let latest = await look(1);
  if (latest === undefined) return undefined;
  let unused: number | undefined;
  for (let step = 1; unused === undefined; step *= 2) {
    if (latest.status === 'RUNNING') return latest; // only the latest can be running
    const further = await look(latest.number + step);
    if (further) latest = further;
    else unused = latest.number + step;
  }
  while (unused - latest.number > 1) {
    const middle = Math.floor((latest.number + unused) / 2);
    const found = await look(middle);
    if (found) latest = found;
    else unused = middle;
  }
  return latest;
}

export async function stopExecution(
  parts: StepFunctionsParts,
  { arn }: ExecutionDescription,
  cause: string,
): Promise<void> {
  const command = new StopExecutionCommand({ executionArn: arn, error: 'Slipway.Replaced', cause });
  await retrying(parts.retry, 'StopExecution', () => parts.client.send(command));
}

/** One page of the events of a subject's latest execution, oldest first; `undefined` when it has none. */
export async function readHistory(
  parts: StepFunctionsParts,
  machine: MachineName,
  subject: string,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<HistoryPage | undefined> {
  const latest = await findLatest(parts, machine, subject);
  if (latest === undefined) return undefined;
  const command = new GetExecutionHistoryCommand({
    executionArn: latest.arn,
    maxResults: limit,
    includeExecutionData: true,
    ...(after === undefined ? {} : { nextToken: after }),
  });
  const page = await retrying(parts.retry, 'GetExecutionHistory', () => parts.client.send(command));
  return {
    events: (page.events ?? []).map(eventOf),
    ...(page.nextToken === undefined ? {} : { next: page.nextToken }),
  };
}

function eventOf(event: HistoryEvent): ExecutionEvent {
  const stateName = event.stateEnteredEventDetails?.name ?? event.stateExitedEventDetails?.name;
  const failure =
    event.executionFailedEventDetails ??
    event.executionAbortedEventDetails ??
    event.executionTimedOutEventDetails ??
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails ??
    event.lambdaFunctionFailedEventDetails;
  return {
    id: event.id ?? 0,
    atMs: event.timestamp?.getTime() ?? 0,
    type: event.type ?? 'Unknown',
    ...(stateName === undefined ? {} : { stateName }),
    ...(failure?.error === undefined ? {} : { error: failure.error }),
    ...(failure?.cause === undefined ? {} : { cause: failure.cause }),
  };
}
