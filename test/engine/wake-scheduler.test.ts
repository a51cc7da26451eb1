import { expect, it } from 'vitest';
import type { JobId, QueueArn } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { Change } from '../../engine/table-ports.ts';
import type { SchedulerWake } from '../../engine/react.ts';
import { react } from '../../engine/react.ts';
import { createJobStore } from '../../engine/store/jobs.ts';
import { jobRow } from '../../engine/store/job-rows.ts';
import { aStore } from '../adapters/sqlite/a-store.ts';
import { aJob } from '../core/job/a-job.ts';
import { createSimulatedLauncher } from './simulated-launcher.ts';

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}` as JobId;
const queue = (name: string) => `arn:aws:batch:us-east-1:123456789012:job-queue/${name}` as QueueArn;
const rowOf = (job: Job) => ({ version: 1, indexes: {}, ...jobRow(job, 1) });

/** The wakes that follow from one batch of changes. */
async function wakesOf(changes: readonly (readonly [before: Job, after: Job])[]): Promise<SchedulerWake[]> {
  const wakes: SchedulerWake[] = [];
  const batch = changes.map(([before, after], index): Change => ({
    stream: 's',
    seq: String(index),
    before: rowOf(before),
    after: rowOf(after),
  }));
  const { table, events } = aStore();
  await react(
    {
      store: createJobStore(table, 1),
      clock: { now: () => 5_000 },
      events,
      workflows: {
        ensure: () => Promise.resolve(),
        wake: () => Promise.resolve(0),
        park: () => Promise.resolve(),
        end: () => Promise.resolve(),
      },
      launcher: createSimulatedLauncher({ now: () => 5_000, onStart: () => ({ exitCode: 0 }) }),
      wakeScheduler: async (wake) => void wakes.push(wake),
      stopGraceSeconds: 1,
    },
    batch,
  );
  return wakes;
}

it('wakes the scheduler once for a batch, with what ended where and the newest arrival of each queue', async () => {
  const arriving = (n: number, queueArn: QueueArn) =>
    [
      aJob('SUBMITTED', { jobId: id(n), spec: { queueArn } }),
      aJob('RUNNABLE', { jobId: id(n), spec: { queueArn } }),
    ] as const;
  const ended = { jobId: id(9), spec: { queueArn: queue('c') } };
  const wakes = await wakesOf([
    arriving(1, queue('a')),
    arriving(2, queue('b')),
    arriving(3, queue('a')),
    [aJob('RUNNING', ended), aJob('SUCCEEDED', ended)],
  ]);
  expect(wakes).toEqual([
    {
      queueArns: [queue('a'), queue('b'), queue('c')],
      ended: [{ attemptId: `${id(9)}/1`, queueArn: queue('c') }],
      arrived: [
        { jobId: id(3), queueArn: queue('a') },
        { jobId: id(2), queueArn: queue('b') },
      ],
    },
  ]);
});

it('leaves the scheduler alone when nothing may be placed and nothing is given back', async () => {
  expect(await wakesOf([[aJob('STARTING'), aJob('RUNNING')]])).toEqual([]);
});
