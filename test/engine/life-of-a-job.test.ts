import { afterEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../core/ids.ts';
import { childJobId } from '../../core/ids.ts';
import type { ALocalEngine, ALocalEngineOptions } from './a-local-engine.ts';
import { aLocalEngine } from './a-local-engine.ts';

let home: ALocalEngine | undefined;
async function open(options: ALocalEngineOptions = {}): Promise<ALocalEngine> {
  home = await aLocalEngine(options);
  return home;
}
afterEach(async () => {
  expect(home?.launcher.violations ?? []).toEqual([]);
  await home?.close();
  home = undefined;
});

const states = async (engine: ALocalEngine, jobId: JobId): Promise<string[]> =>
  (await engine.opened.events.read({ afterSeq: 0, limit: 1_000, jobId })).map(
    (event) => (event.detail as { status: string }).status,
  );

describe('a single job', () => {
  it('goes through every state to SUCCEEDED, and each is an event', async () => {
    const engine = await open();
    const jobId = await engine.submit();
    expect(await engine.ended(jobId)).toMatchObject({ status: 'SUCCEEDED', attempts: [{ exitCode: 0 }] });
    await expect.poll(() => states(engine, jobId)).toEqual(['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED']);
  });

  it('is retried as often as its strategy says, with one container at a time', async () => {
    let runs = 0;
    const engine = await open({ onStart: () => ({ exitCode: (runs += 1) < 3 ? 1 : 0 }) });
    const jobId = await engine.submit({ retryStrategy: { attempts: 3 } });
    const job = await engine.ended(jobId);
    expect(job).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ exitCode: 1 }, { exitCode: 1 }, { exitCode: 0 }],
    });
    expect(
      [...engine.launcher.containers.values()].map(({ task }) => task.environment['AWS_BATCH_JOB_ATTEMPT']),
    ).toEqual(['1', '2', '3']);
  });

  it('that cannot be started fails with the runtime’s reason', async () => {
    const engine = await open({ refuse: () => 'CannotPullContainerError: no such image' });
    expect(await engine.ended(await engine.submit())).toMatchObject({
      status: 'FAILED',
      statusReason: 'Task failed to start',
      attempts: [{ reason: 'CannotPullContainerError: no such image' }],
    });
  });

  it('runs the command with its parameters filled in', async () => {
    const engine = await open();
    const jobId = await engine.submit({
      parameters: { who: 'world' },
      containerOverrides: { command: ['echo', 'hello Ref::who'] },
    });
    await engine.ended(jobId);
    const [container] = engine.launcher.containers.values();
    expect(container?.task.command).toEqual(['echo', 'hello world']);
  });
});

describe('an array', () => {
  it('runs all its children and succeeds with them', async () => {
    const engine = await open();
    const jobId = await engine.submit({ arrayProperties: { size: 50 } });
    expect(await engine.ended(jobId)).toMatchObject({ status: 'SUCCEEDED', children: { SUCCEEDED: 50 } });
    const indexes = [...engine.launcher.containers.values()].map(
      ({ task }) => task.environment['AWS_BATCH_JOB_ARRAY_INDEX'],
    );
    expect(new Set(indexes).size).toBe(50);
  });

  it('fails once all its children have ended when one has failed', async () => {
    const engine = await open({
      onStart: (task) => ({ exitCode: task.environment['AWS_BATCH_JOB_ARRAY_INDEX'] === '3' ? 9 : 0 }),
    });
    const jobId = await engine.submit({ arrayProperties: { size: 10 } });
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Array Child Job failed',
      children: { SUCCEEDED: 9, FAILED: 1 },
    });
  });

  it('in SEQUENTIAL order runs one child after the other and stops at the first failure', async () => {
    const order: (string | undefined)[] = [];
    const engine = await open({
      onStart: (task) => {
        const index = task.environment['AWS_BATCH_JOB_ARRAY_INDEX'];
        order.push(index);
        return { exitCode: index === '3' ? 1 : 0 };
      },
    });
    const jobId = await engine.submit({ arrayProperties: { size: 6 }, dependsOn: [{ type: 'SEQUENTIAL' }] });
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'FAILED',
      children: { SUCCEEDED: 3, FAILED: 3 },
    });
    expect(order).toEqual(['0', '1', '2', '3']);
    expect(await engine.job(childJobId(jobId, 5))).toMatchObject({ statusReason: 'Dependent Job failed' });
  });

  it('that is N_TO_N behind another releases each child with its counterpart', async () => {
    const engine = await open({
      vcpus: 3,
      onStart: (task) => ({ exitCode: task.environment['AWS_BATCH_JOB_ARRAY_INDEX'] === '1' ? 1 : 0 }),
    });
    const first = await engine.submit({ arrayProperties: { size: 4 } });
    const second = await engine.submit({
      arrayProperties: { size: 4 },
      dependsOn: [{ jobId: first, type: 'N_TO_N' }],
    });
    await engine.ended(first);
    expect(await engine.ended(second)).toMatchObject({
      status: 'FAILED',
      children: { SUCCEEDED: 3, FAILED: 1 },
    });
    expect(await engine.job(childJobId(second, 1))).toMatchObject({
      attempts: [],
      statusReason: 'Dependent Job failed',
    });
  });
});

describe('a dependent job', () => {
  it('waits in PENDING and starts when what it waits for has succeeded', async () => {
    const engine = await open({ onStart: () => undefined });
    const first = await engine.submit();
    const second = await engine.submit({ dependsOn: [{ jobId: first }] });
    await engine.until(first, (job) => job.status === 'RUNNING');
    expect(await engine.until(second, (job) => job.status !== 'SUBMITTED')).toMatchObject({
      status: 'PENDING',
    });
    engine.launcher.exit(`${first}/1`, { exitCode: 0 });
    await engine.until(second, (job) => job.status === 'RUNNING');
  });

  it('fails without an attempt when what it waits for has failed, also behind another', async () => {
    const engine = await open({ onStart: () => ({ exitCode: 1 }) });
    const first = await engine.submit();
    const second = await engine.submit({ dependsOn: [{ jobId: first }] });
    const third = await engine.submit({ dependsOn: [{ jobId: second }] });
    expect(await engine.ended(third)).toMatchObject({
      status: 'FAILED',
      attempts: [],
      statusReason: 'Dependent Job failed',
    });
  });
});
