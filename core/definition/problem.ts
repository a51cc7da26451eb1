// What is wrong with a request, as a value. Core never throws for a caller's mistake: every rule answers with the
// problems it found (none: an empty list), each naming the field, the rule and the value received.

export interface Problem {
  /** Path in the request, such as `containerProperties.ulimits[0].name`. */
  readonly field: string;
  /** Ends the sentence that the field begins: `must be …`, `is required`. */
  readonly rule: string;
  readonly value: unknown;
  /** The sentence for the caller. AWS's own words where they are known, because clients match them. */
  readonly message: string;
}

export type Problems = readonly Problem[];

export const NO_PROBLEMS: Problems = [];

/** Long values are cut: a message must not carry a whole 24 KiB request back. */
const SHOWN_CHARACTERS = 200;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

/** One problem, with AWS's exact `message` where that is known. */
export function problem(field: string, rule: string, value: unknown, message?: string): readonly [Problem] {
  const sentence = value === undefined ? `${field} ${rule}.` : `${field} ${rule}, but is ${shown(value)}.`;
  return [{ field, rule, value, message: message ?? sentence }];
}

/** The rule `is required`, for a value that is absent or an empty text. */
export function requiredProblems(field: string, value: unknown): Problems {
  return value === undefined || value === '' ? problem(field, 'is required', undefined) : NO_PROBLEMS;
}

export interface WholeNumberRule {
  readonly min: number;
  readonly max?: number;
}

/** An absent value breaks no rule: presence is a rule of its own. */
export function wholeNumberProblems(
  field: string,
  value: number | undefined,
  { min, max }: WholeNumberRule,
): Problems {
  if (value === undefined) return NO_PROBLEMS;
  const inRange = Number.isSafeInteger(value) && value >= min && (max === undefined || value <= max);
  if (inRange) return NO_PROBLEMS;
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  return problem(field, `must be a whole number ${range}`, value);
}

export function oneOfProblems(
  field: string,
  value: string | undefined,
  allowed: readonly string[],
): Problems {
  if (value === undefined || allowed.includes(value)) return NO_PROBLEMS;
  return problem(field, `must be one of ${allowed.join(', ')}`, value);
}

export function countProblems(
  field: string,
  list: readonly unknown[] | undefined,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): Problems {
  const count = list?.length ?? 0;
  if (count >= min && count <= max) return NO_PROBLEMS;
  const range = min === max ? `exactly ${max}` : min === 0 ? `at most ${max}` : `${min} to ${max}`;
  const message = `${field} must have ${range} element${max === 1 ? '' : 's'}, but has ${count}.`;
  return problem(field, `must have ${range} elements`, count, message);
}

/** Names that must differ; absent names are another rule's matter. */
export function uniqueProblems(field: string, names: readonly (string | undefined)[]): Problems {
  const seen = new Set<string>();
  for (const name of names) {
    if (name === undefined) continue;
    if (seen.has(name)) return problem(field, 'must be unique', name);
    seen.add(name);
  }
  return NO_PROBLEMS;
}

/** Applies a rule to each element of an optional list, under its own path. */
export function eachProblems<Element>(
  field: string,
  list: readonly Element[] | undefined,
  rule: (path: string, element: Element) => Problems,
): Problems {
  return (list ?? []).flatMap((element, index) => rule(`${field}[${index}]`, element));
}

/** Refuses members that are given although they may not be. An empty list asks for nothing and passes. */
export function absentProblems(
  field: string,
  members: Readonly<Record<string, unknown>>,
  because: string,
): Problems {
  return Object.entries(members).flatMap(([member, value]) => {
    const isAbsent = value === undefined || (Array.isArray(value) && value.length === 0);
    const path = field === '' ? member : `${field}.${member}`;
    return isAbsent ? NO_PROBLEMS : problem(path, `is not allowed ${because}`, value);
  });
}
