// CancelJobs and TerminateJobs as an AWS client sees them.
import { CancelJobsCommand, TerminateJobsCommand } from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineCalls } from './engine-calls.ts';
import { engineCalls } from './engine-calls.ts';

const UNKNOWN = '00000000-0000-4000-8000-00000000dead';

let home: EngineCalls | undefined;
async function open(): Promise<EngineCalls> {
  home = await engineCalls({ vcpus: 1 });
  return home;
}
afterEach(async () => {
  await home?.close();
  home = undefined;
});

describe('the bulk stops', () => {
  it('cancel what waits, leave what runs, and count unknown jobs as done', async () => {
    const calls = await open();
    const { batch } = calls;
    const running = await calls.submit();
    const waiting = [await calls.submit(), await calls.submit()];
    await calls.until(running, ({ status }) => status === 'RUNNING');
    const jobs = [running, ...waiting, UNKNOWN];
    const answer = await batch.send(new CancelJobsCommand({ jobs, reason: 'not now' }));
    expect(answer).toMatchObject({ successful: jobs, errors: [] });
    expect((await calls.job(running)).status).toBe('RUNNING');
    for (const jobId of waiting) {
      expect(await calls.job(jobId)).toMatchObject({ status: 'FAILED', statusReason: 'not now' });
    }
  });

  it('terminate what runs, and what waits is failed', async () => {
    const calls = await open();
    const { batch } = calls;
    const running = await calls.submit();
    const waiting = await calls.submit();
    await calls.until(running, ({ status }) => status === 'RUNNING');
    await batch.send(new TerminateJobsCommand({ jobs: [running, waiting, running], reason: 'enough' }));
    expect(await calls.ended(running)).toMatchObject({
      statusReason: 'enough',
      attempts: [{ exitCode: 143 }],
    });
    expect(await calls.ended(waiting)).toMatchObject({ statusReason: 'enough', attempts: [] });
  });

  it('tell each malformed id beside the jobs that were stopped', async () => {
    const calls = await open();
    const { batch } = calls;
    await calls.submit();
    const waiting = await calls.submit();
    const answer = await batch.send(new CancelJobsCommand({ jobs: ['what', waiting], reason: 'r' }));
    expect(answer.successful).toEqual([waiting]);
    expect(answer.errors).toMatchObject([
      {
        job: 'what',
        code: 'ValidationException',
        message: expect.stringContaining('jobs[0] must be a job id'),
      },
    ]);
    expect((await calls.job(waiting)).status).toBe('FAILED');
  });

  it.each([
    ['no job', { jobs: [], reason: 'r' }, 'jobs must have 1 to 50 elements, but has 0.'],
    ['51 jobs', { jobs: Array<string>(51).fill(UNKNOWN), reason: 'r' }, 'jobs must have 1 to 50'],
    ['an empty reason', { jobs: [UNKNOWN], reason: '' }, 'reason must not be empty.'],
    ['a long reason', { jobs: [UNKNOWN], reason: 'x'.repeat(1025) }, 'reason must have at most 1024'],
  ])('refuse %s', async (_, input, message) => {
    const { batch } = await open();
    await expect(batch.send(new CancelJobsCommand(input))).rejects.toMatchObject({
      name: 'ClientException',
      message: expect.stringContaining(message),
    });
  });
});
