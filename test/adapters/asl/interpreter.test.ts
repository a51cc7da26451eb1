// Small machines with the output that the States Language prescribes for them.
import { describe, expect, test } from 'vitest';
import { AslError } from '../../../adapters/asl/asl-error.ts';
import { DATA_LIMIT_BYTES } from '../../../adapters/asl/json.ts';
import type { Json } from '../../../adapters/asl/json.ts';
import { createBench, machineOf, run } from './run-machine.ts';
import type { States } from './run-machine.ts';

const ADD = 'arn:aws:lambda:us-east-1:123456789012:function:Add';
const functions = {
  Add: async (payload: Json) => {
    const { val1, val2 } = payload as { val1: number; val2: number };
    return { sum: val1 + val2, seen: payload };
  },
};
const task = (rest: object): object => ({ Type: 'Task', Resource: ADD, ...rest });

describe('the data flow of a state', () => {
  const NUMBERS = { title: 'Numbers to add', numbers: { val1: 3, val2: 4 } };
  const table: [string, object, Json][] = [
    ['InputPath narrows the input', { InputPath: '$.numbers' }, { sum: 7, seen: NUMBERS.numbers }],
    [
      'ResultPath adds the result to the whole input, not to what InputPath selected',
      { InputPath: '$.numbers', ResultSelector: { 's.$': '$.sum' }, ResultPath: '$.total' },
      { ...NUMBERS, total: { s: 7 } },
    ],
    ['a null ResultPath passes the input on', { InputPath: '$.numbers', ResultPath: null }, NUMBERS],
    ['a null OutputPath passes an empty object on', { InputPath: '$.numbers', OutputPath: null }, {}],
    [
      'a null InputPath gives an empty object to the task',
      { InputPath: null, ResultPath: '$.r', OutputPath: '$.r.seen' },
      {},
    ],
    [
      'Parameters see what InputPath selected',
      {
        InputPath: '$.numbers',
        Parameters: { 'val1.$': '$.val1', val2: 10, 'name.$': '$$.State.Name' },
        ResultPath: '$.numbers.val1',
        OutputPath: '$.numbers',
      },
      { val1: { sum: 13, seen: { val1: 3, val2: 10, name: 'Add' } }, val2: 4 },
    ],
    [
      'OutputPath selects from the placed result',
      { InputPath: '$.numbers', ResultPath: '$.total', OutputPath: '$.total.sum' },
      7,
    ],
    [
      'OutputPath may select from the context object',
      { InputPath: '$.numbers', OutputPath: '$$.Execution.Input.title' },
      'Numbers to add',
    ],
  ];
  test.each(table)('%s', async (_name, rest, expected) => {
    const result = await run({ Add: task({ ...rest, End: true }) }, NUMBERS, functions);
    expect(result).toEqual({ status: 'SUCCEEDED', output: expected });
  });
});

const coords = { 'x-datum': 0.381018, 'y-datum': 622.2269926397355 };

describe('states and their outputs', () => {
  const table: [string, States, Json, Json][] = [
    [
      'Pass gives its Result',
      { P: { Type: 'Pass', Result: coords, ResultPath: '$.coords', End: true } },
      { georefOf: 'Home' },
      { georefOf: 'Home', coords },
    ],
    ['Pass without anything gives its input', { P: { Type: 'Pass', End: true } }, [1], [1]],
    ['Pass gives a null Result', { P: { Type: 'Pass', Result: null, End: true } }, 1, null],
    [
      'Pass gives its Parameters',
      { P: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, End: true } },
      { n: 1 },
      { n: 2 },
    ],
    [
      'Succeed applies its paths',
      { S: { Type: 'Succeed', InputPath: '$.a', OutputPath: '$.b' } },
      { a: { b: 1 } },
      1,
    ],
    [
      'Choice takes the first rule that holds and passes its input on',
      {
        C: {
          Type: 'Choice',
          OutputPath: '$.kept',
          Choices: [
            { Variable: '$.n', NumericGreaterThan: 9, Next: 'Big' },
            { Variable: '$.n', NumericGreaterThan: 4, Next: 'Middle' },
            { Variable: '$.n', NumericGreaterThan: 3, Next: 'Big' },
          ],
          Default: 'Big',
        },
        Big: { Type: 'Fail' },
        Middle: { Type: 'Pass', ResultPath: '$.middle', Result: true, End: true },
      },
      { n: 5, kept: { k: 1 } },
      { k: 1, middle: true },
    ],
    [
      'Choice falls back on its Default',
      {
        C: { Type: 'Choice', Choices: [{ Variable: '$.n', IsNull: true, Next: 'No' }], Default: 'Yes' },
        No: { Type: 'Fail' },
        Yes: { Type: 'Succeed' },
      },
      { n: 5 },
      { n: 5 },
    ],
    [
      'a wait until the past takes no time',
      { W: { Type: 'Wait', Timestamp: '2001-01-01T00:00:00Z', OutputPath: '$.a', End: true } },
      { a: 1 },
      1,
    ],
    [
      'a wait of no seconds takes no time',
      { W: { Type: 'Wait', SecondsPath: '$.s', End: true } },
      { s: 0 },
      { s: 0 },
    ],
  ];
  test.each(table)('%s', async (_name, states, input, expected) => {
    expect(await run(states, input)).toEqual({ status: 'SUCCEEDED', output: expected });
  });
});

