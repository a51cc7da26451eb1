// Jobs that cannot go on: what their rows and events say, and how a queue's time limits end them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CancelJobCommand,
  CreateJobQueueCommand,
  UpdateComputeEnvironmentCommand,
  UpdateJobQueueCommand,
} from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../core/ids.ts';
import { schedule } from '../../engine/schedule.ts';
import type { EngineCalls } from '../api/operations/engine-calls.ts';
import { engineCalls, risingClock } from '../api/operations/engine-calls.ts';
import type { ALocalEngineOptions } from './a-local-engine.ts';

const TOO_LARGE = 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE';
const DISABLED = 'ACTION_REQUIRED - CE(s) associated with the job queue are disabled.';

let home: EngineCalls | undefined;
let shiftMs = 0;
async function open(options: ALocalEngineOptions = {}): Promise<EngineCalls> {
  home = await engineCalls({ vcpus: 4, now: risingClock(() => shiftMs), ...options });
  return home;
}
afterEach(async () => {
  await home?.close();
  home = undefined;
  shiftMs = 0;
});

const limitQueue = (calls: EngineCalls) =>
  calls.batch.send(
    new UpdateJobQueueCommand({
      jobQueue: 'default',
      jobStateTimeLimitActions: [
        { reason: TOO_LARGE, state: 'RUNNABLE', maxTimeSeconds: 600, action: 'CANCEL' },
      ],
    }),
  );

const wide = (vcpus: number) => ({
  containerOverrides: { resourceRequirements: [{ type: 'VCPU', value: String(vcpus) }] },
});

const setAside = (calls: EngineCalls, jobId: JobId) =>
  calls.until(jobId, (job) => job.unplaceable !== undefined && job.blocked !== undefined);

const blockedEvents = async (calls: EngineCalls, jobId: JobId) =>
  (await calls.opened.events.read({ afterSeq: 0, limit: 1_000, jobId })).filter(
    ({ detailType }) => detailType === 'Batch Job Queue Blocked',
  );

const pass = (calls: EngineCalls) => schedule(calls.engine.schedule, []);

describe('a job that is larger than its queue', () => {
  it('is told so in AWS’s words, with one event', async () => {
    const calls = await open();
    const jobId = await calls.submit(wide(64));
    const job = await setAside(calls, jobId);
    expect(job.statusReason).toMatch(/^MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - /);
    await expect.poll(async () => (await blockedEvents(calls, jobId)).length).toBe(1);
    const [event] = await blockedEvents(calls, jobId);
    expect(event).toMatchObject({
      resources: [job.jobArn, job.spec.queueArn],
      detail: { jobId, status: 'RUNNABLE', statusReason: job.statusReason },
    });
    // A change of the queue has it judged anew: the same finding is no news.
    await limitQueue(calls);
    await pass(calls);
    expect((await setAside(calls, jobId)).blocked).toEqual(job.blocked);
    expect(await blockedEvents(calls, jobId)).toHaveLength(1);
  });

  it('is cancelled when its queue’s time limit for that has passed, and not before', async () => {
    const calls = await open();
    await limitQueue(calls);
    const jobId = await calls.submit(wide(64));
    const { blocked } = await setAside(calls, jobId);
    const sinceMs = blocked?.sinceMs ?? 0;
    shiftMs = 500_000;
    expect(await pass(calls)).toMatchObject({ nextLookAtMs: sinceMs + 600_000 });
    expect((await calls.job(jobId)).status).toBe('RUNNABLE');
    shiftMs = 610_000;
    await pass(calls);
    expect(await calls.ended(jobId)).toMatchObject({
      status: 'FAILED',
      statusReason: `Canceled by JobStateTimeLimit action due to reason: ${TOO_LARGE}`,
      stopRequest: { kind: 'cancel' },
      attempts: [],
    });
    expect(await pass(calls)).not.toHaveProperty('nextLookAtMs');
  });

  it('is cancelled by the first pass after a restart that came too late', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-blocked-'));
    const file = join(folder, 'slipway.db');
    const first = await open({ file });
    await limitQueue(first);
    const jobId = await first.submit(wide(64));
    await setAside(first, jobId);
    await first.close();
    shiftMs = 700_000;
    const second = await open({ file });
    expect(await second.ended(jobId)).toMatchObject({
      statusReason: expect.stringContaining('JobStateTimeLimit'),
    });
    await second.close();
    home = undefined;
    await rm(folder, { recursive: true });
  });

  it('waits on without a time limit', async () => {
    const calls = await open();
    const jobId = await calls.submit(wide(64));
    await setAside(calls, jobId);
    shiftMs = 90_000_000;
    expect(await pass(calls)).not.toHaveProperty('nextLookAtMs');
    expect((await calls.job(jobId)).status).toBe('RUNNABLE');
  });
});

describe('the head of a queue whose compute environments are disabled', () => {
  it('says so until they are enabled again', async () => {
    const calls = await open();
    const setState = (state: 'ENABLED' | 'DISABLED') =>
      calls.batch.send(new UpdateComputeEnvironmentCommand({ computeEnvironment: 'local', state }));
    await setState('DISABLED');
    const [head, next] = [await calls.submit(), await calls.submit()];
    await calls.until(head, (job) => job.statusReason === DISABLED);
    expect((await calls.job(next)).statusReason).toBeUndefined();
    await expect.poll(async () => (await blockedEvents(calls, head)).length).toBe(1);
    await pass(calls);
    expect(await blockedEvents(calls, head)).toHaveLength(1);
    await setState('ENABLED');
    const running = await calls.until(head, (job) => job.status === 'RUNNING');
    expect(running).not.toHaveProperty('blocked');
    expect(running).not.toHaveProperty('statusReason');
  });

  it('is not blocked any more when it only waits for room', async () => {
    const calls = await open();
    await calls.until(await calls.submit(wide(4)), (job) => job.status === 'RUNNING');
    const setState = (state: 'ENABLED' | 'DISABLED') =>
      calls.batch.send(new UpdateComputeEnvironmentCommand({ computeEnvironment: 'local', state }));
    await setState('DISABLED');
    const head = await calls.submit();
    await calls.until(head, (job) => job.statusReason === DISABLED);
    await setState('ENABLED');
    expect(await calls.until(head, (job) => job.statusReason === undefined)).not.toHaveProperty('blocked');
  });
});

describe('a head that lacks room', () => {
  it('lets those behind it go when it is cancelled', async () => {
    const calls = await open();
    await calls.until(await calls.submit(wide(2)), (job) => job.status === 'RUNNING');
    const head = await calls.submit(wide(4));
    const behind = await calls.submit(wide(2));
    await calls.until(behind, (job) => job.status === 'RUNNABLE');
    await calls.batch.send(new CancelJobCommand({ jobId: head, reason: 'too wide' }));
    await calls.until(behind, (job) => job.status === 'RUNNING');
  });
});

describe('many jobs that are larger than their queue', () => {
  it('are all judged anew, once each, when the queue changes', async () => {
    const calls = await open();
    await calls.batch.send(
      new CreateJobQueueCommand({
        jobQueueName: 'other',
        priority: 1,
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'local' }],
      }),
    );
    const array = await calls.submit({ ...wide(64), arrayProperties: { size: 250 } });
    await setAside(calls, `${array}:249` as JobId);
    await limitQueue(calls);
    await setAside(calls, `${array}:249` as JobId);
    shiftMs = 610_000;
    await pass(calls);
    expect(await calls.until(array, (job) => job.status === 'FAILED', 10_000)).toMatchObject({
      children: { FAILED: 250 },
    });
  });
});
