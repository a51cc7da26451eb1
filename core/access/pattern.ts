// Texts of a policy as patterns: `*` and `?` where the policy's author wrote them, and policy variables (`${aws:username}`)
// replaced by values whose own stars and question marks mean only themselves. Matching takes time in proportion to the
// product of the lengths at worst, whatever the pattern.

const MANY = Symbol('many');
const ONE = Symbol('one');
type Token = string | typeof MANY | typeof ONE;

/** One element per character or wildcard. */
export type Pattern = readonly Token[];

/** The value of a policy variable; `undefined`: the request has no such key. */
export type Expand = (key: string) => string | undefined;

const VARIABLE = /\$\{([^{}]*)\}/g;
/** Characters that are special by themselves, written as variables. */
const ESCAPES = new Set(['*', '?', '$']);

/** `undefined` when a variable has neither a value nor a default: then the text can match nothing. */
export function patternOf(text: string, expand: Expand | undefined): Pattern | undefined {
  if (expand === undefined) return wildcards(text);
  const tokens: Token[] = [];
  let from = 0;
  for (const found of text.matchAll(VARIABLE)) {
    const value = valueOf(found[1] ?? '', expand);
    if (value === undefined) return undefined;
    tokens.push(...wildcards(text.slice(from, found.index)), ...Array.from(value));
    from = found.index + found[0].length;
  }
  tokens.push(...wildcards(text.slice(from)));
  return tokens;
}

/** The text with its variables replaced; wildcards mean nothing special in it. */
export function expandText(text: string, expand: Expand | undefined): string | undefined {
  if (expand === undefined) return text;
  let isWhole = true;
  const expanded = text.replaceAll(VARIABLE, (_all, inner: string) => {
    const value = valueOf(inner, expand);
    isWhole &&= value !== undefined;
    return value ?? '';
  });
  return isWhole ? expanded : undefined;
}

/** `key`, or `key, 'default'`. */
function valueOf(inner: string, expand: Expand): string | undefined {
  if (ESCAPES.has(inner)) return inner;
  const [, key = inner, fallback] = /^\s*([^,]*?)\s*(?:,\s*'(.*)')?\s*$/s.exec(inner) ?? [];
  return expand(key) ?? fallback;
}

function wildcards(text: string): Token[] {
  return Array.from(text, (character) => (character === '*' ? MANY : character === '?' ? ONE : character));
}

export function matches(pattern: Pattern, text: string): boolean {
  const characters = Array.from(text);
  let at = 0;
  let next = 0;
  /** Where to go on when what follows the last star turns out not to match. */
  let star = -1;
  let resume = 0;
  while (at < characters.length) {
    const token = pattern[next];
    if (token === ONE || (token !== MANY && token !== undefined && token === characters[at])) {
      at += 1;
      next += 1;
    } else if (token === MANY) {
      star = next;
      resume = at;
      next += 1;
    } else if (star >= 0) {
      resume += 1;
      at = resume;
      next = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[next] === MANY) next += 1;
  return next === pattern.length;
}

/** The six parts of an ARN are matched each by itself; a star in one does not reach into the next. */
export function matchesArn(pattern: Pattern, arn: string): boolean {
  const parts = splitArn(Array.from(arn)).map((part) => part.join(''));
  const patterns = splitArn(pattern);
  if (parts.length !== 6 || patterns.length !== 6) return false;
  return patterns.every((part, index) => matches(part, parts[index] ?? ''));
}

function splitArn<T>(tokens: readonly T[]): T[][] {
  const parts: T[][] = [[]];
  for (const token of tokens) {
    if ((token as unknown) === ':' && parts.length < 6) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}
