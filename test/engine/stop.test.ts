import { afterEach, describe, expect, it } from 'vitest';
import { childJobId } from '../../core/ids.ts';
import type { JobId } from '../../core/ids.ts';
import { requestStop, stopQueue } from '../../engine/stop.ts';
import type { ALocalEngine, ALocalEngineOptions } from './a-local-engine.ts';
import { aLocalEngine, DEFAULT_QUEUE_ARN } from './a-local-engine.ts';

let home: ALocalEngine | undefined;
async function open(options: ALocalEngineOptions = {}): Promise<ALocalEngine> {
  home = await aLocalEngine({ onStart: () => undefined, ...options });
  return home;
}
afterEach(async () => {
  expect(home?.launcher.violations ?? []).toEqual([]);
  await home?.close();
  home = undefined;
});

const clock = { now: () => Date.now() };
const terminate = (engine: ALocalEngine, jobId: JobId, reason = 'enough') =>
  requestStop({ store: engine.engine.store, clock }, jobId, 'terminate', reason);
const cancel = (engine: ALocalEngine, jobId: JobId, reason = 'not wanted') =>
  requestStop({ store: engine.engine.store, clock }, jobId, 'cancel', reason);

describe('terminating', () => {
  it('a running job stops its container and gives its capacity to the next', async () => {
    const engine = await open({ vcpus: 1 });
    const first = await engine.submit();
    const second = await engine.submit();
    await engine.until(first, (job) => job.status === 'RUNNING');
    expect((await engine.job(second)).status).toBe('RUNNABLE');
    await terminate(engine, first);
    expect(await engine.ended(first)).toMatchObject({
      status: 'FAILED',
      statusReason: 'enough',
      attempts: [{ exitCode: 143 }],
    });
    await engine.until(second, (job) => job.status === 'RUNNING');
  });

  it('is never followed by a retry', async () => {
    const engine = await open();
    const jobId = await engine.submit({ retryStrategy: { attempts: 5 } });
    await engine.until(jobId, (job) => job.status === 'RUNNING');
    await terminate(engine, jobId);
    expect((await engine.ended(jobId)).attempts).toHaveLength(1);
  });

  it('an array ends every child by its own state, and then the parent', async () => {
    const engine = await open({ vcpus: 2 });
    const jobId = await engine.submit({ arrayProperties: { size: 5 } });
    await engine.until(childJobId(jobId, 1), (job) => job.status === 'RUNNING');
    await terminate(engine, jobId);
    expect(await engine.ended(jobId)).toMatchObject({ status: 'FAILED', children: { FAILED: 5 } });
    expect(await engine.job(childJobId(jobId, 4))).toMatchObject({ attempts: [], statusReason: 'enough' });
  });

  it('one child leaves its siblings alone', async () => {
    const engine = await open();
    const jobId = await engine.submit({ arrayProperties: { size: 2 } });
    await engine.until(childJobId(jobId, 1), (job) => job.status === 'RUNNING');
    await engine.until(childJobId(jobId, 0), (job) => job.status === 'RUNNING');
    await terminate(engine, childJobId(jobId, 0));
    await engine.ended(childJobId(jobId, 0));
    engine.launcher.exit(`${jobId}:1/1`, { exitCode: 0 });
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'FAILED',
      children: { FAILED: 1, SUCCEEDED: 1 },
    });
  });
});

