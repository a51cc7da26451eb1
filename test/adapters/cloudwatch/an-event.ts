// An event as EventBridge writes it into a log group.
import type { EventEnvelope } from '../../../adapters/cloudwatch/event-reader.ts';

export const QUEUE_ARN = 'arn:aws:batch:us-east-1:123456789012:job-queue/default';

export function anEvent(
  atMs: number,
  detail: Readonly<Record<string, unknown>> = {},
): EventEnvelope & object {
  const { jobId = 'aaaaaaaa-0000-4000-8000-000000000000' } = detail as { readonly jobId?: string }; // as given
  return {
    id: '0e2f3c1a-1111-4222-8333-444455556666',
    'detail-type': 'Batch Job State Change',
    time: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
    account: '123456789012',
    region: 'us-east-1',
    resources: [`arn:aws:batch:us-east-1:123456789012:job/${jobId}`],
    detail: { jobId, jobName: 'hello', jobQueue: QUEUE_ARN, status: 'RUNNABLE', createdAt: atMs, ...detail },
  };
}

/** The second that EventBridge has an event under. */
export function secondOf(atMs: number): number {
  return Math.floor(atMs / 1000) * 1000;
}
