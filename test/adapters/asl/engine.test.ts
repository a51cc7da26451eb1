// The engine as its callers see it: tokens, names, descriptions, histories, and many executions at once.
import { describe, expect, test } from 'vitest';
import { createAslEngine, ExecutionExistsError } from '../../../adapters/asl/engine.ts';
import type { TaskContext } from '../../../adapters/asl/resource.ts';
import { START_MS } from './fake-time.ts';
import { createBench, machineOf } from './run-machine.ts';
import type { States } from './run-machine.ts';

const CALLBACK = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const callback = (rest: object = {}): States => ({
  T: {
    Type: 'Task',
    Resource: CALLBACK,
    Parameters: { FunctionName: 'take', Payload: { 'token.$': '$$.Task.Token' } },
    End: true,
    ...rest,
  },
});

/** A bench whose function keeps the tokens it is given. */
function tokenBench() {
  const tokens: string[] = [];
  const closed: string[] = [];
  const take = async (payload: unknown) => {
    tokens.push((payload as { token: string }).token);
    return 'ignored';
  };
  return { ...createBench({ take }, { onTokenClosed: (token) => closed.push(token) }), tokens, closed };
}

describe('a task that waits for its token', () => {
  test('ends by the token alone, with the token’s output', async () => {
    const { engine, time, tokens, closed } = tokenBench();
    const { done } = engine.start(machineOf(callback()), 'x', {});
    await time.settle();
    const [token = ''] = tokens;
    expect(engine.describe('x')?.status).toBe('RUNNING');
    expect(engine.isWaiting(token)).toBe(true);
    expect(engine.succeedTask(token, { ok: 1 })).toBe('accepted');
    expect(engine.succeedTask(token, { ok: 2 })).toBe('unknown');
    expect(await done).toEqual({ status: 'SUCCEEDED', output: { ok: 1 } });
    expect(closed).toEqual([token]);
  });

  test('fails by its token, by default without a name', async () => {
    const { engine, time, tokens } = tokenBench();
    const named = engine.start(machineOf(callback()), 'named', {});
    const bare = engine.start(machineOf(callback()), 'bare', {});
    await time.settle();
    engine.failTask(tokens[0] ?? '', 'Custom', 'because');
    engine.failTask(tokens[1] ?? '');
    expect(await named.done).toEqual({ status: 'FAILED', error: 'Custom', cause: 'because' });
    expect(await bare.done).toEqual({ status: 'FAILED' });
  });

  test('may be ended before its handler has returned', async () => {
    const { engine } = createBench({
      take: async (payload) => {
        engine.succeedTask((payload as { token: string }).token, 'at once');
        throw new Error('too late to matter');
      },
    });
    expect(await engine.start(machineOf(callback()), 'x', {}).done).toEqual({
      status: 'SUCCEEDED',
      output: 'at once',
    });
  });

  test('fails when its handler fails, and has a new token when it is tried again', async () => {
    let calls = 0;
    const seen: string[] = [];
    const closed: string[] = [];
    const take = async (payload: unknown) => {
      seen.push((payload as { token: string }).token);
      calls += 1;
      if (calls === 1) throw new Error('not yet');
    };
    const { engine, time } = createBench({ take }, { onTokenClosed: (token) => closed.push(token) });
    const { done } = engine.start(machineOf(callback({ Retry: [{ ErrorEquals: ['Error'] }] })), 'x', {});
    await time.advance(1000);
    expect(new Set(seen).size).toBe(2);
    expect(engine.succeedTask(seen[0] ?? '', 'old')).toBe('unknown');
    expect(engine.succeedTask(seen[1] ?? '', 'new')).toBe('accepted');
    expect(await done).toMatchObject({ output: 'new' });
    expect(closed).toEqual(seen);
  });

  test('lives as long as heartbeats come', async () => {
    const { engine, time, tokens } = tokenBench();
    const { done } = engine.start(machineOf(callback({ HeartbeatSeconds: 10 })), 'x', {});
    await time.advance(9000);
    expect(engine.heartbeatTask(tokens[0] ?? '')).toBe('accepted');
    await time.advance(9999);
    expect(engine.describe('x')?.status).toBe('RUNNING');
    await time.advance(1);
    expect(await done).toMatchObject({ error: 'States.HeartbeatTimeout' });
    expect(engine.heartbeatTask(tokens[0] ?? '')).toBe('unknown');
  });

  test('fails when its output is over the limit, rather than wait for ever', async () => {
    const { engine, time, tokens } = tokenBench();
    const { done } = engine.start(machineOf(callback()), 'x', {});
    await time.settle();
    expect(engine.succeedTask(tokens[0] ?? '', 'x'.repeat(300_000))).toBe('accepted');
    expect(await done).toMatchObject({ error: 'States.DataLimitExceeded' });
  });

  test('closes its token on timeout and on stop', async () => {
    const { engine, time, tokens, closed } = tokenBench();
    engine.start(machineOf(callback({ TimeoutSeconds: 1 })), 'times out', {});
    const stopped = engine.start(machineOf(callback()), 'is stopped', {});
    await time.advance(1000);
    expect(closed).toEqual([tokens[0]]);
    expect(engine.stop('is stopped', { error: 'Asked', cause: 'by test' })).toBe(true);
    expect(engine.stop('is stopped')).toBe(false);
    expect(closed).toEqual(tokens);
    expect(await stopped.done).toEqual({ status: 'ABORTED', error: 'Asked', cause: 'by test' });
  });
});

