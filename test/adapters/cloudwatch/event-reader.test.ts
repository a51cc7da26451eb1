import { describe, expect, it } from 'vitest';
import type { EventQuery } from '../../../adapters/cloudwatch/event-reader.ts';
import { createEventReader } from '../../../adapters/cloudwatch/event-reader.ts';
import type { EntryPage } from '../../../adapters/cloudwatch/group-entries.ts';
import { UnreadableError } from '../../../adapters/cloudwatch/reading.ts';
import type { LogGroupDouble } from './a-log-group.ts';
import { aLogGroup, awsError } from './a-log-group.ts';
import { anEvent, QUEUE_ARN, secondOf } from './an-event.ts';

const QUICK = { maxAttempts: 3, firstWaitMs: 1, maxWaitMs: 1 };

function readerOf(group: LogGroupDouble) {
  return createEventReader({
    client: group.client,
    logGroup: group.name,
    nowMs: () => group.nowMs,
    retry: QUICK,
  });
}

/** A job's name is the number of the event. */
function put(group: LogGroupDouble, name: number | string, agoMs: number, detail: object = {}): void {
  const atMs = group.nowMs - agoMs;
  group.put({ atMs: secondOf(atMs), value: anEvent(atMs, { jobName: String(name), ...detail }) });
}

const names = ({ entries }: EntryPage<{ readonly detail: Readonly<Record<string, unknown>> }>): string[] =>
  entries.map(({ value }) => String(value.detail['jobName']));
const count = (from: number, to: number): string[] =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, at) => String(from < to ? from + at : from - at));

describe('pages', () => {
  it('have the newest first, and lead on to the oldest, each once', async () => {
    const group = aLogGroup({ pageEntries: 7 });
    const reader = readerOf(group);
    // From a minute to some ten days ago.
    for (let at = 1; at <= 60; at += 1) put(group, at, 1.25 ** at * 1_300);
    const seen: string[] = [];
    let before: number | undefined;
    let pages = 0;
    do {
      const page = await reader.readBefore({}, { before, limit: 25 });
      seen.push(...names(page));
      before = page.before;
      pages += 1;
    } while (before !== undefined);
    expect(seen).toEqual(count(1, 60));
    expect(pages).toBe(3);
  });

  it('of a busy group are not read from its beginning', async () => {
    const group = aLogGroup({ pageEntries: 1_000 });
    for (let at = 0; at < 20_000; at += 1) put(group, at, at * 2);
    const page = await readerOf(group).readBefore({}, { limit: 50 });
    expect(names(page)).toEqual(count(0, 49));
    expect(page.looked).toBeLessThan(2_000);
  });

  it('go on amid the events of one second', async () => {
    const group = aLogGroup();
    const reader = readerOf(group);
    const second = secondOf(group.nowMs);
    for (let at = 0; at < 250; at += 1) {
      group.put({ atMs: second, value: anEvent(second + at, { jobName: String(at) }) });
    }
    const first = await reader.readBefore({}, { limit: 100 });
    const rest = await reader.readBefore({}, { before: first.before, limit: 1_000 });
    expect([...names(first), ...names(rest)]).toEqual(count(249, 0));
    expect(rest.before).toBeUndefined();
  });

  it('of nothing are empty, and end', async () => {
    const page = await readerOf(aLogGroup()).readBefore({});
    expect(page).toMatchObject({ entries: [], looked: 0 });
    expect(page.before).toBeUndefined();
  });

  it('leave out what is none of the events', async () => {
    const group = aLogGroup();
    group.put({ atMs: group.nowMs, value: 'not JSON' });
    group.put({ atMs: group.nowMs, value: ['an array'] });
    put(group, 'one', 0);
    expect(names(await readerOf(group).readBefore({}))).toEqual(['one']);
  });
});

