// The unstructured part of CloudWatch Logs' filter patterns: terms that must occur, `-terms` that must not, `?terms` of
// which one must. Terms are matched anywhere in the line, case counts, quotes hold blanks together.
import { InvalidParameterException } from '../errors.ts';

export type LineFilter = (text: string) => boolean;

interface Term {
  readonly mark: '' | '-' | '?';
  readonly text: string;
}

/** Compiles a pattern; an empty one matches every line. Throws `InvalidParameterException` for the structured forms. */
export function compileFilterPattern(pattern: string): LineFilter {
  const terms = readTerms(pattern);
  const texts = (mark: Term['mark']): readonly string[] =>
    terms.filter((term) => term.mark === mark).map((term) => term.text);
  const [required, excluded, alternatives] = [texts(''), texts('-'), texts('?')];
  return (text) =>
    required.every((term) => text.includes(term)) &&
    !excluded.some((term) => text.includes(term)) &&
    // CloudWatch Logs ignores ?terms beside terms that are required.
    (alternatives.length === 0 || required.length > 0 || alternatives.some((term) => text.includes(term)));
}

function readTerms(pattern: string): readonly Term[] {
  const trimmed = pattern.trim();
  if (/^[{[%]/.test(trimmed)) {
    throw new InvalidParameterException(
      `FilterLogEvents.filterPattern must be made of terms; received ${JSON.stringify(trimmed.slice(0, 80))}, ` +
        'a JSON, space-delimited or regular expression pattern.',
    );
  }
  const terms: Term[] = [];
  const term = /([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))\s*/gy;
  while (term.lastIndex < trimmed.length) {
    const match = term.exec(trimmed);
    if (!match) throw new InvalidParameterException('FilterLogEvents.filterPattern has an unclosed quote.');
    const [, mark = '', quoted, plain] = match;
    const text = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
    terms.push({ mark: mark === '-' || mark === '?' ? mark : '', text });
  }
  return terms;
}
