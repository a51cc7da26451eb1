// Cuts a stretch of a log file into lines. Pure. Invariant: where lines begin and end depends on the file alone, never on where
// reading starts or in which direction it goes; otherwise pages would overlap or miss text.
//
// A line longer than MAX_LINE_BYTES is cut, as CloudWatch cuts it, at multiples of MAX_LINE_BYTES counted from the beginning of the
// file (moved back to the beginning of a UTF-8 character). Counting from the beginning of the line would be prettier, and
// would mean reading a whole gigabyte without a newline to show its last page.

/** CloudWatch's bound on one event. */
export const MAX_LINE_BYTES = 262_144;
const NEWLINE = 10;
const LONGEST_CHARACTER = 4;

/** A stretch of the file as read. It must reach MARGIN_BYTES beyond what is looked at, or to the file's ends. */
export interface Stretch {
  /** MAX_LINE_BYTES, but for tests. */
  readonly maxLineBytes: number;
  readonly at: number;
  readonly bytes: Buffer;
  readonly fileBytes: number;
  /** Nothing will be appended: text after the last newline is a line. */
  readonly ended: boolean;
}
export const MARGIN_BYTES = MAX_LINE_BYTES + LONGEST_CHARACTER;

/** Bytes of one line without its newline, and where the next one begins. */
export interface Piece {
  readonly from: number;
  readonly textTo: number;
  readonly to: number;
}

function byteAt(stretch: Stretch, position: number): number | undefined {
  return stretch.bytes[position - stretch.at];
}

/** Position of the first newline in [from, to), or undefined. */
function newlineIn(stretch: Stretch, from: number, to: number): number | undefined {
  const found = stretch.bytes.subarray(0, Math.max(0, to - stretch.at)).indexOf(NEWLINE, from - stretch.at);
  return found < 0 ? undefined : found + stretch.at;
}

/** Position of the last newline in [from, to), or undefined. */
function lastNewlineIn(stretch: Stretch, from: number, to: number): number | undefined {
  if (to <= from) return undefined;
  const found = stretch.bytes.lastIndexOf(NEWLINE, to - 1 - stretch.at);
  return found < 0 || found + stretch.at < from ? undefined : found + stretch.at;
}

/** The k-th place at which a long line is cut, if it is in a long line at all. */
function cut(stretch: Stretch, k: number): number {
  const grid = k * stretch.maxLineBytes;
  for (let back = 0; back < LONGEST_CHARACTER; back += 1) {
    const byte = byteAt(stretch, grid - back);
    if (byte === undefined || (byte & 0xc0) !== 0x80) return grid - back;
  }
  return grid; // four continuation bytes: not UTF-8, any place will do
}

function cutAfter(stretch: Stretch, position: number): number {
  const k = Math.floor(position / stretch.maxLineBytes) + 1;
  const first = cut(stretch, k);
  return first > position ? first : cut(stretch, k + 1);
}

/** The last cut at or before `position`. None is made just before a newline or at the end of the file: nothing would follow it. */
function cutUpTo(stretch: Stretch, position: number): number {
  for (let k = Math.ceil(position / stretch.maxLineBytes); k > 0; k -= 1) {
    const place = cut(stretch, k);
    if (place <= position && place < stretch.fileBytes && byteAt(stretch, place) !== NEWLINE) return place;
  }
  return 0;
}

/** Where the line holding `position` begins; undefined: more than maxLineBytes before it. */
function lineStart(stretch: Stretch, position: number): number | undefined {
  const newline = lastNewlineIn(stretch, Math.max(0, position - stretch.maxLineBytes - 1), position);
  if (newline !== undefined) return newline + 1;
  return position <= stretch.maxLineBytes ? 0 : undefined;
}

/** Whether the line that begins at `start` has more than maxLineBytes. */
function isLong(stretch: Stretch, start: number): boolean {
  const limit = start + stretch.maxLineBytes + 1;
  return newlineIn(stretch, start, limit) === undefined && stretch.fileBytes >= limit;
}

/** The line, or the part of a long one, that begins at `from`; undefined: not complete yet, or nothing there. */
function pieceFrom(stretch: Stretch, from: number): Piece | undefined {
  if (from >= stretch.fileBytes) return undefined;
  const start = lineStart(stretch, from);
  if (start === from && !isLong(stretch, start)) {
    const newline = newlineIn(stretch, from, from + stretch.maxLineBytes + 1);
    if (newline !== undefined) return { from, textTo: newline, to: newline + 1 };
    return stretch.ended ? { from, textTo: stretch.fileBytes, to: stretch.fileBytes } : undefined;
  }
  const end = cutAfter(stretch, from);
  const newline = newlineIn(stretch, from, Math.min(end + 1, stretch.fileBytes));
  if (newline !== undefined) return { from, textTo: newline, to: newline + 1 };
  if (end < stretch.fileBytes) return { from, textTo: end, to: end };
  return stretch.ended ? { from, textTo: stretch.fileBytes, to: stretch.fileBytes } : undefined;
}

/** The first place at or after `position` where a line, or a part of a long one, begins. */
function alignForward(stretch: Stretch, position: number): number {
  const at = alignBackward(stretch, position);
  return at === position ? position : (pieceFrom(stretch, at)?.to ?? position);
}

/** The last place at or before `position` where a line, or a part of a long one, begins. */
function alignBackward(stretch: Stretch, position: number): number {
  if (position <= 0) return 0;
  const start = lineStart(stretch, position);
  if (start === position) return position;
  if (start !== undefined && !isLong(stretch, start)) return start;
  return Math.max(start ?? 0, cutUpTo(stretch, position));
}

export interface Lines {
  readonly pieces: readonly Piece[];
  readonly from: number;
  readonly to: number;
}

/** Up to `limit` lines and about `maxBytes` bytes at or after `from`. */
export function linesFrom(stretch: Stretch, from: number, limit: number, maxBytes: number): Lines {
  const start = alignForward(stretch, Math.min(from, stretch.fileBytes));
  const pieces: Piece[] = [];
  let to = start;
  while (pieces.length < limit && to - start < maxBytes) {
    const piece = pieceFrom(stretch, to);
    if (!piece) break;
    pieces.push(piece);
    to = piece.to;
  }
  return { pieces, from: start, to };
}

/** Up to `limit` lines and about `maxBytes` bytes that end at or before `before`. */
export function linesBefore(stretch: Stretch, before: number, limit: number, maxBytes: number): Lines {
  const atEnd = before >= stretch.fileBytes && stretch.ended;
  const to = atEnd ? stretch.fileBytes : alignBackward(stretch, Math.min(before, stretch.fileBytes));
  const pieces: Piece[] = [];
  let from = to;
  while (pieces.length < limit && to - from < maxBytes && from > 0) {
    const start = alignBackward(stretch, from - 1);
    const piece = pieceFrom(stretch, start);
    if (!piece) break;
    pieces.push(piece);
    from = start;
  }
  return { pieces: pieces.reverse(), from, to };
}
