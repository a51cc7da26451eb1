// A queue with a scheduling policy, from the submission to the placement: who goes first, which shares are active, and what
// is told about those that wait.
import {
  CreateJobQueueCommand,
  CreateSchedulingPolicyCommand,
  DeleteJobQueueCommand,
  GetJobQueueSnapshotCommand,
  SubmitJobCommand,
  TerminateJobCommand,
  UpdateJobQueueCommand,
} from '@aws-sdk/client-batch';
import type { FairsharePolicy, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobId, QueueArn } from '../../core/ids.ts';
import { arnOf } from '../../core/ids.ts';
import { joinShare } from '../../engine/shares.ts';
import { listMemberships, putMembership } from '../../engine/store/shares.ts';
import { whyWaiting } from '../../engine/why.ts';
import type { EngineCalls } from '../api/operations/engine-calls.ts';
import { engineCalls } from '../api/operations/engine-calls.ts';
import { SCOPE } from './a-local-engine.ts';

const FAIR = arnOf(SCOPE, 'job-queue', 'fair') as QueueArn; // of this type

let home: EngineCalls | undefined;
async function open(vcpus: number, fairsharePolicy: FairsharePolicy = {}): Promise<EngineCalls> {
  home = await engineCalls({ vcpus });
  const policy = await home.batch.send(new CreateSchedulingPolicyCommand({ name: 'p', fairsharePolicy }));
  await home.batch.send(
    new CreateJobQueueCommand({
      jobQueueName: 'fair',
      priority: 1,
      ...(policy.arn === undefined ? {} : { schedulingPolicyArn: policy.arn }),
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'local' }],
    }),
  );
  return home;
}
afterEach(async () => {
  expect(home?.launcher.violations ?? []).toEqual([]);
  await home?.close();
  home = undefined;
});

async function submit(
  calls: EngineCalls,
  shareIdentifier: string,
  given: Partial<SubmitJobCommandInput> = {},
): Promise<JobId> {
  const input = { jobName: 'job', jobQueue: 'fair', jobDefinition: 'shell', shareIdentifier, ...given };
  return (await calls.batch.send(new SubmitJobCommand(input))).jobId as JobId; // of a new job
}

const submitMany = async (calls: EngineCalls, share: string, count: number): Promise<JobId[]> => {
  const ids: JobId[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await submit(calls, share));
  return ids;
};

/** Holds the whole machine until it is stopped. */
async function occupy(calls: EngineCalls, vcpus: number): Promise<JobId> {
  const blocker = await calls.submit({
    containerOverrides: { resourceRequirements: [{ type: 'VCPU', value: String(vcpus) }] },
  });
  await calls.until(blocker, (job) => job.status === 'RUNNING');
  return blocker;
}

const stop = (calls: EngineCalls, jobId: JobId) =>
  calls.batch.send(new TerminateJobCommand({ jobId, reason: 'over' }));

const inLine = async (calls: EngineCalls, ids: readonly JobId[]): Promise<void> => {
  for (const id of ids) await calls.until(id, (job) => job.status === 'RUNNABLE');
};

const running = async (calls: EngineCalls, ids: readonly JobId[]): Promise<JobId[]> => {
  const jobs = await Promise.all(ids.map((id) => calls.job(id)));
  return jobs.filter((job) => job.status === 'RUNNING').map((job) => job.jobId);
};

