import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFilterPattern } from '../../../api/logs/filter-pattern.ts';
import { createLogsService } from '../../../api/logs/service.ts';
import { createRouter } from '../../../api/router.ts';
import type { LogLine } from '../../../engine/log-ports.ts';
import { clientConfig, routerOptions } from '../sdk-roundtrip.ts';
import { memoryCatalog, memoryLogs, type MemoryLogs } from './memory-logs.ts';

const GROUP = '/aws/batch/job';

function groupOf(streams: readonly (readonly LogLine[])[]): {
  logs: MemoryLogs;
  client: CloudWatchLogsClient;
} {
  const logs = memoryLogs();
  const known = streams.map((lines, index) => {
    const taskId = String(index).padStart(32, '0');
    logs.write(taskId, ...lines);
    return { name: `d/default/${taskId}`, taskId, createdAtMs: index, ended: false };
  });
  const service = createLogsService({ logs, catalog: memoryCatalog(GROUP, known) });
  return {
    logs,
    client: new CloudWatchLogsClient(clientConfig(createRouter(routerOptions({ services: [service] })))),
  };
}

const nameOf = (index: number): string => `d/default/${String(index).padStart(32, '0')}`;

/** All pages of a request, and how many calls they took. */
async function filter(client: CloudWatchLogsClient, input: Partial<FilterLogEventsCommandInput> = {}) {
  const events = [];
  let nextToken: string | undefined;
  let calls = 0;
  do {
    const answer = await client.send(
      new FilterLogEventsCommand({ logGroupName: GROUP, ...input, nextToken }),
    );
    events.push(...(answer.events ?? []));
    nextToken = answer.nextToken;
    calls += 1;
  } while (nextToken !== undefined && calls < 200);
  return { events, messages: events.map((event) => event.message), calls };
}

const at = (atMs: number, text: string): LogLine => ({ atMs, text });

