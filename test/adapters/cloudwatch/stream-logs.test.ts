import { describe, expect, it } from 'vitest';
import { createStreamLogs } from '../../../adapters/cloudwatch/stream-logs.ts';
import type { LogPage, Logs } from '../../../engine/log-ports.ts';
import { aLogGroup, awsError } from './a-log-group.ts';

const TASK = 'job/default/one';

/** Lines named by their number; `times`: the millisecond of each. */
function aStream(times: readonly number[], pageEntries?: number) {
  const group = aLogGroup({ name: '/aws/batch/job', ...(pageEntries === undefined ? {} : { pageEntries }) });
  for (const [at, ms] of times.entries()) {
    group.put({ stream: TASK, atMs: group.nowMs - 60_000 + ms, value: `line ${at}` });
  }
  const logs = createStreamLogs({
    client: group.client,
    streamOf: (task) => (task === 'none' ? undefined : { logGroup: '/aws/batch/job', logStream: task }),
    retry: { maxAttempts: 2, firstWaitMs: 1, maxWaitMs: 1 },
  });
  return { group, logs };
}

const numbers = (page: LogPage | undefined): readonly number[] =>
  (page?.lines ?? []).map(({ text }) => Number(text.slice(5)));
const upTo = (end: number): readonly number[] => Array.from({ length: end }, (_, at) => at);

async function readAllForwards(logs: Logs, limit: number): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let from = 0; ;) {
    const page = await logs.read(TASK, from, limit);
    if (!page || page.lines.length === 0) return seen;
    expect(page.from).toBeGreaterThanOrEqual(from);
    seen.push(...numbers(page));
    from = page.to;
  }
}

async function readAllBackwards(logs: Logs, limit: number): Promise<readonly number[]> {
  const seen: number[] = [];
  let page = await logs.read(TASK, 'end', limit);
  while (page && page.lines.length > 0) {
    expect(page.lines.length).toBeLessThanOrEqual(limit);
    seen.unshift(...numbers(page));
    page = await logs.readBefore(TASK, page.from, limit);
  }
  return seen;
}

const PATTERNS: readonly (readonly [string, readonly number[]])[] = [
  ['a line now and then', upTo(50).map((at) => at * 700)],
  ['several in each millisecond', upTo(200).map((at) => Math.floor(at / 7))],
  ['all in one millisecond', upTo(100).map(() => 5)],
  ['a burst between single lines', [0, 1, 2, ...upTo(60).map(() => 3), 4, 5, 6]],
];

describe.each(PATTERNS)('%s', (_name, times) => {
  it.each([1, 3, 10, 1_000])('is read whole in either direction, %i lines at a time', async (limit) => {
    const { logs } = aStream(times);
    expect(await readAllForwards(logs, limit)).toEqual(upTo(times.length));
    expect(await readAllBackwards(logs, limit)).toEqual(upTo(times.length));
  });

  it('is read whole where CloudWatch Logs gives less at a time than was asked for', async () => {
    const { logs } = aStream(times, 4);
    expect(await readAllForwards(logs, 25)).toEqual(upTo(times.length));
    expect(await readAllBackwards(logs, 25)).toEqual(upTo(times.length));
  });

  it('ends where its last line does', async () => {
    const { logs } = aStream(times);
    const end = await logs.read(TASK, 'end', 1);
    expect(await logs.size(TASK)).toBe(end?.to);
    expect(Number.isSafeInteger(end?.to)).toBe(true);
    expect(await logs.read(TASK, end?.to ?? 0, 10)).toEqual({ lines: [], from: end?.to, to: end?.to });
  });
});

it('grows, and what is new is behind the end that was', async () => {
  const { group, logs } = aStream([0, 10]);
  const size = (await logs.size(TASK)) ?? 0;
  group.put({ stream: TASK, atMs: group.nowMs - 60_000 + 10, value: 'line 2' });
  group.put({ stream: TASK, atMs: group.nowMs - 1_000, value: 'line 3' });
  expect(numbers(await logs.read(TASK, size, 10))).toEqual([2, 3]);
  expect(await logs.size(TASK)).toBeGreaterThan(size);
});

it('is nothing where nothing was written, or nobody knows where', async () => {
  const { logs } = aStream([0]);
  for (const task of ['job/default/other', 'none']) {
    expect(await logs.read(task, 0, 10)).toBeUndefined();
    expect(await logs.readBefore(task, 10, 10)).toBeUndefined();
    expect(await logs.size(task)).toBeUndefined();
  }
});

it('says what the identity needs where it may not be read', async () => {
  const { group, logs } = aStream([0]);
  group.failures.push(awsError('AccessDeniedException', 'no'));
  await expect(logs.size(TASK)).rejects.toThrow('log group /aws/batch/job; it needs logs:GetLogEvents');
});
