// Where the output of jobs is read from: a port like those of ports.ts.
import type { EpochMs } from '../core/ids.ts';

export interface LogLine {
  readonly atMs: EpochMs;
  readonly text: string;
}
/** Byte positions in the stream, both inclusive-exclusive: `from` of the first line, `to` after the last. */
export interface LogPage {
  readonly lines: readonly LogLine[];
  readonly from: number;
  readonly to: number;
}
/** Log output by task. A stream that does not exist reads as `undefined`. */
export interface Logs {
  /** Up to `limit` whole lines at or after byte `from` (`'end'`: the last `limit` lines). A last line without newline counts once the task ended. */
  read(taskId: string, from: number | 'end', limit: number): Promise<LogPage | undefined>;
  /** Up to `limit` whole lines that end before byte `before`. */
  readBefore(taskId: string, before: number, limit: number): Promise<LogPage | undefined>;
  size(taskId: string): Promise<number | undefined>;
  remove(taskId: string): Promise<void>;
}
