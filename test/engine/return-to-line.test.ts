import { afterEach, describe, expect, it } from 'vitest';
import type { ContainerTask, Launcher } from '../../engine/launch-ports.ts';
import { placementId } from '../../core/job/job.ts';
import { strandedPlacements } from '../../engine/reconcile.ts';
import { schedule } from '../../engine/schedule.ts';
import { getPlacements, listPlacements } from '../../engine/store/ledger.ts';
import type { SimulatedLauncherOptions } from './simulated-launcher.ts';
import { createSimulatedLauncher } from './simulated-launcher.ts';
import type { ALocalEngine } from './a-local-engine.ts';
import { aLocalEngine } from './a-local-engine.ts';

let home: ALocalEngine | undefined;
afterEach(async () => {
  await home?.close();
  home = undefined;
});

/** A runtime that refuses the first starts for want of capacity, and a clock that the test moves on. */
async function open(
  refusals: number,
  onStart: NonNullable<SimulatedLauncherOptions['onStart']> = () => ({ exitCode: 0 }),
) {
  let aheadMs = 0;
  const now = () => Date.now() + aheadMs;
  const asked: ContainerTask[] = [];
  const launcher = createSimulatedLauncher({ now, onStart });
  const runtime: Launcher = {
    ...launcher,
    start(task) {
      asked.push(task);
      if (asked.length > refusals) return launcher.start(task);
      return Promise.resolve({ started: false, reason: 'RESOURCE:CPU', kind: 'no-capacity' });
    },
  };
  home = await aLocalEngine({ now, launcher, runtime, vcpus: 1 });
  return { home, asked, advance: (ms: number) => void (aheadMs += ms), launcher };
}

describe('a start that finds no capacity', () => {
  it('sends the job back into line, and a later placement of the same attempt runs it', async () => {
    const { home: engine, asked, advance, launcher } = await open(1);
    const jobId = await engine.submit();
    const back = await engine.until(jobId, (job) => job.status === 'RUNNABLE' && job.refusals !== undefined);
    expect(back).toMatchObject({ attempts: [], refusals: { count: 1, by: [{ reason: 'RESOURCE:CPU' }] } });

    advance(31_000);
    // Whoever comes into line is reason enough to look at all who stand there.
    const second = await engine.submit();
    const ended = await engine.ended(jobId);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', attempts: [{ exitCode: 0 }] });
    expect(ended.attempts).toHaveLength(1);
    expect(await engine.ended(second)).toMatchObject({ status: 'SUCCEEDED' });

    const own = asked.filter((task) => task.environment['AWS_BATCH_JOB_ID'] === jobId);
    expect(own.map((task) => task.environment['AWS_BATCH_JOB_ATTEMPT'])).toEqual(['1', '1']);
    expect(new Set(own.map((task) => task.placedAtMs)).size).toBe(2);
    expect(launcher.violations).toEqual([]);
    // What ended is given back by a pass that follows.
    await expect.poll(() => strandedPlacements({ store: engine.engine.store })).toEqual([]);
  });

  it('gives back the capacity of that placement only, however often and late that is told', async () => {
    const { home: engine, advance } = await open(1, () => undefined);
    const { store, schedule: scheduleDeps } = engine.engine;
    const jobId = await engine.submit();
    await engine.until(jobId, (job) => job.status === 'RUNNABLE' && job.refusals !== undefined);
    advance(31_000);
    await engine.submit();
    const running = await engine.until(jobId, (job) => job.status === 'RUNNING');
    if (running.status !== 'RUNNING') throw new Error('it runs');
    const held = placementId(jobId, running.attempt);
    expect(held).toBe(`${jobId}/1~1`);

    const pass = await schedule(scheduleDeps, [`${jobId}/1`]);
    expect(pass).toMatchObject({ released: [], placed: 0 });
    expect(await getPlacements(store.table, [held])).toMatchObject([{ attemptId: `${jobId}/1` }]);
    expect((await listPlacements(store.table)).placements).toHaveLength(1);
  });
});
