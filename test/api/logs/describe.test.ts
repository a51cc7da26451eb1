import {
  CloudWatchLogsClient,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  paginateDescribeLogStreams,
} from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import type { LogStream } from '../../../api/logs/catalog.ts';
import { createLogsService } from '../../../api/logs/service.ts';
import { createRouter } from '../../../api/router.ts';
import { clientConfig, routerOptions } from '../sdk-roundtrip.ts';
import { memoryCatalog, memoryLogs } from './memory-logs.ts';

const DEFAULT_GROUP = '/aws/batch/job';
const ARN = 'arn:aws:logs:us-east-1:123456789012:log-group';

function aStream(index: number, overrides: Partial<LogStream> = {}): LogStream {
  return {
    name: `d/default/${index}`,
    taskId: `t${index}`,
    createdAtMs: 100 - index,
    ended: false,
    ...overrides,
  };
}

function clientOf(
  streams: readonly LogStream[],
  group = DEFAULT_GROUP,
  logs = memoryLogs(),
): CloudWatchLogsClient {
  const service = createLogsService({ logs, catalog: memoryCatalog(group, streams) });
  return new CloudWatchLogsClient(clientConfig(createRouter(routerOptions({ services: [service] }))));
}

describe('DescribeLogStreams', () => {
  it('tells when a stream began and when it last printed', async () => {
    const logs = memoryLogs();
    logs.write('t1', { atMs: 7, text: 'a' }, { atMs: 9, text: 'b' });
    const client = clientOf([aStream(1), aStream(2)], DEFAULT_GROUP, logs);
    const { logStreams, nextToken } = await client.send(
      new DescribeLogStreamsCommand({ logGroupName: DEFAULT_GROUP }),
    );
    expect(nextToken).toBeUndefined();
    expect(logStreams).toEqual([
      {
        logStreamName: 'd/default/1',
        creationTime: 99,
        firstEventTimestamp: 7,
        lastEventTimestamp: 9,
        lastIngestionTime: 9,
        arn: `${ARN}:${DEFAULT_GROUP}:log-stream:d/default/1`,
        storedBytes: 0,
      },
      {
        logStreamName: 'd/default/2',
        creationTime: 98,
        arn: `${ARN}:${DEFAULT_GROUP}:log-stream:d/default/2`,
        storedBytes: 0,
      },
    ]);
  });

  it('finds the latest stream as people ask for it', async () => {
    const client = clientOf([aStream(1), aStream(2), aStream(3)]);
    const input = {
      logGroupName: DEFAULT_GROUP,
      orderBy: 'LastEventTime',
      descending: true,
      limit: 1,
    } as const;
    const { logStreams } = await client.send(new DescribeLogStreamsCommand(input));
    expect(logStreams?.map((stream) => stream.logStreamName)).toEqual(['d/default/1']);
  });

  it('pages through a prefix', async () => {
    const client = clientOf([
      ...Array.from({ length: 120 }, (_, index) => aStream(index)),
      aStream(0, { name: 'other' }),
    ]);
    const pages = paginateDescribeLogStreams(
      { client },
      { logGroupName: DEFAULT_GROUP, logStreamNamePrefix: 'd/' },
    );
    const names: (string | undefined)[] = [];
    for await (const page of pages)
      names.push(...(page.logStreams?.map((stream) => stream.logStreamName) ?? []));
    expect(names).toHaveLength(120);
    expect(new Set(names).size).toBe(120);
  });

  it.each([
    {
      why: 'a prefix ordered by time',
      input: { orderBy: 'LastEventTime', logStreamNamePrefix: 'd' },
      name: 'InvalidParameterException',
    },
    {
      why: 'an order that is none',
      input: { orderBy: 'Size' as 'LastEventTime' },
      name: 'InvalidParameterException',
    },
    { why: 'a foreign token', input: { nextToken: 'abc' }, name: 'InvalidParameterException' },
    { why: 'an unknown group', input: { logGroupName: 'x' }, name: 'ResourceNotFoundException' },
  ] as const)('answers $name to $why', async ({ input, name }) => {
    const command = new DescribeLogStreamsCommand({ logGroupName: DEFAULT_GROUP, ...input });
    await expect(clientOf([]).send(command)).rejects.toMatchObject({ name });
  });
});

describe('DescribeLogGroups', () => {
  it('lists the default group beside those that definitions name', async () => {
    const { logGroups } = await clientOf([], '/team/a').send(new DescribeLogGroupsCommand({}));
    expect(logGroups?.map((group) => [group.logGroupName, group.arn])).toEqual([
      [DEFAULT_GROUP, `${ARN}:${DEFAULT_GROUP}:*`],
      ['/team/a', `${ARN}:/team/a:*`],
    ]);
  });

  it.each([
    { input: { logGroupNamePrefix: '/aws/batch' }, names: [DEFAULT_GROUP] },
    { input: { logGroupNamePattern: 'TEAM' }, names: ['/team/a'] },
    { input: { logGroupNamePrefix: 'batch' }, names: [] },
  ])('lists only what $input asks for', async ({ input, names }) => {
    const { logGroups } = await clientOf([], '/team/a').send(new DescribeLogGroupsCommand(input));
    expect(logGroups?.map((group) => group.logGroupName)).toEqual(names);
  });

  it('pages', async () => {
    const client = clientOf([], '/team/a');
    const first = await client.send(new DescribeLogGroupsCommand({ limit: 1 }));
    const second = await client.send(new DescribeLogGroupsCommand({ limit: 1, nextToken: first.nextToken }));
    expect([first, second].map((page) => page.logGroups?.[0]?.logGroupName)).toEqual([
      DEFAULT_GROUP,
      '/team/a',
    ]);
    expect(second.nextToken).toBeUndefined();
  });
});

describe('DeleteLogStream', () => {
  it('deletes the lines of an ended stream, which is gone then', async () => {
    const logs = memoryLogs();
    logs.write('t1', { atMs: 7, text: 'a' });
    const client = clientOf([aStream(1, { ended: true })], DEFAULT_GROUP, logs);
    const stream = { logGroupName: DEFAULT_GROUP, logStreamName: 'd/default/1' };
    await client.send(new DeleteLogStreamCommand(stream));
    const gone = { name: 'ResourceNotFoundException', message: 'The specified log stream does not exist.' };
    await expect(client.send(new GetLogEventsCommand(stream))).rejects.toMatchObject(gone);
    await expect(client.send(new DeleteLogStreamCommand(stream))).rejects.toMatchObject(gone);
    const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName: DEFAULT_GROUP }));
    expect(logStreams).toEqual([]);
  });
});
