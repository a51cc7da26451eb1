import { afterEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../core/ids.ts';
import { childJobId } from '../../core/ids.ts';
import { settleAllDependents } from '../../engine/settle-dependents.ts';
import { requestStop } from '../../engine/stop.ts';
import { edgesOn } from '../../engine/store/jobs.ts';
import type { ALocalEngine, ALocalEngineOptions } from './a-local-engine.ts';
import { aLocalEngine } from './a-local-engine.ts';

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
const DEPENDENCY_FAILED = { status: 'FAILED', statusReason: 'Dependent Job failed' };

describe('an array that fails before it has children', () => {
  /** A running job, and an array that waits for it. */
  async function doomedArray(
    engine: ALocalEngine,
  ): Promise<{ readonly first: JobId; readonly array: JobId }> {
    const first = await engine.submit();
    const array = await engine.submit({ arrayProperties: { size: 3 }, dependsOn: [{ jobId: first }] });
    await engine.until(array, (job) => job.status === 'PENDING');
    return { first, array };
  }

  it('fails each child of an array that is N_TO_N behind it', async () => {
    const engine = await open();
    const { first, array } = await doomedArray(engine);
    const behind = await engine.submit({
      arrayProperties: { size: 3 },
      dependsOn: [{ jobId: array, type: 'N_TO_N' }],
    });
    await engine.until(childJobId(behind, 2), (job) => job.status === 'PENDING');
    engine.launcher.exit(`${first}/1`, { exitCode: 1 });
    expect(await engine.ended(behind)).toMatchObject({ status: 'FAILED', children: { FAILED: 3 } });
    expect(await engine.job(childJobId(behind, 2))).toMatchObject(DEPENDENCY_FAILED);
  });

  it('fails a job that waits for one of the children', async () => {
    const engine = await open();
    const { first, array } = await doomedArray(engine);
    const behind = await engine.submit({ dependsOn: [{ jobId: childJobId(array, 1) }] });
    await engine.until(behind, (job) => job.status === 'PENDING');
    engine.launcher.exit(`${first}/1`, { exitCode: 1 });
    expect(await engine.ended(behind)).toMatchObject(DEPENDENCY_FAILED);
  });

  it('fails what waits for its children also when it was cancelled', async () => {
    const engine = await open();
    const { first, array } = await doomedArray(engine);
    const behind = await engine.submit({ dependsOn: [{ jobId: childJobId(array, 0) }] });
    await engine.until(behind, (job) => job.status === 'PENDING');
    await requestStop({ store: engine.engine.store, clock }, array, 'cancel', 'not wanted');
    engine.launcher.exit(`${first}/1`, { exitCode: 0 });
    expect(await engine.ended(array)).toMatchObject({ statusReason: 'not wanted' });
    expect(await engine.ended(behind)).toMatchObject(DEPENDENCY_FAILED);
  });
});

describe('the edges of dependencies', () => {
  it('are gone once both ends need them no more, whichever came first', async () => {
    const engine = await open({ onStart: () => ({ exitCode: 0 }) });
    const first = await engine.submit();
    await engine.ended(first);
    const late = await engine.submit({ dependsOn: [{ jobId: first }] });
    await engine.ended(late);
    const array = await engine.submit({ arrayProperties: { size: 2 } });
    await engine.ended(array);
    const pairs = await engine.submit({
      arrayProperties: { size: 2 },
      dependsOn: [{ jobId: array, type: 'N_TO_N' }],
    });
    await engine.ended(pairs);
    for (const on of [first, array])
      await expect.poll(async () => (await edgesOn(engine.engine.store, on)).edges).toEqual([]);
  });
});

describe('the end of an array', () => {
  it('releases the counterparts of its children, also when their own ends have yet to be told', async () => {
    const engine = await open();
    const first = await engine.submit({ arrayProperties: { size: 2 } });
    const behind = await engine.submit({
      arrayProperties: { size: 2 },
      dependsOn: [{ jobId: first, type: 'N_TO_N' }],
    });
    await engine.until(childJobId(behind, 1), (job) => job.status === 'PENDING');
    await engine.until(childJobId(first, 1), (job) => job.status === 'RUNNING');
    // As if another stream of changes, which told of the children, were behind this one.
    await engine.opened.changes.stop();
    for (const index of [0, 1]) engine.launcher.exit(`${first}:${index}/1`, { exitCode: index });
    const parent = await engine.job(first);
    await engine.until(childJobId(first, 1), (job) => job.status === 'FAILED');
    await engine.until(childJobId(first, 0), (job) => job.status === 'SUCCEEDED');
    const ended = { ...parent, status: 'FAILED' as const, stoppedAtMs: clock.now() };
    await settleAllDependents({ store: engine.engine.store, clock }, [ended]);
    expect(await engine.job(childJobId(behind, 0))).toMatchObject({ status: 'RUNNABLE' });
    expect(await engine.job(childJobId(behind, 1))).toMatchObject(DEPENDENCY_FAILED);
  });
});
