// IAM answers few questions a second and refuses the rest for the moment: asked again, a bounded number of times, after a
// random wait, so that those who collided do not meet again.
import type { RetryPolicy } from '../aws/back-off.ts';
import { backOff } from '../aws/back-off.ts';

export const PATIENCE: RetryPolicy = { maxAttempts: 7, firstWaitMs: 60, maxWaitMs: 1_500 };

const TRANSIENT: ReadonlySet<string> = new Set([
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ServiceFailure',
  'ServiceFailureException',
  'ServiceUnavailable',
  'InternalFailure',
  'RequestTimeout',
  'TimeoutError',
]);

export async function patiently<T>(patience: RetryPolicy, ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const isTransient = error instanceof Error && TRANSIENT.has(error.name);
      if (!isTransient || attempt === patience.maxAttempts) throw error;
    }
    await backOff(patience, attempt);
  }
}