describe('the order', () => {
  it('inside a second is that of the times in the detail, and of the states where these are equal', async () => {
    const group = aLogGroup();
    const second = secondOf(group.nowMs) - 5_000;
    const createdAt = second + 100;
    const states = [
      ['SUCCEEDED', { startedAt: second + 300, stoppedAt: second + 700 }],
      ['RUNNING', { startedAt: second + 300 }],
      ['STARTING', {}],
      ['RUNNABLE', {}],
      ['SUBMITTED', {}],
    ] as const;
    for (const [status, times] of states) {
      group.put({ atMs: second, value: anEvent(createdAt, { status, createdAt, ...times }) });
    }
    const { entries } = await readerOf(group).readBefore({});
    expect(entries.map(({ value }) => value.detail['status'])).toEqual(states.map(([status]) => status));
    expect(entries.map(({ atMs }) => atMs - second)).toEqual([700, 300, 100, 100, 100]);
  });

  it('has the time that the event tells, also where the group has it under that of its delivery', async () => {
    const group = aLogGroup();
    const happenedMs = group.nowMs - 7_300;
    const detail = { status: 'RUNNING', startedAt: happenedMs };
    group.put({ atMs: group.nowMs - 4_123, value: anEvent(happenedMs, detail) });
    group.put({
      atMs: group.nowMs - 4_000,
      value: anEvent(happenedMs, { status: 'PENDING', createdAt: 1_000 }),
    });
    const { entries } = await readerOf(group).readBefore({});
    expect(entries.map(({ atMs }) => group.nowMs - atMs)).toEqual([8_000, 7_300]);
    for (const { seq, text } of entries) expect((await readerOf(group).read(seq))?.text).toBe(text);
  });

  it('has no equal numbers, however much happens at once, and an entry keeps its own', async () => {
    const group = aLogGroup();
    for (let at = 0; at < 3_000; at += 1) put(group, at, 10_000);
    const reader = readerOf(group);
    const { entries } = await reader.readBefore({}, { limit: 3_000 });
    const numbers = entries.map(({ seq }) => seq);
    expect(new Set(numbers).size).toBe(3_000);
    expect(String(numbers[0])).toHaveLength(15);
    const found = await reader.read(numbers[1_234] ?? 0);
    expect(found?.text).toBe(entries[1_234]?.text);
    expect(await reader.read((numbers[0] ?? 0) + 5)).toBeUndefined();
  });

  it('is known by number to another process, too', async () => {
    const group = aLogGroup();
    put(group, 'one', 3_000_123);
    const [entry] = (await readerOf(group).readBefore({})).entries;
    expect((await readerOf(group).read(entry?.seq ?? 0))?.text).toBe(entry?.text);
  });
});

describe('a query', () => {
  const group = aLogGroup();
  const parts = 'bbbbbbbb-0000-4000-8000-000000000000';
  put(group, 'one', 1_000, { status: 'FAILED', statusReason: 'Essential container exited' });
  put(group, 'two', 2_000, { status: 'RUNNING', jobQueue: QUEUE_ARN.replace('default', 'other') });
  put(group, 'three', 3_000, { jobId: `${parts}:7` });
  put(group, 'four', 4_000, { jobId: parts });
  put(group, 'five', 5_000, { jobId: `${parts}7`, jobName: 'say "five"' });
  const reader = readerOf(group);

  it.each<[EventQuery, readonly string[], string | undefined]>([
    [{ status: 'FAILED' }, ['one'], '{ ($.detail.status = "FAILED") }'],
    [{ queue: 'other' }, ['two'], undefined],
    [
      { queue: QUEUE_ARN, status: 'FAILED' },
      ['one'],
      `{ ($.detail.jobQueue = "${QUEUE_ARN}") && ($.detail.status = "FAILED") }`,
    ],
    [{ jobId: parts }, ['three', 'four'], `"${parts}"`],
    [{ text: ' EXITED' }, ['one'], '%[eE][xX][iI][tT][eE][dD]%'],
    [{ text: 'container ex' }, ['one'], '%[cC][oO][nN][tT][aA][iI][nN][eE][rR].[eE][xX]%'],
    [{ text: 'y "f' }, ['say "five"'], undefined],
    [{ text: 'state change', status: 'RUNNING' }, ['two'], '{ ($.detail.status = "RUNNING") }'],
    [{ text: 'nowhere' }, [], '%[nN][oO][wW][hH][eE][rR][eE]%'],
  ])('%j is put to CloudWatch Logs as far as it can be', async (query, wanted, pattern) => {
    group.asked.length = 0;
    expect(names(await reader.readBefore(query))).toEqual(wanted);
    const patterns = new Set(group.asked.map(({ input }) => input['filterPattern']));
    expect(patterns).toContain(pattern);
  });

  it('is answered all the same where its pattern is not understood', async () => {
    const plain = aLogGroup({ refusedPattern: /^%/ });
    put(plain, 'one', 0);
    put(plain, 'two', 1_000);
    expect(names(await readerOf(plain).readBefore({ text: 'TWO' }))).toEqual(['two']);
  });
});

