// The safety net over the cloud's parts: each test loses one message and sees the job go on.
import { describe, expect, it } from 'vitest';
import type { JobId, QueueArn } from '../../core/ids.ts';
import { aJob } from '../core/job/a-job.ts';
import { jobRow } from '../../engine/store/job-rows.ts';
import { reconcileRun } from '../../engine/reconcile-run.ts';
import type { PlacementRecord } from '../../engine/store/ledger.ts';
import { placementPut } from '../../engine/store/ledger.ts';
import { runPasses } from '../../engine/run-passes.ts';
import type { ContainerTask, Launcher } from '../../engine/launch-ports.ts';
import type { EndedJob, Job, PlacedJob } from '../../core/job/job.ts';
import { attemptId, isPlaced } from '../../core/job/job.ts';
import { aCloudHome } from './a-cloud-home.ts';

const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/q' as QueueArn; // of this type
const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}` as JobId;

function placementOf({ jobId, attempt, spec: { queueArn } }: PlacedJob): PlacementRecord {
  const { ceArn, demand, gpuIds } = attempt.placement;
  const of = { attemptId: attemptId(jobId, attempt.number), taskId: attempt.taskId };
  return { ...of, queueArn, ceArn, demand, gpuIds };
}

async function aHomeWith(jobs: readonly Job[], known: 'adopted' | 'unknown' = 'adopted') {
  const home = aCloudHome();
  await home.table.write([
    {
      kind: 'put',
      table: 'queues',
      row: {
        pk: QUEUE,
        sk: '#',
        body: {
          queue: {
            queueArn: QUEUE,
            status: 'VALID',
            state: 'ENABLED',
            computeEnvironmentOrder: [],
            jobStateTimeLimitActions: [],
            priority: 1,
          },
        },
        indexes: { work: { partition: 'schedulable#job-queue', sort: QUEUE } },
      },
    },
  ]);
  await home.table.insertMany(
    'jobs',
    jobs.map((job) => jobRow(job, 1_000)),
  );
  const held = jobs.flatMap((job) => (isPlaced(job) ? [placementPut(placementOf(job))] : []));
  if (held.length > 0) await home.table.write(held);
  const started: string[] = [];
  const stopped: string[] = [];
  const launcher: Launcher = {
    start: async (task: ContainerTask) => {
      started.push(task.attemptId);
      return { started: true };
    },
    stop: async (attemptId) => void stopped.push(attemptId),
    adopt: () => Promise.resolve(known),
    onObservation: () => undefined,
    forget: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const errors: unknown[] = [];
  const run = (untilMs = Number.POSITIVE_INFINITY) =>
    reconcileRun(
      {
        ...home.machine,
        launcher,
        taskOf: home.machine.taskOf as never,
        observe: home.take,
        wake: home.waker.wake,
        onError: (subject, error) => void errors.push([subject, error]),
      },
      untilMs,
    );
  return { home, run, started, stopped, errors };
}

const spec = { queueArn: QUEUE };

describe('the safety net', () => {
  it('asks for the end of an attempt that the machine has let run over its timeout', async () => {
    const { home, run } = await aHomeWith([aJob('RUNNING', { spec: { ...spec, timeoutSeconds: 60 } })]);
    await run();
    expect((await home.job(id(1))).stopRequest).toMatchObject({
      kind: 'timeout',
      reason: 'Job attempt duration exceeded timeout',
    });
  });

  it('leaves an attempt alone whose timeout has only just passed', async () => {
    const home = aCloudHome();
    const startedAtMs = home.clock.now() - 90_000;
    const job = { ...aJob('RUNNING', { spec: { ...spec, timeoutSeconds: 60 } }), startedAtMs };
    const { home: other, run } = await aHomeWith([job]);
    await run();
    expect((await other.job(id(1))).stopRequest).toBeUndefined();
  });

  it('gives up an attempt that ran and left no trace', async () => {
    const { home, run } = await aHomeWith([aJob('RUNNING', { spec })], 'unknown');
    await run();
    await home.settled();
    expect(await home.job(id(1))).toMatchObject({ status: 'FAILED', statusReason: /Host EC2/ });
  });

  it('starts again what should be starting and is nowhere, and drives it', async () => {
    const { home, run, started } = await aHomeWith([aJob('STARTING', { spec })], 'unknown');
    await run();
    expect(started).toEqual([`${id(1)}/1`]);
    expect([...home.executions.keys()]).toEqual([`job ${id(1)}`]);
  });

  it('repeats a stop that was asked for and had no effect', async () => {
    const stopRequest = { kind: 'terminate' as const, reason: 'enough', atMs: 4_000 };
    const { run, stopped } = await aHomeWith([aJob('RUNNING', { spec, stopRequest })]);
    await run();
    expect(stopped).toEqual([`${id(1)}/1`]);
  });

  it('looks anew at what a job waits for when nobody told it', async () => {
    const lost = aJob('SUBMITTED', { jobId: id(2), spec });
    const { home, run } = await aHomeWith([lost, aJob('PENDING', { jobId: id(3), spec, awaiting: [id(9)] })]);
    await run();
    expect((await home.job(id(2))).status).toBe('RUNNABLE');
    expect((await home.job(id(3))).status).toBe('RUNNABLE');
  });

  it('leaves a job alone that has just arrived', async () => {
    const now = aCloudHome().clock.now();
    const { home, run } = await aHomeWith([{ ...aJob('SUBMITTED', { spec }), createdAtMs: now - 1_000 }]);
    await run();
    expect((await home.job(id(1))).status).toBe('SUBMITTED');
  });

  it('counts the ends of children whose count was lost, and ends their array', async () => {
    const parent = {
      ...aJob('PENDING', { kind: 'array', spec: { ...spec, arraySize: 2 } }),
      expanded: true as const,
      children: {
        SUBMITTED: 2,
        PENDING: 0,
        RUNNABLE: 0,
        STARTING: 0,
        RUNNING: 0,
        SUCCEEDED: 0,
        FAILED: 0,
        updatedAtMs: 1,
      },
    };
    const now = aCloudHome().clock.now();
    const children = [0, 1].map((arrayIndex) => ({
      ...(aJob('SUCCEEDED', { jobId: `${id(1)}:${arrayIndex}` as JobId, spec }) as EndedJob),
      kind: 'child' as const,
      parentId: id(1),
      arrayIndex,
      stoppedAtMs: now,
    }));
    const { home, run } = await aHomeWith([parent, ...children]);
    await run();
    await run();
    expect(await home.job(id(1))).toMatchObject({ status: 'SUCCEEDED', children: { SUCCEEDED: 2 } });
  });

  it('writes the children of an array that nobody wrote', async () => {
    const parent = {
      ...aJob('PENDING', { kind: 'array', spec: { ...spec, arraySize: 2 } }),
      expanded: true as const,
      children: {
        SUBMITTED: 2,
        PENDING: 0,
        RUNNABLE: 0,
        STARTING: 0,
        RUNNING: 0,
        SUCCEEDED: 0,
        FAILED: 0,
        updatedAtMs: 1,
      },
    };
    const { home, run } = await aHomeWith([parent]);
    await run();
    expect((await home.job(`${id(1)}:1` as JobId)).status).toBe('RUNNABLE');
  });

  it('has capacity given back that nobody holds', async () => {
    const { home, run } = await aHomeWith([]);
    const { attempt } = aJob('RUNNING', { spec });
    const { ceArn, demand, gpuIds } = attempt.placement;
    const record = {
      attemptId: `${id(4)}/1`,
      taskId: attempt.taskId,
      queueArn: QUEUE,
      ceArn,
      demand,
      gpuIds,
    };
    await home.table.write([placementPut(record)]);
    expect(await run()).toMatchObject({ stranded: 1, finished: true });
    expect(home.wakes).toMatchObject([{ ended: [{ attemptId: `${id(4)}/1`, queueArn: QUEUE }] }]);
  });

  it('goes on in the next run where its time was up in the last', async () => {
    const { home, run } = await aHomeWith([aJob('SUBMITTED', { jobId: id(2), spec })]);
    expect(await run(0)).toEqual({ looked: 0, stranded: 0, finished: false });
    expect((await home.table.get('queues', { pk: 'reconcile', sk: 'cursor' }))?.body).toEqual({
      stage: 'live',
    });
    expect(await run()).toMatchObject({ looked: 1, finished: true });
    expect((await home.table.get('queues', { pk: 'reconcile', sk: 'cursor' }))?.body).toEqual({});
  });
});

describe('passes that a wake asks for', () => {
  it('wait until the index shows the job that the wake was sent for, and not for ever', async () => {
    const { home } = await aHomeWith([aJob('RUNNABLE', { spec })]);
    const pauses: number[] = [];
    const table = { ...home.table, count: async () => (pauses.length < 3 ? 0 : 1) };
    const deps = {
      store: { ...home.store, table },
      clock: home.clock,
      pause: async (ms: number) => void pauses.push(ms),
      onError: () => undefined,
    };
    const wake = { queueArns: [QUEUE], ended: [], arrived: [{ jobId: id(1), queueArn: QUEUE }] };
    await runPasses(deps, wake, Number.POSITIVE_INFINITY);
    expect(pauses).toEqual([25, 50, 100]);
    pauses.length = 0;
    const blind = { ...deps, store: { ...home.store, table: { ...home.table, count: async () => 0 } } };
    await runPasses(blind, wake, Number.POSITIVE_INFINITY);
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(4_000);
  });

  it('are tried again when another scheduler was faster, until their time is up', async () => {
    const { home } = await aHomeWith([]);
    let failures = 2;
    const table = {
      ...home.table,
      getMany: async (...given: Parameters<typeof home.table.getMany>) => {
        if (given[0] === 'queues' && failures > 0) {
          failures -= 1;
          throw new Error('faster');
        }
        return home.table.getMany(...given);
      },
    };
    const repeated: unknown[] = [];
    const deps = {
      store: { ...home.store, table },
      clock: home.clock,
      pause: async (ms: number) => home.passMs(ms),
      onError: (error: unknown) => void repeated.push(error),
    };
    const wake = { queueArns: [QUEUE], ended: [], arrived: [] };
    await runPasses(deps, wake, home.clock.now() + 20_000);
    expect(repeated).toHaveLength(2);
    failures = 1_000;
    await expect(runPasses(deps, wake, home.clock.now() + 20_000)).rejects.toThrow('faster');
  });
});
