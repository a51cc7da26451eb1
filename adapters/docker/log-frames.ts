// The Engine's log stream: frames of an 8-byte head (stream, length) and one log entry, here with its timestamp in front.
// Pure. Invariant: the entries' texts, joined, are exactly what the container wrote, in the order in which it was kept.

export interface LogEntry {
  /** Epoch seconds at which the Engine took it; `undefined` when it came without a timestamp. */
  readonly second: number | undefined;
  readonly text: Buffer;
}

const HEAD_BYTES = 8;
/** `2026-11-21T20:58:32.772004380Z` and, elsewhere than in UTC, an offset instead of the Z. */
const LONGEST_TIMESTAMP = 36;
const SPACE = 0x20;

/** Takes the stream in pieces of any size and gives back the entries that are complete. */
export function createFrameReader(): (chunk: Buffer) => LogEntry[] {
  let rest: Buffer = Buffer.alloc(0);
  const secondOf = createSecondReader();
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const entries: LogEntry[] = [];
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const length = bytes.readUInt32BE(at + 4);
      if (bytes.length - at - HEAD_BYTES < length) break;
      entries.push(entryOf(bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length), secondOf));
      at += HEAD_BYTES + length;
    }
    rest = bytes.subarray(at);
    return entries;
  };
}

function entryOf(frame: Buffer, secondOf: (timestamp: string) => number): LogEntry {
  const space = frame.subarray(0, LONGEST_TIMESTAMP).indexOf(SPACE);
  if (space === -1) return { second: undefined, text: frame };
  const second = secondOf(frame.toString('latin1', 0, space));
  if (Number.isNaN(second)) return { second: undefined, text: frame };
  return { second, text: frame.subarray(space + 1) };
}

/** Parsing dates is the costliest part of a busy log, and thousands of lines share a second. */
function createSecondReader(): (timestamp: string) => number {
  let knownText = '';
  let known = NaN;
  return (timestamp) => {
    const toTheSecond = timestamp.slice(0, 19);
    if (toTheSecond !== knownText) {
      knownText = toTheSecond;
      known = Math.floor(Date.parse(timestamp) / 1000);
    }
    return known;
  };
}
