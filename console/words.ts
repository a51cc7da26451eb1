// A command as one line of text and back, by the rules of a shell that expands nothing.

/** As a shell would read it back. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w%+,./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export type ParsedWords = { readonly words: readonly string[] } | { readonly problem: string };

/** Blanks part words; quotes and backslashes keep them together; everything else stands for itself. */
export function parseWords(text: string): ParsedWords {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return { problem: 'A single quote is not closed.' };
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const read = doubleQuoted(text, at + 1);
      if (!read) return { problem: 'A double quote is not closed.' };
      word = (word ?? '') + read.text;
      at = read.end;
    } else if (char === '\\') {
      if (at + 1 === text.length) return { problem: 'A backslash stands at the end.' };
      at += 1;
      word = (word ?? '') + text.charAt(at);
    } else word = (word ?? '') + char;
  }
  return { words: word === undefined ? words : [...words, word] };
}

/** Inside double quotes a backslash hides only a quote or itself. */
function doubleQuoted(
  text: string,
  from: number,
): { readonly text: string; readonly end: number } | undefined {
  let read = '';
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return { text: read, end: at };
    const next = text.charAt(at + 1);
    if (char === '\\' && (next === '"' || next === '\\')) {
      read += next;
      at += 1;
    } else read += char;
  }
  return undefined;
}
