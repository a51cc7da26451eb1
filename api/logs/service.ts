// The part of CloudWatch Logs that clients of AWS Batch call to see what their jobs printed, as an AWS JSON 1.1 service.
// Reads, and the deletion of a stream; nothing can be written to a log but by a job.
import { jsonOperation, type JsonService } from '../operation.ts';
import { LOG_DESCRIBE_SIZE, LOG_PAGE_EVENTS } from '../limits.ts';
import {
  boolean,
  integer,
  list,
  long,
  oneOf,
  optional,
  required,
  string,
  structure,
} from '../shapes/shape.ts';
import { deleteLogStream, describeLogGroups, describeLogStreams } from './describe.ts';
import { filterLogEvents } from './filter-log-events.ts';
import type { LogsDeps } from './find.ts';
import { getLogEvents } from './get-log-events.ts';

const name = string({ min: 1, max: 512 });
const identifier = string({ min: 1, max: 2048 });
const token = string({ min: 1 });
const time = long({ min: 0 });
const group = { logGroupName: optional(name), logGroupIdentifier: optional(identifier) };

export function createLogsService(deps: LogsDeps): JsonService {
  const get = jsonOperation({
    name: 'GetLogEvents',
    input: structure({
      ...group,
      logStreamName: required(name),
      startTime: optional(time),
      endTime: optional(time),
      nextToken: optional(token),
      limit: optional(integer({ min: 1, max: LOG_PAGE_EVENTS })),
      startFromHead: optional(boolean()),
    }),
    handle: (context, input) => getLogEvents(deps, context, input),
  });
  const filter = jsonOperation({
    name: 'FilterLogEvents',
    input: structure({
      ...group,
      logStreamNames: optional(list(name, { min: 1, max: 100 })),
      logStreamNamePrefix: optional(name),
      startTime: optional(time),
      endTime: optional(time),
      filterPattern: optional(string({ max: 1024 })),
      nextToken: optional(token),
      limit: optional(integer({ min: 1, max: LOG_PAGE_EVENTS })),
      startFromHead: optional(boolean()),
    }),
    handle: (context, input) => filterLogEvents(deps, context, input),
  });
  return { name: 'logs', targetPrefix: 'Logs_20140328', operations: [get, filter, ...describing(deps)] };
}

function describing(deps: LogsDeps): JsonService['operations'] {
  const streams = jsonOperation({
    name: 'DescribeLogStreams',
    input: structure({
      ...group,
      logStreamNamePrefix: optional(name),
      orderBy: optional(oneOf(['LogStreamName', 'LastEventTime'])),
      descending: optional(boolean()),
      nextToken: optional(token),
      limit: optional(integer({ min: 1, max: LOG_DESCRIBE_SIZE })),
    }),
    handle: (context, input) => describeLogStreams(deps, context, input),
  });
  const groups = jsonOperation({
    name: 'DescribeLogGroups',
    input: structure({
      logGroupNamePrefix: optional(name),
      logGroupNamePattern: optional(string({ max: 512 })),
      nextToken: optional(token),
      limit: optional(integer({ min: 1, max: LOG_DESCRIBE_SIZE })),
    }),
    handle: (context, input) => describeLogGroups(deps, context, input),
  });
  const remove = jsonOperation({
    name: 'DeleteLogStream',
    input: structure({ logGroupName: required(name), logStreamName: required(name) }),
    handle: (context, input) => deleteLogStream(deps, context, input),
  });
  return [streams, groups, remove];
}