describe('cancelling', () => {
  it('a job in line ends it without an attempt, and its dependents with it', async () => {
    const engine = await open({ vcpus: 1 });
    await engine.submit();
    const waiting = await engine.submit();
    const dependent = await engine.submit({ dependsOn: [{ jobId: waiting }] });
    await engine.until(waiting, (job) => job.status === 'RUNNABLE');
    await cancel(engine, waiting);
    expect(await engine.ended(waiting)).toMatchObject({ attempts: [], statusReason: 'not wanted' });
    expect(await engine.ended(dependent)).toMatchObject({ statusReason: 'Dependent Job failed' });
  });

  it('a running job has no effect', async () => {
    const engine = await open();
    const jobId = await engine.submit();
    await engine.until(jobId, (job) => job.status === 'RUNNING');
    expect(await cancel(engine, jobId)).toMatchObject({ outcome: 'unchanged' });
    engine.launcher.exit(`${jobId}/1`, { exitCode: 0 });
    expect(await engine.ended(jobId)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('an array leaves running children running', async () => {
    const engine = await open({ vcpus: 1 });
    const jobId = await engine.submit({ arrayProperties: { size: 3 } });
    await engine.until(childJobId(jobId, 0), (job) => job.status === 'RUNNING');
    await cancel(engine, jobId);
    await engine.ended(childJobId(jobId, 2));
    expect((await engine.job(childJobId(jobId, 0))).status).toBe('RUNNING');
    engine.launcher.exit(`${jobId}:0/1`, { exitCode: 0 });
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'FAILED',
      children: { SUCCEEDED: 1, FAILED: 2 },
    });
  });

  it('an array first does not keep it from being terminated', async () => {
    const engine = await open({ vcpus: 1 });
    const jobId = await engine.submit({ arrayProperties: { size: 3 }, retryStrategy: { attempts: 3 } });
    await engine.until(childJobId(jobId, 0), (job) => job.status === 'RUNNING');
    await cancel(engine, jobId);
    await engine.ended(childJobId(jobId, 2));
    await terminate(engine, jobId);
    expect(await engine.ended(jobId)).toMatchObject({ status: 'FAILED', children: { FAILED: 3 } });
    expect(await engine.job(childJobId(jobId, 0))).toMatchObject({ statusReason: 'enough', attempts: [{}] });
  });

  it('an ended or unknown job changes nothing', async () => {
    const engine = await open({ onStart: () => ({ exitCode: 0 }) });
    const jobId = await engine.submit();
    await engine.ended(jobId);
    expect(await cancel(engine, jobId)).toMatchObject({ outcome: 'unchanged' });
    expect(await cancel(engine, '00000000-0000-4000-8000-000000000009' as JobId)).toEqual({
      outcome: 'missing',
    });
  });
});

describe('deleting a queue', () => {
  it('ends all it holds, and says when that is done', async () => {
    const engine = await open({ vcpus: 1 });
    const running = await engine.submit();
    const array = await engine.submit({ arrayProperties: { size: 3 } });
    const dependent = await engine.submit({ dependsOn: [{ jobId: running }] });
    await engine.until(running, (job) => job.status === 'RUNNING');
    await engine.until(dependent, (job) => job.status === 'PENDING');
    expect(await stopQueue({ store: engine.engine.store, clock }, DEFAULT_QUEUE_ARN)).toBe('in-progress');
    for (const jobId of [running, array, dependent]) {
      expect(await engine.ended(jobId)).toMatchObject({ status: 'FAILED' });
    }
    expect(await stopQueue({ store: engine.engine.store, clock }, DEFAULT_QUEUE_ARN)).toBe('done');
  });

  it('ends the children of its arrays also when they wait for jobs of other queues', async () => {
    const engine = await open();
    const other = await engine.submit({ arrayProperties: { size: 2 } });
    const behind = await engine.submit({
      arrayProperties: { size: 2 },
      dependsOn: [{ jobId: other, type: 'N_TO_N' }],
    });
    await engine.until(childJobId(behind, 1), (job) => job.status === 'PENDING');
    const { store } = engine.engine;
    // As if only the second array were in the queue that goes: the first is not listed there any more.
    const inQueue: typeof store = { ...store, table: { ...store.table, query: withoutJob(store, other) } };
    await expect
      .poll(() => stopQueue({ store: inQueue, clock }, DEFAULT_QUEUE_ARN), { interval: 5 })
      .toBe('done');
    expect(await engine.ended(behind)).toMatchObject({ status: 'FAILED', children: { FAILED: 2 } });
    expect((await engine.job(childJobId(other, 0))).status).toBe('RUNNING');
  });
});

function withoutJob({ table }: ALocalEngine['engine']['store'], jobId: JobId): typeof table.query {
  return async (query) => {
    const page = await table.query(query);
    return { ...page, rows: page.rows.filter((row) => row.pk !== jobId) };
  };
}
