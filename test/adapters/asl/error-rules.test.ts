// Retry, Catch and timeouts, on fake time.
import { describe, expect, test } from 'vitest';
import { AslError, errorMatches } from '../../../adapters/asl/asl-error.ts';
import type { Json } from '../../../adapters/asl/json.ts';
import { START_MS } from './fake-time.ts';
import { createBench, machineOf, run } from './run-machine.ts';
import type { States } from './run-machine.ts';

const CAUGHT = { Caught: { Type: 'Succeed' }, Other: { Type: 'Pass', Result: 'other', End: true } };

function failing(error: string) {
  return async () => {
    throw new AslError(error, 'because');
  };
}

const task = (rest: object): object => ({ Type: 'Task', Resource: 'work', End: true, ...rest });
const caughtBy = (...names: string[]): object => ({ Catch: [{ ErrorEquals: names, Next: 'Caught' }] });

test.each<[string, string | undefined, boolean]>([
  ['Custom', 'Custom', true],
  ['Custom', 'Custom2', false],
  ['States.ALL', 'Custom', true],
  ['States.ALL', undefined, true],
  ['States.ALL', 'States.Timeout', true],
  ['States.ALL', 'States.NoChoiceMatched', true],
  ['States.ALL', 'States.DataLimitExceeded', false],
  ['States.ALL', 'States.Runtime', false],
  ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
  ['States.Runtime', 'States.Runtime', false],
  ['States.TaskFailed', 'Custom', true],
  ['States.TaskFailed', 'States.Timeout', false],
  ['States.TaskFailed', 'States.HeartbeatTimeout', false],
  ['States.TaskFailed', 'States.Runtime', false],
  ['States.Timeout', 'States.Timeout', true],
  ['States.Timeout', 'States.HeartbeatTimeout', true],
  ['States.HeartbeatTimeout', 'States.Timeout', false],
  ['States.Timeout', 'Custom', false],
])('ErrorEquals %s and the error %s: %s', (pattern, error, expected) => {
  expect(errorMatches(pattern, error)).toBe(expected);
});

describe('Catch', () => {
  test('puts the error output in the place of the input', async () => {
    const states = { T: task(caughtBy('Custom')), ...CAUGHT };
    expect(await run(states, { a: 1 }, { work: failing('Custom') })).toEqual({
      status: 'SUCCEEDED',
      output: { Error: 'Custom', Cause: 'because' },
    });
  });

  test.each<[string | null, Json]>([
    ['$.error', { a: { b: 1 }, error: { Error: 'Custom', Cause: 'because' } }],
    [null, { a: { b: 1 } }],
  ])('with ResultPath %s keeps the whole input of the state', async (path, output) => {
    const rule = { ErrorEquals: ['States.ALL'], ResultPath: path, Next: 'Caught' };
    const states = { T: task({ InputPath: '$.a', Catch: [rule] }), ...CAUGHT };
    expect(await run(states, { a: { b: 1 } }, { work: failing('Custom') })).toMatchObject({ output });
  });

  test('asks its rules in order', async () => {
    const rules = [
      { ErrorEquals: ['Else'], Next: 'Other' },
      { ErrorEquals: ['Custom', 'Unheard'], Next: 'Caught' },
      { ErrorEquals: ['States.ALL'], Next: 'Other' },
    ];
    const result = await run({ T: task({ Catch: rules }), ...CAUGHT }, {}, { work: failing('Custom') });
    expect(result).toMatchObject({ output: { Error: 'Custom' } });
  });

  test.each([
    ['States.ResultPathMatchFailure', { ResultPath: '$.a.b' }, 'SUCCEEDED'],
    ['States.ParameterPathFailure', { Parameters: { 'a.$': '$.x' } }, 'SUCCEEDED'],
    ['States.Runtime', { OutputPath: '$.x', ResultPath: '$.r' }, 'FAILED'],
    ['States.Runtime', { InputPath: '$.x' }, 'FAILED'],
  ])('of States.ALL with %s around the task: %j → %s', async (_error, rest, status) => {
    const states = { T: task({ ...rest, ...caughtBy('States.ALL') }), ...CAUGHT };
    expect((await run(states, { a: 1 }, { work: async () => 1 })).status).toBe(status);
  });

  test('whose own result does not fit ends the execution', async () => {
    const rule = { ErrorEquals: ['States.ALL'], ResultPath: '$.a.b', Next: 'Caught' };
    const result = await run(
      { T: task({ Catch: [rule] }), ...CAUGHT },
      { a: 1 },
      { work: failing('Custom') },
    );
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.ResultPathMatchFailure' });
  });
});

