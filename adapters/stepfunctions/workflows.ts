// The Workflows port over Step Functions: one running execution per subject, found by name, and waits ended by the task tokens
// that were parked under the subject.
import { setTimeout as delay } from 'node:timers/promises';
import type { Wait, WaitEnd } from '../../core/job/progress.ts';
import type { MachineName, Workflows } from '../../engine/ports.ts';
import { executionName } from './execution-names.ts';
import type { ExecutionDescription, HistoryPage } from './executions.ts';
import { findLatest, readHistory, startExecution, stopExecution } from './executions.ts';
import type { StepFunctionsParts } from './parts.ts';
import { SFN_RETRY } from './retry.ts';
import { endTask, isAwaited, newestTokens, parkToken } from './task-tokens.ts';

export interface StepFunctionsWorkflows extends Workflows {
  /** A subject's latest execution; `undefined` when it never had one, or Step Functions has forgotten it (after 90 days). */
  describeExecution(machine: MachineName, subject: string): Promise<ExecutionDescription | undefined>;
  /** One page of the events of its latest execution, oldest first; `limit` is 1 to 1,000. */
  history(
    machine: MachineName,
    subject: string,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<HistoryPage | undefined>;
}

export type StepFunctionsOptions = Omit<StepFunctionsParts, 'retry' | 'lookAgainMs'> &
  Partial<Pick<StepFunctionsParts, 'retry' | 'lookAgainMs'>>;

/** The states of these machines wait for a token; those of the others end by themselves. */
const WAITS_FOR_TOKENS: Readonly<Record<MachineName, boolean>> = {
  job: true,
  'multi-node-job': true,
  'compute-environment': false,
};
/** An execution that parked a token so lately runs; should it break in that time, the reconciler's next call finds that. */
const RECENT_MS = 120_000;
/** Looks for the token of a state that is just being entered: a function starts in a second. */
const LOOKS = 3;

export function createStepFunctionsWorkflows(options: StepFunctionsOptions): StepFunctionsWorkflows {
  const parts: StepFunctionsParts = { retry: SFN_RETRY, lookAgainMs: 400, ...options };
  return {
    ensure: (machine, subject, input) => ensureExecution(parts, machine, subject, input),
    wake: (subject, endOf) => wakeSubject(parts, subject, endOf),
    park: (subject, taskToken, wait) => parkToken(parts, subject, taskToken, wait),
    async end(taskToken, end) {
      await endTask(parts, taskToken, end);
    },
    describeExecution: (machine, subject) => findLatest(parts, machine, subject),
    history: (machine, subject, page) => readHistory(parts, machine, subject, page),
  };
}

/**
 * A start answers for an execution that runs with the same input; a name that is taken says only that there has been one. Tokens
 * then tell whether it runs: DescribeExecution could not be asked for each of a thousand jobs that are placed anew at once.
 */
async function ensureExecution(
  parts: StepFunctionsParts,
  machine: MachineName,
  subject: string,
  input: object,
): Promise<void> {
  if (await startExecution(parts, machine, executionName(subject, 1), input)) return;
  if (WAITS_FOR_TOKENS[machine] && (await isWaiting(parts, subject))) return;
  const latest = await findLatest(parts, machine, subject);
  // Step Functions knows the name but does not show the execution yet: somebody has just started it.
  if (latest === undefined) return;
  if (latest.status === 'RUNNING') {
    if (!(await isOutOfReach(parts, machine, subject, latest))) return;
    await stopExecution(parts, latest, 'Its task tokens are lost, so that nothing could wake it.');
  }
  // A name that is taken by now was taken by another who ensures the same.
  await startExecution(parts, machine, executionName(subject, latest.number + 1), input);
}

async function isWaiting(parts: StepFunctionsParts, subject: string): Promise<boolean> {
  for (let look = 1; ; look += 1) {
    const [newest] = await newestTokens(parts, subject, 1);
    if (newest === undefined) return false;
    if (parts.clock.now() - newest.atMs < RECENT_MS) return true;
    if (await isAwaited(parts, newest.token)) return true;
    if (look === LOOKS) return false;
    // It may have been woken a moment ago: the state it goes to parks the next token.
    await delay(parts.lookAgainMs);
  }
}

/** No token of it is left, after a wait longer than they are kept, or in a table restored from a backup. */
async function isOutOfReach(
  parts: StepFunctionsParts,
  machine: MachineName,
  subject: string,
  { startedAtMs }: ExecutionDescription,
): Promise<boolean> {
  if (!WAITS_FOR_TOKENS[machine] || parts.clock.now() - startedAtMs < RECENT_MS) return false;
  return (await newestTokens(parts, subject, 1)).length === 0;
}

/**
 * Who calls has committed the row before, and a token is parked before the row is looked at: either the token is found here, or
 * its function sees the row. A token that is closed is passed over, so an older one never stands in for a later one.
 */
async function wakeSubject(
  parts: StepFunctionsParts,
  subject: string,
  endOf: (wait: Wait) => WaitEnd | undefined,
): Promise<number> {
  for (const { token, wait } of await newestTokens(parts, subject)) {
    const end = endOf(wait);
    if (end !== undefined && (await endTask(parts, token, end))) return 1;
  }
  return 0;
}
