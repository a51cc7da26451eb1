// A set of small numbers as text, six to a character: a row can say of ten thousand children which of them it has counted.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BITS = 6;

export function isMarked(marks: string, index: number): boolean {
  return (digitAt(marks, Math.floor(index / BITS)) & (1 << (index % BITS))) !== 0;
}

/** The set with this number in it. */
export function marked(marks: string, index: number): string {
  const at = Math.floor(index / BITS);
  const padded = marks.padEnd(at + 1, 'A');
  const digit = ALPHABET.charAt(digitAt(padded, at) | (1 << (index % BITS)));
  return padded.slice(0, at) + digit + padded.slice(at + 1);
}

/** Beyond the end, and for what no set holds, nothing is marked. */
function digitAt(marks: string, at: number): number {
  return Math.max(0, at < marks.length ? ALPHABET.indexOf(marks.charAt(at)) : 0);
}
