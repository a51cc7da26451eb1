import { describe, expect, test } from 'vitest';
import type { ExecutionResult } from '../../../adapters/asl/execution.ts';
import { createLocalWorkflows } from '../../../adapters/asl/local-workflows.ts';
import type { Wait, WaitEnd } from '../../../core/job/progress.ts';
import { createFakeTime } from './fake-time.ts';
import { machineOf } from './run-machine.ts';

const WAIT: Wait = { state: 'RUNNING', attempt: 1 };
const withOutput = (output: object) => (): WaitEnd => ({ kind: 'output', output });

const job = machineOf({
  Wait: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: { FunctionName: 'take', Payload: { 'id.$': '$.id', 'token.$': '$$.Task.Token' } },
    TimeoutSeconds: 100,
    End: true,
  },
});

function setUp() {
  const time = createFakeTime();
  const taken: { readonly id: string; readonly token: string }[] = [];
  const ended: [string, ExecutionResult][] = [];
  const workflows = createLocalWorkflows({
    machines: { job },
    // The payload is what the machine's Parameters say.
    functions: { take: async (payload) => void taken.push(payload as { id: string; token: string }) },
    clock: time.clock,
    timer: time.timer,
    onEnded: (subject, result) => void ended.push([subject, result]),
  });
  return { time, workflows, taken, ended };
}

/** One execution, its token parked. */
async function setUpParked() {
  const bench = setUp();
  await bench.workflows.ensure('job', 's', { id: 's' });
  await bench.time.settle();
  const token = bench.taken[0]?.token ?? '';
  await bench.workflows.park('s', token, WAIT);
  return { ...bench, token };
}

describe('ensure', () => {
  test('starts one execution per subject, until it has ended', async () => {
    const { workflows, time, taken } = setUp();
    await workflows.ensure('job', 's', { id: 'first' });
    await workflows.ensure('job', 's', { id: 'second' });
    await workflows.ensure('job', 't', { id: 'other' });
    await time.settle();
    expect(taken.map(({ id }) => id)).toEqual(['first', 'other']);
    await workflows.end(taken[0]?.token ?? '', withOutput({})());
    await time.settle();
    await workflows.ensure('job', 's', { id: 'third' });
    await time.settle();
    expect(taken.map(({ id }) => id)).toEqual(['first', 'other', 'third']);
  });

  test('refuses a machine that this home does not have', async () => {
    await expect(setUp().workflows.ensure('compute-environment', 's', {})).rejects.toThrow(
      'there is no state machine compute-environment here',
    );
  });
});

describe('wake', () => {
  test('ends the wait with its output, once', async () => {
    const { workflows, ended, time } = await setUpParked();
    expect(await workflows.wake('s', withOutput({ done: true }))).toBe(1);
    expect(await workflows.wake('s', withOutput({ done: false }))).toBe(0);
    await time.settle();
    expect(ended).toEqual([['s', { status: 'SUCCEEDED', output: { done: true } }]]);
  });

  test('reaches every token of the subject, and no other subject', async () => {
    const { workflows, taken, time, ended } = await setUpParked();
    await workflows.ensure('job', 'elsewhere', { id: 'e' });
    await workflows.ensure('job', 'untouched', { id: 'u' });
    await time.settle();
    await workflows.park('s', taken[1]?.token ?? '', WAIT);
    await workflows.park('untouched', taken[2]?.token ?? '', WAIT);
    expect(await workflows.wake('s', withOutput({}))).toBe(2);
    await time.settle();
    expect(ended.map(([subject]) => subject)).toEqual(['s', 'elsewhere']);
  });

  test('may end it with an error, or let it wait on, by what the token waits for', async () => {
    const { workflows, ended, time } = await setUpParked();
    const seen: Wait[] = [];
    expect(await workflows.wake('s', (wait) => void seen.push(wait))).toBe(0);
    expect(seen).toEqual([WAIT]);
    expect(workflows.parkedTokens()).toBe(1);
    expect(await workflows.wake('s', () => ({ kind: 'error', error: 'Batch.Moved', cause: 'so' }))).toBe(1);
    await time.settle();
    expect(ended).toEqual([['s', { status: 'FAILED', error: 'Batch.Moved', cause: 'so' }]]);
  });

  test('with nobody waiting wakes nobody', async () => {
    expect(await setUp().workflows.wake('s', withOutput({}))).toBe(0);
  });
});

describe('a parked token', () => {
  test('may be parked again, also under another subject, and counts once', async () => {
    const { workflows, token } = await setUpParked();
    await workflows.park('s', token, WAIT);
    await workflows.park('t', token, WAIT);
    expect(workflows.parkedTokens()).toBe(1);
    expect(await workflows.wake('s', withOutput({}))).toBe(0);
    expect(await workflows.wake('t', withOutput({}))).toBe(1);
    expect(workflows.parkedTokens()).toBe(0);
  });

  test('is forgotten when its task times out', async () => {
    const { workflows, time, ended } = await setUpParked();
    await time.advance(100_000);
    expect(ended).toMatchObject([['s', { status: 'FAILED', error: 'States.Timeout' }]]);
    expect(workflows.parkedTokens()).toBe(0);
    expect(await workflows.wake('s', withOutput({}))).toBe(0);
  });

  test('is forgotten when its execution is stopped', async () => {
    const { workflows } = await setUpParked();
    workflows.engine.stop('s');
    expect(workflows.parkedTokens()).toBe(0);
    expect(await workflows.wake('s', withOutput({}))).toBe(0);
  });

  test('is not taken when its task has already ended', async () => {
    const { workflows, token } = await setUpParked();
    await workflows.end(token, withOutput({})());
    await workflows.park('s', token, WAIT);
    expect(workflows.parkedTokens()).toBe(0);
    expect(await workflows.wake('s', withOutput({}))).toBe(0);
  });
});

test('a token that nobody knows is a late message and changes nothing', async () => {
  const { workflows } = setUp();
  await expect(workflows.end('unheard of', withOutput({})())).resolves.toBeUndefined();
});

test('closing stops every execution', async () => {
  const { workflows, time, ended } = await setUpParked();
  workflows.close();
  await time.settle();
  expect(ended).toMatchObject([['s', { status: 'ABORTED' }]]);
  expect(time.armed()).toBe(0);
});
