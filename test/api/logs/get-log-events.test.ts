import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
  paginateGetLogEvents,
  type GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogsService } from '../../../api/logs/service.ts';
import { createRouter } from '../../../api/router.ts';
import { clientConfig, routerOptions } from '../sdk-roundtrip.ts';
import { memoryCatalog, memoryLogs, type MemoryLogs } from './memory-logs.ts';

const GROUP = '/aws/batch/job';
const STREAM = { name: 'sleep/default/t1', taskId: 't1', createdAtMs: 5, ended: false };
const GONE = { name: 'sleep/default/t2', taskId: 't2', createdAtMs: 5, ended: true };

function clientOf(logs: MemoryLogs): CloudWatchLogsClient {
  const service = createLogsService({ logs, catalog: memoryCatalog(GROUP, [STREAM, GONE]) });
  return new CloudWatchLogsClient(clientConfig(createRouter(routerOptions({ services: [service] }))));
}

function withLines(count: number): { logs: MemoryLogs; client: CloudWatchLogsClient } {
  const logs = memoryLogs();
  logs.write(
    't1',
    ...Array.from({ length: count }, (_, index) => ({ atMs: 1000 + index, text: `line ${index}` })),
  );
  return { logs, client: clientOf(logs) };
}

async function get(client: CloudWatchLogsClient, input: Partial<GetLogEventsCommandInput> = {}) {
  const answer = await client.send(
    new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM.name, ...input }),
  );
  return {
    messages: answer.events?.map((event) => event.message) ?? [],
    events: answer.events ?? [],
    forward: answer.nextForwardToken ?? '',
    backward: answer.nextBackwardToken ?? '',
  };
}

