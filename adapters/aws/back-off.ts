// How the adapters of AWS services wait before they ask again. What is worth asking again each of them knows for its service.
import { setTimeout as delay } from 'node:timers/promises';

export interface RetryPolicy {
  readonly maxAttempts: number;
  /** The wait before attempt n + 1 is random between 0 and this times 2^(n-1), and at most `maxWaitMs`. */
  readonly firstWaitMs: number;
  readonly maxWaitMs: number;
}

/** Waits before the attempt after `attempt`. Full jitter: those who collided must not meet again. */
export async function backOff(
  policy: Pick<RetryPolicy, 'firstWaitMs' | 'maxWaitMs'>,
  attempt: number,
): Promise<void> {
  await delay(Math.random() * Math.min(policy.firstWaitMs * 2 ** (attempt - 1), policy.maxWaitMs));
}