describe('FilterLogEvents', () => {
  it('merges the streams of a group in order of time', async () => {
    const { client } = groupOf([[at(1, 'a'), at(4, 'd')], [at(2, 'b'), at(3, 'c')], []]);
    const { events, calls } = await filter(client);
    expect(events.map((event) => [event.message, event.logStreamName, event.timestamp])).toEqual([
      ['a', nameOf(0), 1],
      ['b', nameOf(1), 2],
      ['c', nameOf(1), 3],
      ['d', nameOf(0), 4],
    ]);
    expect(calls).toBe(1);
  });

  it('reads only the streams that are named, or begin so', async () => {
    const { client } = groupOf([[at(1, 'a')], [at(2, 'b')], [at(3, 'c')]]);
    expect((await filter(client, { logStreamNames: [nameOf(2), nameOf(0)] })).messages).toEqual(['a', 'c']);
    expect((await filter(client, { logStreamNamePrefix: nameOf(1) })).messages).toEqual(['b']);
  });

  it('keeps to the time range, both ends included', async () => {
    const { client } = groupOf([[at(1, 'a'), at(2, 'b'), at(3, 'c'), at(4, 'd')]]);
    expect((await filter(client, { startTime: 2, endTime: 3 })).messages).toEqual(['b', 'c']);
  });

  it('gives the same lines and ids whatever the page size, the portions and the start', async () => {
    const times = fc.array(fc.nat(5), { maxLength: 12 }).map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(
        fc.array(times, { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(5),
        async (streams, limit, startTime) => {
          const { client } = groupOf(
            streams.map((list, index) => list.map((atMs, line) => at(atMs, `${index}.${line}`))),
          );
          const whole = await filter(client);
          expect((await filter(client, { limit })).events).toEqual(whole.events);
          expect(new Set(whole.events.map((event) => event.eventId)).size).toBe(streams.flat().length);
          const later = whole.events.filter((event) => (event.timestamp ?? 0) >= startTime);
          expect((await filter(client, { startTime, limit })).events).toEqual(later);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('tells a thousand lines of one millisecond apart, read in one call or in many', async () => {
    const { client } = groupOf([Array.from({ length: 1000 }, () => at(5, 'same'))]);
    const whole = await filter(client);
    expect(new Set(whole.events.map((event) => event.eventId)).size).toBe(1000);
    expect((await filter(client, { limit: 300 })).events).toEqual(whole.events);
  });

  it('goes through a large group by portions, each line once', async () => {
    const { client } = groupOf(Array.from({ length: 120 }, (_, index) => [at(index % 7, `line ${index}`)]));
    const { messages, calls } = await filter(client, { limit: 30 });
    expect(messages).toHaveLength(120);
    expect(new Set(messages)).toEqual(new Set(Array.from({ length: 120 }, (_, index) => `line ${index}`)));
    expect(calls).toBeGreaterThan(3);
  });

  it('lets a follower go on from the newest time it saw without missing or repeating an id', async () => {
    const { client, logs } = groupOf([
      Array.from({ length: 12_000 }, (_, index) => at(Math.floor(index / 3), `l${index}`)),
    ]);
    const first = await filter(client, { limit: 700 });
    const newest = first.events.at(-1)?.timestamp ?? 0;
    logs.write('0'.repeat(32), at(newest, 'same millisecond'), at(newest + 1, 'later'));
    const second = await filter(client, { startTime: newest });
    const seen = new Set(first.events.map((event) => event.eventId));
    const fresh = second.events.filter((event) => !seen.has(event.eventId));
    expect(fresh.map((event) => event.message)).toEqual(['same millisecond', 'later']);
  });

  it('finds the rare line in a long stream', async () => {
    const { client } = groupOf([
      Array.from({ length: 60_000 }, (_, index) => at(index, index === 59_999 ? 'needle' : 'hay')),
    ]);
    const { messages, calls } = await filter(client, { filterPattern: 'needle' });
    expect(messages).toEqual(['needle']);
    expect(calls).toBe(2);
  });

  it.each<{ why: string; input: Partial<FilterLogEventsCommandInput>; name: string }>([
    { why: 'an unknown group', input: { logGroupName: 'x' }, name: 'ResourceNotFoundException' },
    { why: 'an unknown stream', input: { logStreamNames: ['x'] }, name: 'ResourceNotFoundException' },
    {
      why: 'names and a prefix',
      input: { logStreamNames: ['x'], logStreamNamePrefix: 'x' },
      name: 'InvalidParameterException',
    },
    {
      why: 'a structured pattern',
      input: { filterPattern: '{ $.level = "ERROR" }' },
      name: 'InvalidParameterException',
    },
    { why: 'newest first', input: { startFromHead: false }, name: 'InvalidParameterException' },
    { why: 'more than a page', input: { limit: 10_001 }, name: 'InvalidParameterException' },
  ])('answers $name to $why', async ({ input, name }) => {
    const { client } = groupOf([]);
    await expect(filter(client, input)).rejects.toMatchObject({ name });
  });

  it('refuses a token of another request', async () => {
    const { client } = groupOf([[at(1, 'a'), at(2, 'b')]]);
    const { nextToken } = await client.send(new FilterLogEventsCommand({ logGroupName: GROUP, limit: 1 }));
    expect(nextToken).toBeDefined();
    const other = new FilterLogEventsCommand({ logGroupName: GROUP, filterPattern: 'b', nextToken });
    await expect(client.send(other)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('a filter pattern', () => {
  it.each([
    { pattern: '', text: 'anything', matches: true },
    { pattern: 'ERROR', text: '[ERROR] x', matches: true },
    { pattern: 'ERROR', text: 'error', matches: false },
    { pattern: 'ERROR timeout', text: 'timeout after ERROR', matches: true },
    { pattern: 'ERROR timeout', text: 'ERROR', matches: false },
    { pattern: '"a b"', text: 'x a b y', matches: true },
    { pattern: '"a b"', text: 'a  b', matches: false },
    { pattern: '"say \\"hi\\""', text: 'say "hi"', matches: true },
    { pattern: '?ERROR ?WARN', text: 'WARN', matches: true },
    { pattern: '?ERROR ?WARN', text: 'INFO', matches: false },
    { pattern: 'x ?ERROR', text: 'x', matches: true },
    { pattern: 'ERROR -"not this"', text: 'ERROR not this', matches: false },
    { pattern: '-DEBUG', text: 'INFO', matches: true },
    { pattern: '-DEBUG ?a ?b', text: 'c', matches: false },
  ])('$pattern on $text: $matches', ({ pattern, text, matches }) => {
    expect(compileFilterPattern(pattern)(text)).toBe(matches);
  });

  it.each(['"unclosed', '[ip, user]', '{ $.a = 1 }', '%regex%'])('%s is refused', (pattern) => {
    expect(() => compileFilterPattern(pattern)).toThrow(/filterPattern/);
  });

  it('never fails on any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, text) => {
        try {
          expect(typeof compileFilterPattern(pattern)(text)).toBe('boolean');
        } catch (error) {
          expect(error).toMatchObject({ type: 'InvalidParameterException' });
        }
      }),
    );
  });
});
