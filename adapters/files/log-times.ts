// When a line of a log was written. The file holds no times, and nothing that runs jobs spends anything on them: what is known is
// when the file was made, when it last grew, and what readers of the live log noted on the way. In between, time
// is taken to pass evenly with the bytes.
//
// Invariant: times never go back along the file, and the time of a line that was shown does not change: before a live log is
// shown, its size and the time of its last growth are noted, and notes are only ever added after the last.
import type { EpochMs } from '../../core/ids.ts';

export interface Mark {
  readonly offset: number;
  readonly atMs: EpochMs;
}

export interface LogSpan {
  readonly madeAtMs: EpochMs;
  readonly grewAtMs: EpochMs;
  readonly bytes: number;
}

export function parseMarks(text: string): readonly Mark[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+) (\d+)$/.exec(line);
    return match ? [{ offset: Number(match[1]), atMs: Number(match[2]) }] : [];
  });
}

export function markLine(mark: Mark): string {
  return `${mark.offset} ${mark.atMs}\n`;
}

/** A function from byte offset to time, in whole milliseconds. */
export function timesOf(span: LogSpan, marks: readonly Mark[]): (offset: number) => EpochMs {
  const points: Mark[] = [
    { offset: 0, atMs: Math.min(span.madeAtMs, marks[0]?.atMs ?? span.grewAtMs, span.grewAtMs) },
  ];
  for (const mark of [...marks, { offset: span.bytes, atMs: span.grewAtMs }]) {
    const last = points.at(-1);
    if (!last || mark.offset <= last.offset || mark.offset > span.bytes) continue;
    points.push({ offset: mark.offset, atMs: Math.max(mark.atMs, last.atMs) });
  }
  return (offset) => between(points, offset);
}

function between(points: readonly Mark[], offset: number): EpochMs {
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  const after = points[low];
  const before = points[low - 1] ?? after;
  if (!before || !after) return 0;
  if (after.offset === before.offset || offset >= after.offset) return Math.floor(after.atMs);
  const share = (offset - before.offset) / (after.offset - before.offset);
  return Math.floor(before.atMs + (after.atMs - before.atMs) * share);
}
