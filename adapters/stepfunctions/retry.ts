// Calls of Step Functions: what it refuses for the moment is asked again, a bounded number of times, with full jitter. Every
// call here may be repeated without harm, so an unknown outcome is one of those. Answers that are no failures (a name in use,
// a token that is closed) are thrown as they are.
import type { RetryPolicy } from '../aws/back-off.ts';
import { backOff } from '../aws/back-off.ts';

/**
 * About six seconds in all, which a batch of reactions can afford; the stream delivers the batch again after that. StartExecution
 * alone is a bucket of 800 that refills by 150 a second (us-east-1: 1,300 and 300).
 */
export const SFN_RETRY: RetryPolicy = { maxAttempts: 10, firstWaitMs: 50, maxWaitMs: 2_000 };

/** Step Functions could not be asked, or was too busy until the last attempt. The cause is its own error. */
export class StepFunctionsUnavailableError extends Error {
  override readonly name = 'StepFunctionsUnavailableError';
}

const TRANSIENT: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'InternalFailure',
  'InternalServerError',
  'KmsThrottlingException',
  // A million executions are open: some of them end any moment.
  'ExecutionLimitExceeded',
  'TimeoutError',
]);

export async function retrying<T>(policy: RetryPolicy, what: string, send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (!isTransient(error)) throw error;
      if (attempt >= policy.maxAttempts) throw unavailable(what, attempt, error);
    }
    await backOff(policy, attempt);
  }
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (TRANSIENT.has(error.name)) return true;
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: unknown }; // both are optional members of SDK and Node errors
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 500;
  // A connection that broke, such as ECONNRESET.
  return typeof code === 'string';
}

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

function unavailable(what: string, attempts: number, cause: unknown): StepFunctionsUnavailableError {
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new StepFunctionsUnavailableError(
    `Step Functions ${what} failed after ${attempts} attempt(s): ${said}`,
    { cause },
  );
}
