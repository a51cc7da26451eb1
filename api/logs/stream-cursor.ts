// One stream of several that are read side by side: its next line, and a position to go on from that survives between
// calls. The port addresses bytes, not lines, so a position is the start of a chunk plus the lines already used of it.
import type { EpochMs } from '../../core/ids.ts';
import type { LogLine, Logs } from '../../engine/log-ports.ts';
import { seekTime } from './time-range.ts';

/**
 * `at`: where the chunk starts; `used`: lines of it that are done; `ms` and `count`: the time of the last line before the
 * chunk and how many lines had it. The last two give every line an ordinal within its millisecond, however it is read.
 */
export type Position = readonly [at: number, used: number, ms: EpochMs, count: number];

export interface NextLine {
  readonly line: LogLine;
  /** Among the lines of its millisecond, from 0. */
  readonly ordinal: number;
}

export interface StreamCursor {
  /** The next line; `undefined` at the end. */
  peek(): Promise<NextLine | undefined>;
  advance(): void;
  position(): Position;
}

const CHUNK_LINES = 256;

/** A cursor at `position`, or at the first line that may be as late as `fromMs`. */
export async function openCursor(
  logs: Logs,
  taskId: string,
  from: { readonly position?: Position | undefined; readonly fromMs?: EpochMs | undefined },
): Promise<StreamCursor> {
  const { position, fromMs } = from;
  let [at, used, ms, count] = position ?? [0, 0, -1, 0];
  if (!position && fromMs !== undefined) at = await seekTime(logs, taskId, fromMs);
  let chunk = await logs.read(taskId, at, CHUNK_LINES);

  /** The time of the line before `index` and how many lines of that time there were up to it. */
  const runBefore = (index: number): readonly [EpochMs, number] => {
    let run: readonly [EpochMs, number] = [ms, count];
    for (const line of chunk?.lines.slice(0, index) ?? [])
      run = [line.atMs, line.atMs === run[0] ? run[1] + 1 : 1];
    return run;
  };
  let run = runBefore(used);

  return {
    async peek() {
      if (chunk && used > 0 && used >= chunk.lines.length) {
        const next = await logs.read(taskId, chunk.to, CHUNK_LINES);
        if (!next || next.lines.length === 0) return undefined;
        [at, used, ms, count] = [chunk.to, 0, ...run];
        chunk = next;
      }
      const line = chunk?.lines[used];
      return line && { line, ordinal: line.atMs === run[0] ? run[1] : 0 };
    },
    advance() {
      const line = chunk?.lines[used];
      if (!line) return;
      run = [line.atMs, line.atMs === run[0] ? run[1] + 1 : 1];
      used += 1;
    },
    position: () => [at, used, ms, count],
  };
}
