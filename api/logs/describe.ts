// DescribeLogStreams, DescribeLogGroups and DeleteLogStream.
import type { EpochMs, Scope } from '../../core/ids.ts';
import { InvalidParameterException } from '../errors.ts';
import { LOG_DESCRIBE_SIZE } from '../limits.ts';
import type { RequestContext } from '../operation.ts';
import { pageOfList, pageTokens } from '../paging.ts';
import type { LogGroup, LogStream } from './catalog.ts';
import {
  assertGroup,
  groupName,
  isKept,
  listGroups,
  requireStream,
  type GroupInput,
  type LogsDeps,
} from './find.ts';

export interface DescribeLogStreamsInput extends GroupInput {
  readonly logStreamNamePrefix?: string;
  readonly orderBy?: 'LogStreamName' | 'LastEventTime';
  readonly descending?: boolean;
  readonly nextToken?: string;
  readonly limit?: number;
}

export interface DescribedLogStream {
  readonly logStreamName: string;
  readonly creationTime: EpochMs;
  readonly firstEventTimestamp?: EpochMs;
  readonly lastEventTimestamp?: EpochMs;
  readonly lastIngestionTime?: EpochMs;
  readonly arn: string;
  readonly storedBytes: number;
}

/** By name, or by the time the stream was made, which stands for that of its last event: an index has the one and not the other. */
export async function describeLogStreams(
  deps: LogsDeps,
  { scope }: RequestContext,
  input: DescribeLogStreamsInput,
): Promise<{ readonly logStreams: readonly DescribedLogStream[]; readonly nextToken?: string }> {
  const group = groupName(input);
  const { nextToken, limit = LOG_DESCRIBE_SIZE, ...parameters } = input;
  const byTime = input.orderBy === 'LastEventTime';
  if (byTime && input.logStreamNamePrefix !== undefined) {
    throw new InvalidParameterException('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  await assertGroup(deps, scope, group);
  const tokens = pageTokens('DescribeLogStreams', scope, parameters);
  const after = openToken(tokens, nextToken);
  const page = await deps.catalog.listStreams(scope, group, {
    ...(input.logStreamNamePrefix !== undefined && { prefix: input.logStreamNamePrefix }),
    ...(after !== undefined && { after }),
    order: byTime ? 'created' : 'name',
    descending: input.descending ?? false,
    limit,
  });
  const described = await Promise.all(
    page.streams.map((stream) => describeStream(deps, scope, group, stream)),
  );
  return {
    logStreams: described.filter((stream) => stream !== undefined),
    ...(page.next !== undefined && { nextToken: tokens.seal(page.next) }),
  };
}

async function describeStream(
  deps: LogsDeps,
  scope: Scope,
  group: string,
  stream: LogStream,
): Promise<DescribedLogStream | undefined> {
  if (!(await isKept(deps, stream))) return undefined;
  const first = (await deps.logs.read(stream.taskId, 0, 1))?.lines[0];
  const last = (await deps.logs.read(stream.taskId, 'end', 1))?.lines.at(-1);
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAtMs,
    ...(first && { firstEventTimestamp: first.atMs }),
    ...(last && { lastEventTimestamp: last.atMs, lastIngestionTime: last.atMs }),
    arn: `${groupArn(scope, group)}:log-stream:${stream.name}`,
    // CloudWatch Logs itself reports 0 for every stream since 2019.
    storedBytes: 0,
  };
}

export interface DescribeLogGroupsInput {
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
}

export async function describeLogGroups(
  deps: LogsDeps,
  { scope }: RequestContext,
  input: DescribeLogGroupsInput,
): Promise<{ readonly logGroups: readonly object[]; readonly nextToken?: string }> {
  const { nextToken, limit = LOG_DESCRIBE_SIZE, ...parameters } = input;
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = parameters;
  if (prefix !== undefined && pattern !== undefined) {
    throw new InvalidParameterException(
      'logGroupNamePrefix and logGroupNamePattern cannot be given together.',
    );
  }
  const groups = (await listGroups(deps, scope)).filter(
    ({ name }) =>
      (prefix === undefined || name.startsWith(prefix)) &&
      (pattern === undefined || name.toLowerCase().includes(pattern.toLowerCase())),
  );
  const tokens = pageTokens('DescribeLogGroups', scope, parameters);
  const after = openToken(tokens, nextToken);
  const page = pageOfList({ limit, ...(after !== undefined && { after }) }, groups, (group) => group.name);
  return {
    logGroups: page.items.map((group) => describeGroup(scope, group)),
    ...(page.next !== undefined && { nextToken: tokens.seal(page.next) }),
  };
}

function describeGroup(scope: Scope, { name, createdAtMs }: LogGroup): object {
  const logGroupArn = groupArn(scope, name);
  return {
    logGroupName: name,
    creationTime: createdAtMs,
    metricFilterCount: 0,
    arn: `${logGroupArn}:*`,
    logGroupArn,
    storedBytes: 0,
    logGroupClass: 'STANDARD',
  };
}

export async function deleteLogStream(
  deps: LogsDeps,
  { scope }: RequestContext,
  input: { readonly logGroupName: string; readonly logStreamName: string },
): Promise<object> {
  const stream = await requireStream(deps, scope, input.logGroupName, input.logStreamName);
  await deps.logs.remove(stream.taskId);
  return {};
}

function openToken(tokens: ReturnType<typeof pageTokens>, nextToken: string | undefined): string | undefined {
  if (nextToken === undefined) return undefined;
  const position = tokens.open(nextToken);
  if (position === undefined) throw new InvalidParameterException('The specified nextToken is invalid.');
  return position;
}

function groupArn(scope: Scope, group: string): string {
  return `arn:${scope.partition}:logs:${scope.region}:${scope.account}:log-group:${group}`;
}
