// Choice rules compiled to predicates. A comparison whose value has the wrong type is false; a Variable that is not there
// fails the state, except for IsPresent.
import { AslError } from './asl-error.ts';
import { compileFind } from './expression.ts';
import type { Ambient, Find } from './evaluate.ts';
import { compileGlob } from '../../core/glob.ts';
import { isJsonArray, isJsonObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { parseTimestamp } from './timestamps.ts';

export type Predicate = (input: Json, ambient: Ambient) => boolean;

/** `Assign` and `Output` are not among them: this is the JSONPath language without variables. */
const RULE_FIELDS = new Set(['Next', 'Comment', 'Variable']);
const RELATIONS = {
  Equals: (left, right) => left === right,
  LessThan: (left, right) => left < right,
  GreaterThan: (left, right) => left > right,
  LessThanEquals: (left, right) => left <= right,
  GreaterThanEquals: (left, right) => left >= right,
} as const satisfies Record<string, (left: string | number, right: string | number) => boolean>;
type Relation = (typeof RELATIONS)[keyof typeof RELATIONS];

const TYPE_TESTS: ReadonlyMap<string, (value: Json) => boolean> = new Map([
  ['IsNull', (value) => value === null],
  ['IsNumeric', (value) => typeof value === 'number'],
  ['IsString', (value) => typeof value === 'string'],
  ['IsBoolean', (value) => typeof value === 'boolean'],
  ['IsTimestamp', (value) => typeof value === 'string' && parseTimestamp(value) !== undefined],
]);

/** Reads a value as something comparable; `undefined`: it has another type. */
type Reading = (value: Json) => string | number | undefined;
const READINGS: Readonly<Record<string, Reading>> = {
  String: (value) => (typeof value === 'string' ? value : undefined),
  Numeric: (value) => (typeof value === 'number' ? value : undefined),
  Boolean: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
  Timestamp: (value) => (typeof value === 'string' ? parseTimestamp(value) : undefined),
};

/** `top`: a rule of the state itself, which carries a Next; nested rules must not. */
export function compileRule(rule: Json, top: boolean): Predicate {
  if (!isJsonObject(rule)) throw new SyntaxError(`expected an object, got ${JSON.stringify(rule)}`);
  if (!top && 'Next' in rule) throw new SyntaxError('a nested rule must not have a Next');
  const operators = Object.keys(rule).filter((field) => !RULE_FIELDS.has(field));
  const [operator] = operators;
  if (operator === undefined || operators.length > 1) {
    throw new SyntaxError(`expected exactly one operator, got ${JSON.stringify(operators)}`);
  }
  const expected = rule[operator] ?? null;
  if (operator === 'And' || operator === 'Or') return compileGroup(operator, expected);
  if (operator === 'Not') {
    const negated = compileRule(expected, false);
    return (input, ambient) => !negated(input, ambient);
  }
  return compileComparison(rule, operator, expected);
}

function compileGroup(operator: 'And' | 'Or', rules: Json): Predicate {
  if (!isJsonArray(rules) || rules.length === 0) {
    throw new SyntaxError(`${operator}: expected a list of at least one rule, got ${JSON.stringify(rules)}`);
  }
  const parts = rules.map((rule) => compileRule(rule, false));
  return operator === 'And'
    ? (input, ambient) => parts.every((holds) => holds(input, ambient))
    : (input, ambient) => parts.some((holds) => holds(input, ambient));
}

function compileComparison(rule: JsonObject, operator: string, expected: Json): Predicate {
  const path = rule['Variable'];
  if (typeof path !== 'string') {
    throw new SyntaxError(`expected a Variable next to ${operator}, got ${JSON.stringify(path)}`);
  }
  const variable = compileFind(path);
  if (operator === 'IsPresent') {
    const present = booleanOf(operator, expected);
    return (input, ambient) => (variable(input, ambient) !== undefined) === present;
  }
  const value = required(variable, path);
  const test = TYPE_TESTS.get(operator);
  if (test !== undefined) {
    const wanted = booleanOf(operator, expected);
    return (input, ambient) => test(value(input, ambient)) === wanted;
  }
  if (operator === 'StringMatches') {
    const matches = compileGlob(textOf(operator, expected));
    return (input, ambient) => {
      const subject = value(input, ambient);
      return typeof subject === 'string' && matches(subject);
    };
  }
  return compileRelation(operator, expected, value);
}

function compileRelation(
  operator: string,
  expected: Json,
  value: (input: Json, ambient: Ambient) => Json,
): Predicate {
  const [, type = '', relationName = '', isPath] =
    /^(String|Numeric|Boolean|Timestamp)([A-Z][A-Za-z]*?)(Path)?$/.exec(operator) ?? [];
  const reading = READINGS[type];
  // hasOwn has just told that the name is one of the keys.
  const relation: Relation | undefined = Object.hasOwn(RELATIONS, relationName)
    ? RELATIONS[relationName as keyof typeof RELATIONS]
    : undefined;
  if (reading === undefined || relation === undefined || (type === 'Boolean' && relationName !== 'Equals')) {
    throw new SyntaxError(`"${operator}" is not a comparison operator`);
  }
  const right =
    isPath === undefined ? constant(operator, expected, reading) : operandAt(operator, expected, reading);
  return (input, ambient) => {
    const left = reading(value(input, ambient));
    const other = right(input, ambient);
    return left !== undefined && other !== undefined && relation(left, other);
  };
}

type Comparable = (input: Json, ambient: Ambient) => string | number | undefined;

function constant(operator: string, expected: Json, reading: Reading): Comparable {
  const known = reading(expected);
  if (known === undefined)
    throw new SyntaxError(`${operator}: ${JSON.stringify(expected)} has the wrong type`);
  return () => known;
}

function operandAt(operator: string, expected: Json, reading: Reading): Comparable {
  const path = textOf(operator, expected);
  const find = required(compileFind(path), path);
  return (input, ambient) => reading(find(input, ambient));
}

function required(find: Find, path: string): (input: Json, ambient: Ambient) => Json {
  return (input, ambient) => {
    const found = find(input, ambient);
    if (found === undefined)
      throw new AslError('States.Runtime', `the choice compares ${path}, which is not there`);
    return found;
  };
}

function booleanOf(operator: string, expected: Json): boolean {
  if (typeof expected === 'boolean') return expected;
  throw new SyntaxError(`${operator}: expected true or false, got ${JSON.stringify(expected)}`);
}

function textOf(operator: string, expected: Json): string {
  if (typeof expected === 'string') return expected;
  throw new SyntaxError(`${operator}: expected a string, got ${JSON.stringify(expected)}`);
}
