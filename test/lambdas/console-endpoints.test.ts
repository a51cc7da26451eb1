// What a console asks of the API function: there is no log of events at hand, and a row of an array counts the ends of its children only.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Cells, JobAnswer, JobsAnswer, RerunForm, RerunInput } from '../../api/console/wire.ts';
import type { JobId } from '../../core/ids.ts';
import { launchAttempt } from '../../engine/machine-functions.ts';
import { observe } from '../../engine/observe.ts';
import { readWaitRequest } from '../../lambdas/machine-payloads.ts';
import type { ACloudHome } from './a-cloud-home.ts';
import { httpEvent } from './a-cloud-home.ts';
import { aReadyHome, submit } from './a-ready-home.ts';

let home: ACloudHome;
beforeEach(async () => {
  home = await aReadyHome();
});

/** The types of wire.ts say what each answers. */
async function ask<Answer>(path: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const rawQueryString = new URLSearchParams(query).toString();
  const { status, body } = await home.call({
    ...httpEvent('GET', `/_slipway/console/jobs${path}`),
    rawQueryString,
  });
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body as Answer;
}

async function placed(more: object = {}): Promise<JobId> {
  const jobId = await submit(home, more);
  await home.react();
  home.passMs(1_000);
  await home.schedule();
  await home.react();
  return jobId;
}

describe('the API function', () => {
  it('tells a job’s way from its row', async () => {
    const submittedAtMs = home.clock.now();
    const jobId = await placed();
    await launchAttempt(
      home.machine,
      readWaitRequest({ jobId, attempt: 1, state: 'STARTING', taskToken: 'token' }),
    );
    home.passMs(5_000);
    await observe(
      { store: home.store },
      { kind: 'running', attemptId: `${jobId}/1`, atMs: home.clock.now() },
    );
    const { timeline, attempts, machine, logs, row } = await ask<JobAnswer>(`/${jobId}`);
    expect(timeline.map(({ status, atMs }) => [status, atMs - submittedAtMs])).toEqual([
      ['SUBMITTED', 0],
      ['RUNNABLE', 0],
      ['STARTING', 1_000],
      ['RUNNING', 6_000],
    ]);
    expect(attempts).toMatchObject([
      {
        number: 1,
        environment: 'fargate',
        placedAtMs: submittedAtMs + 1_000,
        startedAtMs: submittedAtMs + 6_000,
      },
    ]);
    expect(machine).toEqual({ name: 'job', current: 'RUNNING', path: ['STARTING', 'RUNNING'] });
    expect([logs.length, row.status]).toEqual([1, 'RUNNING']);
  });

  it('says why a job waits', async () => {
    await placed({
      containerOverrides: {
        resourceRequirements: [
          { type: 'VCPU', value: '16' },
          { type: 'MEMORY', value: '32768' },
        ],
      },
    });
    const { row, why } = await ask<JobAnswer>(`/${await placed()}`);
    expect([row.status, why?.position]).toEqual(['RUNNABLE', 1]);
    expect(why?.reason?.message).toMatch(/fargate/);
  });

  it('counts the children of an array where they are, in its list and on its own page', async () => {
    const jobId = await placed({ arrayProperties: { size: 3 } });
    const children = { SUBMITTED: 0, STARTING: 3, SUCCEEDED: 0 };
    expect((await home.job(jobId)).children).toMatchObject({ SUBMITTED: 3, STARTING: 0 });
    expect((await ask<JobAnswer>(`/${jobId}`)).row).toMatchObject({ children });
    expect((await ask<JobsAnswer>('', { queue: 'default' })).jobs).toMatchObject([{ jobId, children }]);
    expect((await ask<JobsAnswer>('', { ids: jobId })).jobs).toMatchObject([{ children }]);
    expect(await ask<Cells>(`/${jobId}/cells`)).toEqual({ size: 3, cells: 'TTT' });
  });

  it('makes of a form what SubmitJob takes', async () => {
    const jobId = await placed({ jobName: 'first' });
    const form = await ask<RerunForm>(`/${jobId}/rerun`);
    expect(form).toMatchObject({ jobName: 'first', queues: ['default'], containers: [{ vcpus: '0.25' }] });
    const made = await home.post(`/_slipway/console/jobs/${jobId}/rerun`, { ...form, jobName: 'second' });
    const { submitJob } = made as unknown as RerunInput; // as the endpoint answers
    const { jobId: again } = await home.post('/v1/submitjob', submitJob);
    expect((await ask<JobsAnswer>('', { name: 'second' })).jobs).toMatchObject([{ jobId: again }]);
  });

  it('refuses a job that is not there', async () => {
    await expect(ask('/00000000-0000-4000-8000-000000000000')).rejects.toThrow(
      /404.*does not exist in us-east-1/,
    );
  });
});
