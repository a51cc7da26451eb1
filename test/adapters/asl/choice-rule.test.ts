import { describe, expect, test } from 'vitest';
import { compileRule } from '../../../adapters/asl/choice-rule.ts';
import type { Json, JsonObject } from '../../../adapters/asl/json.ts';
import { fixedAmbient } from './fixed-ambient.ts';

const INPUT: Json = {
  text: 'abc',
  other: 'abd',
  number: 7,
  seven: 7,
  eight: 8,
  yes: true,
  no: false,
  null: null,
  file: 'log-2030*.txt',
  early: '2030-01-01T00:00:00Z',
  sameInstant: '2030-01-01T02:00:00+02:00',
  late: '2030-01-01T00:00:00.5Z',
};
const AMBIENT = fixedAmbient({ State: { Name: 'abc' } });

function holds(rule: JsonObject, input: Json = INPUT): boolean {
  return compileRule({ ...rule, Next: 'X' }, true)(input, AMBIENT);
}

describe('comparisons', () => {
  test.each<[string, string, Json, boolean]>([
    ['$.text', 'StringEquals', 'abc', true],
    ['$.text', 'StringEquals', 'ab', false],
    ['$.number', 'StringEquals', '7', false],
    ['$.text', 'StringEqualsPath', '$.text', true],
    ['$.text', 'StringEqualsPath', '$.other', false],
    ['$.text', 'StringEqualsPath', '$$.State.Name', true],
    ['$$.State.Name', 'StringEquals', 'abc', true],
    ['$.text', 'StringLessThan', 'abd', true],
    ['$.text', 'StringLessThanPath', '$.other', true],
    ['$.text', 'StringGreaterThan', 'abb', true],
    ['$.text', 'StringGreaterThanPath', '$.other', false],
    ['$.text', 'StringLessThanEquals', 'abc', true],
    ['$.text', 'StringLessThanEqualsPath', '$.other', true],
    ['$.text', 'StringGreaterThanEquals', 'abd', false],
    ['$.text', 'StringGreaterThanEqualsPath', '$.text', true],
    ['$.number', 'NumericEquals', 7, true],
    ['$.text', 'NumericEquals', 7, false],
    ['$.number', 'NumericEqualsPath', '$.seven', true],
    ['$.number', 'NumericLessThan', 7, false],
    ['$.number', 'NumericLessThanPath', '$.eight', true],
    ['$.number', 'NumericGreaterThan', 6.9, true],
    ['$.number', 'NumericGreaterThanPath', '$.eight', false],
    ['$.number', 'NumericLessThanEquals', 7, true],
    ['$.number', 'NumericLessThanEqualsPath', '$.text', false],
    ['$.number', 'NumericGreaterThanEquals', 7, true],
    ['$.number', 'NumericGreaterThanEqualsPath', '$.eight', false],
    ['$.yes', 'BooleanEquals', true, true],
    ['$.no', 'BooleanEquals', true, false],
    ['$.number', 'BooleanEquals', true, false],
    ['$.yes', 'BooleanEqualsPath', '$.no', false],
    ['$.early', 'TimestampEquals', '2030-01-01T00:00:00Z', true],
    ['$.early', 'TimestampEqualsPath', '$.sameInstant', true],
    ['$.text', 'TimestampEquals', '2030-01-01T00:00:00Z', false],
    ['$.early', 'TimestampLessThan', '2030-01-01T00:00:00.001Z', true],
    ['$.early', 'TimestampLessThanPath', '$.late', true],
    ['$.late', 'TimestampGreaterThan', '2030-01-01T00:00:00.4999Z', true],
    ['$.early', 'TimestampGreaterThanPath', '$.late', false],
    ['$.early', 'TimestampLessThanEquals', '2029-12-31T23:59:59Z', false],
    ['$.early', 'TimestampLessThanEqualsPath', '$.sameInstant', true],
    ['$.early', 'TimestampGreaterThanEquals', '2030-01-01T00:00:00-01:00', false],
    ['$.late', 'TimestampGreaterThanEqualsPath', '$.early', true],
    ['$.text', 'StringMatches', 'a*c', true],
    ['$.number', 'StringMatches', '*', false],
    ['$.null', 'IsNull', true, true],
    ['$.text', 'IsNull', true, false],
    ['$.text', 'IsNull', false, true],
    ['$.missing', 'IsPresent', true, false],
    ['$.missing', 'IsPresent', false, true],
    ['$.null', 'IsPresent', true, true],
    ['$.number', 'IsNumeric', true, true],
    ['$.text', 'IsNumeric', false, true],
    ['$.text', 'IsString', true, true],
    ['$.null', 'IsString', true, false],
    ['$.no', 'IsBoolean', true, true],
    ['$.number', 'IsBoolean', true, false],
    ['$.early', 'IsTimestamp', true, true],
    ['$.text', 'IsTimestamp', true, false],
    ['$.number', 'IsTimestamp', false, true],
  ])('%s %s %j is %s', (variable, operator, expected, verdict) => {
    expect(holds({ Variable: variable, [operator]: expected })).toBe(verdict);
  });

  test('a variable that is not there fails the state, unless presence was asked', () => {
    expect(() => holds({ Variable: '$.missing', IsNull: true })).toThrow('States.Runtime');
    expect(() => holds({ Variable: '$.text', StringEqualsPath: '$.missing' })).toThrow('$.missing');
  });
});

