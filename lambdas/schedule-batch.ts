// One batch of the scheduler's queue. The records of a scheduling domain are folded into one wake; they fail together, for the
// queue keeps their order, and a wake that is repeated changes nothing.
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { wakesOf } from '../adapters/sqs/wake-messages.ts';
import type { EpochMs, QueueArn } from '../core/ids.ts';
import type { DomainWake } from '../engine/scheduler-wakes.ts';

export interface ScheduleBatchDeps {
  readonly nowMs: () => EpochMs;
  /** Resolves with a queue of each domain that may have more to place. */
  readonly runPasses: (wake: Omit<DomainWake, 'domain'>, untilMs: EpochMs) => Promise<readonly QueueArn[]>;
  /** What is left when the time is up. */
  readonly wakeAgain: (queueArns: readonly QueueArn[]) => Promise<void>;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Of the function's 30 seconds; the last pass may need some more than it is given. */
const TIME_MS = 20_000;

export async function scheduleBatch(
  deps: ScheduleBatchDeps,
  { Records: records }: SQSEvent,
): Promise<SQSBatchResponse> {
  const untilMs = deps.nowMs() + TIME_MS;
  const { wakes, broken } = wakesOf(records);
  const failed: string[] = [];
  for (const { messageId, because } of broken) {
    deps.log('schedule.unreadable', { messageId, because });
    failed.push(messageId);
  }
  for (const { domain, messageIds, ...wake } of wakes) {
    try {
      const left = await deps.runPasses(wake, untilMs);
      if (left.length > 0) await deps.wakeAgain(left);
    } catch (error) {
      deps.log('schedule.failed', { domain, error: String(error) });
      failed.push(...messageIds);
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
