// The grammar of JSONPath, filters included, as the States Language uses it: text to a list of steps, once, when a machine
// is parsed.
// Problems are thrown as SyntaxError with the position; the caller adds state and field.
import type { Json } from './json.ts';

export type Step =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'union'; readonly keys: readonly (string | number)[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly by: number }
  | { readonly kind: 'wildcard' }
  /** `..`: the step after it applies to the node and everything below it. */
  | { readonly kind: 'descend' }
  | { readonly kind: 'filter'; readonly filter: Filter };

/** A reading position in a text that holds one or more paths. */
export interface Cursor {
  readonly text: string;
  at: number;
}

/** Characters that end a dotted name; inside a filter an operator ends it as well. A backslash takes any of them in. */
const NAME_ENDS = { path: /[.[\](),'"?*\s]/, filter: /[.[\](),'"?*\s<>=!&|]/ } as const;
export type Surroundings = keyof typeof NAME_ENDS;

export function complain(cursor: Cursor, expected: string): never {
  throw new SyntaxError(`expected ${expected} at position ${cursor.at} of ${JSON.stringify(cursor.text)}`);
}

export function skipSpace(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? '')) cursor.at += 1;
}

/** Steps over `token` (after blanks) when it comes next. */
export function accept(cursor: Cursor, token: string): boolean {
  skipSpace(cursor);
  if (!cursor.text.startsWith(token, cursor.at)) return false;
  cursor.at += token.length;
  return true;
}

export function expect(cursor: Cursor, token: string): void {
  if (!accept(cursor, token)) complain(cursor, `"${token}"`);
}

/** Reads the steps that follow `$` or `@`; stops at the first character that continues no path. */
export function readSteps(cursor: Cursor, surroundings: Surroundings): Step[] {
  const steps: Step[] = [];
  for (;;) {
    const next = cursor.text[cursor.at];
    if (next === '[') {
      steps.push(readBracket(cursor));
    } else if (next === '.') {
      cursor.at += 1;
      if (cursor.text[cursor.at] === '.') {
        cursor.at += 1;
        steps.push({ kind: 'descend' });
        if (cursor.text[cursor.at] === '[') continue;
      }
      steps.push(readDotted(cursor, surroundings));
    } else {
      return steps;
    }
  }
}

/** A whole text as one path; the leading `$` is already behind the cursor. */
export function readWholePath(cursor: Cursor): Step[] {
  const steps = readSteps(cursor, 'path');
  if (cursor.at < cursor.text.length) complain(cursor, 'the end of the path');
  return steps;
}

function readDotted(cursor: Cursor, surroundings: Surroundings): Step {
  if (cursor.text[cursor.at] === '*') {
    cursor.at += 1;
    return { kind: 'wildcard' };
  }
  let name = '';
  for (;;) {
    let char = cursor.text[cursor.at];
    if (char === '\\') {
      cursor.at += 1;
      char = cursor.text[cursor.at] ?? complain(cursor, 'a character after the backslash');
    } else if (char === undefined || NAME_ENDS[surroundings].test(char)) {
      break;
    }
    name += char;
    cursor.at += 1;
  }
  return name === '' ? complain(cursor, 'a field name') : { kind: 'name', name };
}

function readBracket(cursor: Cursor): Step {
  expect(cursor, '[');
  const step = readSelector(cursor);
  expect(cursor, ']');
  return step;
}