describe('failures', () => {
  const pass = (rest: object): States => ({ P: { Type: 'Pass', End: true, ...rest } });
  const choice: States = {
    C: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'S' }] },
    S: { Type: 'Succeed' },
  };
  const table: [string, States, Json, string | undefined, string][] = [
    [
      'Fail names its error',
      { F: { Type: 'Fail', Error: 'ErrorA', Cause: 'Kaiju attack' } },
      {},
      'ErrorA',
      'Kaiju',
    ],
    [
      'Fail takes both from its input',
      { F: { Type: 'Fail', ErrorPath: '$.e', CausePath: "States.Format('{} at {}', $.c, $$.State.Name)" } },
      { e: 'ErrorB', c: 'lost' },
      'ErrorB',
      'lost at F',
    ],
    [
      'Fail insists on strings',
      { F: { Type: 'Fail', ErrorPath: '$.e' } },
      { e: 1 },
      'States.Runtime',
      'ErrorPath',
    ],
    ['no rule holds', choice, { n: 2 }, 'States.NoChoiceMatched', 'no rule of C holds'],
    ['a rule lacks its variable', choice, {}, 'States.Runtime', '$.n'],
    ['InputPath selects nothing', pass({ InputPath: '$.a' }), {}, 'States.Runtime', '$.a selects nothing'],
    ['OutputPath selects nothing', pass({ OutputPath: '$.a' }), {}, 'States.Runtime', '$.a selects nothing'],
    [
      'Parameters lack a path',
      pass({ Parameters: { 'a.$': '$.b' } }),
      {},
      'States.ParameterPathFailure',
      '$.b',
    ],
    [
      'an intrinsic function fails',
      pass({ Parameters: { 'a.$': 'States.StringToJson($.b)' } }),
      { b: '{' },
      'States.IntrinsicFailure',
      'expected JSON text',
    ],
    ['the result does not fit', pass({ ResultPath: '$.a' }), 'text', 'States.ResultPathMatchFailure', '$.a'],
    [
      'a wait has no number',
      { W: { Type: 'Wait', SecondsPath: '$.s', End: true } },
      { s: 'x' },
      'States.Runtime',
      '"x"',
    ],
    [
      'a wait has a fraction',
      { W: { Type: 'Wait', SecondsPath: '$.s', End: true } },
      { s: 1.5 },
      'States.Runtime',
      '1.5',
    ],
    [
      'a wait has no timestamp',
      { W: { Type: 'Wait', TimestampPath: '$.t', End: true } },
      { t: 'tomorrow' },
      'States.Runtime',
      '"tomorrow"',
    ],
    ['nothing serves the resource', { T: task({ End: true }) }, {}, 'States.Runtime', ADD],
    [
      'the invoked function does not exist',
      {
        T: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke',
          Parameters: { FunctionName: 'Nobody' },
          End: true,
        },
      },
      {},
      'Lambda.ResourceNotFoundException',
      'Nobody',
    ],
  ];
  test.each(table)('%s', async (_name, states, input, error, cause) => {
    expect(await run(states, input)).toEqual({
      status: 'FAILED',
      error,
      cause: expect.stringContaining(cause) as string,
    });
  });

  test('a Fail state without an error fails without one', async () => {
    expect(await run({ F: { Type: 'Fail' } })).toEqual({ status: 'FAILED' });
  });

  test('an error that a function throws keeps its name, and its message is in the cause', async () => {
    const Add = async () => {
      throw new TypeError('no numbers');
    };
    const result = await run({ T: task({ End: true }) }, {}, { Add });
    expect(result).toMatchObject({ status: 'FAILED', error: 'TypeError' });
    expect(JSON.parse('cause' in result ? (result.cause ?? '') : '')).toMatchObject({
      errorType: 'TypeError',
      errorMessage: 'no numbers',
    });
  });
});

