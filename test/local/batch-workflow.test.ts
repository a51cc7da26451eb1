// Workflows with batch:submitJob.sync on a whole local engine, in one process: real rows, real scheduling, the event log.
import type { DescribeJobsResponse } from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import { batchResources } from '../../adapters/asl/batch-submit-job.ts';
import type { BatchJobs } from '../../adapters/asl/batch-submit-job.ts';
import { createAslEngine } from '../../adapters/asl/engine.ts';
import { parseAttemptId } from '../../core/job/job.ts';
import { describeJobs } from '../../api/operations/describe-jobs.ts';
import { submitJob } from '../../api/operations/submit-job.ts';
import { terminateJob } from '../../api/operations/terminate-job.ts';
import type { CallContext } from '../../api/operation.ts';
import { createJobWatch } from '../../local/watch-jobs.ts';
import { createFakeTime } from '../adapters/asl/fake-time.ts';
import type { States } from '../adapters/asl/run-machine.ts';
import { machineOf } from '../adapters/asl/run-machine.ts';
import type { ALocalEngine, ALocalEngineOptions } from '../engine/a-local-engine.ts';
import { aLocalEngine, SCOPE } from '../engine/a-local-engine.ts';

const SYNC = 'arn:aws:states:::batch:submitJob.sync';
const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

/** Batch without a wire: the operations, called as the router calls them. */
function batchOf(home: ALocalEngine): BatchJobs {
  const { store } = home.engine;
  const clock = { now: () => Date.now() };
  const deps = { store, clock, ids: home.ids };
  const context: CallContext<typeof deps> = {
    deps,
    scope: SCOPE,
    identity: {
      arn: 'arn:aws:iam::123456789012:root',
      accountId: SCOPE.account,
      accessKeyId: 'key',
      principalId: SCOPE.account,
      type: 'Root',
    },
    requestId: 'request',
    sourceIp: '127.0.0.1',
    userAgent: 'workflow',
    atMs: clock.now(),
  };
  // A request here has the shape that the wire's parser would give it; an answer's readonly parts are not changed.
  return {
    submitJob: (request) => submitJob.handle(context, request as never),
    async describeJobs(request) {
      return (await describeJobs.handle(context, request as never)) as DescribeJobsResponse;
    },
    terminateJob: (request) => terminateJob.handle(context, request as never),
  };
}

async function aWorkflowHome(options: ALocalEngineOptions = {}) {
  const home = await aLocalEngine(options);
  const batch = batchOf(home);
  const watch = createJobWatch({ events: home.opened.events, batch });
  const time = createFakeTime();
  const workflows = createAslEngine({
    ...time,
    resources: batchResources({ batch, watchJob: watch.watchJob }),
  });
  releases.push(
    () => home.close(),
    () => watch.close(),
    () => workflows.close(),
  );
  return { home, workflows, time, watch };
}

const run = (more: object = {}, parameters: object = { JobName: 'step' }) => ({
  Type: 'Task',
  Resource: SYNC,
  Parameters: { JobQueue: 'default', JobDefinition: 'shell', ...parameters },
  ...more,
});

describe('a workflow on the local engine', () => {
  it('maps over jobs and goes on with their results', async () => {
    const { workflows } = await aWorkflowHome();
    const states: States = {
      Map: {
        Type: 'Map',
        ItemsPath: '$',
        ItemProcessor: {
          StartAt: 'Run',
          States: { Run: run({ End: true }, { 'JobName.$': "States.Format('item-{}', $)" }) },
        },
        ResultSelector: {
          'names.$': '$[*].JobName',
          'statuses.$': '$[*].Status',
          'codes.$': '$[*].Container.ExitCode',
        },
        End: true,
      },
    };
    expect(await workflows.start(machineOf(states), 'x', [1, 2, 3]).done).toEqual({
      status: 'SUCCEEDED',
      output: {
        names: ['item-1', 'item-2', 'item-3'],
        statuses: ['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'],
        codes: [0, 0, 0],
      },
    });
  });

  it('retries a failed job as a new one, then catches its failure', async () => {
    const { home, workflows, time } = await aWorkflowHome({ onStart: () => ({ exitCode: 7 }) });
    const states: States = {
      Run: run({
        Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.failure', Next: 'Recover' }],
        End: true,
      }),
      Recover: { Type: 'Pass', Parameters: { 'job.$': 'States.StringToJson($.failure.Cause)' }, End: true },
    };
    const { done } = workflows.start(machineOf(states), 'x', {});
    await expect.poll(() => time.armed()).toBe(1);
    await time.advance(1_000);
    expect(await done).toMatchObject({
      status: 'SUCCEEDED',
      output: { job: { JobName: 'step', Status: 'FAILED', Container: { ExitCode: 7 } } },
    });
    expect(home.launcher.containers.size).toBe(2);
  });

  it('waits for a whole array', async () => {
    const { workflows } = await aWorkflowHome();
    const { done } = workflows.start(
      machineOf({ Run: run({ End: true }, { JobName: 'array', ArrayProperties: { Size: 5 } }) }),
      'x',
      {},
    );
    expect(await done).toMatchObject({
      output: {
        Status: 'SUCCEEDED',
        ArrayProperties: { Size: 5, StatusSummary: { SUCCEEDED: 5, FAILED: 0 } },
      },
    });
  });

  it('terminates its job when it is stopped', async () => {
    const { home, workflows } = await aWorkflowHome({ onStart: () => undefined });
    const { done } = workflows.start(machineOf({ Run: run({ End: true }) }), 'x', {});
    await expect.poll(() => home.launcher.containers.size).toBe(1);
    const [attemptId = ''] = home.launcher.containers.keys();
    const { jobId } = parseAttemptId(attemptId);
    await home.until(jobId, ({ status }) => status === 'RUNNING');
    workflows.stop('x');
    expect(await done).toEqual({ status: 'ABORTED' });
    const ended = await home.until(jobId, ({ status }) => status === 'FAILED');
    expect(ended.statusReason).toBe('The Step Functions task Run ended before the job did.');
  });

  it('fails with the words of Batch when it submits to a queue that is not there', async () => {
    const { workflows } = await aWorkflowHome();
    const machine = machineOf({ Run: run({ End: true }, { JobName: 'step', JobQueue: 'nowhere' }) });
    expect(await workflows.start(machine, 'x', {}).done).toEqual({
      status: 'FAILED',
      error: 'Batch.ClientException',
      cause: 'JobQueue nowhere not found.',
    });
  });
});

describe('watchJob', () => {
  it('knows a job that ended before it was watched', async () => {
    const { home, watch } = await aWorkflowHome();
    const jobId = await home.submit();
    await home.ended(jobId);
    expect(await watch.watchJob(jobId, new AbortController().signal)).toMatchObject({
      jobId,
      status: 'SUCCEEDED',
    });
  });

  it('says so when there is no such job', async () => {
    const { watch } = await aWorkflowHome();
    const unknown = 'abcdef01-0000-4000-8000-000000000000';
    await expect(watch.watchJob(unknown, new AbortController().signal)).rejects.toThrow(
      `there is no job ${unknown} any more`,
    );
  });

  it('ends with the reason of whoever calls it off', async () => {
    const { home, watch } = await aWorkflowHome({ onStart: () => undefined });
    const controller = new AbortController();
    const watched = watch.watchJob(await home.submit(), controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(watched).rejects.toBe(reason);
  });
});
