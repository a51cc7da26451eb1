// GetLogEvents: one page of a stream, in either direction. A position is a byte offset between two lines; the tokens of a
// page are the positions before its first and after its last line, so an empty page repeats the token it was asked with.
import type { LogLine, LogPage, Logs } from '../../engine/log-ports.ts';
import { LOG_EVENT_OVERHEAD_BYTES, LOG_PAGE_BYTES } from '../limits.ts';
import { isWithin, seekTime, type TimeRange } from './time-range.ts';

export type Start =
  | { readonly at: 'head' | 'tail' }
  | { readonly at: 'after' | 'before'; readonly position: number };

export interface EventsPage {
  /** Oldest first, whichever direction was read. */
  readonly lines: readonly LogLine[];
  readonly from: number;
  readonly to: number;
}

/** Lines asked of the port at first; then as many as the average line lets fit. */
const FIRST_LINES = 64;
const MOST_LINES = 1000;

export async function readEvents(
  logs: Logs,
  taskId: string,
  start: Start,
  range: TimeRange,
  limit: number,
): Promise<EventsPage> {
  switch (start.at) {
    case 'head': {
      const position = range.fromMs === undefined ? 0 : await seekTime(logs, taskId, range.fromMs);
      return readForward(logs, taskId, position, range, limit);
    }
    case 'after':
      return readForward(logs, taskId, start.position, range, limit);
    case 'tail':
      return readBackward(logs, taskId, 'end', range, limit);
    case 'before':
      return readBackward(logs, taskId, start.position, range, limit);
  }
}

async function readForward(
  logs: Logs,
  taskId: string,
  position: number,
  range: TimeRange,
  limit: number,
): Promise<EventsPage> {
  const page = emptyPage(range, limit);
  let to = position;
  while (page.wanted() > 0) {
    const read = await logs.read(taskId, to, page.wanted());
    const first = read?.lines[0];
    if (!read || !first || first.atMs >= (range.beforeMs ?? Infinity)) break;
    page.take(read, 'after');
    to = read.to;
  }
  return { lines: page.lines(), from: position, to };
}

async function readBackward(
  logs: Logs,
  taskId: string,
  position: number | 'end',
  range: TimeRange,
  limit: number,
): Promise<EventsPage> {
  const page = emptyPage(range, limit);
  const readPage = (before: number | 'end'): Promise<LogPage | undefined> =>
    before === 'end'
      ? logs.read(taskId, 'end', page.wanted())
      : logs.readBefore(taskId, before, page.wanted());
  let read = await readPage(position);
  let from = position === 'end' ? (read?.to ?? 0) : position;
  const to = from;
  while (read) {
    const last = read.lines.at(-1);
    if (!last || last.atMs < (range.fromMs ?? -Infinity)) break;
    page.take(read, 'before');
    from = read.from;
    if (page.wanted() === 0) break;
    read = await readPage(from);
  }
  return { lines: page.lines(), from, to };
}

/** Collects lines until there are `limit` of them or they fill an answer. */
function emptyPage(range: TimeRange, limit: number) {
  const chunks: (readonly LogLine[])[] = [];
  let taken = 0;
  let bytes = 0;
  return {
    /** How many more lines to ask for; 0 when the page is full. */
    wanted(): number {
      const room = LOG_PAGE_BYTES - bytes;
      if (room <= 0) return 0;
      const fitting = taken === 0 ? FIRST_LINES : Math.ceil(room / (bytes / taken));
      return Math.min(limit - taken, fitting, MOST_LINES);
    },
    take(read: LogPage, side: 'before' | 'after'): void {
      const lines = read.lines.filter((line) => isWithin(range, line));
      taken += lines.length;
      for (const line of lines) bytes += eventBytes(line);
      if (side === 'after') chunks.push(lines);
      else chunks.unshift(lines);
    },
    lines: (): readonly LogLine[] => chunks.flat(),
  };
}

export function eventBytes(line: LogLine): number {
  return Buffer.byteLength(line.text) + LOG_EVENT_OVERHEAD_BYTES;
}
