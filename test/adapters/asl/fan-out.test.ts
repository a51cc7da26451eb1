// Parallel and Map.
import { describe, expect, test } from 'vitest';
import { AslError } from '../../../adapters/asl/asl-error.ts';
import type { Json } from '../../../adapters/asl/json.ts';
import { createBench, machineOf, run } from './run-machine.ts';
import type { States } from './run-machine.ts';

const graph = (states: States): object => ({ StartAt: Object.keys(states)[0], States: states });
const pass = (rest: object): object => ({ Type: 'Pass', End: true, ...rest });
const ALL = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Caught' }];
const CAUGHT = { Caught: { Type: 'Succeed' } };

describe('Parallel', () => {
  const parallel = (branches: States[], rest: object = {}): States => ({
    P: { Type: 'Parallel', End: true, Branches: branches.map(graph), ...rest },
  });

  test('gives every branch the same input and collects their outputs in order', async () => {
    const add = { Type: 'Task', Resource: 'add', End: true };
    const slow = { Slow: { Type: 'Wait', Seconds: 5, Next: 'Add' }, Add: add };
    const quick = { Subtract: pass({ Parameters: { 'd.$': 'States.MathAdd($[0], -1)' } }) };
    const { engine, time } = createBench({ add: async (payload: Json) => ({ s: payload }) });
    const { done } = engine.start(machineOf(parallel([slow, quick])), 'x', [3, 2]);
    await time.advance(5000);
    expect(await done).toEqual({ status: 'SUCCEEDED', output: [{ s: [3, 2] }, { d: 2 }] });
  });

  test('applies Parameters, ResultSelector, ResultPath and OutputPath', async () => {
    const rest = {
      Parameters: { 'n.$': '$.n' },
      ResultSelector: { 'first.$': '$[0].n' },
      ResultPath: '$.r',
      OutputPath: '$.r',
    };
    expect(await run(parallel([{ A: pass({}) }], rest), { n: 1, m: 2 })).toMatchObject({
      output: { first: 1 },
    });
  });

  test('fails with the error of the branch that failed, and ends the others', async () => {
    const aborted: string[] = [];
    const { engine, time } = createBench(
      {},
      {
        resources: () => (_resource, _parameters, context) => {
          context.signal.addEventListener('abort', () => aborted.push(context.stateName));
          return new Promise(() => undefined);
        },
      },
    );
    const states = {
      ...parallel(
        [
          { Hang: { Type: 'Task', Resource: 'hang', End: true } },
          { Wait: { Type: 'Wait', Seconds: 9, End: true } },
          { W: { Type: 'Wait', Seconds: 1, Next: 'F' }, F: { Type: 'Fail', Error: 'Broken', Cause: 'c' } },
          { Inner: { ...parallel([{ Deep: { Type: 'Task', Resource: 'hang', End: true } }])['P'] } },
        ],
        { Catch: ALL },
      ),
      ...CAUGHT,
    };
    const { done } = engine.start(machineOf(states), 'x', { n: 1 });
    await time.advance(1000);
    expect(await done).toEqual({
      status: 'SUCCEEDED',
      output: { n: 1, error: { Error: 'Broken', Cause: 'c' } },
    });
    expect(aborted.sort()).toEqual(['Deep', 'Hang']);
  });

  test('is retried as a whole, and States.BranchFailed names any failure of a branch', async () => {
    let calls = 0;
    const flaky = async () => {
      calls += 1;
      if (calls < 3) throw new AslError('E', '');
      return calls;
    };
    const { engine, time } = createBench({ flaky });
    const retry = { Retry: [{ ErrorEquals: ['States.BranchFailed'] }] };
    const branch = { T: { Type: 'Task', Resource: 'flaky', End: true } };
    const { done } = engine.start(
      machineOf(parallel([branch, { A: pass({ Result: 'a' }) }], retry)),
      'x',
      {},
    );
    await time.advance(3000);
    expect(await done).toEqual({ status: 'SUCCEEDED', output: [3, 'a'] });
  });

  test('a branch that succeeds by a Succeed state ends only itself', async () => {
    const branches = [{ S: { Type: 'Succeed' } }, { A: pass({ Result: 1 }) }];
    expect(await run(parallel(branches), 'in')).toMatchObject({ output: ['in', 1] });
  });
});