test('a name is free again when its execution has ended', async () => {
  const { engine, time } = createBench();
  const wait = machineOf({ W: { Type: 'Wait', Seconds: 1, End: true } });
  const first = engine.start(wait, 'x', { n: 1 });
  expect(() => engine.start(wait, 'x', {})).toThrow(ExecutionExistsError);
  await time.advance(1000);
  expect(await first.done).toMatchObject({ output: { n: 1 } });
  expect(engine.isRunning('x')).toBe(false);
  expect(engine.start(wait, 'x', {}).executionName).toBe('x');
});

test('nothing runs inside the call that starts an execution', () => {
  let called = false;
  const { engine } = createBench({ work: async () => (called = true) });
  engine.start(machineOf({ T: { Type: 'Task', Resource: 'work', End: true } }), 'x', {});
  expect(called).toBe(false);
});

test('a description shows the states an execution is in, and the result of one that ended', async () => {
  const { engine, time } = createBench();
  const inner = { StartAt: 'W', States: { W: { Type: 'Wait', SecondsPath: '$', End: true } } };
  const machine = machineOf({
    Before: { Type: 'Wait', Seconds: 1, Next: 'Each' },
    Each: { Type: 'Map', ItemProcessor: inner, End: true },
  });
  engine.start(machine, 'x', [5, 6]);
  await time.advance(2000);
  const inW = { name: 'W', type: 'Wait', enteredAtMs: START_MS + 1000, retryCount: 0 };
  expect(engine.describe('x')).toEqual({
    name: 'x',
    machine: 'test',
    startedAtMs: START_MS,
    status: 'RUNNING',
    states: [
      { name: 'Each', type: 'Map', enteredAtMs: START_MS + 1000, retryCount: 0 },
      { ...inW, itemIndex: 0 },
      { ...inW, itemIndex: 1 },
    ],
  });
  await time.advance(5000);
  const result = { status: 'SUCCEEDED', output: [5, 6] };
  expect(engine.describe('x')).toMatchObject({ status: 'SUCCEEDED', states: [], result });
  expect(engine.describe('unheard of')).toBeUndefined();
});

test('only so many ended executions are remembered', async () => {
  const { engine, time } = createBench({}, { keepEnded: 2 });
  for (const name of ['a', 'b', 'c']) engine.start(machineOf({ S: { Type: 'Succeed' } }), name, {});
  await time.settle();
  expect(['a', 'b', 'c'].map((name) => engine.describe(name)?.status)).toEqual([
    undefined,
    'SUCCEEDED',
    'SUCCEEDED',
  ]);
});