function readSelector(cursor: Cursor): Step {
  if (accept(cursor, '*')) return { kind: 'wildcard' };
  if (accept(cursor, '?')) {
    expect(cursor, '(');
    const filter = readFilter(cursor);
    expect(cursor, ')');
    return { kind: 'filter', filter };
  }
  skipSpace(cursor);
  if (/['"]/.test(cursor.text[cursor.at] ?? '')) return readNames(cursor);
  return readNumbers(cursor);
}

function readNames(cursor: Cursor): Step {
  const names = [readQuoted(cursor)];
  while (accept(cursor, ',')) names.push(readQuoted(cursor));
  const [first, ...others] = names;
  return first === undefined || others.length > 0
    ? { kind: 'union', keys: names }
    : { kind: 'name', name: first };
}

function readNumbers(cursor: Cursor): Step {
  const first = readInteger(cursor);
  if (accept(cursor, ':')) {
    const to = readInteger(cursor);
    const by = accept(cursor, ':') ? (readInteger(cursor) ?? 1) : 1;
    if (by < 1) complain(cursor, 'a slice step of at least 1');
    return {
      kind: 'slice',
      by,
      ...(first === undefined ? {} : { from: first }),
      ...(to === undefined ? {} : { to }),
    };
  }
  if (first === undefined) return complain(cursor, 'an index, a quoted name, a slice, * or ?(…)');
  const indexes = [first];
  while (accept(cursor, ',')) indexes.push(readInteger(cursor) ?? complain(cursor, 'an index'));
  return indexes.length > 1 ? { kind: 'union', keys: indexes } : { kind: 'index', index: first };
}

function readInteger(cursor: Cursor): number | undefined {
  skipSpace(cursor);
  const digits = /^-?\d+/.exec(cursor.text.slice(cursor.at))?.[0];
  if (digits === undefined) return undefined;
  cursor.at += digits.length;
  return Number(digits);
}

/** A name or string in single or double quotes, with backslash escapes for quotes and backslashes. */
export function readQuoted(cursor: Cursor): string {
  skipSpace(cursor);
  const quote = cursor.text[cursor.at];
  if (quote !== "'" && quote !== '"') return complain(cursor, 'a quoted name');
  let text = '';
  for (cursor.at += 1; ; cursor.at += 1) {
    let char = cursor.text[cursor.at];
    if (char === quote) break;
    if (char === '\\') {
      cursor.at += 1;
      char = cursor.text[cursor.at];
    }
    text += char ?? complain(cursor, `a closing ${quote}`);
  }
  cursor.at += 1;
  return text;
}

/** true, false, null or a number; `undefined` when something else comes next. */
export function readScalar(cursor: Cursor): Json | undefined {
  skipSpace(cursor);
  const word = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/.exec(
    cursor.text.slice(cursor.at),
  )?.[0];
  if (word === undefined) return undefined;
  cursor.at += word.length;
  // The four forms are JSON literals.
  return JSON.parse(word) as Json;
}

const COMPARISONS = ['==', '!=', '<=', '>=', '<', '>'] as const;
type Comparison = (typeof COMPARISONS)[number];

/** `@` is the element under test, `$` the whole document. */
export type Operand =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'path'; readonly from: '@' | '$'; readonly steps: readonly Step[] };

export type Filter =
  | { readonly kind: 'or' | 'and'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'exists'; readonly path: Operand }
  | {
      readonly kind: 'compare';
      readonly by: Comparison;
      readonly left: Operand;
      readonly right: Operand;
    };

function readFilter(cursor: Cursor): Filter {
  let left = readConjunction(cursor);
  while (accept(cursor, '||')) left = { kind: 'or', left, right: readConjunction(cursor) };
  return left;
}

function readConjunction(cursor: Cursor): Filter {
  let left = readTerm(cursor);
  while (accept(cursor, '&&')) left = { kind: 'and', left, right: readTerm(cursor) };
  return left;
}

function readTerm(cursor: Cursor): Filter {
  if (accept(cursor, '!')) return { kind: 'not', of: readTerm(cursor) };
  if (accept(cursor, '(')) {
    const inner = readFilter(cursor);
    expect(cursor, ')');
    return inner;
  }
  const left = readOperand(cursor);
  const by = COMPARISONS.find((sign) => accept(cursor, sign));
  if (by !== undefined) return { kind: 'compare', by, left, right: readOperand(cursor) };
  return left.kind === 'path' ? { kind: 'exists', path: left } : complain(cursor, 'a comparison');
}

function readOperand(cursor: Cursor): Operand {
  skipSpace(cursor);
  const next = cursor.text[cursor.at];
  if (next === '@' || next === '$') {
    cursor.at += 1;
    return { kind: 'path', from: next, steps: readSteps(cursor, 'filter') };
  }
  if (next === "'" || next === '"') return { kind: 'literal', value: readQuoted(cursor) };
  const value = readScalar(cursor);
  return value === undefined ? complain(cursor, 'a path or a literal') : { kind: 'literal', value };
}
