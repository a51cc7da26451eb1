// IAM answers few questions a second and refuses the rest for the moment: asked again, a bounded number of times, after a
// random wait, so that those who collided do not meet again.
import { setTimeout as delay } from 'node:timers/promises';

export interface Patience {
  readonly maxAttempts: number;
  /** The wait before attempt n + 1 is random between 0 and this times 2^(n-1), and at most `maxWaitMs`. */
  readonly firstWaitMs: number;
  readonly maxWaitMs: number;
}

export const PATIENCE: Patience = { maxAttempts: 7, firstWaitMs: 60, maxWaitMs: 1_500 };

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

export async function patiently<T>(patience: Patience, ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const isTransient = error instanceof Error && TRANSIENT.has(error.name);
      if (!isTransient || attempt === patience.maxAttempts) throw error;
    }
    await delay(Math.random() * Math.min(patience.firstWaitMs * 2 ** (attempt - 1), patience.maxWaitMs));
  }
}