describe('a queue with a scheduling policy', () => {
  it('shares out a machine that becomes free by the weights of those who wait', async () => {
    const calls = await open(9, { shareDistribution: [{ shareIdentifier: 'light*', weightFactor: 0.125 }] });
    const blocker = await occupy(calls, 9);
    const heavy = await submitMany(calls, 'heavy', 12);
    const light = await submitMany(calls, 'lightA', 12);
    await inLine(calls, [...heavy, ...light]);
    await stop(calls, blocker);
    await expect.poll(async () => (await running(calls, [...heavy, ...light])).length).toBe(9);
    expect(await running(calls, heavy)).toEqual(heavy.slice(0, 1));
    expect(await running(calls, light)).toEqual(light.slice(0, 8));
  });

  it('serves the higher scheduling priority of a share first, then the earlier submission', async () => {
    const calls = await open(2);
    const blocker = await occupy(calls, 2);
    const plain = await submit(calls, 'a');
    const array = await submit(calls, 'a', { schedulingPriorityOverride: 5, arrayProperties: { size: 2 } });
    const urgent = await submit(calls, 'a', { schedulingPriorityOverride: 9 });
    await inLine(calls, [plain, urgent, `${array}:1` as JobId]);
    const { frontOfQueue } = await calls.batch.send(new GetJobQueueSnapshotCommand({ jobQueue: 'fair' }));
    expect(frontOfQueue?.jobs?.map(({ jobArn }) => jobArn?.split('/')[1])).toEqual([urgent, array, plain]);
    await stop(calls, blocker);
    await calls.until(urgent, (job) => job.status === 'RUNNING');
    await calls.until(`${array}:0` as JobId, (job) => job.status === 'RUNNING');
    expect((await calls.job(plain)).status).toBe('RUNNABLE');
  });

  it('keeps its reserve while few shares are active', async () => {
    const calls = await open(4, { computeReservation: 50 });
    const first = await submitMany(calls, 'a', 4);
    await expect.poll(async () => (await running(calls, first)).length).toBe(2);
    const waiting = await whyWaiting(calls.engine.schedule, first[2] as JobId);
    expect(waiting?.reason).toMatchObject({ code: 'RESERVED_FOR_SHARES', reservedVcpus: 2 });
    const [other] = await submitMany(calls, 'b', 1);
    // Two active shares: a quarter is kept, and the newcomer has used nothing.
    await calls.until(other as JobId, (job) => job.status === 'RUNNING');
  });

  it('tells the capacity that each share holds', async () => {
    const calls = await open(4);
    await submitMany(calls, 'a', 1);
    const jobs = await submitMany(calls, 'b', 2);
    for (const id of jobs) await calls.until(id, (job) => job.status === 'RUNNING');
    const { queueUtilization } = await calls.batch.send(new GetJobQueueSnapshotCommand({ jobQueue: 'fair' }));
    expect(queueUtilization).toMatchObject({
      totalCapacityUsage: [{ capacityUnit: 'VCPU', quantity: 3 }],
      fairshareUtilization: {
        activeShareCount: 2,
        topCapacityUtilization: [
          { shareIdentifier: 'b', capacityUsage: [{ capacityUnit: 'VCPU', quantity: 2 }] },
          { shareIdentifier: 'a', capacityUsage: [{ capacityUnit: 'VCPU', quantity: 1 }] },
        ],
      },
    });
  });

  it('says whose turn it is to a job of another share, and how many are ahead to one of the same', async () => {
    const calls = await open(1);
    const blocker = await occupy(calls, 1);
    const [firstOfA, secondOfA] = await submitMany(calls, 'a', 2);
    const [ofB] = await submitMany(calls, 'b', 1);
    await inLine(
      calls,
      [firstOfA, secondOfA, ofB].flatMap((id) => id ?? []),
    );
    const why = async (id: JobId | undefined) => whyWaiting(calls.engine.schedule, id as JobId);
    expect(await why(firstOfA)).toMatchObject({ position: 1, reason: { code: 'NO_CAPACITY' } });
    expect(await why(secondOfA)).toMatchObject({ position: 2, reason: { code: 'BEHIND_OTHERS', ahead: 1 } });
    const other = await why(ofB);
    expect(other).toMatchObject({
      position: 1,
      reason: { code: 'SHARE_TURN', shareIdentifier: 'b', turnOf: 'a', usedVcpuSeconds: 0, weightFactor: 1 },
    });
    expect(other?.reason?.message).toContain(
      'it is the turn of share a (0 vCPU-seconds, weight 1) before share b (0 vCPU-seconds, weight 1)',
    );
    await stop(calls, blocker);
  });
});

describe('the active shares of a queue', () => {
  it('are those with a job that has not ended', async () => {
    const calls = await open(2);
    const [ended] = await submitMany(calls, 'a', 1);
    const [kept] = await submitMany(calls, 'b', 1);
    for (const id of [ended, kept]) await calls.until(id as JobId, (job) => job.status === 'RUNNING');
    await stop(calls, ended as JobId);
    const active = async (): Promise<string[]> =>
      (await listMemberships(calls.engine.store.table, FAIR))
        .filter(({ retiringSinceMs }) => retiringSinceMs === undefined)
        .map(({ shareIdentifier }) => shareIdentifier);
    await expect.poll(active).toEqual(['b']);
    await submitMany(calls, 'a', 1);
    expect(await active()).toEqual(['a', 'b']);
  });

  it('are at most 500: a submission that adds one more fails, and idle ones make room', async () => {
    const calls = await open(1);
    const { store } = calls.engine;
    const held = await submitMany(calls, 'held', 1);
    await calls.until(held[0] as JobId, (job) => job.status === 'RUNNING');
    for (let n = 1; n < 500; n += 1) {
      const waits = { jobId: `arriving-${n}` };
      const membership = putMembership(FAIR, `s${n}`, 0);
      const row = { pk: waits.jobId, sk: 'x', body: {} };
      const work = { partition: `arriving#${FAIR}#s${n}`, sort: waits.jobId };
      await store.table.write([
        membership,
        { kind: 'put', table: 'jobs', row: { ...row, indexes: { work } } },
      ]);
    }
    await expect(submit(calls, 'new')).rejects.toMatchObject({
      name: 'ClientException',
      message: expect.stringContaining('one more than the 500 active shares'),
    });
    await submit(calls, 's7');
    await store.table.write([{ kind: 'delete', table: 'jobs', key: { pk: 'arriving-9', sk: 'x' } }]);
    await submit(calls, 'new');
  });

  it('are forgotten with their queue', async () => {
    const calls = await open(1);
    const [jobId] = await submitMany(calls, 'a', 1);
    await calls.batch.send(new UpdateJobQueueCommand({ jobQueue: 'fair', state: 'DISABLED' }));
    await calls.batch.send(new DeleteJobQueueCommand({ jobQueue: 'fair' }));
    await calls.ended(jobId as JobId);
    const { table } = calls.engine.store;
    await expect.poll(() => listMemberships(table, FAIR)).toEqual([]);
  });

  it('never lose a job to a retirement: a submission takes it back', async () => {
    const calls = await open(1);
    const { store } = calls.engine;
    await store.table.write([putMembership(FAIR, 'a', 0, { retiringSinceMs: 1 })]);
    const [membership] = await listMemberships(store.table, FAIR);
    const joined = await joinShare(store, FAIR, 'a', 2);
    expect(joined).toMatchObject({ kind: 'put', ifVersion: membership?.version });
    const [jobId] = await submitMany(calls, 'a', 1);
    await calls.until(jobId as JobId, (job) => job.status === 'RUNNING');
  });
});
