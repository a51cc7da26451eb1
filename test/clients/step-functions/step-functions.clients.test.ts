// Workflows over the wire: the page as it stands, and what a workflow's owner relies on when things go wrong. The engine runs
// here, the jobs on a server of their own, and the SDK's client is all there is between them.
import type { Batch, JobDetail } from '@aws-sdk/client-batch';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemTimer } from '../../../adapters/asl/alarm-queue.ts';
import { batchResources } from '../../../adapters/asl/batch-submit-job.ts';
import type { AslEngine } from '../../../adapters/asl/engine.ts';
import { createAslEngine } from '../../../adapters/asl/engine.ts';
import { pollJobs } from '../../../adapters/asl/poll-jobs.ts';
import type { States } from '../../adapters/asl/run-machine.ts';
import { machineOf } from '../../adapters/asl/run-machine.ts';
import { batchOf } from '../batch-of.ts';
import { readPage } from '../page.ts';
import type { PageProject } from '../page-project.ts';
import { aPageProject } from '../page-project.ts';
import { itRunsThePage } from '../run-page.ts';

const SYNC = 'arn:aws:states:::batch:submitJob.sync';
const reason = (state: string): string => `The Step Functions task ${state} ended before the job did.`;

let project: PageProject;
let batch: Batch;
let engine: AslEngine;

beforeAll(async () => {
  // `node` is the one that runs this test: the page asks for Node 24.
  project = await aPageProject(readPage('docs/clients/step-functions.md'), {
    path: [dirname(process.execPath)],
  });
  batch = await batchOf(project);
  const watchJob = pollJobs({ batch, intervalMs: 100, timer: systemTimer });
  engine = createAslEngine({
    clock: { now: () => Date.now() },
    resources: batchResources({ batch, watchJob }),
  });
});
afterAll(async () => {
  engine?.close();
  batch?.destroy();
  await project?.stop();
});

itRunsThePage('docs/clients/step-functions.md', () => project);

/** A job of a shell command. */
function job(name: string, script: string, parameters: object = {}) {
  const ContainerOverrides = { Command: ['sh', '-c', script] };
  return { JobName: name, JobQueue: 'default', JobDefinition: 'shell', ContainerOverrides, ...parameters };
}

function task(Parameters: object, more: object = {}, state = 'Run'): States {
  return { [state]: { Type: 'Task', Resource: SYNC, Parameters, End: true, ...more } };
}

let executions = 0;
function start(states: States, rest: object = {}) {
  const name = `execution-${(executions += 1)}`;
  return { name, done: engine.start(machineOf(states, rest), name, {}).done };
}

async function jobNamed(name: string): Promise<JobDetail | undefined> {
  const filters = [{ name: 'JOB_NAME', values: [name] }];
  const { jobSummaryList: [summary] = [] } = await batch.listJobs({ jobQueue: 'default', filters });
  return summary && (await batch.describeJobs({ jobs: [summary.jobId ?? ''] })).jobs?.[0];
}

const untilRunning = (name: string) =>
  expect.poll(async () => (await jobNamed(name))?.status, { timeout: 20_000 }).toBe('RUNNING');
const untilStopped = (name: string, state = 'Run') =>
  expect
    .poll(() => jobNamed(name), { timeout: 20_000 })
    .toMatchObject({ status: 'FAILED', isTerminated: true, statusReason: reason(state) });

describe('batch:submitJob.sync over the wire', () => {
  afterEach(async () => {
    expect((await batch.listJobs({ jobQueue: 'default', jobStatus: 'RUNNING' })).jobSummaryList).toEqual([]);
  });

  it('results in the whole job, in PascalCase', async () => {
    const parameters = job('whole', 'exit 0', { Tags: { team: 'x' }, Parameters: { inputFile: 'y' } });
    expect(await start(task(parameters)).done).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        JobName: 'whole',
        JobQueue: 'arn:aws:batch:us-east-1:123456789012:job-queue/default',
        Status: 'SUCCEEDED',
        StatusReason: 'Essential container in task exited',
        Tags: { team: 'x' },
        Parameters: { inputFile: 'y' },
        Container: { ExitCode: 0, Command: ['sh', '-c', 'exit 0'] },
        Attempts: [{ Container: { ExitCode: 0 } }],
      },
    });
  });

  it('fails with the job as the cause, and Batch’s own retries behind it', async () => {
    const result = await start(task(job('fails', 'exit 9', { RetryStrategy: { Attempts: 2 } }))).done;
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    const { JobName, Attempts } = JSON.parse('cause' in result ? (result.cause ?? '') : '');
    expect(JobName).toBe('fails');
    expect(Attempts).toMatchObject([{ Container: { ExitCode: 9 } }, { Container: { ExitCode: 9 } }]);
  });

  it('submits anew at each Retry of the state, until one succeeds', async () => {
    const marker = `${project.folder}/second-try`;
    const script = `[ -e ${marker} ] || { touch ${marker}; exit 1; }`;
    const Retry = [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1, MaxAttempts: 2 }];
    expect(await start(task(job('retried', script), { Retry })).done).toMatchObject({ status: 'SUCCEEDED' });
    const filters = [{ name: 'JOB_NAME', values: ['retried'] }];
    const { jobSummaryList = [] } = await batch.listJobs({ jobQueue: 'default', filters });
    expect(jobSummaryList.map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED']);
  });

  it('is refused by Batch’s own words', async () => {
    expect(await start(task(job('lost', 'true', { JobQueue: 'nowhere' }))).done).toEqual({
      status: 'FAILED',
      error: 'Batch.ClientException',
      cause: 'JobQueue nowhere not found.',
    });
  });

  it('stops its job when the task times out', async () => {
    const { done } = start(task(job('late', 'exec sleep 600'), { TimeoutSeconds: 2 }));
    expect(await done).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    await untilStopped('late');
  });

  it('stops its job when the execution is stopped', async () => {
    const { name, done } = start(task(job('stopped', 'exec sleep 600')));
    await untilRunning('stopped');
    engine.stop(name);
    expect(await done).toEqual({ status: 'ABORTED' });
    await untilStopped('stopped');
  });

  it('stops its siblings when one of a Parallel fails', async () => {
    const branch = (name: string, script: string) => ({
      StartAt: name,
      States: task(job(name, script), {}, name),
    });
    const Branches = [branch('sibling', 'exec sleep 600'), branch('culprit', 'sleep 1; exit 1')];
    const { done } = start({ Both: { Type: 'Parallel', Branches, End: true } });
    expect(await done).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    await untilStopped('sibling', 'sibling');
  });

  it('sees that somebody else terminated its job', async () => {
    const { done } = start(task(job('terminated', 'exec sleep 600')));
    await untilRunning('terminated');
    await batch.terminateJob({ jobId: (await jobNamed('terminated'))?.jobId ?? '', reason: 'not needed' });
    const result = await done;
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect('cause' in result && JSON.parse(result.cause ?? '')).toMatchObject({
      Status: 'FAILED',
      StatusReason: 'not needed',
    });
  });
});