describe('Map', () => {
  const map = (states: States, rest: object = {}): States => ({
    M: { Type: 'Map', End: true, ItemProcessor: graph(states), ...rest },
  });
  const ORDER = { prefix: 'o', items: [{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }] };

  const table: [string, States, Json, Json][] = [
    [
      'gives each item to the processor',
      map({ A: pass({ ResultPath: '$.x', Result: 1 }) }),
      [{ a: 1 }, {}],
      [{ a: 1, x: 1 }, { x: 1 }],
    ],
    ['of no items gives an empty list', map({ A: pass({}) }), [], []],
    [
      'takes its items from ItemsPath',
      map({ A: pass({}) }, { ItemsPath: '$.items[*].sku' }),
      ORDER,
      ['a', 'b', 'c'],
    ],
    [
      'builds the input of an item from the state’s input and the context',
      map(
        { A: pass({}) },
        {
          ItemsPath: '$.items',
          ItemSelector: {
            'p.$': '$.prefix',
            'i.$': '$$.Map.Item.Index',
            's.$': '$$.Map.Item.Value.sku',
            'state.$': '$$.State.Name',
          },
          ResultSelector: { 'last.$': '$[-1]' },
          ResultPath: '$.items',
        },
      ),
      ORDER,
      { prefix: 'o', items: { last: { p: 'o', i: 2, s: 'c', state: 'M' } } },
    ],
    [
      'knows its item inside a Parallel as well',
      map({
        P: {
          Type: 'Parallel',
          End: true,
          Branches: [graph({ A: pass({ Parameters: { 'v.$': '$$.Map.Item.Value' } }) })],
        },
      }),
      [7],
      [[{ v: 7 }]],
    ],
    [
      'maps inside maps',
      map({
        N:
          map({ A: pass({ Parameters: { 'v.$': "States.Format('<{}>', $)" }, OutputPath: '$.v' }) })['M'] ??
          {},
      }),
      [[1, 2], [], [3]],
      [['<1>', '<2>'], [], ['<3>']],
    ],
    [
      'has its older names',
      {
        M: {
          Type: 'Map',
          Iterator: graph({ A: pass({}) }),
          Parameters: { 'v.$': '$$.Map.Item.Value' },
          End: true,
        },
      },
      [1],
      [{ v: 1 }],
    ],
  ];
  test.each(table)('%s', async (_name, states, input, output) => {
    expect(await run(states, input)).toEqual({ status: 'SUCCEEDED', output });
  });

  test.each([
    [{ MaxConcurrency: 2 }, 2],
    [{ MaxConcurrencyPath: '$.most' }, 3],
    [{ MaxConcurrency: 0 }, 10],
    [{}, 10],
  ])('with %j runs at most %d items at once', async (rest, most) => {
    let running = 0;
    let seen = 0;
    const work = async (payload: Json) => {
      running += 1;
      seen = Math.max(seen, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return payload;
    };
    const states = map(
      { T: { Type: 'Task', Resource: 'work', End: true } },
      { ItemsPath: '$.items', ...rest },
    );
    const items = Array.from({ length: 10 }, (_, index) => index);
    expect(await run(states, { items, most: 3 }, { work })).toEqual({ status: 'SUCCEEDED', output: items });
    expect(seen).toBe(most);
  });

  const oddFails: States = {
    C: { Type: 'Choice', Choices: [{ Variable: '$', NumericLessThan: 3, Next: 'F' }], Default: 'S' },
    F: { Type: 'Fail', Error: 'Low', Cause: 'c' },
    S: { Type: 'Succeed' },
  };
  const named = 'States.ExceedToleratedFailureThreshold';
  test.each<[object, Json]>([
    [{}, { Error: 'Low', Cause: 'c' }],
    [{ ToleratedFailureCount: 1 }, { Error: named }],
    [{ ToleratedFailureCount: 2 }, [3, 4, 5]],
    [{ ToleratedFailureCountPath: '$.two' }, [3, 4, 5]],
    [{ ToleratedFailurePercentage: 39 }, { Error: named }],
    [{ ToleratedFailurePercentage: 40 }, [3, 4, 5]],
    [{ ToleratedFailurePercentage: 100, ToleratedFailureCount: 0 }, { Error: named }],
  ])('of five items, two of which fail, with %j', async (rest, expected) => {
    const rules = { ItemsPath: '$.items', ResultPath: '$.error', Catch: ALL, ...rest };
    const states = { ...map(oddFails, rules), ...CAUGHT };
    const result = await run(states, { items: [1, 2, 3, 4, 5], two: 2 });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { error: expected } });
  });

  test.each<[string, object, Json, string]>([
    ['items that are no array', {}, { a: 1 }, 'States.Runtime'],
    [
      'an ItemSelector without its path',
      { ItemSelector: { 'a.$': '$.x' } },
      [1, 2],
      'States.ParameterPathFailure',
    ],
    ['a negative MaxConcurrencyPath', { MaxConcurrencyPath: '$[0]' }, [-1], 'States.Runtime'],
  ])('fails on %s', async (_name, rest, input, error) => {
    expect(await run(map({ A: pass({}) }, rest), input)).toMatchObject({ status: 'FAILED', error });
  });

  test('an output of all items together is held to the data limit', async () => {
    const states = map({ A: pass({ Result: 'x'.repeat(1000) }) });
    const items = Array.from({ length: 300 }, () => 0);
    expect(await run(states, items)).toMatchObject({ error: 'States.DataLimitExceeded' });
  });
});
