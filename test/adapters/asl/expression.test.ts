import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../../adapters/asl/expression.ts';
import type { Json } from '../../../adapters/asl/json.ts';
import { fixedAmbient } from './fixed-ambient.ts';

const AMBIENT = fixedAmbient({ Execution: { Name: 'run-1' }, Task: { Token: 'token-1' } });
const INPUT: Json = {
  name: 'Arnav',
  template: 'Hello, my name is {}.',
  list: [1, 2, 3, 4, 5, 6, 7, 8, 9],
  mixed: [1, 'a', { b: [2] }, 'a', { b: [2] }, null],
  json: '{"foo":"bar"}',
  object: { foo: 'bar' },
  left: { a: { x: 1 }, b: 2 },
  right: { a: { y: 3 } },
  text: 'This.is+a,,test=string',
  delimiters: '.+,=',
  null: null,
};

function evaluate(expression: string): Json {
  return compileExpression(expression)(INPUT, AMBIENT);
}

describe('an expression yields', () => {
  test.each<[string, Json]>([
    ['$.name', 'Arnav'],
    ['$$.Execution.Name', 'run-1'],
    ["$$['Execution'].Name", 'run-1'],
    ['$$', { Execution: { Name: 'run-1' }, Task: { Token: 'token-1' } }],
    ['$$..Token', ['token-1']],
    ['$$.Nothing[*]', []],
    ["States.Format('Hello, my name is {}.', $.name)", 'Hello, my name is Arnav.'],
    ['States.Format($.template, $.name)', 'Hello, my name is Arnav.'],
    ["States.Format('{}/{}/{}/{}', 1.5, true, null, $.object)", '1.5/true/null/{"foo":"bar"}'],
    ["States.Format('it\\'s \\{\\} \\\\ {}', 'x')", "it's {} \\ x"],
    ["States.Format('no places')", 'no places'],
    ["States.Format('{}', '{}')", '{}'],
    ["States.Format('in {}', $$.Execution.Name)", 'in run-1'],
    ['States.StringToJson($.json)', { foo: 'bar' }],
    ['States.JsonToString($.object)', '{"foo":"bar"}'],
    ["States.Array($.name, 'b', 3, -1.5e2, null, false)", ['Arnav', 'b', 3, -150, null, false]],
    ['States.Array()', []],
    ['States.ArrayPartition($.list, 4)', [[1, 2, 3, 4], [5, 6, 7, 8], [9]]],
    ['States.ArrayContains($.list, 5)', true],
    ['States.ArrayContains($.mixed, $.mixed[2])', true],
    ["States.ArrayContains($.list, '5')", false],
    ['States.ArrayRange(1, 9, 2)', [1, 3, 5, 7, 9]],
    ['States.ArrayRange(5, 1, -2)', [5, 3, 1]],
    ['States.ArrayRange(1, 2, -1)', []],
    ['States.ArrayRange(1, 4.6, 2)', [1, 3, 5]],
    ['States.ArrayGetItem($.list, 5)', 6],
    ['States.ArrayLength($.list)', 9],
    ['States.ArrayLength($.list[0,1])', 2],
    ['States.ArrayUnique($.mixed)', [1, 'a', { b: [2] }, null]],
    ["States.Base64Encode('Data to encode')", 'RGF0YSB0byBlbmNvZGU='],
    ["States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", 'Data to encode'],
    ["States.Hash('input data', 'SHA-1')", 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ["States.Hash('', 'MD5')", 'd41d8cd98f00b204e9800998ecf8427e'],
    ['States.JsonMerge($.left, $.right, false)', { a: { y: 3 }, b: 2 }],
    ['States.MathAdd(111, -1)', 110],
    ['States.MathAdd(1.4, 2.6)', 4],
    ['States.MathRandom(1, 9)', 5],
    ['States.StringSplit($.text, $.delimiters)', ['This', 'is', 'a', 'test', 'string']],
    ["States.StringSplit('1,2', ',')", ['1', '2']],
    ['States.UUID()', 'uuid-1'],
    ["States.ArrayGetItem( States.StringSplit(States.Format('{}-{}', $.name, 'x'), '-') , 1 )", 'x'],
  ])('%s → %j', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  test('the same random number for the same seed, inside its bounds', () => {
    const once = evaluate('States.MathRandom(1, 1000, 42)');
    expect(evaluate('States.MathRandom(1, 1000, 42)')).toBe(once);
    expect(once).toSatisfy((value: number) => value >= 1 && value < 1000);
  });
});

describe('a wrong argument is an intrinsic failure', () => {
  test.each([
    'States.StringToJson($.name)',
    'States.StringToJson($.list)',
    "States.ArrayLength('abc')",
    'States.ArrayPartition($.list, 0)',
    'States.ArrayRange(1, 5, 0)',
    'States.ArrayRange(1, 1002, 1)',
    'States.ArrayGetItem($.list, 9)',
    'States.ArrayGetItem($.list, -1)',
    "States.Hash('a', 'SHA-3')",
    'States.JsonMerge($.left, $.right, true)',
    'States.JsonMerge($.left, $.list, false)',
    "States.MathAdd('1', 2)",
    'States.MathRandom(5, 5)',
    'States.Format($.template)',
    'States.Base64Encode(7)',
  ])('%s', (expression) => {
    expect(() => evaluate(expression)).toThrow(/^States\.IntrinsicFailure: States\.\w+: expected /);
  });
});

test('a path that selects nothing is a parameter path failure', () => {
  expect(() => evaluate('$.missing')).toThrow(
    'States.ParameterPathFailure: the path $.missing selects nothing',
  );
  expect(() => evaluate('$$.Map.Item')).toThrow('the path $$.Map.Item selects nothing');
  expect(() => evaluate('States.Array($.missing)')).toThrow('States.ParameterPathFailure');
});

const nested = (depth: number): string => (depth === 0 ? '1' : `States.Array(${nested(depth - 1)})`);

describe('a malformed expression is refused when it is compiled', () => {
  test.each([
    ['name', 'expected a path or an intrinsic function'],
    ['States.Nope()', 'no intrinsic function States.Nope'],
    ['States.MathAdd(1)', 'States.MathAdd takes 2 arguments, got 1'],
    ['States.MathRandom(1)', 'States.MathRandom takes 2 to 3 arguments, got 1'],
    ["States.Format('{} {}', 1)", '2 {} but 1 values'],
    ["States.Format('{}' 1)", 'expected ","'],
    ["States.Array('a", "a closing '"],
    ["States.Array('\\n')", 'after a backslash'],
    ['States.Array(1,)', 'expected a path'],
    ['States.Array(1) x', 'the end of the expression'],
    [nested(11), 'at most 10 nested'],
  ])('%s', (expression, problem) => {
    expect(() => compileExpression(expression)).toThrow(problem);
  });

  test('ten nested calls are allowed', () => {
    expect(JSON.stringify(evaluate(nested(10)))).toBe('[[[[[[[[[[1]]]]]]]]]]');
  });
});
