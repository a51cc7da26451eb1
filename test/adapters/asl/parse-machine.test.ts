import { describe, expect, test } from 'vitest';
import { DefinitionError } from '../../../adapters/asl/asl-error.ts';
import { parseMachine } from '../../../adapters/asl/parse-machine.ts';

function parse(definition: object | string, substitutions?: Record<string, string>) {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
  return parseMachine('m', text, substitutions);
}
const one = (state: object, rest: object = {}): object => ({ StartAt: 'A', States: { A: state }, ...rest });
const task = (rest: object): object => one({ Type: 'Task', Resource: 'r', End: true, ...rest });
const wait = (rest: object): object => one({ Type: 'Wait', End: true, ...rest });
const map = (rest: object): object =>
  one({
    Type: 'Map',
    End: true,
    ItemProcessor: { StartAt: 'B', States: { B: { Type: 'Succeed' } } },
    ...rest,
  });
const choice = (rule: object): object => one({ Type: 'Choice', Choices: [{ Next: 'A', ...rule }] });

describe('a malformed machine is refused with its state and field', () => {
  test.each<[object | string, string]>([
    ['{', 'machine m: not JSON: '],
    ['[]', 'machine m: expected an object, got []'],
    [{ States: {} }, 'machine m, field StartAt: expected a string, but it is missing'],
    [{ StartAt: 'A' }, 'machine m, field States: expected an object, got nothing'],
    [{ StartAt: 'B', States: { A: { Type: 'Succeed' } } }, 'machine m, field StartAt: there is no state "B"'],
    [one({ Type: 'Succeed' }, { Foo: 1 }), 'machine m, field Foo: there is no such field here'],
    [one({ Type: 'Succeed' }, { Version: '2.0' }), 'machine m, field Version: expected "1.0", got "2.0"'],
    [
      one({ Type: 'Succeed' }, { QueryLanguage: 'JSONata' }),
      'machine m, field QueryLanguage: expected JSONPath',
    ],
    [
      one({ Type: 'Succeed' }, { TimeoutSeconds: 0 }),
      'machine m, field TimeoutSeconds: expected an integer from 1',
    ],
    [one([]), 'machine m, state A: expected an object, got []'],
    [one({}), 'machine m, state A, field Type: expected a string, but it is missing'],
    [one({ Type: 'Loop' }), 'machine m, state A, field Type: expected one of Task, Parallel, Map'],
    [one({ Type: 'Succeed', QueryLanguage: 'JSONata' }), 'machine m, state A, field QueryLanguage'],
    [task({ Assign: {} }), 'machine m, state A, field Assign: there is no such field here'],
    [task({ Resource: 7 }), 'machine m, state A, field Resource: expected a string, got 7'],
    [task({ Next: 'A' }), 'machine m, state A, field Next | End: expected exactly one of these, got 2'],
    [task({ End: false }), 'machine m, state A, field End: expected true, got false'],
    [one({ Type: 'Pass', Next: 'B' }), 'machine m, state A, field Next: there is no state "B"'],
    [task({ InputPath: '$.a[' }), 'machine m, state A, field InputPath: expected an index'],
    [task({ InputPath: 7 }), 'machine m, state A, field InputPath: expected a path or null, got 7'],
    [task({ ResultPath: '$.a[*]' }), 'machine m, state A, field ResultPath: expected a reference path'],
    [
      task({ ResultPath: '$$.a' }),
      'machine m, state A, field ResultPath: expected a path that starts with one "$"',
    ],
    [
      task({ Parameters: { p: { 'a.$': 'b' } } }),
      'machine m, state A, field Parameters: p: a.$: expected a path',
    ],
    [task({ ResultSelector: [] }), 'machine m, state A, field ResultSelector: expected an object, got []'],
    [task({ TimeoutSeconds: 1.5 }), 'machine m, state A, field TimeoutSeconds: expected an integer from 1'],
    [
      task({ TimeoutSeconds: 1, TimeoutSecondsPath: '$.a' }),
      'field TimeoutSecondsPath: TimeoutSeconds is given as well',
    ],
    [
      task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
      'field HeartbeatSeconds: expected less than TimeoutSeconds (5)',
    ],
    [task({ Retry: {} }), 'machine m, state A, field Retry: expected a list, got {}'],
    [
      task({ Retry: [{}] }),
      'machine m, state A, Retry[0], field ErrorEquals: expected a list of at least one',
    ],
    [
      task({ Retry: [{ ErrorEquals: ['E'], MaxAttempts: -1 }] }),
      'Retry[0], field MaxAttempts: expected an integer from 0',
    ],
    [
      task({ Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.5 }] }),
      'Retry[0], field BackoffRate: expected a number of at least 1',
    ],
    [task({ Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 0 }] }), 'Retry[0], field IntervalSeconds'],
    [
      task({ Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 5, MaxDelaySeconds: 5 }] }),
      'Retry[0], field MaxDelaySeconds: expected more than',
    ],
    [
      task({ Retry: [{ ErrorEquals: ['E'], JitterStrategy: 'SOME' }] }),
      'Retry[0], field JitterStrategy: expected FULL or NONE, got "SOME"',
    ],
    [
      task({ Retry: [{ ErrorEquals: ['E'], Interval: 1 }] }),
      'Retry[0], field Interval: there is no such field',
    ],
    [
      task({ Retry: [{ ErrorEquals: ['States.ALL', 'E'] }] }),
      'Retry[0], field ErrorEquals: States.ALL must stand alone',
    ],
    [
      task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }] }),
      'Retry[0], field ErrorEquals: States.ALL must stand in the last rule',
    ],
    [
      task({ Catch: [{ ErrorEquals: ['E'] }] }),
      'machine m, state A, Catch[0], field Next: expected a string',
    ],
    [
      task({ Catch: [{ ErrorEquals: ['E'], Next: 'B' }] }),
      'machine m, state A, field Catch[0].Next: there is no state "B"',
    ],
    [
      wait({}),
      'machine m, state A, field Seconds | SecondsPath | Timestamp | TimestampPath: expected exactly one',
    ],
    [wait({ Seconds: -1 }), 'machine m, state A, field Seconds: expected an integer from 0'],
    [wait({ Timestamp: 'now' }), 'machine m, state A, field Timestamp: expected a timestamp, got "now"'],
    [
      one({ Type: 'Choice', Choices: [] }),
      'machine m, state A, field Choices: expected a list of at least one rule',
    ],
    [
      choice({ Variable: '$.a', Is: 1 }),
      'machine m, state A, field Choices[0]: "Is" is not a comparison operator',
    ],
    [choice({ Variable: '$.a', IsNull: true, Next: 'B' }), 'field Choices[0].Next: there is no state "B"'],
    [
      {
        StartAt: 'A',
        States: {
          A: { Type: 'Choice', Choices: [{ Variable: '$', IsNull: true, Next: 'A' }], Default: 'B' },
        },
      },
      'field Default: there is no state "B"',
    ],
    [
      one({ Type: 'Fail', Error: 'e', ErrorPath: '$.e' }),
      'machine m, state A, field ErrorPath: Error is given as well',
    ],
    [
      one({ Type: 'Parallel', Branches: [], End: true }),
      'machine m, state A, field Branches: expected a list of at least one',
    ],
    [
      one({
        Type: 'Parallel',
        Branches: [{ StartAt: 'B', States: { B: { Type: 'Pass', Next: 'A' } } }],
        End: true,
      }),
      'machine m, state B, field Next: there is no state "A"',
    ],
    [
      one({ Type: 'Parallel', Branches: [{ StartAt: 'A', States: { A: { Type: 'Succeed' } } }], End: true }),
      'machine m, state A, field name: another state of this machine has the same name',
    ],
    [
      one({ Type: 'Parallel', Branches: [one({ Type: 'Succeed' }, { TimeoutSeconds: 1 })], End: true }),
      'machine m, state A, Branches[0], field TimeoutSeconds: there is no such field',
    ],
    [map({ Iterator: {} }), 'machine m, state A, field ItemProcessor | Iterator: expected exactly one'],
    [
      map({ ItemSelector: {}, Parameters: {} }),
      'machine m, state A, field Parameters: ItemSelector is given as well',
    ],
    [map({ ItemReader: {} }), 'machine m, state A, field ItemReader: there is no such field here'],
    [
      map({ MaxConcurrency: -1 }),
      'machine m, state A, field MaxConcurrency: expected an integer of at least 0, got -1',
    ],
    [
      map({
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED' },
          StartAt: 'B',
          States: { B: { Type: 'Succeed' } },
        },
      }),
      'machine m, state A, ItemProcessor, ProcessorConfig, field Mode: expected INLINE, got "DISTRIBUTED"',
    ],
    [
      { StartAt: 'x'.repeat(81), States: { ['x'.repeat(81)]: { Type: 'Succeed' } } },
      'field name: expected at most 80 characters',
    ],
  ])('%j', (definition, problem) => {
    expect(() => parse(definition)).toThrow(DefinitionError);
    expect(() => parse(definition)).toThrow(problem);
  });
});

describe('placeholders', () => {
  const text =
    '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"${Fn}","TimeoutSeconds":${Limit},"End":true}}}';

  test('are filled in, wherever they stand', () => {
    const state = parse(text, { Fn: 'a"b\\c', Limit: '7' }).states.get('A');
    expect(state).toMatchObject({ type: 'Task', resource: 'a"b\\c' });
  });

  test('without a substitution are refused', () => {
    expect(() => parse(text, { Fn: 'f' })).toThrow('machine m: ${Limit} has no substitution');
  });

  test('are not looked for in what was filled in', () => {
    expect(parse(text, { Fn: '${Limit}', Limit: '7' }).states.get('A')).toMatchObject({
      resource: '${Limit}',
    });
  });
});
