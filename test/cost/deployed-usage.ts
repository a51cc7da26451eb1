// What jobs use of AWS while they run through the deployed stack, in the emulator of test/emulator: what the functions' meters and
// logs and the histories of executions tell of it.
import type { MeteredOperations } from '../../lambdas/operations-meter.ts';
import type { ADeployedSlipway } from '../emulator/a-deployed-slipway.ts';
import type { MeteredFunctions, MeteredInvocation } from '../emulator/metered-functions.ts';
import type { Measured } from './cost-table.ts';
import type { Usage } from './usage.ts';
import { add, noUsage, PLATFORM_LOG_BYTES } from './usage.ts';

export interface MeasuredDeployed extends Measured {
  /** Without what comes by the clock: what the meters counted in `usage.calls`, if they miss nothing. */
  readonly seenByFront: Readonly<Record<string, number>>;
}

export interface Run {
  readonly name: string;
  readonly jobs: number;
  /** Submitted before the first of them has to have ended. */
  readonly together: number;
}

const END_LIMIT_MS = 300_000;
const LOOK_EVERY_MS = 500;

export async function measureDeployed(
  slipway: ADeployedSlipway,
  meter: MeteredFunctions,
  { name, jobs, together }: Run,
): Promise<MeasuredDeployed> {
  await meter.quiet(Date.now());
  const sinceMs = Date.now();
  const fromCall = slipway.emulator.front.calls.length;
  const jobIds: string[] = [];
  for (let from = 0; from < jobs; from += together) {
    const submitted: string[] = [];
    for (let index = from; index < Math.min(jobs, from + together); index += 1) {
      submitted.push(await slipway.submit(`process-${index}`, 'true'));
    }
    await executionsEnded(slipway, meter, submitted);
    jobIds.push(...submitted);
  }
  await meter.quiet(sinceMs);
  const usage = noUsage();
  for (const invocation of await meter.invocationsSince(sinceMs)) addInvocation(usage, invocation);
  for (const jobId of jobIds) await addTransitions(slipway, meter, usage, jobId);
  usage.counts.httpRequests = jobs;
  return { name, jobs, usage, seenByFront: await meter.seenByFront(fromCall) };
}

/** Asked of Step Functions: a question to the API would be counted. */
async function executionsEnded(
  slipway: ADeployedSlipway,
  meter: MeteredFunctions,
  jobIds: readonly string[],
): Promise<void> {
  const deadline = Date.now() + END_LIMIT_MS;
  for (;;) {
    const states = (await executionsOf(slipway, meter)).filter(({ name }) => jobIds.includes(name));
    const failed = states.find(({ status }) => status !== 'RUNNING' && status !== 'SUCCEEDED');
    if (failed) throw new Error(`a job's execution ended otherwise: ${JSON.stringify(failed)}`);
    if (states.filter(({ status }) => status === 'SUCCEEDED').length === jobIds.length) return;
    if (Date.now() > deadline) throw new Error(`jobs were not done after ${END_LIMIT_MS} ms`);
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
}

interface Execution {
  readonly name: string;
  readonly status: string;
}

async function executionsOf(
  { emulator }: ADeployedSlipway,
  { functions }: MeteredFunctions,
): Promise<readonly Execution[]> {
  const executions: Execution[] = [];
  let nextToken: unknown;
  do {
    const page = { stateMachineArn: jobMachineOf(functions), maxResults: 1_000 };
    const answer = await emulator.call('states', 'AWSStepFunctions.ListExecutions', {
      ...page,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    executions.push(...(answer['executions'] as readonly Execution[])); // Step Functions' own shape
    nextToken = answer['nextToken'] ?? undefined;
  } while (nextToken !== undefined);
  return executions;
}

function jobMachineOf(functions: MeteredFunctions['functions']): string {
  const arn = functions.map(({ environment }) => environment['SLIPWAY_JOB_MACHINE']).find(Boolean);
  if (arn === undefined) throw new Error('no function of the stack knows the machine of jobs');
  return arn;
}

/** A state is charged for when it is entered, and again for each retry of its task. */
async function addTransitions(
  { emulator }: ADeployedSlipway,
  { functions }: MeteredFunctions,
  { transitions }: Usage,
  jobId: string,
): Promise<void> {
  const executionArn = `${jobMachineOf(functions).replace(':stateMachine:', ':execution:')}:${jobId}`;
  const answer = await emulator.call('states', 'AWSStepFunctions.GetExecutionHistory', {
    executionArn,
    maxResults: 1_000,
  });
  const events = answer['events'] as readonly HistoryEvent[]; // Step Functions' own shape
  let entered = '';
  let tries = 0;
  for (const { type, stateEnteredEventDetails } of events) {
    if (type.endsWith('StateEntered')) {
      entered = stateEnteredEventDetails?.name ?? '';
      tries = 0;
      add(transitions, entered);
    } else if (type === 'TaskScheduled' && (tries += 1) > 1) add(transitions, entered);
  }
}

interface HistoryEvent {
  readonly type: string;
  readonly stateEnteredEventDetails?: { readonly name: string };
}

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'TransactGetItems']);

function addInvocation(
  usage: Usage,
  { name, memoryMiB, tookMs, logBytes, operations }: MeteredInvocation,
): void {
  add(usage.invocations, name);
  add(usage.gibMilliseconds, name, (tookMs * memoryMiB) / 1024);
  add(usage.logBytes, 'platform', PLATFORM_LOG_BYTES);
  add(usage.logBytes, 'functions', logBytes);
  // The emulator's poller stands in for Lambda's: it receives a batch and deletes it.
  if (name === 'schedule') usage.counts.fifoRequests += 2;
  if (operations) addOperations(usage, operations);
}

function addOperations(
  usage: Usage,
  { calls, capacity, refused, events, recordBytes }: MeteredOperations,
): void {
  for (const [call, count] of Object.entries(calls)) add(usage.calls, call, count);
  for (const [what, units] of Object.entries(capacity)) addCapacity(usage, what, units);
  for (const [what, count] of Object.entries(refused)) {
    // A condition that did not hold costs a unit, and the answer does not say so.
    if (what.endsWith(' ConditionalCheckFailedException')) add(usage.writeUnits, 'refused', count);
  }
  if (recordBytes > 0) add(usage.logBytes, 'audit', recordBytes);
  usage.counts.events += events;
  usage.counts.fifoRequests += calls['sqs:SendMessage'] ?? 0;
}

/** `what`: `PutItem slipway-jobs.listing`. Tables are told by what follows the stack's own prefix. */
function addCapacity(usage: Usage, what: string, units: number): void {
  const [operation = '', place = ''] = what.split(' ');
  const shortPlace = place.replace(/^.*?-(?=(?:jobs|queues)(?:\.|$))/, '');
  if (READS.has(operation)) {
    add(usage.readUnits, shortPlace, units);
    return;
  }
  // The emulator doubles the writes of indexes in a transaction as well; here as in write-units.ts they count once.
  const isIndexOfTransaction = operation === 'TransactWriteItems' && place.includes('.');
  add(usage.writeUnits, shortPlace, isIndexOfTransaction ? units / 2 : units);
}
