import { describe, expect, test, vi } from 'vitest';
import type { JobDetail, JobStatus } from '@aws-sdk/client-batch';
import { pollJobs } from '../../../adapters/asl/poll-jobs.ts';
import { createFakeTime } from './fake-time.ts';

const NEVER = new AbortController().signal;

function detail(jobId: string, status: JobStatus): JobDetail {
  return {
    jobId,
    status,
    jobName: 'job',
    jobQueue: 'queue',
    jobDefinition: 'definition',
    startedAt: undefined,
  };
}

function createPoll(intervalMs = 1_000) {
  const time = createFakeTime();
  const statuses = new Map<string, JobStatus>();
  const calls: string[][] = [];
  const onPollFailed = vi.fn();
  let failure: Error | undefined;
  const watchJob = pollJobs({
    batch: {
      async describeJobs({ jobs = [] }) {
        calls.push(jobs);
        if (failure) throw failure;
        return { jobs: jobs.flatMap((id) => detailsOf(id)) };
      },
    },
    timer: time.timer,
    intervalMs,
    onPollFailed,
  });
  const detailsOf = (id: string): JobDetail[] => {
    const status = statuses.get(id);
    return status === undefined ? [] : [detail(id, status)];
  };
  const fail = (error: Error | undefined): void => void (failure = error);
  return { time, statuses, calls, watchJob, onPollFailed, fail };
}

describe('pollJobs', () => {
  test.each<JobStatus>(['SUCCEEDED', 'FAILED'])('resolves with a job that is %s', async (status) => {
    const { time, statuses, calls, watchJob } = createPoll();
    statuses.set('a', 'RUNNING');
    const job = watchJob('a', NEVER);
    await time.advance(2_500);
    expect(calls).toEqual([['a'], ['a']]);
    statuses.set('a', status);
    await time.advance(500);
    expect(await job).toMatchObject({ jobId: 'a', status });
  });

  test('asks for a hundred jobs in one call', async () => {
    const { time, statuses, calls, watchJob } = createPoll();
    const ids = Array.from({ length: 250 }, (_, index) => `job-${index}`);
    for (const id of ids) statuses.set(id, 'SUCCEEDED');
    const jobs = Promise.all(ids.map((id) => watchJob(id, NEVER)));
    await time.advance(1_000);
    expect((await jobs).map(({ jobId }) => jobId)).toEqual(ids);
    expect(calls.map(({ length }) => length)).toEqual([100, 100, 50]);
  });

  test('is silent while nothing is watched', async () => {
    const { time, statuses, calls, watchJob } = createPoll();
    expect(time.armed()).toBe(0);
    statuses.set('a', 'SUCCEEDED');
    const job = watchJob('a', NEVER);
    await time.advance(10_000);
    await job;
    expect(calls).toHaveLength(1);
    expect(time.armed()).toBe(0);
  });

  test('tells of a call that fails, and asks again', async () => {
    const { time, statuses, watchJob, onPollFailed, fail } = createPoll();
    statuses.set('a', 'SUCCEEDED');
    const broken = new Error('away');
    fail(broken);
    const job = watchJob('a', NEVER);
    await time.advance(1_000);
    expect(onPollFailed).toHaveBeenCalledExactlyOnceWith(broken);
    fail(undefined);
    await time.advance(1_000);
    expect(await job).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('bears with a job that is not there yet, and gives up one that is gone', async () => {
    const { time, statuses, watchJob } = createPoll();
    const late = watchJob('late', NEVER);
    const gone = expect(watchJob('gone', NEVER)).rejects.toThrow('Batch does not know the job gone any more');
    await time.advance(9_000);
    statuses.set('late', 'SUCCEEDED');
    await time.advance(1_000);
    expect(await late).toMatchObject({ status: 'SUCCEEDED' });
    await gone;
  });

  test('leaves a job at once when its watch is called off', async () => {
    const { time, calls, watchJob } = createPoll();
    const controller = new AbortController();
    const job = watchJob('a', controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(job).rejects.toBe(reason);
    await time.advance(1_000);
    expect(calls).toEqual([]);
    await expect(watchJob('b', controller.signal)).rejects.toBe(reason);
  });
});
