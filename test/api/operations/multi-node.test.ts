// Multi-node parallel jobs as an AWS client sees them: what it registers, submits, reads back and stops.
import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeJobsCommand,
  ListJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import type { JobDetail, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../../core/ids.ts';
import { ADDRESS } from '../../engine/simulated-launcher.ts';
import type { EngineCalls } from './engine-calls.ts';
import { engineCalls } from './engine-calls.ts';

let home: EngineCalls | undefined;
afterEach(async () => {
  await home?.close();
  home = undefined;
});

const container = {
  image: 'busybox',
  command: ['echo', 'Ref::what'],
  resourceRequirements: [
    { type: 'VCPU' as const, value: '1' },
    { type: 'MEMORY' as const, value: '128' },
  ],
};

/** One main node and one other, in the ranges that Metaflow writes. */
async function open(): Promise<EngineCalls> {
  home = await engineCalls();
  const registration = new RegisterJobDefinitionCommand({
    jobDefinitionName: 'parallel',
    type: 'multinode',
    parameters: { what: 'hello' },
    nodeProperties: {
      numNodes: 2,
      mainNode: 0,
      nodeRangeProperties: [
        { targetNodes: '0:0', container },
        { targetNodes: '1:', container },
      ],
    },
  });
  await home.batch.send(registration);
  return home;
}

async function submit(calls: EngineCalls, more: Partial<SubmitJobCommandInput> = {}): Promise<JobId> {
  const input = { jobName: 'mnp', jobQueue: 'default', jobDefinition: 'parallel', ...more };
  const { jobId } = await calls.batch.send(new SubmitJobCommand(input));
  return jobId as JobId; // the service's own
}

async function describeOne(calls: EngineCalls, jobId: string): Promise<JobDetail> {
  const { jobs = [] } = await calls.batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
  const [job] = jobs;
  if (!job) throw new Error(`${jobId} is not described`);
  return job;
}

const untilAllRun = (calls: EngineCalls, jobId: JobId) =>
  calls.until(jobId, (job) => job.nodes?.every(({ status }) => status === 'RUNNING') ?? false);

describe('a multi-node job', () => {
  it('is described by its node properties with the overrides, and has no container', async () => {
    const calls = await open();
    const jobId = await submit(calls, {
      nodeOverrides: {
        numNodes: 3,
        nodePropertyOverrides: [{ targetNodes: '1:2', containerOverrides: { command: ['worker'] } }],
      },
    });
    await untilAllRun(calls, jobId);
    const job = await describeOne(calls, jobId);
    expect(job).toMatchObject({
      status: 'RUNNING',
      attempts: [],
      parameters: { what: 'hello' },
      nodeProperties: {
        numNodes: 3,
        mainNode: 0,
        nodeRangeProperties: [
          { targetNodes: '0:0', container: { command: ['echo', 'Ref::what'] } },
          { targetNodes: '1:', container: { command: ['worker'], image: 'busybox' } },
        ],
      },
    });
    expect(job.container).toBeUndefined();
    expect(job.stoppedAt).toBeUndefined();
    const tasks = [0, 1].map((index) => calls.launcher.containers.get(`${jobId}#${index}/1`)?.task.command);
    expect(tasks).toEqual([['echo', 'hello'], ['worker']]);
  });

  it('shows its main node’s end in its last attempt, where clients look for it', async () => {
    const calls = await open();
    const jobId = await submit(calls);
    await untilAllRun(calls, jobId);
    calls.launcher.exit(`${jobId}#0/1`, { exitCode: 7 });
    await calls.ended(jobId);
    const [job, main, other] = await Promise.all(
      [jobId, `${jobId}#0`, `${jobId}#1`].map((id) => describeOne(calls, id)),
    );
    const container = { exitCode: 7, logStreamName: main?.container?.logStreamName };
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'Essential container in task exited',
      attempts: [{ container, startedAt: expect.any(Number), stoppedAt: job?.stoppedAt }],
    });
    expect(main).toMatchObject({
      status: 'FAILED',
      nodeDetails: { nodeIndex: 0, isMainNode: true },
      container,
    });
    expect(other).toMatchObject({
      status: 'FAILED',
      statusReason: 'Main node exited',
      container: { exitCode: 143 },
    });
    expect(main?.container?.logStreamName).toMatch(/^parallel\/default\/[0-9a-f]{32}$/);
    expect(other?.container?.logStreamName).not.toBe(main?.container?.logStreamName);
    expect(main?.container?.taskArn).toContain(main?.container?.logStreamName?.split('/').at(-1) ?? 'none');
  });

  it('whose nodes run several containers has them in its node properties and in its nodes', async () => {
    const calls = await open();
    const containers = [
      { ...container, name: 'main' },
      { ...container, name: 'beside', essential: false },
    ];
    await calls.batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'several',
        type: 'multinode',
        nodeProperties: {
          numNodes: 1,
          mainNode: 0,
          nodeRangeProperties: [{ targetNodes: '0', ecsProperties: { taskProperties: [{ containers }] } }],
        },
      }),
    );
    const jobId = await submit(calls, { jobDefinition: 'several' });
    await untilAllRun(calls, jobId);
    const names = [{ name: 'main' }, { name: 'beside', essential: false }];
    const job = await describeOne(calls, jobId);
    expect(job.nodeProperties?.nodeRangeProperties).toMatchObject([
      { targetNodes: '0', ecsProperties: { taskProperties: [{ containers: names }] } },
    ]);
    expect(job.ecsProperties).toBeUndefined();
    expect((await describeOne(calls, `${jobId}#0`)).ecsProperties).toMatchObject({
      taskProperties: [{ containers: names }],
    });
  });

  it('has nodes that are described under their own ids, and none beyond', async () => {
    const calls = await open();
    const jobId = await submit(calls);
    await untilAllRun(calls, jobId);
    expect(await describeOne(calls, `${jobId}#1`)).toMatchObject({
      jobId: `${jobId}#1`,
      jobArn: expect.stringMatching(/#1$/),
      status: 'RUNNING',
      nodeDetails: { nodeIndex: 1, isMainNode: false },
      container: { networkInterfaces: [{ privateIpv4Address: ADDRESS }] },
    });
    const { jobs } = await calls.batch.send(
      new DescribeJobsCommand({ jobs: [`${jobId}#2`, `${jobId}#0`, jobId] }),
    );
    expect(jobs?.map((job) => job.jobId)).toEqual([`${jobId}#0`, jobId]);
  });

  it('lists its nodes by state, page by page', async () => {
    const calls = await open();
    const jobId = await submit(calls, { nodeOverrides: { numNodes: 4 } });
    await untilAllRun(calls, jobId);
    calls.launcher.exit(`${jobId}#2/1`, { exitCode: 0 });
    await calls.until(jobId, (job) => job.nodes?.[2]?.status === 'SUCCEEDED');
    const list = (more: object) => calls.batch.send(new ListJobsCommand({ multiNodeJobId: jobId, ...more }));
    const first = await list({ maxResults: 2 });
    expect(first.jobSummaryList).toMatchObject([
      { jobId: `${jobId}#0`, nodeProperties: { isMainNode: true, numNodes: 4, nodeIndex: 0 } },
      { jobId: `${jobId}#1`, nodeProperties: { isMainNode: false, numNodes: 4, nodeIndex: 1 } },
    ]);
    const { nextToken } = first;
    const rest = await list({ maxResults: 2, nextToken });
    expect(rest.jobSummaryList?.map((node) => node.jobId)).toEqual([`${jobId}#3`]);
    expect(rest.nextToken).toBeUndefined();
    const ended = await list({ jobStatus: 'SUCCEEDED' });
    expect(ended.jobSummaryList).toMatchObject([{ jobId: `${jobId}#2`, container: { exitCode: 0 } }]);
    const { jobSummaryList } = await calls.batch.send(new ListJobsCommand({ jobQueue: 'default' }));
    expect(jobSummaryList).toMatchObject([{ jobId, nodeProperties: { numNodes: 4 } }]);
  });

  it('goes on when TerminateJob stops one of its nodes', async () => {
    const calls = await open();
    const jobId = await submit(calls);
    await untilAllRun(calls, jobId);
    await calls.batch.send(new TerminateJobCommand({ jobId: `${jobId}#1`, reason: 'enough of this one' }));
    await calls.until(jobId, (job) => job.nodes?.[1]?.status === 'FAILED');
    expect(await describeOne(calls, `${jobId}#1`)).toMatchObject({
      statusReason: 'enough of this one',
      isTerminated: true,
    });
    expect(await describeOne(calls, jobId)).toMatchObject({ status: 'RUNNING', isTerminated: false });
  });
});

