// The Logs port over one file per task. Invariant: a page costs what the page holds, not what the file holds; a log of a gigabyte
// opens at its end at once.
import { appendFile, open, readFile, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { LogPage, Logs } from '../../engine/log-ports.ts';
import { linesBefore, linesFrom, MARGIN_BYTES, MAX_LINE_BYTES } from './log-lines.ts';
import type { Lines, Stretch } from './log-lines.ts';
import { markLine, parseMarks, timesOf } from './log-times.ts';
import type { LogSpan, Mark } from './log-times.ts';
import { isTaskId, logFileOf, logMarksFileOf, recordFileOf } from './task-paths.ts';

export interface FileLogsOptions {
  /**
   * Whether the task may still write. By default the process runtime's record of the attempt tells; without a record, as
   * under other runtimes, every task counts as ended, and half a line that is being written may be shown as one.
   */
  readonly isLive?: (taskId: string) => boolean | Promise<boolean>;
}

/** CloudWatch's own bound on a page. */
const PAGE_BYTES = 1_048_576;
/** Notes on the times of one log; what grows after them is timed less exactly. */
const MAX_MARKS = 5_000;
const RECORD_TAIL_BYTES = 64;

export function createFileLogs(dataDir: string, options: FileLogsOptions = {}): Logs {
  const isLive = options.isLive ?? ((taskId: string) => recordSaysLive(recordFileOf(dataDir, taskId)));

  async function page(taskId: string, take: (file: OpenLog) => Promise<Cut>): Promise<LogPage | undefined> {
    if (!isTaskId(taskId)) return undefined;
    const handle = await openIfThere(logFileOf(dataDir, taskId));
    if (!handle) return undefined;
    try {
      // Asked before the size is taken: what an ended task wrote is all in the file.
      const ended = !(await isLive(taskId));
      const stats = await handle.stat();
      const span = { bytes: stats.size, madeAtMs: stats.birthtimeMs, grewAtMs: stats.mtimeMs };
      const { lines, stretch } = await take({ handle, bytes: stats.size, ended });
      const timeOf = timesOf(span, await marksOf(logMarksFileOf(dataDir, taskId), span, ended));
      return {
        lines: lines.pieces.map(({ from, textTo, to }) => ({
          atMs: timeOf(to),
          text: stretch.bytes.toString('utf8', from - stretch.at, textTo - stretch.at),
        })),
        from: lines.from,
        to: lines.to,
      };
    } finally {
      await handle.close();
    }
  }

  return {
    read: (taskId, from, limit) =>
      page(taskId, (file) =>
        from === 'end' ? cutBefore(file, file.bytes, limit) : cutFrom(file, Math.max(0, from), limit),
      ),
    readBefore: (taskId, before, limit) => page(taskId, (file) => cutBefore(file, before, limit)),
    async size(taskId) {
      if (!isTaskId(taskId)) return undefined;
      return unlessAbsent(stat(logFileOf(dataDir, taskId)).then(({ size }) => size));
    },
    async remove(taskId) {
      if (!isTaskId(taskId)) return;
      await Promise.all(
        [logFileOf, logMarksFileOf].map((fileOf) => rm(fileOf(dataDir, taskId), { force: true })),
      );
    },
  };
}

interface OpenLog {
  readonly handle: FileHandle;
  readonly bytes: number;
  readonly ended: boolean;
}

interface Cut {
  readonly lines: Lines;
  readonly stretch: Stretch;
}

async function cutFrom(file: OpenLog, from: number, limit: number): Promise<Cut> {
  const start = Math.min(from, file.bytes);
  const stretch = await stretchOf(file, start - MARGIN_BYTES, start + PAGE_BYTES + 3 * MARGIN_BYTES);
  return { stretch, lines: linesFrom(stretch, start, limit, PAGE_BYTES) };
}

async function cutBefore(file: OpenLog, before: number, limit: number): Promise<Cut> {
  const end = Math.min(before, file.bytes);
  const stretch = await stretchOf(file, end - PAGE_BYTES - 3 * MARGIN_BYTES, end + MARGIN_BYTES);
  return { stretch, lines: linesBefore(stretch, end, limit, PAGE_BYTES) };
}

async function stretchOf(file: OpenLog, from: number, to: number): Promise<Stretch> {
  const at = Math.min(Math.max(0, from), file.bytes);
  const length = Math.max(0, Math.min(to, file.bytes) - at);
  const { buffer, bytesRead } = await file.handle.read(Buffer.allocUnsafe(length), 0, length, at);
  return {
    maxLineBytes: MAX_LINE_BYTES,
    at,
    bytes: buffer.subarray(0, bytesRead),
    fileBytes: file.bytes,
    ended: file.ended,
  };
}

/** The notes on a log's times. Those of a live log that has grown get one more. */
async function marksOf(file: string, span: LogSpan, ended: boolean): Promise<readonly Mark[]> {
  const marks = parseMarks((await unlessAbsent(readFile(file, 'latin1'))) ?? '');
  if (ended || span.bytes === 0 || span.bytes <= (marks.at(-1)?.offset ?? 0) || marks.length >= MAX_MARKS)
    return marks;
  const mark = { offset: span.bytes, atMs: Math.floor(span.grewAtMs) };
  await appendFile(file, markLine(mark));
  return [...marks, mark];
}

/** The last line of a record is `exit …` once the command has ended. */
async function recordSaysLive(file: string): Promise<boolean> {
  const handle = await openIfThere(file);
  if (!handle) return false;
  try {
    const { size } = await handle.stat();
    const at = Math.max(0, size - RECORD_TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(RECORD_TAIL_BYTES),
      0,
      RECORD_TAIL_BYTES,
      at,
    );
    return !/\nexit \d+\n(?:stop \d+\n)*$/.test(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await handle.close();
  }
}

function openIfThere(file: string): Promise<FileHandle | undefined> {
  return unlessAbsent(open(file, 'r'));
}

async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
