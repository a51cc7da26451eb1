import { afterEach, describe, expect, it } from 'vitest';
import { whyWaiting } from '../../engine/why.ts';
import type { JobId } from '../../core/ids.ts';
import type { ALocalEngine, ALocalEngineOptions } from './a-local-engine.ts';
import { aLocalEngine } from './a-local-engine.ts';

let home: ALocalEngine | undefined;
async function open(options: ALocalEngineOptions = {}): Promise<ALocalEngine> {
  home = await aLocalEngine({ onStart: () => undefined, vcpus: 1, ...options });
  return home;
}
afterEach(async () => {
  await home?.close();
  home = undefined;
});

const why = (engine: ALocalEngine, jobId: JobId) => whyWaiting(engine.engine.schedule, jobId);
const needing = (vcpus: string) => ({
  containerOverrides: { resourceRequirements: [{ type: 'VCPU', value: vcpus }] },
});

describe('a waiting job', () => {
  it('at the front says what lacks, and by how much', async () => {
    const engine = await open();
    const first = await engine.submit();
    await engine.until(first, (job) => job.status === 'RUNNING');
    const second = await engine.submit();
    await engine.until(second, (job) => job.status === 'RUNNABLE');
    expect(await why(engine, second)).toMatchObject({
      position: 1,
      reason: { code: 'NO_CAPACITY', lacks: [{ resource: 'VCPU', wanted: 1, available: 0 }] },
    });
  });

  it('behind others says how many are ahead and what the first of them waits for', async () => {
    const engine = await open();
    const array = await engine.submit({ arrayProperties: { size: 10 } });
    await engine.until(array, (job) => job.children?.RUNNING === 1);
    const last = await engine.submit();
    await engine.until(last, (job) => job.status === 'RUNNABLE');
    expect(await why(engine, last)).toMatchObject({
      position: 10,
      reason: { code: 'BEHIND_OTHERS', ahead: 9, head: { code: 'NO_CAPACITY' } },
    });
  });

  it('that waits for another says for which', async () => {
    const engine = await open();
    const first = await engine.submit();
    const second = await engine.submit({ dependsOn: [{ jobId: first }] });
    await engine.until(second, (job) => job.status === 'PENDING');
    expect(await why(engine, second)).toMatchObject({ reason: { code: 'DEPENDENCIES', waitsFor: [first] } });
  });

  it('that can never fit is told so at once, however many stand before it', async () => {
    const engine = await open();
    const array = await engine.submit({ arrayProperties: { size: 300 } });
    await engine.until(array, (job) => job.children?.RUNNING === 1);
    const huge = await engine.submit(needing('64'));
    await engine.until(huge, (job) => job.status === 'RUNNABLE');
    expect(await why(engine, huge)).toMatchObject({
      reason: { code: 'NEVER_FITS', lacks: [{ wanted: 64 }] },
    });
  });

  it('that does not wait has no reason', async () => {
    const engine = await open();
    const first = await engine.submit();
    await engine.until(first, (job) => job.status === 'RUNNING');
    expect(await why(engine, first)).not.toHaveProperty('reason');
  });
});
