// The queue of the schedulers' wakes.
import { SQSClient } from '@aws-sdk/client-sqs';
import { createSchedulerQueue } from '../adapters/sqs/scheduler-queue.ts';
import type { SchedulerQueue } from '../engine/scheduler-wakes.ts';
import { CLIENT_OPTIONS, watchCalls } from './aws-clients.ts';
import type { ConfigOf } from './config.ts';
import type { Telemetry } from './telemetry.ts';

export function composeSchedulerQueue(
  config: ConfigOf<'scheduleQueueUrl'>,
  telemetry: Telemetry,
): SchedulerQueue {
  const client = new SQSClient(CLIENT_OPTIONS);
  watchCalls(client, 'sqs', telemetry);
  return createSchedulerQueue({ client, queueUrl: config.scheduleQueueUrl });
}
