// Calls of Auto Scaling, EC2, ECS and Systems Manager: what is refused for the moment, or not answered, is asked again, a bounded
// number of times, with full jitter. Every call made through here may be repeated. Other errors are the caller's to judge.
import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { RetryPolicy } from '../aws/back-off.ts';
import { backOff } from '../aws/back-off.ts';

/** All that the adapter needs of its clients; a test gives scripted ones. */
export interface MachineClients {
  readonly autoScaling: Pick<AutoScalingClient, 'send'>;
  readonly ec2: Pick<EC2Client, 'send'>;
  readonly ecs: Pick<ECSClient, 'send'>;
  readonly ssm: Pick<SSMClient, 'send'>;
}

/** About four seconds in all: a step of a state machine, or the next minute's look, takes it up where this gives up. */
export const MACHINE_RETRY: RetryPolicy = { maxAttempts: 6, firstWaitMs: 100, maxWaitMs: 2_000 };

/** AWS did not do it, though it may yet. The cause is AWS's own error. */
export class MachinesUnavailableError extends Error {
  override readonly name = 'MachinesUnavailableError';
}

/** Refused for the moment, by any of the four services. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'ResourceContention',
  'ResourceContentionFault',
  'ScalingActivityInProgress',
  'ScalingActivityInProgressFault',
  'UpdateInProgressException',
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'ServerException',
  'ServiceUnavailable',
  'Unavailable',
]);

export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (TRANSIENT.has(error.name)) return true;
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: unknown }; // both are optional members of SDK and Node errors
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 500 || status === 429;
  return error.name === 'TimeoutError' || error.name === 'AbortError' || typeof code === 'string';
}

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

function unavailable(what: string, attempts: number, cause: unknown): MachinesUnavailableError {
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new MachinesUnavailableError(`${what} failed after ${attempts} attempt(s): ${said}`, { cause });
}
