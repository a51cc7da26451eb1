// Patterns as StringMatches of Amazon States Language has them: `*` stands for any text, `\*` and `\\` for themselves. Matching looks for the literal
// pieces from left to right, so that no pattern makes it slow (a regular expression with many `.*` would be).

export function compileGlob(pattern: string): (text: string) => boolean {
  const [first = '', ...others] = piecesOf(pattern);
  const last = others.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (text.length < first.length + last.length) return false;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of others) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= text.length - last.length;
  };
}

/** The literal texts between the unescaped stars. */
function piecesOf(pattern: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at < pattern.length; at += 1) {
    let char = pattern.charAt(at);
    if (char === '*') {
      pieces.push(piece);
      piece = '';
      continue;
    }
    if (char === '\\') {
      at += 1;
      char = pattern.charAt(at);
      if (char !== '*' && char !== '\\') {
        throw new SyntaxError(`expected * or \\ after a backslash in ${JSON.stringify(pattern)}`);
      }
    }
    piece += char;
  }
  return [...pieces, piece];
}
