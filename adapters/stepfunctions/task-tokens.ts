// Task tokens as rows of the `queues` table: one row for each time a token was parked, so that nothing is ever overwritten. A
// function that Step Functions has given up on may park its dead token after the living one; whoever wakes tries the newest
// first and goes on until one is taken. At most one token of a subject lives at a time: an execution is in one state.
// Invariant: a row outlives what it is needed for, and goes by TTL; nothing is spent on deleting it.
import { createHash } from 'node:crypto';
import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
} from '@aws-sdk/client-sfn';
import type { EpochMs } from '../../core/ids.ts';
import type { Wait, WaitEnd } from '../../core/job/progress.ts';
import type { StepFunctionsParts } from './parts.ts';
import { isNamed, retrying } from './retry.ts';

export interface ParkedToken {
  readonly token: string;
  readonly atMs: EpochMs;
  readonly wait: Wait;
}

/**
 * How long a token is kept. A wait may take a year; one that outlasts its row is found when the job is placed or driven again
 * (see `ensure`), so a shorter time costs nothing but that, and saves most of what keeping them costs.
 */
const KEPT_SECONDS = 90 * 24 * 3_600;
/** More dead tokens than the retries of a state can park while one call of a function lives. */
const TOKENS_TRIED = 10;

/** No task waits for this token: it has ended, timed out, or was never one. */
const NOBODY_WAITS = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'] as const;

function partitionOf(subject: string): string {
  return `token#${subject}`;
}

/** Ordered by time; the same token parked twice in one millisecond is one row. */
function sortOf(atMs: EpochMs, token: string): string {
  const mark = createHash('sha256').update(token).digest('base64url').slice(0, 12);
  return `${String(atMs).padStart(15, '0')}#${mark}`;
}

export async function parkToken(
  { table, clock }: StepFunctionsParts,
  subject: string,
  token: string,
  wait: Wait,
): Promise<void> {
  const atMs = clock.now();
  const row = {
    pk: partitionOf(subject),
    sk: sortOf(atMs, token),
    body: { token, atMs, wait } satisfies ParkedToken,
    expiresAtS: Math.floor(atMs / 1000) + KEPT_SECONDS,
  };
  await table.write([{ kind: 'put', table: 'queues', row }]);
}

/** The newest tokens parked under a subject, newest first; most of them are closed. */
export async function newestTokens(
  { table }: StepFunctionsParts,
  subject: string,
  limit = TOKENS_TRIED,
): Promise<readonly ParkedToken[]> {
  const { rows } = await table.query({
    table: 'queues',
    partition: partitionOf(subject),
    descending: true,
    limit,
  });
  return rows.map((row) => row.body as ParkedToken); // written by parkToken
}

/** False when nobody waits for it any more. */
export async function endTask(parts: StepFunctionsParts, taskToken: string, end: WaitEnd): Promise<boolean> {
  if (end.kind === 'output') {
    const success = new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(end.output) });
    return isTaken('SendTaskSuccess', parts, () => parts.client.send(success));
  }
  const failure = new SendTaskFailureCommand({ taskToken, error: end.error, cause: end.cause });
  return isTaken('SendTaskFailure', parts, () => parts.client.send(failure));
}

/** Whether a state waits for this token. None of our states has a heartbeat, so it changes nothing. */
export async function isAwaited(parts: StepFunctionsParts, token: string): Promise<boolean> {
  const command = new SendTaskHeartbeatCommand({ taskToken: token });
  return isTaken('SendTaskHeartbeat', parts, () => parts.client.send(command));
}

async function isTaken(
  what: string,
  { retry }: StepFunctionsParts,
  send: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await retrying(retry, what, send);
    return true;
  } catch (error) {
    if (isNamed(error, ...NOBODY_WAITS)) return false;
    throw error;
  }
}
