import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainWake } from '../../../adapters/sqs/wake-messages.ts';
import { bodiesOf, wakesOf } from '../../../adapters/sqs/wake-messages.ts';
import type { JobId, QueueArn } from '../../../core/ids.ts';

const A = 'arn:aws:batch:us-east-1:123456789012:job-queue/a' as QueueArn;
const B = 'arn:aws:batch:us-east-1:123456789012:job-queue/b' as QueueArn;
const EMPTY: DomainWake = { domain: A, queueArns: [], ended: [], arrived: [] };
const record = (messageId: string, wake: object | string) => ({
  messageId,
  body: typeof wake === 'string' ? wake : JSON.stringify(wake),
});

describe('a batch of messages', () => {
  it('is folded by domain: everything once, the newest arrival of each queue', () => {
    const { wakes, broken } = wakesOf([
      record('1', {
        ...EMPTY,
        queueArns: [A],
        ended: [{ attemptId: 'j/1', queueArn: A }],
        arrived: [{ queueArn: A, jobId: 'old' }],
      }),
      record('2', { ...EMPTY, domain: B, queueArns: [B] }),
      record('3', {
        ...EMPTY,
        queueArns: [A],
        ended: [
          { attemptId: 'j/1', queueArn: A },
          { attemptId: 'k/2', queueArn: B },
        ],
        arrived: [{ queueArn: A, jobId: 'new' }],
        reconsider: true,
      }),
    ]);
    expect(broken).toEqual([]);
    expect(wakes).toEqual([
      {
        domain: A,
        queueArns: [A, B],
        ended: [
          { attemptId: 'j/1', queueArn: A },
          { attemptId: 'k/2', queueArn: B },
        ],
        arrived: [{ queueArn: A, jobId: 'new' }],
        reconsider: true,
        messageIds: ['1', '3'],
      },
      {
        domain: B,
        queueArns: [B],
        ended: [],
        arrived: [],
        reconsider: false,
        messageIds: ['2'],
      },
    ]);
  });

  it.each([
    ['{', /^the body is not JSON: /],
    ['null', 'the body must be an object, not null'],
    ['[]', 'the body must be an object, not []'],
    [{ ...EMPTY, domain: '' }, 'domain must be a text, not ""'],
    [{ ...EMPTY, queueArns: [1] }, 'queueArns must be a list of texts, not [1]'],
    [{ ...EMPTY, ended: ['j/1'] }, 'ended must be a list of attemptId and queueArn, not ["j/1"]'],
    [{ domain: A, queueArns: [], ended: [] }, 'arrived must be a list of jobId and queueArn, not nothing'],
    [{ ...EMPTY, reconsider: 'yes' }, 'reconsider must be true or false, not "yes"'],
  ])('names a broken one and takes the others: %j', (wake, because) => {
    const { wakes, broken } = wakesOf([
      record('1', { ...EMPTY, queueArns: [A] }),
      record('2', wake),
      record('3', { ...EMPTY, queueArns: [B] }),
    ]);
    expect(broken).toEqual([
      {
        messageId: '2',
        because: typeof because === 'string' ? because : expect.stringMatching(because),
      },
    ]);
    expect(wakes).toMatchObject([{ queueArns: [A, B], messageIds: ['1', '3'] }]);
  });
});

describe('wakes on the wire', () => {
  const arn = fc.constantFrom(A, B, 'arn:aws:batch:us-east-1:123456789012:job-queue/ü"\\' as QueueArn);
  const id = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
  const wake = fc.record({
    domain: fc.constant(A),
    queueArns: fc.uniqueArray(arn),
    ended: fc.array(fc.record({ attemptId: id, queueArn: arn }), { maxLength: 20 }),
    arrived: fc.array(fc.record({ jobId: id as fc.Arbitrary<JobId>, queueArn: arn }), { maxLength: 3 }),
  });

  it('lose nothing, in however many messages, delivered however often', () => {
    fc.assert(
      fc.property(
        wake,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4_000 }),
        (one, times, more) => {
          const large: DomainWake = {
            ...one,
            ended: [
              ...one.ended,
              ...Array.from({ length: more }, (_, index) => ({ attemptId: `${index}/1`, queueArn: B })),
            ],
          };
          const bodies = bodiesOf(large);
          const records = Array.from({ length: times }, () => bodies)
            .flat()
            .map((body) => record('m', body));
          const { wakes, broken } = wakesOf(records);
          expect(broken).toEqual([]);
          expect(wakes).toHaveLength(1);
          const ended = new Map(large.ended.map(({ attemptId, queueArn }) => [attemptId, queueArn]));
          expect(new Map(wakes[0]?.ended.map(({ attemptId, queueArn }) => [attemptId, queueArn]))).toEqual(
            ended,
          );
          for (const queueArn of large.queueArns) expect(wakes[0]?.queueArns).toContain(queueArn);
          const newest = new Map(large.arrived.map(({ queueArn, jobId }) => [queueArn, jobId]));
          expect(new Map(wakes[0]?.arrived.map(({ queueArn, jobId }) => [queueArn, jobId]))).toEqual(newest);
          for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(250_000);
        },
      ),
      { numRuns: 40 },
    );
  });
});