/** Runs a failing task until its end and tells when, in seconds, it was tried. */
async function triesOf(rest: object, errors: readonly string[], random = 0.5): Promise<[number[], string]> {
  const tries: number[] = [];
  const work = async () => {
    tries.push((time.clock.now() - START_MS) / 1000);
    const error = errors[tries.length - 1] ?? errors.at(-1);
    if (error !== undefined && error !== '') throw new AslError(error, 'because');
    return 'done';
  };
  const { engine, time } = createBench({ work }, { random: () => random });
  const { done } = engine.start(machineOf({ T: task(rest), ...CAUGHT }), 'x', {});
  await time.advance(100_000_000);
  return [tries, (await done).status];
}

describe('Retry', () => {
  const retry = (rule: object): object => ({ Retry: [{ ErrorEquals: ['States.ALL'], ...rule }] });
  test.each<[string, object, string[], number[], string]>([
    ['by default three times, doubling from a second', retry({}), ['E'], [0, 1, 3, 7], 'FAILED'],
    ['not at all when MaxAttempts is 0', retry({ MaxAttempts: 0 }), ['E'], [0], 'FAILED'],
    ['until it works', retry({ MaxAttempts: 9 }), ['E', 'E', ''], [0, 1, 3], 'SUCCEEDED'],
    [
      'with its own interval and rate',
      retry({ IntervalSeconds: 3, BackoffRate: 1.5, MaxAttempts: 2 }),
      ['E'],
      [0, 3, 7.5],
      'FAILED',
    ],
    [
      'at most MaxDelaySeconds apart',
      retry({ IntervalSeconds: 2, MaxDelaySeconds: 5, MaxAttempts: 4 }),
      ['E'],
      [0, 2, 6, 11, 16],
      'FAILED',
    ],
    [
      'with full jitter',
      retry({ IntervalSeconds: 4, JitterStrategy: 'FULL' }),
      ['E'],
      [0, 2, 6, 14],
      'FAILED',
    ],
    ['not for errors that are not named', { Retry: [{ ErrorEquals: ['Other'] }] }, ['E'], [0], 'FAILED'],
    [
      'each rule on its own count and backoff',
      {
        Retry: [
          { ErrorEquals: ['A'], IntervalSeconds: 1, MaxAttempts: 2 },
          { ErrorEquals: ['B'], IntervalSeconds: 5, MaxAttempts: 2 },
        ],
      },
      ['A', 'B', 'A', 'B', 'A'],
      [0, 1, 6, 8, 18],
      'FAILED',
    ],
    [
      'and never by a later rule when the first that matches is used up',
      { Retry: [{ ErrorEquals: ['A'], MaxAttempts: 1 }, { ErrorEquals: ['States.ALL'] }] },
      ['A'],
      [0, 1],
      'FAILED',
    ],
    ['before Catch', { ...retry({ MaxAttempts: 1 }), ...caughtBy('E') }, ['E'], [0, 1], 'SUCCEEDED'],
    ['never after a broken path', retry({}), ['States.Runtime'], [0], 'FAILED'],
  ])('%s', async (_name, rest, errors, tries, status) => {
    expect(await triesOf(rest, errors)).toEqual([tries, status]);
  });

  test('counts anew at every visit of the state', async () => {
    let calls = 0;
    const work = async () => {
      calls += 1;
      if (calls < 6 && calls !== 3) throw new AslError('E', '');
      return { calls };
    };
    const { engine, time } = createBench({ work });
    const states: States = {
      T: task({ Retry: [{ ErrorEquals: ['E'], MaxAttempts: 2 }], End: undefined, Next: 'Enough' }),
      Enough: {
        Type: 'Choice',
        Choices: [{ Variable: '$.calls', NumericLessThan: 4, Next: 'T' }],
        Default: 'S',
      },
      S: { Type: 'Succeed' },
    };
    const { done } = engine.start(machineOf(states), 'x', {});
    await time.advance(60_000);
    expect(await done).toEqual({ status: 'SUCCEEDED', output: { calls: 6 } });
  });
});

