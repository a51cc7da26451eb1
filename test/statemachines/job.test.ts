// The life of a job as statemachines/job.asl.json drives it, in our own engine.
import { describe, expect, test } from 'vitest';
import { AslError } from '../../adapters/asl/asl-error.ts';
import { endOfWait } from '../../core/job/progress.ts';
import { createFakeTime } from '../adapters/asl/fake-time.ts';
import { createSimulatedHome, createWorld } from './simulated-home.ts';

function setUp(beforeEach?: () => Promise<void>) {
  const world = createWorld();
  const time = createFakeTime();
  return { world, time, home: createSimulatedHome(world, time, beforeEach) };
}

const FAILED = { status: 'FAILED', error: 'Batch.JobFailed' };

test('a job that succeeds takes three transitions', async () => {
  const { world, home } = setUp();
  await home.place('j', { attempt: 1 });
  expect(await home.commit('j', { status: 'RUNNING', attempt: 1 })).toBe(1);
  expect(await home.commit('j', { status: 'SUCCEEDED', attempt: 1 })).toBe(1);
  expect(home.statesOf('j')).toEqual(['STARTING', 'RUNNING', 'SUCCEEDED']);
  expect(home.ended.get('j')).toMatchObject({ status: 'SUCCEEDED', output: { jobId: 'j', attempt: 1 } });
  expect(world.started).toEqual(['j/1']);
});

test('a job that fails ends its execution with an error of its own', async () => {
  const { home } = setUp();
  await home.place('j', { attempt: 1 });
  await home.commit('j', { status: 'RUNNING', attempt: 1 });
  await home.commit('j', { status: 'FAILED', attempt: 1 });
  expect(home.ended.get('j')).toMatchObject(FAILED);
});

test('a job is retried twice in one execution, each attempt with its own number', async () => {
  const { world, home } = setUp();
  for (const attempt of [1, 2]) {
    await home.place('j', { attempt });
    await home.commit('j', { status: 'RUNNING', attempt });
    await home.commit('j', { status: 'RUNNABLE', attempt });
  }
  await home.place('j', { attempt: 3 });
  await home.commit('j', { status: 'RUNNING', attempt: 3 });
  await home.commit('j', { status: 'SUCCEEDED', attempt: 3 });
  const round = ['STARTING', 'RUNNING', 'RUNNABLE', 'Outcome'];
  expect(home.statesOf('j')).toEqual([...round, ...round, 'STARTING', 'RUNNING', 'SUCCEEDED']);
  expect(world.started).toEqual(['j/1', 'j/2', 'j/3']);
});

test('an attempt that is retried and placed before anyone looked skips the wait', async () => {
  const { world, home } = setUp();
  await home.place('j', { attempt: 1 });
  await home.commit('j', { status: 'RUNNING', attempt: 1 });
  world.rows.set('j', { status: 'RUNNABLE', attempt: 1 });
  await home.commit('j', { status: 'STARTING', attempt: 2 });
  expect(home.statesOf('j')).toEqual(['STARTING', 'RUNNING', 'RUNNABLE', 'Outcome', 'STARTING']);
  expect(world.started).toEqual(['j/1', 'j/2']);
});

test('a reaction that comes again, late, neither moves a running job nor lengthens its timeout', async () => {
  const { world, time, home } = setUp();
  await home.place('j', { attempt: 1, timeoutSeconds: 60 });
  await home.commit('j', { status: 'RUNNING', attempt: 1, timeoutSeconds: 60 });
  await time.advance(40_000);
  const told = { jobId: 'j', attempt: 1, timeoutSeconds: 60 };
  expect(await home.workflows.wake('j', (wait) => endOfWait(wait, { ...told, status: 'RUNNING' }))).toBe(0);
  expect(await home.workflows.wake('j', (wait) => endOfWait(wait, { ...told, status: 'STARTING' }))).toBe(1);
  await time.advance(19_999);
  expect(world.stopped).toEqual([]);
  await time.advance(1);
  expect(world.stopped).toEqual(['j/1']);
  expect(world.started).toEqual(['j/1']);
});

describe('an attempt that ended before it was seen running', () => {
  test.each(['SUCCEEDED', 'FAILED'] as const)('goes straight on to %s', async (status) => {
    const { home } = setUp();
    await home.place('j', { attempt: 1 });
    await home.commit('j', { status, attempt: 1 });
    expect(home.statesOf('j')).toEqual(['STARTING', 'RUNNING', status]);
    expect(home.requests).toEqual(['STARTING', 'RUNNING']);
  });
});

