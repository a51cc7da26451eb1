import { afterEach, describe, expect, it } from 'vitest';
import type { Job } from '../../core/job/job.ts';
import { jobDetail } from '../../core/job/job-detail.ts';
import type { JobId } from '../../core/ids.ts';
import type { QueueingChange } from '../../engine/queued-jobs.ts';
import { changeQueued } from '../../engine/queued-jobs.ts';
import { requestStop } from '../../engine/stop.ts';
import { frontOfLine } from '../../engine/queue-snapshot.ts';
import { whyWaiting } from '../../engine/why.ts';
import type { ALocalEngine } from './a-local-engine.ts';
import { aLocalEngine, DEFAULT_QUEUE_ARN } from './a-local-engine.ts';

const open: ALocalEngine[] = [];
afterEach(async () => {
  for (const home of open.splice(0)) await home.close();
});

/** One vCPU, which the first job holds until it is told to end. */
async function aBusyHome() {
  let nowMs = Date.now();
  const home = await aLocalEngine({ vcpus: 1, onStart: () => undefined, now: () => (nowMs += 1) });
  open.push(home);
  const { store, schedule } = home.engine;
  const deps = { store, clock: schedule.clock };
  const first = await home.submit();
  await home.until(first, ({ status }) => status === 'RUNNING');
  const inLine = async (input: Parameters<ALocalEngine['submit']>[0] = {}): Promise<JobId> => {
    const jobId = await home.submit(input);
    await home.until(jobId, ({ status }) => status === 'RUNNABLE' || status === 'PENDING');
    return jobId;
  };
  const front = async (): Promise<JobId[]> =>
    (await frontOfLine(store, DEFAULT_QUEUE_ARN, 10)).map(({ jobId }) => jobId);
  return {
    engine: home.engine,
    deps,
    job: (jobId: JobId) => home.job(jobId),
    until: (jobId: JobId, condition: (job: Job) => boolean) => home.until(jobId, condition),
    ended: (jobId: JobId) => home.ended(jobId),
    first,
    inLine,
    front,
    change: (jobId: JobId, change: QueueingChange) => changeQueued(deps, jobId, change),
    end: (jobId: JobId) => home.launcher.exit(`${jobId}/1`, { exitCode: 0 }),
    runs: (jobId: JobId) => home.until(jobId, ({ status }) => status === 'RUNNING'),
  };
}

describe('a held job', () => {
  it('is passed by those behind it, says so, and goes on where it was once released', async () => {
    const { inLine, change, front, first, end, runs, job, engine } = await aBusyHome();
    const [held, other, last] = [await inLine(), await inLine(), await inLine()];
    expect(await change(held, { kind: 'hold' })).toMatchObject({
      outcome: 'done',
      job: { status: 'RUNNABLE' },
    });
    expect(await front()).toEqual([other, last]);
    expect(await whyWaiting(engine.schedule, held)).toMatchObject({
      status: 'RUNNABLE',
      reason: { code: 'HELD', message: 'is held until it is released' },
    });
    end(first);
    await runs(other);
    await change(held, { kind: 'release' });
    expect(await front()).toEqual([held, last]);
    end(other);
    await runs(held);
    expect(await job(held)).not.toHaveProperty('heldAtMs');
  });

  it('is placed at once when there is room at its release', async () => {
    const { inLine, change, first, end, runs, ended } = await aBusyHome();
    const held = await inLine();
    await change(held, { kind: 'hold' });
    end(first);
    await ended(first);
    await change(held, { kind: 'release' });
    await runs(held);
  });

  it('was held while it waited for another, and stays out of line when that has ended', async () => {
    const { inLine, change, first, end, until, front, runs } = await aBusyHome();
    const held = await inLine({ dependsOn: [{ jobId: first }] });
    await change(held, { kind: 'hold' });
    end(first);
    expect(await until(held, ({ status }) => status === 'RUNNABLE')).toMatchObject({
      statusReason: 'HELD - The job is held until it is released.',
    });
    expect(await front()).toEqual([]);
    await change(held, { kind: 'release' });
    await runs(held);
  });

  it('can be cancelled', async () => {
    const { inLine, change, deps, ended } = await aBusyHome();
    const held = await inLine();
    await change(held, { kind: 'hold' });
    await requestStop(deps, held, 'cancel', 'enough');
    expect(await ended(held)).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
  });

  it('may be an array, whose children wait with it, those of later too', async () => {
    const { inLine, change, first, end, until, front, runs } = await aBusyHome();
    const array = await inLine({ arrayProperties: { size: 3 } });
    const late = await inLine({ arrayProperties: { size: 2 }, dependsOn: [{ jobId: first }] });
    await until(`${array}:2` as JobId, ({ status }) => status === 'RUNNABLE');
    for (const jobId of [array, late]) await change(jobId, { kind: 'hold' });
    await until(`${array}:2` as JobId, ({ heldAtMs }) => heldAtMs !== undefined);
    end(first);
    await until(
      `${late}:1` as JobId,
      ({ heldAtMs, status }) => status === 'RUNNABLE' && heldAtMs !== undefined,
    );
    await expect.poll(front).toEqual([]);
    // One of them alone.
    await change(`${array}:1` as JobId, { kind: 'release' });
    await runs(`${array}:1` as JobId);
    end(`${array}:1` as JobId);
    await change(array, { kind: 'release' });
    await runs(`${array}:0` as JobId);
  });
});

describe('a job with a priority', () => {
  it('goes before the others of its queue, and back to its place without it', async () => {
    const { inLine, change, front, first, end, runs } = await aBusyHome();
    const [a, b, c] = [await inLine(), await inLine(), await inLine()];
    await change(c, { kind: 'priority', priority: 5 });
    await change(b, { kind: 'priority', priority: 9_999 });
    expect(await front()).toEqual([b, c, a]);
    await change(b, { kind: 'priority', priority: 0 });
    expect(await front()).toEqual([c, a, b]);
    end(first);
    const running = await runs(c);
    expect(jobDetail(running)).toMatchObject({ schedulingPriority: 5 });
  });

  it('may be an array: its children go first, in order', async () => {
    const { inLine, change, front, first, end, until, runs } = await aBusyHome();
    await inLine();
    const array = await inLine({ arrayProperties: { size: 2 } });
    await until(`${array}:1` as JobId, ({ status }) => status === 'RUNNABLE');
    await change(array, { kind: 'priority', priority: 1 });
    await until(`${array}:1` as JobId, ({ priority }) => priority === 1);
    await expect.poll(async () => (await front())[0]).toBe(array);
    end(first);
    await runs(`${array}:0` as JobId);
  });
});

describe('what does not wait', () => {
  it('cannot be held', async () => {
    const { change, first, ended, end } = await aBusyHome();
    expect(await change(first, { kind: 'hold' })).toMatchObject({
      outcome: 'too-late',
      job: { status: 'RUNNING' },
    });
    end(first);
    await ended(first);
    expect(await change(first, { kind: 'hold' })).toMatchObject({
      outcome: 'too-late',
      job: { status: 'SUCCEEDED' },
    });
  });

  it('is told from what is not there, or has no place of its own', async () => {
    const { change, first } = await aBusyHome();
    const unknown = '00000000-0000-4000-8000-000000000000' as JobId;
    expect(await change(unknown, { kind: 'hold' })).toEqual({ outcome: 'missing' });
    expect(await change(`${first}#0` as JobId, { kind: 'hold' })).toEqual({ outcome: 'part' });
  });
});