describe('SubmitJob', () => {
  it.each<[string, Partial<SubmitJobCommandInput>, string]>([
    [
      'overrides of nodes that the definition does not have',
      { nodeOverrides: { nodePropertyOverrides: [{ targetNodes: '0:1' }] } },
      'NodeOverride targets should match job definition. Non matching targets - 0:1',
    ],
    [
      'an array of multi-node jobs',
      { arrayProperties: { size: 2 } },
      'arrayProperties.size is not allowed with a multi-node definition, but is 2.',
    ],
    [
      'N_TO_N',
      { dependsOn: [{ jobId: '00000000-0000-4000-8000-000000000001', type: 'N_TO_N' }] },
      'array jobs only',
    ],
  ])('refuses %s', async (_name, more, message) => {
    const calls = await open();
    await expect(submit(calls, more)).rejects.toMatchObject({
      name: 'ClientException',
      message: expect.stringContaining(message),
    });
  });

  it('to a queue that has only Fargate leaves the job waiting, with the reason', async () => {
    const calls = await open();
    const { computeEnvironmentArn } = await calls.batch.send(
      new CreateComputeEnvironmentCommand({
        computeEnvironmentName: 'fargate',
        type: 'MANAGED',
        computeResources: { type: 'FARGATE', maxvCpus: 4, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
      }),
    );
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: computeEnvironmentArn }];
    await calls.batch.send(
      new CreateJobQueueCommand({ jobQueueName: 'fargate', priority: 1, computeEnvironmentOrder }),
    );
    const jobId = await submit(calls, { jobQueue: 'fargate' });
    const job = await calls.until(jobId, ({ statusReason }) => statusReason !== undefined);
    expect(job).toMatchObject({
      status: 'RUNNABLE',
      statusReason:
        'can never run there: multi-node jobs need a managed EC2 compute environment that is not Spot, and its queue has only fargate',
    });
  });
});
