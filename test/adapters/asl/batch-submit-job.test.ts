import { describe, expect, test, vi } from 'vitest';
import type { JobDetail, SubmitJobRequest } from '@aws-sdk/client-batch';
import { batchResources } from '../../../adapters/asl/batch-submit-job.ts';
import type { BatchJobs, WatchJob } from '../../../adapters/asl/batch-submit-job.ts';
import type { Json } from '../../../adapters/asl/json.ts';
import { lambdaResources } from '../../../adapters/asl/lambda-resources.ts';
import { createBench, machineOf } from './run-machine.ts';
import type { States } from './run-machine.ts';

const SYNC = 'arn:aws:states:::batch:submitJob.sync';
const PARAMETERS = { JobName: 'job', JobQueue: 'queue', JobDefinition: 'definition' };
const MARK = { name: 'MANAGED_BY_AWS', value: 'STARTED_BY_STEP_FUNCTIONS' };

/** A Batch whose jobs end when the test says so. */
function createPretendedBatch() {
  const requests: SubmitJobRequest[] = [];
  const ends = new Map<string, (job: JobDetail) => void>();
  const terminated: object[] = [];
  const batch: BatchJobs = {
    async submitJob(request) {
      requests.push(request);
      const jobId = `job-${requests.length}`;
      return { jobId, jobName: request.jobName, jobArn: `arn:${jobId}` };
    },
    describeJobs: async () => ({ jobs: [] }),
    terminateJob: async (request) => {
      terminated.push(request);
      return {};
    },
  };
  const watchJob: WatchJob = (jobId, signal) =>
    new Promise((resolve, reject) => {
      ends.set(jobId, resolve);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const end = (jobId: string, status: 'SUCCEEDED' | 'FAILED'): void =>
    ends.get(jobId)?.({ ...DETAIL, jobId, status });
  return { batch, watchJob, requests, terminated, end };
}

const DETAIL: Omit<JobDetail, 'jobId' | 'status'> = {
  jobName: 'job',
  jobQueue: 'arn:queue',
  jobDefinition: 'arn:definition',
  startedAt: 5,
  tags: { team: 'x' },
  container: { exitCode: 3, environment: [MARK] },
};

function start(states: States, given: Partial<Parameters<typeof batchResources>[0]> = {}, rest: object = {}) {
  const pretended = createPretendedBatch();
  const mine = batchResources({ batch: pretended.batch, watchJob: pretended.watchJob, ...given });
  const lambdas = lambdaResources({});
  const bench = createBench({}, { resources: (resource) => mine(resource) ?? lambdas(resource) });
  const { done } = bench.engine.start(machineOf(states, rest), 'x', { size: 3 });
  return { ...bench, ...pretended, done };
}

const task = (more: object = {}, parameters: object = PARAMETERS, resource = SYNC): States => ({
  Run: { Type: 'Task', Resource: resource, Parameters: parameters, End: true, ...more },
});

describe('batch:submitJob.sync', () => {
  test('submits in the words of Batch, with the mark of its starter', async () => {
    const { time, requests } = start(
      task(
        {},
        {
          ...PARAMETERS,
          ArrayProperties: { 'Size.$': '$.size' },
          ContainerOverrides: { Command: ['Echo', 'A'], Environment: [{ Name: 'Key', Value: 'Value' }] },
          Parameters: { InputFile: 'x' },
          Tags: { Team: 'y' },
        },
      ),
    );
    await time.settle();
    expect(requests).toEqual([
      {
        jobName: 'job',
        jobQueue: 'queue',
        jobDefinition: 'definition',
        arrayProperties: { size: 3 },
        containerOverrides: { command: ['Echo', 'A'], environment: [{ name: 'Key', value: 'Value' }, MARK] },
        parameters: { InputFile: 'x' },
        tags: { Team: 'y' },
      },
    ]);
  });

  test('puts its mark in place of one that the state gives', async () => {
    const Environment = [{ Name: MARK.name, Value: 'me' }];
    const { time, requests } = start(task({}, { ...PARAMETERS, ContainerOverrides: { Environment } }));
    await time.settle();
    expect(requests[0]?.containerOverrides?.environment).toEqual([MARK]);
  });

  test.each(['NodeOverrides', 'EcsPropertiesOverride', 'EksPropertiesOverride'])(
    'adds no container override beside %s, which Batch would refuse',
    async (name) => {
      const { time, requests } = start(task({}, { ...PARAMETERS, [name]: {} }));
      await time.settle();
      expect(requests[0]).not.toHaveProperty('containerOverrides');
    },
  );

  test('results in the whole job, in the words of Step Functions', async () => {
    const { time, end, done, terminated } = start(task());
    await time.settle();
    end('job-1', 'SUCCEEDED');
    expect(await done).toEqual({
      status: 'SUCCEEDED',
      output: {
        JobId: 'job-1',
        JobName: 'job',
        JobQueue: 'arn:queue',
        JobDefinition: 'arn:definition',
        Status: 'SUCCEEDED',
        StartedAt: 5,
        Tags: { team: 'x' },
        Container: { ExitCode: 3, Environment: [{ Name: MARK.name, Value: MARK.value }] },
      },
    });
    expect(terminated).toEqual([]);
  });

  test('fails as States.TaskFailed, with the job as its cause', async () => {
    const { time, end, done } = start(task());
    await time.settle();
    end('job-1', 'FAILED');
    const result = await done;
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    const cause = 'cause' in result ? JSON.parse(result.cause ?? '') : undefined;
    expect(cause).toMatchObject({ JobId: 'job-1', Status: 'FAILED', Container: { ExitCode: 3 } });
  });

  test('is submitted anew by a Retry', async () => {
    const Retry = [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1, MaxAttempts: 1 }];
    const { time, end, done, requests } = start(task({ Retry }));
    await time.settle();
    end('job-1', 'FAILED');
    await time.advance(1_000);
    end('job-2', 'SUCCEEDED');
    expect(await done).toMatchObject({ output: { JobId: 'job-2' } });
    expect(requests).toHaveLength(2);
  });
});

describe('a job that nobody waits for any more is terminated', () => {
  const REASON = 'The Step Functions task Run ended before the job did.';

  test('when its task times out', async () => {
    const { time, done, terminated } = start(task({ TimeoutSeconds: 10 }));
    await time.advance(10_000);
    expect(await done).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(terminated).toEqual([{ jobId: 'job-1', reason: REASON }]);
  });

  test('when its execution times out', async () => {
    const { time, done, terminated } = start(task(), {}, { TimeoutSeconds: 10 });
    await time.advance(10_000);
    expect(await done).toMatchObject({ status: 'TIMED_OUT' });
    expect(terminated).toEqual([{ jobId: 'job-1', reason: REASON }]);
  });

  test('when its execution is stopped', async () => {
    const { engine, time, terminated } = start(task());
    await time.settle();
    engine.stop('x');
    await time.settle();
    expect(terminated).toEqual([{ jobId: 'job-1', reason: REASON }]);
  });

  test('when its execution is stopped while it is being submitted', async () => {
    const answer = Promise.withResolvers<{ jobId: string; jobName: string }>();
    const pretended = createPretendedBatch();
    const batch: BatchJobs = { ...pretended.batch, submitJob: () => answer.promise };
    const { engine, time } = start(task(), { batch });
    await time.settle();
    engine.stop('x');
    answer.resolve({ jobId: 'late', jobName: 'job' });
    await time.settle();
    expect(pretended.terminated).toEqual([{ jobId: 'late', reason: REASON }]);
  });

  test('when a sibling in a Map fails', async () => {
    const Map = {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemProcessor: { StartAt: 'Run', States: task() },
      End: true,
    };
    const pass = { Type: 'Pass', Result: { items: [1, 2, 3] }, Next: 'Map' };
    const { time, end, done, terminated } = start({ Items: pass, Map });
    await time.settle();
    end('job-2', 'FAILED');
    expect(await done).toMatchObject({ error: 'States.TaskFailed' });
    await time.settle();
    expect(terminated).toMatchObject([{ jobId: 'job-1' }, { jobId: 'job-3' }]);
  });

  test('and one that cannot be terminated is told', async () => {
    const onStopFailed = vi.fn();
    const broken = new Error('unreachable');
    const { batch } = createPretendedBatch();
    const terminateJob = () => Promise.reject(broken);
    const { time, engine } = start(task(), { batch: { ...batch, terminateJob }, onStopFailed });
    await time.settle();
    engine.stop('x');
    await time.settle();
    expect(onStopFailed).toHaveBeenCalledExactlyOnceWith('job-1', broken);
  });
});

describe('batch:submitJob', () => {
  test('results in what Batch answered, and lets the job run', async () => {
    const { done, terminated, requests } = start(task({}, PARAMETERS, SYNC.replace('.sync', '')));
    expect(await done).toEqual({
      status: 'SUCCEEDED',
      output: { JobId: 'job-1', JobName: 'job', JobArn: 'arn:job-1' },
    });
    expect(requests).toMatchObject([{ containerOverrides: { environment: [MARK] } }]);
    expect(terminated).toEqual([]);
  });
});

describe('a refused submission', () => {
  const refusedWith = (name: string) => {
    const { batch } = createPretendedBatch();
    const error = Object.assign(new Error('JobQueue queue not found.'), { name });
    return { batch: { ...batch, submitJob: () => Promise.reject(error) } };
  };

  test.each([
    ['ClientException', 'Batch.ClientException'],
    ['ServerException', 'Batch.ServerException'],
    ['ECONNREFUSED', 'Batch.SdkClientException'],
  ])('with %s fails the task as %s', async (name, error) => {
    const { done } = start(task(), refusedWith(name));
    expect(await done).toEqual({ status: 'FAILED', error, cause: 'JobQueue queue not found.' });
  });

  test('can be caught by its name', async () => {
    const Catch = [{ ErrorEquals: ['Batch.ClientException'], Next: 'Refused' }];
    const { done } = start(
      { ...task({ Catch }), Refused: { Type: 'Pass', End: true } },
      refusedWith('ClientException'),
    );
    expect(await done).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'Batch.ClientException' } });
  });
});

describe('Parameters', () => {
  test.each<[Json, string]>([
    [{ ...PARAMETERS, jobName: 'x' }, 'SubmitJob takes no jobName from a state'],
    ['text', 'expected Parameters, got "text"'],
  ])('%j are refused before anything is submitted', async (parameters, problem) => {
    const { batch, watchJob, requests } = createPretendedBatch();
    const handler = batchResources({ batch, watchJob })(SYNC);
    const context = {
      executionName: 'x',
      stateName: 'Run',
      signal: new AbortController().signal,
      heartbeat: () => undefined,
    };
    await expect(handler?.(SYNC, parameters, context)).rejects.toThrow(problem);
    expect(requests).toEqual([]);
  });
});

test.each(['arn:aws:states:::batch:submitJob.waitForTaskToken', 'arn:aws:states:::lambda:invoke'])(
  '%s is left to others',
  (resource) => {
    const { batch, watchJob } = createPretendedBatch();
    expect(batchResources({ batch, watchJob })(resource)).toBeUndefined();
  },
);