describe('timeouts', () => {
  const never = () => new Promise<never>(() => undefined);

  test.each<[string, object, Json, number, string]>([
    ['TimeoutSeconds', { TimeoutSeconds: 5 }, {}, 5, 'States.Timeout'],
    ['TimeoutSecondsPath', { TimeoutSecondsPath: '$.t' }, { t: 7 }, 7, 'States.Timeout'],
    [
      'TimeoutSecondsPath after InputPath',
      { InputPath: '$.a', TimeoutSecondsPath: '$.t' },
      { a: { t: 3 } },
      3,
      'States.Timeout',
    ],
    ['HeartbeatSeconds', { TimeoutSeconds: 5, HeartbeatSeconds: 2 }, {}, 2, 'States.HeartbeatTimeout'],
    ['HeartbeatSecondsPath', { HeartbeatSecondsPath: '$.h' }, { h: 4 }, 4, 'States.HeartbeatTimeout'],
    ['TimeoutSecondsPath on no number', { TimeoutSecondsPath: '$.t' }, { t: '7' }, 0, 'States.Runtime'],
    ['TimeoutSecondsPath on zero', { TimeoutSecondsPath: '$.t' }, { t: 0 }, 0, 'States.Runtime'],
  ])('%s', async (_name, rest, input, seconds, error) => {
    const { engine, time } = createBench({ work: never });
    const { done } = engine.start(machineOf({ T: task(rest) }), 'x', input);
    if (seconds > 0) {
      await time.advance(seconds * 1000 - 1);
      expect(engine.describe('x')?.status).toBe('RUNNING');
      await time.advance(1);
    }
    expect(await done).toMatchObject({ status: 'FAILED', error });
  });

  test('are retried and caught by their names', async () => {
    const { engine, time } = createBench({ work: never });
    const rules = {
      TimeoutSeconds: 10,
      Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }],
      Catch: [
        { ErrorEquals: ['States.TaskFailed'], Next: 'Other' },
        { ErrorEquals: ['States.Timeout'], ResultPath: '$.timeout', Next: 'Caught' },
      ],
    };
    const { done } = engine.start(machineOf({ T: task(rules), ...CAUGHT }), 'x', { a: 1 });
    await time.advance(21_000);
    expect(await done).toMatchObject({ output: { a: 1, timeout: { Error: 'States.Timeout' } } });
  });

  test('tell the handler that nobody waits any more, and its late answer changes nothing', async () => {
    let answer: ((value: string) => void) | undefined;
    let signal: AbortSignal | undefined;
    const { engine, time } = createBench(
      {},
      {
        resources: () => (_resource, _parameters, context) => {
          signal = context.signal;
          return new Promise((resolve) => (answer = resolve));
        },
      },
    );
    const { done } = engine.start(
      machineOf({ T: task({ TimeoutSeconds: 1, ...caughtBy('States.ALL') }), ...CAUGHT }),
      'x',
      {},
    );
    await time.advance(999);
    expect(signal?.aborted).toBe(false);
    await time.advance(1);
    expect(signal?.aborted).toBe(true);
    answer?.('late');
    expect(await done).toMatchObject({ output: { Error: 'States.Timeout' } });
  });

  test('a handler that gives signs of life is not taken for dead', async () => {
    const { engine, time } = createBench(
      {},
      {
        resources: () => async (_resource, _parameters, context) => {
          for (let beat = 0; beat < 5; beat += 1) {
            await new Promise<void>((resolve) => time.timer.set(1500, resolve));
            context.heartbeat();
          }
          return 'alive';
        },
      },
    );
    const { done } = engine.start(machineOf({ T: task({ HeartbeatSeconds: 2 }) }), 'x', {});
    await time.advance(10_000);
    expect(await done).toEqual({ status: 'SUCCEEDED', output: 'alive' });
  });

  test('of the machine end the execution as TIMED_OUT', async () => {
    const { engine, time } = createBench({ work: never });
    const machine = machineOf({ T: task(caughtBy('States.ALL')), ...CAUGHT }, { TimeoutSeconds: 60 });
    const { done } = engine.start(machine, 'x', {});
    await time.advance(60_000);
    expect(await done).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
  });
});

test('the timeout of an execution that has ended does not touch its successor of the same name', async () => {
  const { engine, time } = createBench();
  const wait = { W: { Type: 'Wait', SecondsPath: '$', End: true } };
  const machine = machineOf(wait, { TimeoutSeconds: 10 });
  engine.start(machine, 'x', 1);
  await time.advance(5000);
  const { done } = engine.start(machine, 'x', 9);
  await time.advance(9000);
  expect(await done).toEqual({ status: 'SUCCEEDED', output: 9 });
});

describe('Wait', () => {
  test.each<[object, Json, number]>([
    [{ Seconds: 10 }, {}, 10],
    [{ SecondsPath: '$.s' }, { s: 20 }, 20],
    [{ Timestamp: '2030-01-01T00:00:30Z' }, {}, 30],
    [{ TimestampPath: '$.t' }, { t: '2030-01-01T01:00:40+01:00' }, 40],
    // Longer than one timer of Node can be.
    [{ Seconds: 99_999_999 }, {}, 99_999_999],
  ])('%j', async (rest, input, seconds) => {
    const { engine, time } = createBench();
    engine.start(machineOf({ W: { Type: 'Wait', End: true, ...rest } }), 'x', input);
    await time.advance(seconds * 1000 - 1);
    expect(engine.describe('x')?.status).toBe('RUNNING');
    await time.advance(1);
    expect(engine.describe('x')?.status).toBe('SUCCEEDED');
  });
});
