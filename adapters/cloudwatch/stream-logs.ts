// The output of jobs in CloudWatch Logs. Its positions are not bytes: they are the time of a line and its place among the lines of the
// same millisecond, of which a job may write thousands.
import type { CloudWatchLogsClient, OutputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { EpochMs } from '../../core/ids.ts';
import type { LogLine, LogPage, Logs } from '../../engine/log-ports.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import { askPatiently, UnreadableError } from './reading.ts';

export interface StreamPlace {
  readonly logGroup: string;
  readonly logStream: string;
}

export interface StreamLogsOptions {
  readonly client: Pick<CloudWatchLogsClient, 'send'>;
  /** Where a task writes; `undefined`: nowhere. */
  readonly streamOf: (taskId: string) => StreamPlace | undefined;
  readonly retry?: RetryPolicy;
}

/** 2020-01-01. */
const ORIGIN_MS = 1_577_836_800_000;
/** More lines than one request to CloudWatch Logs may bring. */
const PLACES = 10_000;
/** GetLogEvents gives at most so many. */
const LINES_MAX = 10_000;
/** Enough to find the last line's place with one request, mostly. */
const SIZE_LINES = 50;

/** A stream that does not exist yet, because nothing was written, reads as `undefined`. */
export function createStreamLogs(options: StreamLogsOptions): Logs {
  const readerOf = (taskId: string): ReadStream | undefined => {
    const place = options.streamOf(taskId);
    return place && ((part) => readStream(options, place, part));
  };
  return {
    async read(taskId, from, limit) {
      const read = readerOf(taskId);
      if (!read) return undefined;
      return from === 'end' ? readBackwards(read, undefined, limit) : readForwards(read, from, limit);
    },
    async readBefore(taskId, before, limit) {
      const read = readerOf(taskId);
      return read && readBackwards(read, before, limit);
    },
    async size(taskId) {
      const read = readerOf(taskId);
      return read && (await readBackwards(read, undefined, SIZE_LINES))?.to;
    },
    // The group's retention does.
    remove: () => Promise.resolve(),
  };
}

interface Part {
  /** `fromMs` belongs to it, `untilMs` does not. */
  readonly fromMs?: EpochMs;
  readonly untilMs?: EpochMs;
  readonly fromHead: boolean;
  readonly limit: number;
}

interface Line extends LogLine {
  readonly position: number;
}

/** Oldest first; `undefined` where there is no stream. */
type ReadStream = (part: Part) => Promise<readonly LogLine[] | undefined>;

async function readForwards(read: ReadStream, from: number, limit: number): Promise<LogPage | undefined> {
  // Those of the same millisecond that come before are counted to know the places.
  const lines = await read({
    fromMs: timeOf(from),
    fromHead: true,
    limit: Math.min(LINES_MAX, placeOf(from) + limit),
  });
  if (!lines) return undefined;
  const wanted = positioned(lines).filter(({ position }) => position >= from);
  return pageOf(wanted.slice(0, limit), from);
}

async function readBackwards(
  read: ReadStream,
  before: number | undefined,
  limit: number,
): Promise<LogPage | undefined> {
  const isAmid = before !== undefined && placeOf(before) > 0;
  const atMs = before === undefined ? undefined : timeOf(before);
  // Of the millisecond that the place is in, what comes before it.
  const own = isAmid ? await read({ ...millisecond(atMs ?? 0), limit: placeOf(before) }) : [];
  const older = own && own.length >= limit ? [] : await readOlder(read, atMs, limit - (own?.length ?? 0));
  if (!own || !older) return undefined;
  return pageOf(positioned([...older, ...own]).slice(-limit), before ?? 0);
}

/** A little less than `limit` where the lines would begin amid a millisecond: its lines before them would have to be counted. */
async function readOlder(
  read: ReadStream,
  untilMs: EpochMs | undefined,
  limit: number,
): Promise<readonly LogLine[] | undefined> {
  const lines = await read({ ...(untilMs === undefined ? {} : { untilMs }), fromHead: false, limit });
  const [first] = lines ?? [];
  if (!lines || !first || lines.length < limit) return lines;
  const later = lines.filter(({ atMs }) => atMs !== first.atMs);
  return later.length > 0 ? later : read({ ...millisecond(first.atMs), limit: LINES_MAX });
}

function millisecond(atMs: EpochMs): Pick<Part, 'fromMs' | 'untilMs' | 'fromHead'> {
  return { fromMs: atMs, untilMs: atMs + 1, fromHead: true };
}

/** `nothing`: where a page without lines is. */
function pageOf(lines: readonly Line[], nothing: number): LogPage {
  const [first, last] = [lines[0], lines.at(-1)];
  if (!first || !last) return { lines: [], from: nothing, to: nothing };
  return {
    lines: lines.map(({ atMs, text }) => ({ atMs, text })),
    from: first.position,
    to: last.position + 1,
  };
}

/** The first is the first of its millisecond. */
function positioned(lines: readonly LogLine[]): readonly Line[] {
  let atMs = Number.NaN;
  let place = 0;
  return lines.map((line) => {
    place = line.atMs === atMs ? place + 1 : 0;
    atMs = line.atMs;
    return { ...line, position: (atMs - ORIGIN_MS) * PLACES + Math.min(place, PLACES - 1) };
  });
}

function timeOf(position: number): EpochMs {
  return Math.floor(position / PLACES) + ORIGIN_MS;
}

function placeOf(position: number): number {
  return position % PLACES;
}

async function readStream(
  { client, retry }: StreamLogsOptions,
  { logGroup, logStream }: StreamPlace,
  part: Part,
): Promise<readonly LogLine[] | undefined> {
  const asked = { action: 'logs:GetLogEvents', subject: `the log group ${logGroup}` };
  const ask = (limit: number, nextToken: string | undefined) =>
    askPatiently(
      asked,
      () =>
        client.send(
          new GetLogEventsCommand({
            logGroupName: logGroup,
            logStreamName: logStream,
            startFromHead: part.fromHead,
            limit,
            ...(part.fromMs === undefined ? {} : { startTime: Math.max(0, part.fromMs) }),
            ...(part.untilMs === undefined ? {} : { endTime: part.untilMs }),
            ...(nextToken === undefined ? {} : { nextToken }),
          }),
        ),
      retry,
    );
  try {
    let events: readonly OutputLogEvent[] = [];
    let token: string | undefined;
    // A page has a megabyte at most, and may have less without being the last: that one repeats its token.
    for (;;) {
      const answer = await ask(part.limit - events.length, token);
      const page = answer.events ?? [];
      events = part.fromHead ? [...events, ...page] : [...page, ...events];
      const next = part.fromHead ? answer.nextForwardToken : answer.nextBackwardToken;
      if (events.length >= part.limit || next === undefined || next === token) break;
      token = next;
    }
    return events.map(({ timestamp = 0, message = '' }) => ({ atMs: timestamp, text: message }));
  } catch (error) {
    // The group or the stream: with the first line come both.
    if (error instanceof UnreadableError && error.problem === 'missing') return undefined;
    throw error;
  }
}