describe('GetLogEvents', () => {
  it('gives the last lines unless it is told to start from the head', async () => {
    const { client } = withLines(10);
    expect((await get(client, { limit: 2 })).messages).toEqual(['line 8', 'line 9']);
    expect((await get(client, { limit: 2, startFromHead: true })).messages).toEqual(['line 0', 'line 1']);
    expect((await get(client)).messages).toHaveLength(10);
  });

  it('says when each line was written and taken in', async () => {
    const { client } = withLines(1);
    expect((await get(client)).events).toEqual([{ timestamp: 1000, message: 'line 0', ingestionTime: 1000 }]);
  });

  it('repeats the forward token at the end, and goes on with it once there is more', async () => {
    const { client, logs } = withLines(3);
    const first = await get(client, { startFromHead: true });
    const atEnd = await get(client, { startFromHead: true, nextToken: first.forward });
    expect(atEnd).toMatchObject({ messages: [], forward: first.forward });
    logs.write('t1', { atMs: 2000, text: 'more' });
    expect((await get(client, { startFromHead: true, nextToken: first.forward })).messages).toEqual(['more']);
  });

  it('repeats the backward token at the head', async () => {
    const { client } = withLines(3);
    const last = await get(client, { limit: 2 });
    const before = await get(client, { limit: 2, nextToken: last.backward });
    expect(before.messages).toEqual(['line 0']);
    expect(before.forward).toBe(last.backward.replace('b', 'f'));
    const atHead = await get(client, { limit: 2, nextToken: before.backward });
    expect(atHead).toMatchObject({ messages: [], backward: before.backward });
  });

  it('is read whole by the SDK’s paginator, which stops on a repeated token', async () => {
    const { client } = withLines(25);
    const pages = paginateGetLogEvents(
      { client, stopOnSameToken: true, pageSize: 10 },
      { logGroupName: GROUP, logStreamName: STREAM.name, startFromHead: true },
    );
    const messages: (string | undefined)[] = [];
    for await (const page of pages) messages.push(...(page.events?.map((event) => event.message) ?? []));
    expect(messages).toEqual(Array.from({ length: 25 }, (_, index) => `line ${index}`));
  });

  it('gives every line once, in order, by pages of any size in either direction', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        async (texts, limit, startFromHead) => {
          const logs = memoryLogs();
          logs.write('t1', ...texts.map((text, index) => ({ atMs: index, text: text.toWellFormed() })));
          const client = clientOf(logs);
          const read: (string | undefined)[] = [];
          let token: string | undefined;
          for (let calls = 0; calls < 100; calls += 1) {
            const page = await get(client, {
              limit,
              startFromHead,
              ...(token !== undefined && { nextToken: token }),
            });
            const next = startFromHead ? page.forward : page.backward;
            if (startFromHead) read.push(...page.messages);
            else read.unshift(...page.messages);
            if (next === token) break;
            token = next;
          }
          expect(read).toEqual(texts.map((text) => text.toWellFormed()));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keeps to the time range: the start belongs to it, the end does not', async () => {
    const { client } = withLines(5000);
    const range = { startTime: 4000, endTime: 4003 };
    expect((await get(client, { ...range, startFromHead: true })).messages).toEqual([
      'line 3000',
      'line 3001',
      'line 3002',
    ]);
    expect((await get(client, range)).messages).toEqual(['line 3000', 'line 3001', 'line 3002']);
    const past = await get(client, { startTime: 9000, startFromHead: true });
    expect(past.messages).toEqual([]);
    expect(
      await get(client, { startTime: 9000, startFromHead: true, nextToken: past.forward }),
    ).toMatchObject({
      messages: [],
      forward: past.forward,
    });
  });

  it('repeats the forward token past the end of the time range, though the stream goes on', async () => {
    const { client, logs } = withLines(500);
    const range = { endTime: 1001, startFromHead: true };
    const first = await get(client, range);
    expect(first.messages).toEqual(['line 0']);
    logs.write('t1', { atMs: 3000, text: 'later' });
    expect(await get(client, { ...range, nextToken: first.forward })).toMatchObject({
      forward: first.forward,
    });
  });

  it('fills an answer with about a mebibyte of lines and no more', async () => {
    const logs = memoryLogs();
    const text = 'x'.repeat(10_000);
    logs.write('t1', ...Array.from({ length: 400 }, (_, index) => ({ atMs: index, text })));
    const { events } = await get(clientOf(logs), { startFromHead: true });
    expect(events.length).toBeGreaterThan(100);
    expect(events.length).toBeLessThan(120);
  });

  it('shows a stream that has not printed yet as empty', async () => {
    expect(await get(clientOf(memoryLogs()))).toEqual({
      messages: [],
      events: [],
      forward: 'f/0',
      backward: 'b/0',
    });
  });

  it('finds the group by its ARN too', async () => {
    const { client } = withLines(1);
    const input = {
      logGroupName: undefined,
      logGroupIdentifier: `arn:aws:logs:us-east-1:123456789012:log-group:${GROUP}:*`,
    };
    expect((await get(client, input)).messages).toEqual(['line 0']);
  });

  it.each<{ why: string; input: Partial<GetLogEventsCommandInput>; name: string; message: string }>([
    {
      why: 'an unknown stream',
      input: { logStreamName: 'x' },
      name: 'ResourceNotFoundException',
      message: 'The specified log stream does not exist.',
    },
    {
      why: 'a deleted stream',
      input: { logStreamName: GONE.name },
      name: 'ResourceNotFoundException',
      message: 'The specified log stream does not exist.',
    },
    {
      why: 'an unknown group',
      input: { logGroupName: 'x' },
      name: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.',
    },
    {
      why: 'no group',
      input: { logGroupName: undefined },
      name: 'InvalidParameterException',
      message: 'Exactly one of logGroupName and logGroupIdentifier must be given.',
    },
    {
      why: 'a foreign token',
      input: { nextToken: 'f/-1' },
      name: 'InvalidParameterException',
      message: 'The specified nextToken is invalid.',
    },
    {
      why: 'a limit of 0',
      input: { limit: 0 },
      name: 'InvalidParameterException',
      message: 'GetLogEvents.limit must be a whole number from 1 to 10000; received 0.',
    },
  ])('answers $name to $why', async ({ input, name, message }) => {
    const { client } = withLines(1);
    await expect(get(client, input)).rejects.toMatchObject({ name, message });
  });
});