describe('a timeout', () => {
  test('counts from RUNNING, has the container stopped, and the job fails', async () => {
    const { world, time, home } = setUp();
    await home.place('j', { attempt: 1, timeoutSeconds: 60 });
    await time.advance(100_000);
    await home.commit('j', { status: 'RUNNING', attempt: 1, timeoutSeconds: 60 });
    await time.advance(59_999);
    expect(world.stopped).toEqual([]);
    await time.advance(1);
    expect(world.stopped).toEqual(['j/1']);
    expect(await home.commit('j', { status: 'FAILED', attempt: 1 })).toBe(1);
    expect(home.statesOf('j')).toEqual(['STARTING', 'RUNNING', 'TIMED_OUT', 'Outcome', 'FAILED']);
    expect(home.ended.get('j')).toMatchObject(FAILED);
  });

  test('of one attempt does not shorten the next', async () => {
    const { world, time, home } = setUp();
    const timeoutSeconds = 60;
    await home.place('j', { attempt: 1, timeoutSeconds });
    await home.commit('j', { status: 'RUNNING', attempt: 1, timeoutSeconds });
    await time.advance(50_000);
    await home.commit('j', { status: 'RUNNABLE', attempt: 1, timeoutSeconds });
    await home.place('j', { attempt: 2, timeoutSeconds });
    await home.commit('j', { status: 'RUNNING', attempt: 2, timeoutSeconds });
    await time.advance(59_000);
    expect(world.stopped).toEqual([]);
    await home.commit('j', { status: 'SUCCEEDED', attempt: 2 });
    expect(home.ended.get('j')).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('of a job without one never comes', async () => {
    const { world, time, home } = setUp();
    await home.place('j', { attempt: 1 });
    await home.commit('j', { status: 'RUNNING', attempt: 1 });
    await time.advance(365 * 24 * 3600 * 1000);
    expect(world.stopped).toEqual([]);
    expect(home.workflows.engine.describe('j')?.states).toMatchObject([{ name: 'RUNNING' }]);
  });

  test('that comes while the attempt ends changes nothing', async () => {
    const { world, time, home } = setUp();
    await home.place('j', { attempt: 1, timeoutSeconds: 60 });
    await home.commit('j', { status: 'RUNNING', attempt: 1, timeoutSeconds: 60 });
    world.rows.set('j', { status: 'SUCCEEDED', attempt: 1 });
    await time.advance(60_000);
    expect(world.stopped).toEqual([]);
    expect(home.ended.get('j')).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('after a restart', () => {
  test('a running attempt is followed on, not started again, with what is left of its timeout', async () => {
    const { world, time, home } = setUp();
    await home.place('j', { attempt: 1, timeoutSeconds: 60 });
    await home.commit('j', { status: 'RUNNING', attempt: 1, timeoutSeconds: 60 });
    await time.advance(40_000);
    home.workflows.close();

    const next = createSimulatedHome(world, time);
    await next.workflows.ensure('job', 'j', { jobId: 'j', attempt: 1 });
    await time.advance(19_999);
    expect(next.statesOf('j')).toEqual(['STARTING', 'RUNNING']);
    await time.advance(1);
    expect(next.statesOf('j')).toEqual(['STARTING', 'RUNNING', 'TIMED_OUT']);
    await next.commit('j', { status: 'FAILED', attempt: 1 });
    expect(next.ended.get('j')).toMatchObject(FAILED);
    expect(world.started).toEqual(['j/1']);
  });

  test.each([
    ['RUNNABLE', ['STARTING', 'RUNNING', 'RUNNABLE']],
    ['SUCCEEDED', ['STARTING', 'RUNNING', 'SUCCEEDED']],
    ['FAILED', ['STARTING', 'RUNNING', 'FAILED']],
  ] as const)('a job whose row says %s is there again', async (status, states) => {
    const { world, time } = setUp();
    world.rows.set('j', { status, attempt: 1 });
    const home = createSimulatedHome(world, time);
    await home.workflows.ensure('job', 'j', { jobId: 'j', attempt: 1 });
    await time.settle();
    expect(home.statesOf('j')).toEqual(states);
    expect(world.started).toEqual([]);
  });
});

describe('a handler that fails', () => {
  test.each(['Lambda.TooManyRequestsException', 'Lambda.ServiceException', 'StoreUnavailableError'])(
    'with %s is called again, and the job goes on',
    async (error) => {
      let failures = 2;
      const { world, time, home } = setUp(async () => {
        if (failures-- > 0) throw new AslError(error, 'busy');
      });
      await home.place('j', { attempt: 1 });
      await time.advance(10_000);
      expect(world.started).toEqual(['j/1']);
      expect(home.requests).toEqual(['STARTING', 'STARTING', 'STARTING']);
    },
  );

  test('for good fails the execution with its own error, and the row can start another', async () => {
    let broken = true;
    const { world, time, home } = setUp(async () => {
      if (broken) throw new TypeError('no such table');
    });
    await home.place('j', { attempt: 1 });
    await time.advance(10 * 60_000);
    expect(home.ended.get('j')).toMatchObject({ status: 'FAILED', error: 'TypeError' });
    expect(world.started).toEqual([]);

    broken = false;
    await home.workflows.ensure('job', 'j', { jobId: 'j', attempt: 1 });
    await time.settle();
    expect(world.started).toEqual(['j/1']);
  });
});
