import type { SendMessageCommand, SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createSchedulerQueue } from '../../../adapters/sqs/scheduler-queue.ts';
import type { DomainWake } from '../../../adapters/sqs/wake-messages.ts';
import { wakesOf } from '../../../adapters/sqs/wake-messages.ts';
import type { JobId, QueueArn } from '../../../core/ids.ts';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/schedule.fifo';
const queueArn = (name: string) => `arn:aws:batch:us-east-1:123456789012:job-queue/${name}` as QueueArn;
const WAKE: DomainWake = {
  domain: queueArn('a'),
  queueArns: [queueArn('a')],
  ended: [{ attemptId: 'j/1', queueArn: queueArn('a') }],
  arrived: [{ queueArn: queueArn('a'), jobId: 'k' as JobId }],
};

function anError(name: string, more: object = {}): Error {
  return Object.assign(new Error(name), { name, ...more });
}

/** A FIFO queue: a deduplication id that was seen is acknowledged and not stored again. `failures`: one send fails for each. */
function aQueue(failures: readonly { readonly error: Error; readonly stored?: boolean }[] = []) {
  const left = [...failures];
  const sent: SendMessageCommandInput[] = [];
  const seen = new Set<string>();
  let sends = 0;
  const send = async ({ input }: SendMessageCommand): Promise<object> => {
    sends += 1;
    const failure = left.shift();
    if (!failure || failure.stored === true) {
      const id = input.MessageDeduplicationId ?? '';
      if (!seen.has(id)) sent.push(input);
      seen.add(id);
    }
    if (failure) throw failure.error;
    return {};
  };
  const queue = createSchedulerQueue({
    client: { send },
    queueUrl: QUEUE_URL,
    retry: { maxAttempts: 4, firstWaitMs: 0, maxWaitMs: 0 },
  });
  const received = () =>
    wakesOf(sent.map(({ MessageBody = '' }, index) => ({ messageId: String(index), body: MessageBody })));
  return { queue, sent, received, sends: () => sends };
}

describe('a wake', () => {
  it('is one message of its domain’s group', async () => {
    const { queue, sent } = aQueue();
    await queue.wake(WAKE);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ QueueUrl: QUEUE_URL, MessageBody: JSON.stringify(WAKE) });
  });

  it('of a domain with a long name has a group that SQS takes, the same each time and no other domain’s', async () => {
    const { queue, sent } = aQueue();
    const domain = queueArn('q'.repeat(128));
    await queue.wake({ ...WAKE, domain });
    await queue.wake({ ...WAKE, domain, ended: [] });
    await queue.wake(WAKE);
    const [first, second, other] = sent.map(({ MessageGroupId }) => MessageGroupId ?? '');
    expect(first).toMatch(/^[A-Za-z0-9_-]{1,128}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('is never swallowed by an equal one before it', async () => {
    const { queue, sent } = aQueue();
    for (let time = 0; time < 3; time += 1) await queue.wake(WAKE);
    expect(sent).toHaveLength(3);
  });

  it('is sent once although its acknowledgement was lost', async () => {
    const { queue, sent, sends } = aQueue([
      { error: anError('Error', { code: 'ECONNRESET' }), stored: true },
      { error: anError('TimeoutError') },
    ]);
    await queue.wake(WAKE);
    expect(sends()).toBe(3);
    expect(sent).toHaveLength(1);
  });

  it('is told as lost, with its cause, when the queue stays busy', async () => {
    const error = anError('RequestThrottled', { $metadata: { httpStatusCode: 400 } });
    const { queue, sends } = aQueue(Array.from({ length: 4 }, () => ({ error })));
    await expect(queue.wake(WAKE)).rejects.toMatchObject({
      name: 'WakeNotSentError',
      message: 'SQS SendMessage failed after 4 attempt(s): RequestThrottled: RequestThrottled',
      cause: error,
    });
    expect(sends()).toBe(4);
  });

  it('is not tried again where that cures nothing', async () => {
    const { queue, sends } = aQueue([
      { error: anError('AccessDenied', { $metadata: { httpStatusCode: 403 } }) },
    ]);
    await expect(queue.wake(WAKE)).rejects.toThrow(/after 1 attempt\(s\): AccessDenied/);
    expect(sends()).toBe(1);
  });

  it('that is too large for a message is several, which say the same together', async () => {
    const { queue, sent, received } = aQueue();
    const ended = Array.from({ length: 5_000 }, (_, index) => ({
      attemptId: `11111111-1111-4111-8111-${String(index).padStart(12, '0')}/1`,
      queueArn: queueArn('ä'.repeat(64)),
    }));
    await queue.wake({ ...WAKE, ended, reconsider: true });
    expect(sent.length).toBeGreaterThan(1);
    for (const { MessageBody = '' } of sent) expect(Buffer.byteLength(MessageBody)).toBeLessThan(256 * 1024);
    expect(new Set(sent.map(({ MessageGroupId }) => MessageGroupId)).size).toBe(1);
    expect(received()).toEqual({
      wakes: [
        {
          domain: WAKE.domain,
          queueArns: [queueArn('a'), queueArn('ä'.repeat(64))],
          ended,
          arrived: WAKE.arrived,
          reconsider: true,
          messageIds: sent.map((_, index) => String(index)),
        },
      ],
      broken: [],
    });
  });
});
