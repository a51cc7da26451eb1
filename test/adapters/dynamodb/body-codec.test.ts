import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BODY_DICTIONARY_1 } from '../../../adapters/dynamodb/body-dictionary.ts';
import { decodeBody, encodeBody } from '../../../adapters/dynamodb/body-codec.ts';
import type { WritableItem } from '../../../adapters/dynamodb/item.ts';
import { attributesOf, keyItem, rowOfItem } from '../../../adapters/dynamodb/item.ts';
import type { StreamRecord } from '../../../adapters/dynamodb/stream-record.ts';
import { changeOfStreamRecord } from '../../../adapters/dynamodb/stream-record.ts';
import { onExit } from '../../../core/job/attempt-steps.ts';
import type { Job } from '../../../core/job/job.ts';
import { StoreCorruptError } from '../../../engine/table-ports.ts';
import { jobRow } from '../../../engine/store/job-rows.ts';
import { aJob, JOB_ID } from '../../core/job/a-job.ts';

const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/default';
const KEYS = [JOB_ID, QUEUE];

/** DynamoDB's own rule: names and values, numbers by their digits. */
function sizeOf(item: ReturnType<typeof attributesOf>): number {
  return Object.entries(item).reduce((sum, [name, value]) => {
    const bytes = 'B' in value ? value.B.length : Buffer.byteLength('S' in value ? value.S : value.N);
    return sum + name.length + bytes;
  }, 0);
}

test('a body read again is the body, with any texts beside it', () => {
  const body = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ noUnicodeString: false }));
  fc.assert(
    fc.property(body, fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), (written, keyTexts) => {
      const stored = encodeBody(written, keyTexts);
      expect(JSON.parse(decodeBody(stored, keyTexts))).toEqual(JSON.parse(JSON.stringify(written)));
    }),
  );
});

describe('the form of a body', () => {
  test('is text where nothing is gained', () => {
    expect(encodeBody({ n: 1 }, KEYS)).toEqual({ S: '{"n":1}' });
  });

  test('is bytes that leave out what every job has and what the keys say', () => {
    const body = { jobId: JOB_ID, queueArn: QUEUE, status: 'RUNNABLE', attempts: [], awaiting: [] };
    const stored = encodeBody(body, KEYS);
    expect('B' in stored && stored.B.length).toBeLessThan(40);
    expect(decodeBody(stored, KEYS)).toBe(JSON.stringify(body));
  });

  test('may come as base64, as functions receive it', () => {
    const stored = encodeBody(aJob('RUNNING'), KEYS);
    const bytes = 'B' in stored ? stored.B : new Uint8Array();
    expect(decodeBody({ B: Buffer.from(bytes).toString('base64') }, KEYS)).toBe(
      JSON.stringify(aJob('RUNNING')),
    );
  });

  test.each([
    ['another format', Uint8Array.of(9, 1, 2)],
    ['nothing', new Uint8Array()],
    ['bytes that were cut', Uint8Array.of(1, 0x4b)],
  ])('is reported with its key when it is %s', (_name, B) => {
    const item = { ...keyItem({ pk: 'p', sk: 's' }), v: { N: '1' }, b: { B } };
    expect(() => rowOfItem('jobs', item)).toThrow(StoreCorruptError);
    expect(() => rowOfItem('jobs', item)).toThrow('{"table":"jobs","pk":"p","sk":"s"}');
  });
});

test('the dictionary is the one that stored rows were written with', () => {
  const digest = createHash('sha256').update(BODY_DICTIONARY_1).digest('hex');
  expect(digest.slice(0, 16)).toBe('41d0a22e090715a6');
});

test.each(['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED'] as const)(
  'a job with an ordinary definition is a write unit while it is %s',
  (status) => {
    const environment = Array.from({ length: 12 }, (_, index) => ({
      name: `SETTING_${index}`,
      value: `s3://bucket-${index}/input/part-000${index}.csv`,
    }));
    const job = aJob(status);
    const container = { ...job.spec.container, environment };
    const row = jobRow({ ...job, spec: { ...job.spec, container } }, 86_400_000);
    const item = { ...keyItem(row), v: { N: '1' }, ...attributesOf(row, 'twelve-bytes') };
    expect(Buffer.byteLength(JSON.stringify(row.body))).toBeGreaterThan(1_024);
    expect(sizeOf(item)).toBeLessThanOrEqual(1_024);
  },
);

test('what a runtime tells of a launch takes at most 60 bytes of a row', () => {
  const atMs = 1_763_780_001_987;
  const exit = { cause: 'exited', exitCode: 0, startedAtMs: atMs + 29_876 } as const;
  const launch = {
    createdAtMs: atMs + 667,
    pullStartedAtMs: atMs + 14_321,
    pullStoppedAtMs: atMs + 27_654,
  };
  const starting = aJob('STARTING', { createdAtMs: atMs - 1_000 });
  const placed = { ...starting, attempt: { ...starting.attempt, placedAtMs: atMs } };
  const bytesOf = (job: Job | undefined): number => {
    const stored = encodeBody(job ?? {}, KEYS);
    return 'B' in stored ? stored.B.length : 0;
  };
  const bare = bytesOf(onExit(placed, 1, exit, atMs + 90_000));
  expect(bare).toBeGreaterThan(0);
  expect(bytesOf(onExit(placed, 1, { ...exit, launch }, atMs + 90_000)) - bare).toBeLessThanOrEqual(60);
});

test('a stream record tells a row whose body came as base64', () => {
  const row = jobRow(aJob('RUNNING'), 1_000);
  const item: WritableItem = { ...keyItem(row), v: { N: '3' }, ...attributesOf(row, 'w') };
  const asReceived = ([name, value]: (typeof entries)[number]) =>
    [name, 'B' in value ? { B: Buffer.from(value.B).toString('base64') } : value] as const;
  const entries = Object.entries(item);
  const image = Object.fromEntries(entries.map(asReceived));
  const record: StreamRecord = { dynamodb: { SequenceNumber: '1', NewImage: image } };
  expect(changeOfStreamRecord(record).after).toMatchObject({ version: 3, body: { jobId: JOB_ID } });
});
