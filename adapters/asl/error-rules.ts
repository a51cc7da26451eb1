// Retry and Catch: read from a definition, and decided when a state has failed. The decision is pure; the interpreter
// keeps how often each retrier was used during this visit of the state.
import { errorMatches } from './asl-error.ts';
import type { Failure } from './asl-error.ts';
import {
  fieldsOf,
  readCompiled,
  readInteger,
  readList,
  readString,
  refuseField,
  refuseUnknownFields,
} from './definition-fields.ts';
import { requireString, show } from './definition-fields.ts';
import type { Fields } from './definition-fields.ts';
import type { Json, JsonObject } from './json.ts';
import { compileInsert } from './path.ts';
import type { Insert } from './path.ts';

export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  /** Retries, not attempts: 0 never retries. */
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
  readonly jitter: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly place: Insert;
  readonly next: string;
}

const RETRIER_FIELDS = new Set([
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
]);
const CATCHER_FIELDS = new Set(['ErrorEquals', 'ResultPath', 'Next', 'Comment']);
const MOST_ATTEMPTS = 99_999_999;
const MOST_DELAY_SECONDS = 31_622_400;

export function readRetriers(state: Fields): readonly Retrier[] {
  return readRules(state, 'Retry', RETRIER_FIELDS).map((rule) => {
    const intervalSeconds = readInteger(rule, 'IntervalSeconds', { least: 1, most: 99_999_999 }) ?? 1;
    const maxDelaySeconds = readInteger(rule, 'MaxDelaySeconds', { least: 1, most: MOST_DELAY_SECONDS });
    if (maxDelaySeconds !== undefined && maxDelaySeconds <= intervalSeconds) {
      refuseField(rule, 'MaxDelaySeconds', `expected more than IntervalSeconds, got ${maxDelaySeconds}`);
    }
    return {
      errorEquals: readErrorNames(rule),
      intervalSeconds,
      maxAttempts: readInteger(rule, 'MaxAttempts', { least: 0, most: MOST_ATTEMPTS }) ?? 3,
      backoffRate: readBackoffRate(rule),
      maxDelaySeconds: maxDelaySeconds ?? MOST_DELAY_SECONDS,
      jitter: readJitter(rule),
    };
  });
}

export function readCatchers(state: Fields): readonly Catcher[] {
  return readRules(state, 'Catch', CATCHER_FIELDS).map((rule) => ({
    errorEquals: readErrorNames(rule),
    place: readPlace(rule),
    next: requireString(rule, 'Next'),
  }));
}

/** ResultPath: where a result goes in the state's input. Absent: it replaces the input; null: it is dropped. */
export function readPlace(fields: Fields): Insert {
  const place = readCompiled(fields, 'ResultPath', (path): Insert => {
    if (path === null) return (root) => root;
    if (typeof path === 'string') return compileInsert(path);
    throw new SyntaxError(`expected a path or null, got ${show(path)}`);
  });
  return place ?? ((_root, value) => value);
}

/**
 * The retrier that takes this failure on, and how long to wait. Only the first retrier that matches counts: once it is
 * used up, later ones are not asked. `used`: how often each retrier has been applied during this visit.
 */
export function decideRetry(
  retriers: readonly Retrier[],
  used: readonly number[],
  failure: Failure,
  fromBranch: boolean,
  random: () => number,
): { readonly retrier: number; readonly delayMs: number } | undefined {
  const index = retriers.findIndex((rule) => matches(rule, failure, fromBranch));
  const rule = retriers[index];
  const before = used[index] ?? 0;
  if (rule === undefined || before >= rule.maxAttempts) return undefined;
  const delaySeconds = Math.min(rule.intervalSeconds * rule.backoffRate ** before, rule.maxDelaySeconds);
  return { retrier: index, delayMs: delaySeconds * 1000 * (rule.jitter === 'FULL' ? random() : 1) };
}

export function findCatcher(
  catchers: readonly Catcher[],
  failure: Failure,
  fromBranch: boolean,
): Catcher | undefined {
  return catchers.find((rule) => matches(rule, failure, fromBranch));
}

/** The Error Output, as a catcher's ResultPath places it. */
export function errorOutput({ error, cause }: Failure): JsonObject {
  return {
    ...(error === undefined ? {} : { Error: error }),
    ...(cause === undefined ? {} : { Cause: cause }),
  };
}

function matches(
  rule: { readonly errorEquals: readonly string[] },
  failure: Failure,
  fromBranch: boolean,
): boolean {
  return rule.errorEquals.some((pattern) => errorMatches(pattern, failure.error, fromBranch));
}

function readRules(state: Fields, name: string, known: ReadonlySet<string>): Fields[] {
  const rules = readList(state, name) ?? [];
  return rules.map((value: Json, index) => {
    const rule = fieldsOf(`${state.where}, ${name}[${index}]`, value);
    refuseUnknownFields(rule, known);
    if (readErrorNames(rule).includes('States.ALL') && index < rules.length - 1) {
      refuseField(rule, 'ErrorEquals', `States.ALL must stand in the last rule of ${name}`);
    }
    return rule;
  });
}

function readErrorNames(rule: Fields): readonly string[] {
  const names = readList(rule, 'ErrorEquals') ?? [];
  if (names.length === 0)
    return refuseField(rule, 'ErrorEquals', 'expected a list of at least one error name');
  if (names.includes('States.ALL') && names.length > 1) {
    return refuseField(rule, 'ErrorEquals', 'States.ALL must stand alone');
  }
  return names.map((name) =>
    typeof name === 'string'
      ? name
      : refuseField(rule, 'ErrorEquals', `expected error names, got ${show(name)}`),
  );
}

function readBackoffRate(rule: Fields): number {
  const rate = rule.values['BackoffRate'] ?? 2;
  if (typeof rate === 'number' && rate >= 1) return rate;
  return refuseField(rule, 'BackoffRate', `expected a number of at least 1, got ${show(rate)}`);
}

function readJitter(rule: Fields): 'FULL' | 'NONE' {
  const strategy = readString(rule, 'JitterStrategy') ?? 'NONE';
  if (strategy === 'FULL' || strategy === 'NONE') return strategy;
  return refuseField(rule, 'JitterStrategy', `expected FULL or NONE, got ${show(strategy)}`);
}