describe('And, Or and Not', () => {
  const isSeven: JsonObject = { Variable: '$.number', NumericEquals: 7 };
  const isNull: JsonObject = { Variable: '$.number', IsNull: true };
  const broken: JsonObject = { Variable: '$.missing', IsNull: true };
  const guarded: JsonObject = { And: [{ Variable: '$.missing', IsPresent: true }, broken] };
  test.each<[JsonObject, boolean]>([
    [{ And: [isSeven, isSeven] }, true],
    [{ And: [isSeven, isNull] }, false],
    [{ Or: [isNull, isSeven] }, true],
    [{ Or: [isNull, isNull] }, false],
    [{ Not: isNull }, true],
    [{ Not: { And: [isSeven, { Or: [isNull, { Not: isSeven }] }] } }, true],
    [guarded, false],
    [{ Or: [isSeven, broken] }, true],
  ])('%j is %s', (rule, verdict) => {
    expect(holds(rule)).toBe(verdict);
  });
});

describe('a malformed rule is refused', () => {
  test.each<[Json, string]>([
    [{ Variable: '$.a', Next: 'X' }, 'exactly one operator, got []'],
    [{ Variable: '$.a', IsNull: true, IsString: true, Next: 'X' }, '["IsNull","IsString"]'],
    [{ Variable: '$.a', StringLike: 'x', Next: 'X' }, '"StringLike" is not a comparison operator'],
    [{ Variable: '$.a', BooleanLessThan: true, Next: 'X' }, '"BooleanLessThan" is not'],
    [{ Variable: '$.a', NumericEquals: '7', Next: 'X' }, 'NumericEquals: "7" has the wrong type'],
    [{ Variable: '$.a', TimestampEquals: 'now', Next: 'X' }, '"now" has the wrong type'],
    [{ Variable: '$.a', IsPresent: 'yes', Next: 'X' }, 'expected true or false'],
    [{ Variable: '$.a', StringMatches: 'a\\b', Next: 'X' }, 'after a backslash'],
    [{ Variable: 'a', IsNull: true, Next: 'X' }, 'expected a path, got "a"'],
    [{ IsNull: true, Next: 'X' }, 'expected a Variable next to IsNull'],
    [{ And: [], Next: 'X' }, 'at least one rule'],
    [{ Not: { Variable: '$.a', IsNull: true, Next: 'Y' }, Next: 'X' }, 'must not have a Next'],
  ])('%j', (rule, problem) => {
    expect(() => compileRule(rule, true)).toThrow(problem);
  });
});
