// How far a container's log has been copied, so that a later reading goes on without a lost or doubled byte.
// The Engine can leave out what is older than a second, but cannot start at a byte: so the bytes seen are counted by the
// second they carry, and the next reading starts a little before the newest one and passes over what the file has.
// Entries of stdout and stderr may be kept slightly out of order; the margin covers that.
import type { LogEntry } from './log-frames.ts';

export interface LogCursor {
  /** The next entry of the current reading: gives back the part of it that is not in the file yet. */
  take(entry: LogEntry): Buffer;
  /** Begins another reading; answers the epoch second it must start from, `undefined` for the log's start. */
  restart(): number | undefined;
}

const MARGIN_SECONDS = 2;

/** `writtenBytes`: how much of the log, from its start, the file holds already. */
export function createLogCursor(writtenBytes: number): LogCursor {
  let toSkip = writtenBytes;
  /** Where the current reading started. */
  let since: number | undefined;
  /** What the current reading has met and the next one would meet again. */
  let newestSecond: number | undefined;
  const bytesBySecond = new Map<number, number>();
  let untimedBytes = 0;

  const count = (second: number, bytes: number): void => {
    const known = bytesBySecond.get(second);
    bytesBySecond.set(second, (known ?? 0) + bytes);
    if (known !== undefined) return;
    newestSecond = Math.max(newestSecond ?? second, second);
    for (const old of bytesBySecond.keys()) {
      if (old < newestSecond - MARGIN_SECONDS) bytesBySecond.delete(old);
    }
  };
  return {
    take(entry) {
      if (entry.second === undefined) untimedBytes += entry.text.length;
      else count(entry.second, entry.text.length);
      const skipped = Math.min(toSkip, entry.text.length);
      toSkip -= skipped;
      return entry.text.subarray(skipped);
    },
    restart() {
      // The next reading meets the counted bytes again, and then those that this one had still to pass over. It never
      // starts earlier than this one, which has not counted what lies before.
      toSkip += untimedBytes;
      for (const bytes of bytesBySecond.values()) toSkip += bytes;
      if (newestSecond !== undefined) since = Math.max(newestSecond - MARGIN_SECONDS, since ?? -Infinity);
      newestSecond = undefined;
      bytesBySecond.clear();
      untimedBytes = 0;
      return since;
    },
  };
}