describe('what is new', () => {
  it('is told once to each page, and also what came late', async () => {
    const group = aLogGroup();
    const reader = readerOf(group);
    put(group, 'before', 2_000);
    const [first, other] = [await reader.readBefore({}), await reader.readBefore({ text: 'zzz' })];
    group.put({
      atMs: secondOf(group.nowMs - 60_000),
      ingestedAtMs: group.nowMs + 21_000,
      value: anEvent(group.nowMs - 60_000, { jobName: 'late' }),
    });
    group.nowMs += 2_000;
    put(group, 'one', 500);
    const second = await reader.readAfter({}, first);
    expect(names(second)).toEqual(['one']);
    expect(names(await reader.readAfter({}, second))).toEqual([]);
    group.nowMs += 20_000;
    put(group, 'zzz', 500);
    const third = await reader.readAfter({}, second);
    expect(names(third).sort()).toEqual(['late', 'zzz']);
    expect(third.before).toBeUndefined();
    expect(names(await reader.readAfter({ text: 'zzz' }, other))).toEqual(['zzz']);
    expect(names(await reader.readAfter({}, third))).toEqual([]);
  });

  it('is told of while the first page is read, too', async () => {
    const group = aLogGroup();
    const reader = readerOf(group);
    await reader.readBefore({});
    const answer = group.answer.bind(group);
    let isWritten = false;
    group.answer = (operation, input) => {
      const answered = answer(operation, input);
      if (!isWritten) put(group, 'meanwhile', 0);
      isWritten = true;
      return answered;
    };
    const page = await reader.readBefore({}, { limit: 5 });
    const after = await reader.readAfter({}, page);
    expect([...names(page), ...names(after)]).toEqual(['meanwhile']);
  });

  it('is a new first page where more came than fits, or nobody looked for long', async () => {
    const group = aLogGroup();
    const reader = readerOf(group);
    const first = await reader.readBefore({});
    group.nowMs += 2_000;
    for (let at = 0; at < 10; at += 1) put(group, at, at * 100);
    const many = await reader.readAfter({}, { after: first.after, limit: 4 });
    expect(names(many)).toEqual(count(0, 3));
    expect(names(await reader.readBefore({}, { before: many.before }))).toEqual(count(4, 9));
    group.nowMs += 3_600_000;
    const later = await reader.readAfter({}, { after: many.after, limit: 4 });
    expect(names(later)).toEqual(count(0, 3));
    expect(later.before).toBeDefined();
  });

  it('costs one look for all pages that ask at the same time', async () => {
    const group = aLogGroup();
    const reader = readerOf(group);
    const { after } = await reader.readBefore({});
    group.nowMs += 2_000;
    group.asked.length = 0;
    await Promise.all(Array.from({ length: 20 }, () => reader.readAfter({}, { after })));
    expect(group.asked).toHaveLength(1);
  });
});

