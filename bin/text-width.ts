// How many columns a text takes on a terminal, and cutting and padding it to a number of them. Letters of East Asia and
// pictures take two; marks that stand on the letter before, and colours, take none.

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const MARK = /\p{M}/u;
const PRINTABLE_ASCII = /^[ -~]*$/;

const ESCAPE = '\u001b';
/** A colour's sequence, or one character. */
const PIECE = new RegExp(String.raw`${ESCAPE}\[[0-9;]*m|.`, 'gsu');
const RESET = `${ESCAPE}[0m`;

export function widthOf(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let width = 0;
  for (const [piece] of text.matchAll(PIECE)) width += widthOfPiece(piece);
  return width;
}

function widthOfPiece(piece: string): number {
  if (piece.startsWith(`${ESCAPE}[`) || MARK.test(piece)) return 0;
  return WIDE.test(piece) ? 2 : 1;
}

/** At most `width` columns, the last of them an ellipsis where something was cut off; colours end where the text does. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return '';
  let cut = '';
  let left = width - 1;
  for (const [piece] of text.matchAll(PIECE)) {
    left -= widthOfPiece(piece);
    if (left < 0) break;
    cut += piece;
  }
  return cut.includes(ESCAPE) ? `${cut}…${RESET}` : `${cut}…`;
}

/** Exactly `width` columns: cut, or filled up with spaces. */
export function fitTo(text: string, width: number): string {
  const cut = cutTo(text, width);
  return cut + ' '.repeat(Math.max(0, width - widthOf(cut)));
}

/** Lines of at most `width` columns, broken between words; a word that is longer is cut into pieces. */
export function wrapTo(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((long) => piecesOf(long, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function piecesOf(word: string, width: number): readonly string[] {
  if (widthOf(word) <= width) return [word];
  const pieces: string[] = [''];
  for (const character of word) {
    const last = pieces.at(-1) ?? '';
    if (widthOf(last + character) <= width) pieces[pieces.length - 1] = last + character;
    else pieces.push(character);
  }
  return pieces;
}
