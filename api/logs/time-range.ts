// Finding a time in a log that is addressed by bytes. Lines are written in the order of their times, so the place can be
// searched by halves: a client that follows a gigabyte of log must not make it be read from its head every few seconds.
import type { EpochMs } from '../../core/ids.ts';
import type { LogLine, Logs } from '../../engine/log-ports.ts';

/** Half open. Each end may be absent. */
export interface TimeRange {
  readonly fromMs?: EpochMs;
  readonly beforeMs?: EpochMs;
}

/** Close enough to read on from. */
const SEARCHED_BYTES = 32 * 1024;

/** A byte position with no line of `fromMs` or later before it. */
export async function seekTime(logs: Logs, taskId: string, fromMs: EpochMs): Promise<number> {
  let low = 0;
  let high = (await logs.size(taskId)) ?? 0;
  while (high - low > SEARCHED_BYTES) {
    const middle = low + Math.floor((high - low) / 2);
    const page = await logs.read(taskId, middle, 1);
    const line = page?.lines[0];
    if (page && line && line.atMs < fromMs && page.to < high) low = page.to;
    else high = middle;
  }
  return low;
}

export function isWithin({ fromMs = -Infinity, beforeMs = Infinity }: TimeRange, line: LogLine): boolean {
  return line.atMs >= fromMs && line.atMs < beforeMs;
}