describe('following', () => {
  it('tells each event once, oldest first, from a time on', async () => {
    const group = aLogGroup({ pageEntries: 3 });
    for (let at = 1; at <= 10; at += 1) put(group, at, at * 1_000);
    const tail = readerOf(group).tail({}, { fromMs: group.nowMs - 5_000 });
    const told = (entries: Awaited<ReturnType<typeof tail.next>>): string[] =>
      entries.map(({ value }) => String(value.detail['jobName']));
    expect(told(await tail.next())).toEqual(count(5, 1));
    expect(await tail.next()).toEqual([]);
    group.nowMs += 1_000;
    put(group, 'new', 500);
    expect(told(await tail.next())).toEqual(['new']);
  });

  it('begins with what is not there yet, and only tells what was asked for', async () => {
    const group = aLogGroup();
    put(group, 'old', 1_000, { status: 'FAILED' });
    const tail = readerOf(group).tail({ status: 'FAILED' });
    expect(await tail.next()).toEqual([]);
    put(group, 'new', 1_000, { status: 'FAILED' });
    put(group, 'other', 1_000);
    group.nowMs += 1_000;
    expect((await tail.next()).map(({ value }) => value.detail['jobName'])).toEqual(['new']);
  });

  it('catches up in portions after a long pause, and misses nothing', async () => {
    const group = aLogGroup();
    const tail = readerOf(group).tail({});
    await tail.next();
    group.nowMs += 3_600_000;
    for (let at = 0; at < 12_000; at += 1) put(group, at, 3_590_000 - at * 250);
    const told: string[] = [];
    for (let portions = 0; portions < 5; portions += 1) {
      told.push(...(await tail.next()).map(({ value }) => String(value.detail['jobName'])));
    }
    expect(told).toEqual(count(0, 11_999));
  });
});

describe('following a very busy group', () => {
  it('misses nothing, though a portion holds less than the seconds that are looked at again', async () => {
    const group = aLogGroup({ pageEntries: 1_000 });
    const tail = readerOf(group).tail({});
    await tail.next();
    const told: string[] = [];
    for (let second = 0; second < 5; second += 1) {
      group.nowMs += 1_000;
      for (let at = 0; at < 2_500; at += 1) put(group, second * 2_500 + at, 999 - Math.floor(at / 2.6));
      told.push(...(await tail.next()).map(({ value }) => String(value.detail['jobName'])));
    }
    expect(told.sort((one, other) => Number(one) - Number(other))).toEqual(count(0, 12_499));
  });
});

describe('what cannot be read', () => {
  const refusal =
    'User: arn:aws:iam::123456789012:user/ann is not authorized to perform: logs:FilterLogEvents';

  it.each<[Error, string, string]>([
    [
      awsError('AccessDeniedException', refusal),
      'refused',
      'may not read the log group /aws/events/slipway; it needs logs:FilterLogEvents',
    ],
    [awsError('ExpiredTokenException', 'expired'), 'refused', 'does not take the credentials'],
    [awsError('ResourceNotFoundException'), 'missing', 'no such thing as the log group'],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'unreachable', 'cannot be reached'],
  ])('says so: %s', async (failure, problem, text) => {
    const group = aLogGroup();
    group.failures.push(failure);
    const read = readerOf(group).readBefore({});
    await expect(read).rejects.toThrow(text);
    await expect(read).rejects.toMatchObject({ problem, isExpired: failure.name.startsWith('Expired') });
  });

  it('is asked for again when there were too many calls, a bounded number of times', async () => {
    const group = aLogGroup();
    put(group, 'one', 0);
    group.failures.push(awsError('ThrottlingException'), awsError('ThrottlingException'));
    expect(names(await readerOf(group).readBefore({}))).toEqual(['one']);
    group.failures.push(...Array.from({ length: 3 }, () => awsError('ThrottlingException')));
    await expect(readerOf(group).readBefore({})).rejects.toThrow(UnreadableError);
    expect(group.failures).toHaveLength(0);
  });

  it('is told when it comes unexpectedly, and later is read again', async () => {
    const group = aLogGroup();
    const reader = readerOf(group);
    const { after } = await reader.readBefore({});
    group.nowMs += 2_000;
    put(group, 'one', 500);
    group.failures.push(new Error('a bug'));
    await expect(reader.readAfter({}, { after })).rejects.toThrow('a bug');
    expect(names(await reader.readAfter({}, { after }))).toEqual(['one']);
  });
});
