// Wakes of the schedulers as messages of a FIFO queue: its groups are the scheduling domains, so that one function at a time
// works on a domain, and all domains at once.
// Invariant: a wake that was sent is received. Two equal wakes are two messages, because the first may have been received already
// when what the second tells of is committed.
import { createHash, randomUUID } from 'node:crypto';
import type { RetryPolicy } from '../aws/back-off.ts';
import { backOff } from '../aws/back-off.ts';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { bodiesOf } from './wake-messages.ts';
import type { DomainWake } from './wake-messages.ts';

export type SqsSender = Pick<SQSClient, 'send'>;

/** About four seconds in all: a FIFO queue takes 300 sends a second, more in its high-throughput mode. */
const SQS_RETRY: RetryPolicy = { maxAttempts: 8, firstWaitMs: 50, maxWaitMs: 2_000 };

export interface SchedulerQueueOptions {
  readonly client: SqsSender;
  readonly queueUrl: string;
  readonly retry?: RetryPolicy;
}

export interface SchedulerQueue {
  /** Resolves when the wake cannot get lost any more. When it rejects, part of it may have been sent, which is harmless. */
  wake(wake: DomainWake): Promise<void>;
}

/** A wake could not be sent. The cause is the error of SQS. */
export class WakeNotSentError extends Error {
  override readonly name = 'WakeNotSentError';
}

export function createSchedulerQueue(options: SchedulerQueueOptions): SchedulerQueue {
  return {
    async wake(wake) {
      for (const body of bodiesOf(wake)) await sendMessage(options, groupOf(wake.domain), body);
    },
  };
}

/** A queue's ARN may be longer than the 128 characters of a message group. */
function groupOf(domain: string): string {
  return createHash('sha256').update(domain).digest('base64url');
}

async function sendMessage(
  { client, queueUrl, retry = SQS_RETRY }: SchedulerQueueOptions,
  MessageGroupId: string,
  MessageBody: string,
): Promise<void> {
  // One id for all attempts: a message whose acknowledgement was lost is sent again without being doubled.
  const MessageDeduplicationId = randomUUID();
  const input = { QueueUrl: queueUrl, MessageBody, MessageGroupId, MessageDeduplicationId };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(new SendMessageCommand(input));
      return;
    } catch (error) {
      if (!isTransient(error) || attempt >= retry.maxAttempts) throw notSent(attempt, error);
    }
    await backOff(retry, attempt);
  }
}

const TRANSIENT: ReadonlySet<string> = new Set([
  'RequestThrottled',
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'OverLimit',
  'KmsThrottled',
  'ServiceUnavailable',
  'InternalError',
  'InternalFailure',
  'TimeoutError',
]);

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (TRANSIENT.has(error.name)) return true;
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: unknown }; // both are optional members of SDK and Node errors
  const status = $metadata?.httpStatusCode;
  return status === undefined ? typeof code === 'string' : status >= 500;
}

function notSent(attempts: number, cause: unknown): WakeNotSentError {
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new WakeNotSentError(`SQS SendMessage failed after ${attempts} attempt(s): ${said}`, { cause });
}
