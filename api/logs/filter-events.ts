// FilterLogEvents: the lines of many streams as one sequence in order of time. Streams are merged exactly among those read
// side by side: all that a request names, or as many at a time as a group's listing gives.
import type { LogLine, Logs } from '../../engine/log-ports.ts';
import { LOG_LINES_SEARCHED, LOG_PAGE_BYTES } from '../limits.ts';
import type { LogStream } from './catalog.ts';
import type { LineFilter } from './filter-pattern.ts';
import { eventBytes } from './read-events.ts';
import { openCursor, type NextLine, type Position, type StreamCursor } from './stream-cursor.ts';
import { isWithin, type TimeRange } from './time-range.ts';

export interface FilteredLine {
  readonly stream: LogStream;
  readonly line: LogLine;
  /** The same for the same line in every call: clients recognise what they have shown by it. */
  readonly eventId: string;
}

/** By task. A stream without a position has not been begun. */
export type Positions = Readonly<Record<string, Position>>;

export interface MergedPage {
  readonly lines: readonly FilteredLine[];
  /** Absent when every stream was read to its end. */
  readonly positions?: Positions;
}

export interface MergeRequest {
  readonly range: TimeRange;
  readonly matches: LineFilter;
  readonly limit: number;
}

interface Reading {
  readonly stream: LogStream;
  readonly cursor: StreamCursor;
  /** The next line; absent when the stream ended or is past the range. */
  next: NextLine | undefined;
}

/** One page of the given streams. */
export async function mergeStreams(
  logs: Logs,
  streams: readonly LogStream[],
  positions: Positions,
  { range, matches, limit }: MergeRequest,
): Promise<MergedPage> {
  const readings: Reading[] = [];
  for (const stream of streams) readings.push(await openReading(logs, stream, positions, range));
  const lines: FilteredLine[] = [];
  let bytes = 0;
  for (let searched = 0; searched < LOG_LINES_SEARCHED; searched += 1) {
    const earliest = earliestOf(readings);
    if (!earliest?.next) return { lines };
    if (lines.length >= limit || bytes >= LOG_PAGE_BYTES) break;
    const { stream, cursor, next } = earliest;
    cursor.advance();
    earliest.next = await nextWithin(cursor, range);
    if (!isWithin(range, next.line) || !matches(next.line.text)) continue;
    lines.push({ stream, line: next.line, eventId: `${next.line.atMs}/${stream.taskId}/${next.ordinal}` });
    bytes += eventBytes(next.line);
  }
  const now = readings.map(({ stream, cursor }) => [stream.taskId, cursor.position()] as const);
  return { lines, positions: Object.fromEntries(now) };
}

async function openReading(
  logs: Logs,
  stream: LogStream,
  positions: Positions,
  range: TimeRange,
): Promise<Reading> {
  const position = Object.hasOwn(positions, stream.taskId) ? positions[stream.taskId] : undefined;
  const cursor = await openCursor(logs, stream.taskId, { position, fromMs: range.fromMs });
  return { stream, cursor, next: await nextWithin(cursor, range) };
}

async function nextWithin(cursor: StreamCursor, range: TimeRange): Promise<NextLine | undefined> {
  const next = await cursor.peek();
  return next && next.line.atMs < (range.beforeMs ?? Infinity) ? next : undefined;
}

/** The stream whose next line is the oldest. */
function earliestOf(readings: readonly Reading[]): Reading | undefined {
  let earliest: Reading | undefined;
  for (const reading of readings) {
    if (reading.next && (!earliest?.next || reading.next.line.atMs < earliest.next.line.atMs))
      earliest = reading;
  }
  return earliest;
}