describe('a history', () => {
  const twice = machineOf({
    A: { Type: 'Pass', Next: 'T' },
    T: { Type: 'Task', Resource: 'work', Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }], Next: 'F' },
    F: { Type: 'Fail', Error: 'Done' },
  });

  test('tells what happened, in order and in Step Functions’ words', async () => {
    let calls = 0;
    const work = async () => {
      calls += 1;
      if (calls === 1) throw Object.assign(new Error('no'), { name: 'E' });
    };
    const { engine, time } = createBench({ work });
    engine.start(twice, 'x', {});
    await time.advance(1000);
    expect(engine.history('x').map(({ id, type, stateName }) => [id, type, stateName])).toEqual([
      [1, 'ExecutionStarted', undefined],
      [2, 'PassStateEntered', 'A'],
      [3, 'PassStateExited', 'A'],
      [4, 'TaskStateEntered', 'T'],
      [5, 'TaskScheduled', 'T'],
      [6, 'TaskFailed', 'T'],
      [7, 'TaskScheduled', 'T'],
      [8, 'TaskSucceeded', 'T'],
      [9, 'TaskStateExited', 'T'],
      [10, 'FailStateEntered', 'F'],
      [11, 'ExecutionFailed', undefined],
    ]);
  });

  test('is bounded, and absent unless it was asked for', async () => {
    const bounded = createBench({ work: async () => 1 }, { history: { maxEvents: 2 } });
    bounded.engine.start(twice, 'x', {});
    await bounded.time.settle();
    expect(bounded.engine.history('x').map(({ id }) => id)).toEqual([8, 9]);

    const { clock, timer } = bounded.time;
    const silent = createAslEngine({ clock, timer, resources: () => undefined, keepEnded: 1 });
    await silent.start(machineOf({ S: { Type: 'Succeed' } }), 'x', {}).done;
    expect(silent.history('x')).toEqual([]);
  });
});

test('a handler sees its resource, its parameters and who calls', async () => {
  const calls: unknown[] = [];
  const { engine } = createBench(
    {},
    {
      resources: (resource) =>
        resource.startsWith('arn:aws:states:::batch:')
          ? async (...call: [string, unknown, TaskContext]) => {
              const [, , { executionName, stateName, taskToken, signal }] = call;
              calls.push([
                ...call.slice(0, 2),
                { executionName, stateName, taskToken, aborted: signal.aborted },
              ]);
            }
          : undefined,
    },
  );
  const resource = 'arn:aws:states:::batch:submitJob.sync';
  const states = { T: { Type: 'Task', Resource: resource, Parameters: { JobName: 'j' }, End: true } };
  await engine.start(machineOf(states), 'x', {}).done;
  const context = { executionName: 'x', stateName: 'T', taskToken: undefined, aborted: false };
  expect(calls).toEqual([[resource, { JobName: 'j' }, context]]);
});

test('a bug of the interpreter fails the execution by name and is told', async () => {
  const told: string[] = [];
  const { engine } = createBench(
    {},
    {
      uuid: () => {
        throw new RangeError('out of ids');
      },
      log: (event) => told.push(event),
    },
  );
  const states = { P: { Type: 'Pass', Parameters: { 'id.$': 'States.UUID()' }, End: true } };
  expect(await engine.start(machineOf(states), 'x', {}).done).toMatchObject({ error: 'States.Runtime' });
  expect(told).toEqual(['asl.bug']);
});

test('closing ends everything', async () => {
  const { engine, time } = createBench();
  const { done } = engine.start(machineOf({ W: { Type: 'Wait', Seconds: 1, End: true } }), 'x', {});
  await time.settle();
  engine.close();
  expect(await done).toMatchObject({ status: 'ABORTED' });
  expect(time.armed()).toBe(0);
});

test('ten thousand executions wait at once behind one timer, and all come to their end', async () => {
  const count = 10_000;
  const { time, engine, tokens } = tokenBench();
  const machine = machineOf(callback({ TimeoutSeconds: 100, HeartbeatSeconds: 50 }));
  const all = Array.from({ length: count }, (_, index) => engine.start(machine, `e${index}`, {}).done);
  await time.advance(1000);
  expect(tokens).toHaveLength(count);
  expect(time.armed()).toBe(1);
  for (const token of tokens.slice(0, count / 2)) engine.succeedTask(token, 'woken');
  await time.advance(49_000);
  const results = await Promise.all(all);
  expect(results.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(count / 2);
  const late = results.filter((result) => 'error' in result && result.error === 'States.HeartbeatTimeout');
  expect(late).toHaveLength(count / 2);
});
