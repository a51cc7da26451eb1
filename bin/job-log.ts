// Reads a job's log through the CloudWatch Logs API, page by page. A stream that does not exist yet reads as empty: a
// container that has not written has none.
import type { JobDetail } from '@aws-sdk/client-batch';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from './server.ts';
import { attemptStreams, type LogStream } from './job-parts.ts';
import { requestJson, ServiceError } from './signed-request.ts';

/** AWS Batch's own. */
const ordinaryGroup = '/aws/batch/job';

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

export interface LogPage {
  readonly events: readonly LogEvent[];
  /** Repeats the token asked with when there was nothing after it. */
  readonly next: string | undefined;
}

export interface LogQuery {
  readonly after?: string | undefined;
  /** Reads the last `limit` events instead of the first. */
  readonly fromEnd?: boolean;
  readonly limit?: number;
}

/** CloudWatch Logs serves an account some 25 reads a second; whoever follows many jobs meets that. */
const PATIENCE_MS = [200, 400, 800, 1_600, 3_200];

export async function readLogPage(server: Server, stream: LogStream, query: LogQuery): Promise<LogPage> {
  for (const waitMs of PATIENCE_MS) {
    try {
      return await readLogPageOnce(server, stream, query);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.name !== 'ThrottlingException') throw error;
      await sleep(waitMs);
    }
  }
  return readLogPageOnce(server, stream, query);
}

async function readLogPageOnce(server: Server, stream: LogStream, query: LogQuery): Promise<LogPage> {
  const logGroupName = stream.group ?? (await server.jobLogGroup?.()) ?? ordinaryGroup;
  try {
    const answer = await requestJson(server, {
      service: 'logs',
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.GetLogEvents' },
      body: JSON.stringify({
        logGroupName,
        logStreamName: stream.name,
        startFromHead: !query.fromEnd,
        ...(query.after !== undefined && { nextToken: query.after }),
        ...(query.limit !== undefined && { limit: query.limit }),
      }),
    });
    return parsePage(answer);
  } catch (error) {
    if (error instanceof ServiceError && error.name === 'ResourceNotFoundException') {
      return { events: [], next: query.after };
    }
    throw error;
  }
}

/** By the name of a stream, the token that reading it goes on from. */
export type LogPlaces = Map<string, string>;

/** Hands over all that a stream holds after its place. The place moves with each page, so a server that goes away between two repeats nothing. */
export async function readLogOn(
  server: Server,
  stream: LogStream,
  places: LogPlaces,
  each: (event: LogEvent) => void,
): Promise<void> {
  for (;;) {
    const after = places.get(stream.name);
    const { events, next } = await readLogPage(server, stream, { after });
    events.forEach(each);
    if (next === undefined || next === after) return;
    places.set(stream.name, next);
  }
}

/** The last `count` events of a stream and the token to go on from. */
export async function readLogTail(server: Server, stream: LogStream, count: number): Promise<LogPage> {
  return readLogPage(server, stream, { fromEnd: true, limit: count });
}

/** The log streams of a job's attempts, oldest first; the running attempt's is the last. `container`: of this one of several. */
export function logStreamsOf(job: JobDetail, container?: string): readonly LogStream[] {
  const streams = attemptStreams(job, container).filter((stream) => stream !== undefined);
  return [...new Map(streams.map((stream) => [stream.name, stream])).values()];
}

function parsePage(answer: unknown): LogPage {
  if (typeof answer !== 'object' || answer === null) return { events: [], next: undefined };
  const next = 'nextForwardToken' in answer ? answer.nextForwardToken : undefined;
  const events = 'events' in answer && Array.isArray(answer.events) ? answer.events.filter(isLogEvent) : [];
  return { events, next: typeof next === 'string' ? next : undefined };
}

function isLogEvent(event: unknown): event is LogEvent {
  return (
    typeof event === 'object' &&
    event !== null &&
    'timestamp' in event &&
    typeof event.timestamp === 'number' &&
    'message' in event &&
    typeof event.message === 'string'
  );
}
