// What SubmitJob can be told beyond AWS's contract, by an unmodified SDK: jobs to follow, and a token that makes it repeatable.
import { DescribeJobsCommand, SubmitJobCommand, UpdateJobQueueCommand } from '@aws-sdk/client-batch';
import type { SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobId, QueueArn } from '../../../core/ids.ts';
import type { Job } from '../../../core/job/job.ts';
import type { ALocalEngineOptions } from '../../engine/a-local-engine.ts';
import { listByAge } from '../../../engine/store/jobs.ts';
import { whyWaiting } from '../../../engine/why.ts';
import type { EngineCalls } from './engine-calls.ts';
import { engineCalls } from './engine-calls.ts';

const open: EngineCalls[] = [];
afterEach(async () => {
  for (const calls of open.splice(0)) await calls.close();
});

async function aServer(options: ALocalEngineOptions = {}) {
  const calls = await engineCalls({ vcpus: 8, ...options });
  open.push(calls);
  const submit = async (given: Partial<SubmitJobCommandInput> = {}): Promise<JobId> => {
    const input = { jobName: 'job', jobQueue: 'default', jobDefinition: 'shell', ...given };
    return (await calls.batch.send(new SubmitJobCommand(input))).jobId as JobId; // every answer has one
  };
  const running = async (): Promise<JobId> => {
    const jobId = await submit();
    await calls.until(jobId, ({ status }) => status === 'RUNNING');
    return jobId;
  };
  const end = (jobId: JobId, exitCode: number): void => calls.launcher.exit(`${jobId}/1`, { exitCode });
  return {
    engine: calls.engine,
    batch: calls.batch,
    submit,
    running,
    end,
    until: (jobId: JobId, condition: (job: Job) => boolean) => calls.until(jobId, condition),
    ended: (jobId: JobId) => calls.ended(jobId),
  };
}

describe('a job that follows others', () => {
  it.each([
    ['slipway:after', 0, { status: 'RUNNING' }],
    ['slipway:after', 1, { status: 'FAILED', statusReason: 'Dependent Job failed' }],
    ['slipway:after-any', 0, { status: 'RUNNING' }],
    ['slipway:after-any', 1, { status: 'RUNNING' }],
    ['slipway:after-failure', 1, { status: 'RUNNING' }],
    [
      'slipway:after-failure',
      0,
      { status: 'FAILED', statusReason: 'Dependent Job succeeded: this job was to follow its failure' },
    ],
  ])('by %s when they end with %i', async (name, exitCode, expected) => {
    const { running, submit, end, until } = await aServer();
    const first = await running();
    const byTag = await submit({ tags: { [name]: first } });
    const byParameter = await submit({ parameters: { [name]: first } });
    for (const jobId of [byTag, byParameter]) await until(jobId, ({ status }) => status === 'PENDING');
    end(first, exitCode);
    for (const jobId of [byTag, byParameter]) {
      await until(jobId, ({ status }) => status === expected.status);
      expect(await until(jobId, () => true)).toMatchObject(expected);
    }
    // What had ended before is looked at when the next one arrives.
    const late = await submit({ tags: { [name]: first } });
    await until(late, ({ status }) => status === expected.status);
  });

  it('waits for more than 20 of them, and says which are left', async () => {
    const { running, submit, end, until, engine, ended } = await aServer({ vcpus: 64 });
    const first = await Promise.all(Array.from({ length: 40 }, running));
    const jobId = await submit({ parameters: { 'slipway:after-any': first.join(',') } });
    await until(jobId, ({ awaiting }) => awaiting.length === 40);
    for (const [index, id] of first.entries()) if (index !== 7) end(id, index % 2);
    await until(jobId, ({ awaiting }) => awaiting.length === 1);
    expect(await whyWaiting(engine.schedule, jobId)).toMatchObject({
      status: 'PENDING',
      reason: { code: 'DEPENDENCIES', waitsFor: [first[7]] },
    });
    end(first[7] ?? jobId, 1);
    await until(jobId, ({ status }) => status === 'RUNNING');
    end(jobId, 0);
    expect(await ended(jobId)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is an array as a whole, and may follow an array’s child', async () => {
    const { submit, end, until } = await aServer();
    const first = await submit({ arrayProperties: { size: 2 } });
    const child = `${first}:1` as JobId;
    await until(child, ({ status }) => status === 'RUNNING');
    const second = await submit({ arrayProperties: { size: 2 }, tags: { 'slipway:after-failure': child } });
    end(child, 1);
    await until(`${second}:1` as JobId, ({ status }) => status === 'RUNNING');
  });

  it('is a plain job to a plain client', async () => {
    const { running, submit, batch, until } = await aServer();
    const first = await running();
    const tags = { team: 'a', 'slipway:after-any': first };
    const jobId = await submit({ tags });
    await until(jobId, ({ status }) => status === 'PENDING');
    const { jobs = [] } = await batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
    expect(jobs).toMatchObject([{ dependsOn: [], tags, parameters: {} }]);
    expect(JSON.stringify(jobs[0])).not.toContain('AFTER_ANY');
  });

  it('is refused when one of them does not exist', async () => {
    const { submit } = await aServer();
    const unknown = '00000000-0000-4000-8000-000000000000';
    await expect(submit({ tags: { 'slipway:after-any': unknown } })).rejects.toMatchObject({
      name: 'ClientException',
      message: `slipway:after: job ${unknown} does not exist in us-east-1.`,
    });
  });
});

describe('slipway:token', () => {
  const tags = { 'slipway:token': 'nightly/2026-11-21' };

  it('answers the same job to the same request, side by side and later', async () => {
    const { submit, engine } = await aServer();
    const at = { containerOverrides: { command: ['a'] }, tags };
    const ids = await Promise.all(Array.from({ length: 8 }, () => submit(at)));
    ids.push(await submit(at));
    expect(new Set(ids).size).toBe(1);
    const queueArn = 'arn:aws:batch:us-east-1:123456789012:job-queue/default' as QueueArn; // as the server made it
    expect((await listByAge(engine.store, queueArn, { limit: 10 })).jobs).toHaveLength(1);
  });

  it('refuses a different request', async () => {
    const { submit } = await aServer();
    const jobId = await submit({ tags });
    await expect(submit({ tags, jobName: 'other' })).rejects.toMatchObject({
      name: 'ClientException',
      message: `slipway:token "nightly/2026-11-21" was used for job ${jobId} by a request that differs from this one.`,
    });
    await expect(submit({ parameters: tags })).rejects.toMatchObject({ name: 'ClientException' });
  });

  it('holds whatever has become of the queue', async () => {
    const { submit, batch } = await aServer();
    const jobId = await submit({ tags });
    await batch.send(new UpdateJobQueueCommand({ jobQueue: 'default', state: 'DISABLED' }));
    expect(await submit({ tags })).toBe(jobId);
    await expect(submit()).rejects.toMatchObject({ name: 'ClientException' });
  });

  it('is forgotten a day later', async () => {
    let nowMs = Date.now();
    const { submit } = await aServer({ now: () => (nowMs += 1) });
    const jobId = await submit({ tags });
    nowMs += 23 * 60 * 60 * 1000;
    expect(await submit({ tags })).toBe(jobId);
    nowMs += 60 * 60 * 1000 + 1_000;
    expect(await submit({ tags })).not.toBe(jobId);
  });

  it('leaves a submission without one alone', async () => {
    const { submit } = await aServer();
    expect(await submit()).not.toBe(await submit());
  });
});