describe('Lambda integrations', () => {
  const invoke = (rest: object): States => ({
    T: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true, ...rest },
  });
  test.each(['Add', ADD, `${ADD}:$LATEST`])('lambda:invoke calls %s and wraps its result', async (name) => {
    const states = invoke({ Parameters: { FunctionName: name, 'Payload.$': '$' } });
    expect(await run(states, { val1: 1, val2: 2 }, functions)).toEqual({
      status: 'SUCCEEDED',
      output: {
        ExecutedVersion: '$LATEST',
        Payload: { sum: 3, seen: { val1: 1, val2: 2 } },
        StatusCode: 200,
      },
    });
  });

  test('results are taken as JSON: undefined members vanish, nothing is null', async () => {
    const states = (next: string): States => ({ T: { Type: 'Task', Resource: next, End: true } });
    const odd = { dropped: async () => ({ a: undefined, b: new Date(0) }), nothing: async () => undefined };
    expect(await run(states('dropped'), {}, odd)).toMatchObject({
      output: { b: '1970-01-01T00:00:00.000Z' },
    });
    expect(await run(states('nothing'), {}, odd)).toMatchObject({ output: null });
  });

  test('a result changed by its giver afterwards does not change the execution', async () => {
    const shared = { n: 1 };
    const states: States = {
      A: { Type: 'Task', Resource: 'give', Next: 'B' },
      B: { Type: 'Task', Resource: 'change', ResultPath: null, End: true },
    };
    const change = async () => {
      shared.n = 2;
    };
    expect(await run(states, {}, { give: async () => shared, change })).toMatchObject({ output: { n: 1 } });
  });
});

describe('the context object', () => {
  test('tells about execution, machine, state and retries', async () => {
    let calls = 0;
    const flaky = async (payload: Json) => {
      calls += 1;
      if (calls < 3) throw new AslError('Flaky', 'again');
      return payload;
    };
    const { engine, time } = createBench({ flaky });
    const states: States = {
      T: {
        Type: 'Task',
        Resource: 'flaky',
        Parameters: { 'all.$': '$$' },
        Retry: [{ ErrorEquals: ['Flaky'] }],
        ResultPath: '$.first',
        Next: 'After',
      },
      After: {
        Type: 'Pass',
        Parameters: { 'state.$': '$$.State' },
        ResultPath: '$.after',
        End: true,
      },
    };
    const { done } = engine.start(machineOf(states), 'run-7', { a: 1 });
    await time.advance(3000);
    expect(await done).toEqual({
      status: 'SUCCEEDED',
      output: {
        a: 1,
        first: {
          all: {
            Execution: {
              Id: 'execution:test:run-7',
              Input: { a: 1 },
              Name: 'run-7',
              StartTime: '2030-01-01T00:00:00.000Z',
            },
            StateMachine: { Id: 'stateMachine:test', Name: 'test' },
            State: { Name: 'T', EnteredTime: '2030-01-01T00:00:00.000Z', RetryCount: 2 },
          },
        },
        after: {
          state: { Name: 'After', EnteredTime: '2030-01-01T00:00:03.000Z', RetryCount: 0 },
        },
      },
    });
  });
});

describe('the data limit', () => {
  const big = { text: 'x'.repeat(DATA_LIMIT_BYTES) };
  const wide = { text: 'é'.repeat(DATA_LIMIT_BYTES / 2) };
  const tight = { text: 'é'.repeat(DATA_LIMIT_BYTES / 2 - 6) };

  test.each([
    ['a task result', { T: { Type: 'Task', Resource: 'give', End: true } }, big],
    [
      'the parameters of a task',
      {
        T: {
          Type: 'Task',
          Resource: 'give',
          Parameters: { 'a.$': '$.k', 'b.$': '$.k', 'c.$': '$.k' },
          End: true,
        },
      },
      1,
    ],
    ['bytes, not characters', { T: { Type: 'Task', Resource: 'give', End: true } }, wide],
    [
      'a result that only fits alone',
      { T: { Type: 'Task', Resource: 'give', ResultPath: '$.r', End: true } },
      tight,
    ],
    [
      'a state output that grew by itself',
      {
        P: {
          Type: 'Pass',
          Parameters: {
            'a.$': "States.Format('{}{}{}', $.k, $.k, $.k)",
          },
          End: true,
        },
      },
      null,
    ],
  ])('%s', async (_name, states, result) => {
    const input = { k: 'k'.repeat(100_000) };
    const ended = await run(states, input, { give: async () => result });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  test('an output at the limit passes', async () => {
    const states = { T: { Type: 'Task', Resource: 'give', End: true } };
    expect(await run(states, {}, { give: async () => tight })).toMatchObject({ status: 'SUCCEEDED' });
  });
});

test('a loop of a million transitions needs no call stack and lets others have their turn', async () => {
  const { engine, time } = createBench({}, { history: { maxEvents: 10 } });
  const loop = machineOf({
    Count: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'Done' },
    Done: {
      Type: 'Choice',
      Choices: [{ Variable: '$.n', NumericLessThan: 250_000, Next: 'Again' }],
      Default: 'End',
    },
    Again: { Type: 'Wait', Seconds: 0, Next: 'Count' },
    End: { Type: 'Succeed' },
  });
  const { done } = engine.start(loop, 'loop', { n: 0 });
  await time.settle();
  expect(engine.describe('loop')?.status).toBe('RUNNING');
  expect(await done).toEqual({ status: 'SUCCEEDED', output: { n: 250_000 } });
});
