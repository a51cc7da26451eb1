// Calls of ECS: what it refuses for the moment is asked again, a bounded number of times, with full jitter. Everything else is
// the caller's to judge, so errors are thrown as they are; only an exhausted patience is told as such.
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { RetryPolicy } from '../aws/back-off.ts';
import { backOff } from '../aws/back-off.ts';

/** All that the adapter needs of a client; a test gives a scripted one. */
export type EcsSender = Pick<ECSClient, 'send'>;

/**
 * About ten seconds in all. RunTask alone is limited to 20 Fargate launches a second after a burst of 100, so that a thousand
 * jobs placed at once must spread over most of a minute: the state machine's own retries go on where this gives up.
 */
export const ECS_RETRY: RetryPolicy = { maxAttempts: 8, firstWaitMs: 100, maxWaitMs: 4_000 };

/** ECS answered with the same refusal until the last attempt. The cause is ECS's own error. */
export class EcsUnavailableError extends Error {
  override readonly name = 'EcsUnavailableError';
}

const THROTTLED: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'RequestThrottled',
  'RequestThrottledException',
]);

/** ECS limits RunTask for Fargate by this error, too. Source: ECS Developer Guide, "Request throttling". */
const SAYS_THROTTLED = /\brate exceeded\b|\bthrottl|too many concurrent attempts/i;

/** Refused before anything was done: it can be asked again without a second look. */
export function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    THROTTLED.has(error.name) || (error.name === 'ClientException' && SAYS_THROTTLED.test(error.message))
  );
}

/** Nobody knows whether it was done: ECS failed inside, or no answer came back. */
export function isUnknownOutcome(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ServerException' || error.name === 'InternalFailure') return true;
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: unknown }; // both are optional members of SDK and Node errors
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 500;
  return error.name === 'TimeoutError' || error.name === 'AbortError' || typeof code === 'string';
}

export type Again = 'throttled' | 'unknown-outcome';

/**
 * Sends until there is an answer or an error that another try cannot cure. `before` runs ahead of each repetition and may
 * end the matter with an answer of its own, found in another way.
 */
export async function retrying<T>(
  policy: RetryPolicy,
  what: string,
  send: () => Promise<T>,
  before?: (again: Again) => Promise<T | undefined>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    let again: Again;
    try {
      return await send();
    } catch (error) {
      if (isThrottled(error)) again = 'throttled';
      else if (isUnknownOutcome(error)) again = 'unknown-outcome';
      else throw error;
      if (attempt >= policy.maxAttempts) throw exhausted(what, attempt, error);
    }
    await backOff(policy, attempt);
    const found = await before?.(again);
    if (found !== undefined) return found;
  }
}

function exhausted(what: string, attempts: number, cause: unknown): EcsUnavailableError {
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new EcsUnavailableError(`ECS ${what} failed after ${attempts} attempt(s): ${said}`, { cause });
}
