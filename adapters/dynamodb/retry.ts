// What DynamoDB refuses for the moment is asked again, a bounded number of times; everything else that is not an answer
// becomes StoreUnavailableError.
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../../engine/table-ports.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import { backOff } from '../aws/back-off.ts';

/** About three seconds in all, on top of the few quick repetitions the SDK makes by itself. */
export const RETRY: RetryPolicy = { maxAttempts: 8, firstWaitMs: 25, maxWaitMs: 1_000 };

/** Error names, and codes of transaction reasons, that another try can cure. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionInProgressException',
  'InternalServerError',
  'TransactionConflict',
  'TransactionConflictException',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** The refusal of a condition is an answer, not a failure. */
export function isRefusal(
  error: unknown,
): error is ConditionalCheckFailedException | TransactionCanceledException {
  if (error instanceof ConditionalCheckFailedException) return true;
  return error instanceof TransactionCanceledException && refusedIndexes(error).length > 0;
}

/** Which operations of a transaction did not meet their condition. */
export function refusedIndexes(error: TransactionCanceledException): number[] {
  const reasons = error.CancellationReasons ?? [];
  return reasons.flatMap(({ Code }, index) => (Code === 'ConditionalCheckFailed' ? [index] : []));
}

function isTransient(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    const codes = (error.CancellationReasons ?? [])
      .map(({ Code }) => Code ?? 'None')
      .filter((code) => code !== 'None');
    return codes.length > 0 && codes.every((code) => TRANSIENT.has(code));
  }
  return error instanceof Error && TRANSIENT.has(error.name);
}

/** A refusal is thrown as it is; any other failure as StoreUnavailableError with the cause. */
export async function retrying<T>(policy: RetryPolicy, what: string, send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (isRefusal(error)) throw error;
      if (!isTransient(error)) throw unavailable(what, attempt, error);
      if (attempt === policy.maxAttempts) throw unavailable(what, attempt, error);
    }
    await backOff(policy, attempt);
  }
}

export function unavailable(what: string, attempts: number, cause: unknown): StoreUnavailableError {
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new StoreUnavailableError(`DynamoDB ${what} failed after ${attempts} attempt(s): ${said}`, {
    cause,
  });
}
