import { afterEach, describe, expect, it } from 'vitest';
import type { SqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import { openSqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import type { JobId } from '../../core/ids.ts';
import { childJobId, nodeJobId } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { EndedAttempt } from '../../core/job/attempt.ts';
import type { ComputeEnvironment } from '../../core/placement/compute-environment.ts';
import { jobCost } from '../../engine/job-cost.ts';
import { putEnvironment } from '../../engine/store/compute-environments.ts';
import { createJobStore, insertChildren, insertJob } from '../../engine/store/jobs.ts';
import { aJob, anArray, CE_ARN, JOB_ID } from '../core/job/a-job.ts';
import { aMultiNodeJob } from '../core/job/a-multi-node-job.ts';
import { anEnvironment, ec2With, FARGATE } from '../core/placement/an-environment.ts';

let opened: SqliteStore | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

/** A store with an environment `ce` and a job, at 13,000 ms. */
async function costOf(
  job: Job,
  environment?: ComputeEnvironment,
  more: { own?: boolean; children?: readonly Job[] } = {},
) {
  const clock = { now: () => 13_000 };
  opened = openSqliteStore({ file: ':memory:', clock });
  const store = createJobStore(opened.table, 86_400_000);
  if (environment) await opened.table.write([putEnvironment({ environment, usedBy: [] }, 0)]);
  await insertJob(store, job, []);
  if (more.children) await insertChildren(store, job, more.children);
  const host = { total: { vcpus: 4, memoryMiB: 4_096, gpus: 0 }, gpuIds: [] };
  const answer = await jobCost({ store, clock, ...(more.own ? { host } : {}) }, job.jobId);
  if (!answer) throw new Error('the job is there');
  return answer;
}

const fargate = anEnvironment({ computeResources: FARGATE });
const hour = 3_600_000;

function ended(fromMs: number | undefined, toMs: number, more: Partial<EndedAttempt> = {}): EndedAttempt {
  return {
    taskId: '0'.repeat(32),
    ceArn: CE_ARN,
    clusterName: 'cluster',
    ...(fromMs === undefined ? {} : { startedAtMs: fromMs }),
    stoppedAtMs: toMs,
    statusReason: 'Essential container in task exited',
    ...more,
  };
}

const hourly = { demand: { vcpus: 1, memoryMiB: 2_048, gpus: 0 } };
/** Of an hour on Fargate: a vCPU and 2 GiB. */
const AN_HOUR = 0.04937;

describe('what a job cost', () => {
  it('is the sum of its attempts, those that never ran for nothing', async () => {
    const attempts = [ended(1_000, 1_000 + hour), ended(undefined, 2_000), ended(3_000, 3_000 + 2 * hour)];
    const answer = await costOf(aJob('SUCCEEDED', { attempts, spec: hourly }), fargate);
    expect(answer.usd).toBeCloseTo(3 * AN_HOUR, 8);
    expect(answer).toMatchObject({ isFinal: true, attemptCount: 3, prices: { asOf: '2025-11' } });
    expect(answer.attempts.map(({ attempt, seconds, usd }) => [attempt, seconds, usd > 0])).toEqual([
      [1, 3_600, true],
      [2, 0, false],
      [3, 7_200, true],
    ]);
    expect(answer.parts).toMatchObject([
      {
        environment: 'ce',
        attempts: 2,
        seconds: 10_800,
        basis: 'the list price of Fargate, a minute at least',
      },
      { attempts: 1, basis: 'never started to run' },
    ]);
    expect(answer).not.toHaveProperty('usdInAws');
  });

  it('counts the attempt under way until now', async () => {
    const answer = await costOf(
      { ...aJob('RUNNING', { spec: hourly }), startedAtMs: 13_000 - hour },
      fargate,
    );
    expect(answer.usd).toBeCloseTo(AN_HOUR, 8);
    expect(answer).toMatchObject({ isFinal: false, attempts: [{ isUnderWay: true, seconds: 3_600 }] });
  });

  it('is nothing while nothing has begun', async () => {
    expect(await costOf(aJob('RUNNABLE'), fargate)).toMatchObject({ usd: 0, attempts: [], parts: [] });
  });

  it('is by the types that its environment names when its instance is not known any more', async () => {
    const environment = anEnvironment({ computeResources: ec2With({ instanceTypes: ['m5.large'] }) });
    const attempts = [ended(0, hour)];
    const answer = await costOf(aJob('FAILED', { attempts, spec: hourly }), environment);
    expect(answer.usd).toBeCloseTo(0.048, 8);
    expect(answer.attempts[0]?.basis).toContain(
      'its part of m5.large at the On-Demand price (the instance’s type',
    );
  });

  it('is by the type of the instance that the placement noted', async () => {
    const environment = anEnvironment({
      computeResources: ec2With({ instanceTypes: ['m5.large', 'm5.4xlarge'] }),
    });
    const attempts = [ended(0, hour, { instanceTypes: ['m5.4xlarge'] })];
    const answer = await costOf(aJob('FAILED', { attempts, spec: hourly }), environment);
    expect(answer.usd).toBeCloseTo(0.768 / 16, 8);
    expect(answer.attempts[0]?.basis).toBe('its part of m5.4xlarge at the On-Demand price');
  });

  it('is nothing on a machine of one’s own, and says what Fargate would take', async () => {
    const environment = anEnvironment({ computeResources: ec2With({ instanceTypes: ['optimal'] }) });
    const attempts = [ended(0, hour)];
    const answer = await costOf(aJob('SUCCEEDED', { attempts, spec: hourly }), environment, { own: true });
    expect(answer.usd).toBe(0);
    expect(answer.usdInAws).toBeCloseTo(AN_HOUR, 8);
    expect(answer.attempts).toMatchObject([
      {
        basis: 'on a machine of yours, which costs the same without it',
        inAws: { basis: 'the list price of Fargate, a minute at least' },
      },
    ]);
  });

  it('is for an array the sum of its children, whatever state they are in', async () => {
    const parent = anArray(4, 'PENDING', { spec: { ...hourly, arraySize: 4 } });
    const child = (index: number, job: Job): Job => ({
      ...job,
      jobId: childJobId(JOB_ID, index),
      kind: 'child',
      parentId: JOB_ID,
      arrayIndex: index,
    });
    const attempts = [ended(0, hour)];
    const children = [
      child(0, aJob('SUCCEEDED', { attempts })),
      child(1, aJob('RUNNABLE', { attempts })),
      child(2, { ...aJob('RUNNING'), startedAtMs: 13_000 - hour }),
      child(3, aJob('RUNNABLE')),
    ];
    const answer = await costOf(parent, fargate, { children });
    expect(answer.usd).toBeCloseTo(3 * AN_HOUR, 8);
    expect(answer).toMatchObject({ attempts: [], attemptCount: 3, childrenPriced: 3, isFinal: false });
  });

  it('is for a multi-node job that of its nodes, each on an instance of its own', async () => {
    const environment = anEnvironment({ computeResources: ec2With({ instanceTypes: ['m5.large'] }) });
    const running = { status: 'RUNNING', startedAtMs: 13_000 - hour, attempts: [] } as const;
    const ended = {
      status: 'SUCCEEDED',
      startedAtMs: 13_000 - hour,
      stoppedAtMs: 13_000,
      attempts: [],
    } as const;
    const attempt = { startedAtMs: 13_000 - hour, stoppedAtMs: 13_000 };
    const nodes = [running, { ...ended, attempts: [attempt] }, { status: 'RUNNABLE', attempts: [] }] as const;
    const job = aMultiNodeJob('RUNNING', { nodes });
    const answer = await costOf(job, environment);
    expect(answer.attempts.map(({ node, usd }) => [node, Number(usd.toFixed(6))])).toEqual([
      [0, 0.096],
      [1, 0.096],
    ]);
    expect(answer.attempts[0]?.basis).toContain('the whole of m5.large');
    expect((await jobCostOfNode(job.jobId))?.usd).toBeCloseTo(0.096, 8);
  });

  it('has no answer for a job that is not there', async () => {
    await costOf(aJob('RUNNABLE'));
    const gone = '00000000-0000-4000-8000-00000000dead' as JobId;
    expect(await jobCost({ store: storeNow(), clock: { now: () => 0 } }, gone)).toBeUndefined();
  });
});

function storeNow() {
  if (!opened) throw new Error('opened by costOf');
  return createJobStore(opened.table, 86_400_000);
}

function jobCostOfNode(jobId: JobId) {
  return jobCost({ store: storeNow(), clock: { now: () => 13_000 } }, nodeJobId(jobId, 0));
}

it('looks up an environment once, however many attempts were on it', async () => {
  const attempts = Array.from({ length: 5 }, () => ended(0, hour));
  await costOf(aJob('SUCCEEDED', { attempts, spec: hourly }), fargate);
  const store = storeNow();
  const asked: string[] = [];
  const table: typeof store.table = {
    ...store.table,
    get: (...given) => store.table.get(...given),
    getMany: (name, keys) => {
      asked.push(`${name}:${keys.length}`);
      return store.table.getMany(name, keys);
    },
  };
  await jobCost({ store: { ...store, table }, clock: { now: () => 0 } }, JOB_ID);
  expect(asked).toEqual(['queues:1', 'queues:1']);
});
