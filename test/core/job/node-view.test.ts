import { describe, expect, it } from 'vitest';
import type { Job } from '../../../core/job/job.ts';
import { onPlaced } from '../../../core/job/lifecycle.ts';
import { jobDetail, jobSummary } from '../../../core/job/job-detail.ts';
import { onNodeStopRequested } from '../../../core/job/stop-node.ts';
import { onNodeExit, onNodeRunning } from '../../../core/job/multi-node.ts';
import { gpuIdsOfNode, liveTasks } from '../../../core/job/node.ts';
import { nodeView, nodeViews } from '../../../core/job/node-view.ts';
import { reactionsTo } from '../../../core/job/reactions.ts';
import { taskIdOf } from '../../../core/job/task-id.ts';
import { nodeJobId } from '../../../core/ids.ts';
import { aJob, anAttempt, JOB_ID } from './a-job.ts';
import { aMultiNodeJob, MAIN_CONTAINER, NODE_CONTAINER } from './a-multi-node-job.ts';

const waiting = aMultiNodeJob('RUNNABLE', {
  mainNode: 1,
  spec: { retryStrategy: { attempts: 2, evaluateOnExit: [] }, tags: { a: 'b' } },
});
const starting = onPlaced(waiting, { ...anAttempt(), taskId: taskIdOf(nodeJobId(JOB_ID, 1), 1) });
const running = onNodeRunning(starting, 1, 1, 3_000, { address: '10.0.0.1' }) as Job;
const talking = onNodeRunning(running, 0, 1, 3_200, { address: '10.0.0.2' }) as Job;
const mainEnded = onNodeExit(talking, 1, 1, { cause: 'exited', exitCode: 4 }, 5_000) as Job;
const oneLeft = onNodeExit(mainEnded, 0, 1, { cause: 'exited', exitCode: 143 }, 5_100) as Job;
const inLine = onNodeExit(oneLeft, 2, 1, { cause: 'failed-to-start' }, 5_200) as Job;

describe('the view of a node', () => {
  it('is a job of its own under its own id, with what its range runs', () => {
    expect(nodeView(talking, 0)).toMatchObject({
      jobId: `${JOB_ID}#0`,
      jobArn: `${talking.jobArn}#0`,
      kind: 'node',
      status: 'RUNNING',
      startedAtMs: 3_200,
      spec: { container: NODE_CONTAINER, demand: { vcpus: 1 } },
      node: { index: 0, numNodes: 3, mainNode: 1, address: '10.0.0.2', mainNodeAddress: '10.0.0.1' },
    });
    expect(nodeView(talking, 1)).toMatchObject({ spec: { container: MAIN_CONTAINER } });
  });

  it('shares its specification with the nodes of its range', () => {
    expect(nodeView(talking, 0)?.spec).toBe(nodeView(talking, 2)?.spec);
  });

  it.each([
    ['in line', waiting, ['RUNNABLE', 'RUNNABLE', 'RUNNABLE']],
    ['placed', starting, ['RUNNABLE', 'STARTING', 'RUNNABLE']],
    ['whose main node runs', running, ['STARTING', 'RUNNING', 'STARTING']],
    ['whose main node has ended', oneLeft, ['FAILED', 'FAILED', 'STARTING']],
    ['back in line', inLine, ['RUNNABLE', 'RUNNABLE', 'RUNNABLE']],
    ['that has failed without a placement', aMultiNodeJob('FAILED'), ['FAILED', 'FAILED', 'FAILED']],
    ['that was just accepted', aMultiNodeJob('SUBMITTED'), ['SUBMITTED', 'SUBMITTED', 'SUBMITTED']],
    ['that waits for others', aMultiNodeJob('PENDING'), ['PENDING', 'PENDING', 'PENDING']],
  ] as const)('of a job %s has the status that the node has', (_name, job, expected) => {
    expect(nodeViews(job).map(({ status }) => status)).toEqual(expected);
  });

  it('keeps its attempts with tasks of its own where its job ran', () => {
    expect(nodeView(inLine, 0)?.attempts).toEqual([
      {
        taskId: taskIdOf(nodeJobId(JOB_ID, 0), 1),
        ceArn: anAttempt().placement.ceArn,
        clusterName: 'cluster',
        startedAtMs: 3_200,
        stoppedAtMs: 5_100,
        exitCode: 143,
        statusReason: 'Main node exited',
      },
    ]);
    expect(inLine.attempts[0]?.taskId).toBe(nodeView(inLine, 1)?.attempts[0]?.taskId);
  });

  it('is not there for an index beyond, nor for another kind of job', () => {
    expect(nodeView(waiting, 3)).toBeUndefined();
    expect(nodeView(aJob('RUNNING'), 0)).toBeUndefined();
    expect(nodeViews(aJob('RUNNING'))).toEqual([]);
  });
});

describe('DescribeJobs', () => {
  it('shows the nodes of a multi-node job, and no container', () => {
    const detail = jobDetail(talking);
    expect(detail).not.toHaveProperty('container');
    expect(detail).toMatchObject({
      status: 'RUNNING',
      startedAt: 3_000,
      attempts: [],
      tags: { a: 'b' },
      nodeProperties: {
        numNodes: 3,
        mainNode: 1,
        nodeRangeProperties: [
          { targetNodes: ':', container: NODE_CONTAINER },
          { targetNodes: '1', container: MAIN_CONTAINER },
        ],
      },
    });
  });

  it('shows the main node’s exit in the attempts of the job', () => {
    const [attempt] = jobDetail(inLine)['attempts'] as object[];
    expect(attempt).toMatchObject({
      startedAt: 3_000,
      stoppedAt: 5_000,
      statusReason: 'Essential container in task exited',
      container: { exitCode: 4, logStreamName: `d/default/${taskIdOf(nodeJobId(JOB_ID, 1), 1)}` },
    });
  });

  it('shows a node with its container, its own log and its address', () => {
    const view = nodeView(talking, 0) as Job;
    expect(jobDetail(view)).toMatchObject({
      jobId: `${JOB_ID}#0`,
      tags: {},
      nodeDetails: { nodeIndex: 0, isMainNode: false },
      container: {
        command: ['node'],
        logStreamName: `d/default/${taskIdOf(nodeJobId(JOB_ID, 0), 1)}`,
        networkInterfaces: [{ privateIpv4Address: '10.0.0.2' }],
      },
    });
    expect(jobDetail(view)).not.toHaveProperty('nodeProperties');
  });
});

describe('ListJobs', () => {
  it.each([
    ['a node', nodeView(talking, 1) as Job, { isMainNode: true, numNodes: 3, nodeIndex: 1 }],
    ['a multi-node job', talking, { numNodes: 3 }],
  ])('shows of %s which node it is', (_name, job, nodeProperties) => {
    expect(jobSummary(job)).toMatchObject({ nodeProperties });
  });
});

const at = { stream: 's', seq: '1' };
const reactionsOf = (before: Job, after: Job, kind: string) =>
  reactionsTo(before, after, at).filter((reaction) => reaction.kind === kind);
const publishedBy = (before: Job, after: Job): string[] =>
  reactionsTo(before, after, at).flatMap((reaction) =>
    reaction.kind === 'publish' ? [`${reaction.job.jobId.slice(JOB_ID.length)} ${reaction.job.status}`] : [],
  );

describe('a change of a multi-node job', () => {
  it('is an event for the job and for each node that moved', () => {
    expect(publishedBy(starting, running)).toEqual(['#0 STARTING', '#1 RUNNING', '#2 STARTING', ' RUNNING']);
    expect(publishedBy(running, talking)).toEqual(['#0 RUNNING']);
    expect(publishedBy(oneLeft, inLine)).toEqual(['#0 RUNNABLE', '#1 RUNNABLE', '#2 RUNNABLE', ' RUNNABLE']);
  });

  it('stops what must not run any longer, once', () => {
    const stops = (before: Job, after: Job) => reactionsOf(before, after, 'stop-container');
    expect(stops(talking, mainEnded)).toEqual([
      { kind: 'stop-container', attemptId: `${JOB_ID}#0/1` },
      { kind: 'stop-container', attemptId: `${JOB_ID}#2/1` },
    ]);
    expect(stops(mainEnded, oneLeft)).toEqual([]);
    const stopped = onNodeStopRequested(talking, 0, { kind: 'terminate', reason: 'x', atMs: 4_000 }) as Job;
    expect(stops(talking, stopped)).toEqual([{ kind: 'stop-container', attemptId: `${JOB_ID}#0/1` }]);
  });

  it('that settles it gives its capacity back once and has each node forgotten', () => {
    expect(reactionsOf(oneLeft, inLine, 'release')).toMatchObject([{ placementId: `${JOB_ID}/1` }]);
    expect(reactionsOf(oneLeft, inLine, 'forget')).toEqual(
      [0, 1, 2].map((index) => ({
        kind: 'forget',
        attemptId: `${JOB_ID}#${index}/1`,
        taskId: taskIdOf(nodeJobId(JOB_ID, index), 1),
      })),
    );
    expect(reactionsOf(talking, mainEnded, 'release')).toEqual([]);
  });
});

describe('what a placed job runs', () => {
  it('is one task, or one for each node that lives', () => {
    expect(liveTasks(aJob('RUNNING'))).toEqual([{ attemptId: `${JOB_ID}/1`, taskId: taskIdOf(JOB_ID, 1) }]);
    expect(liveTasks(mainEnded).map(({ attemptId }) => attemptId)).toEqual([
      `${JOB_ID}#0/1`,
      `${JOB_ID}#2/1`,
    ]);
    expect(liveTasks(waiting)).toEqual([]);
  });

  it('has the GPUs of its placement dealt out in the order of its nodes', () => {
    const demand = (gpus: number) => ({ vcpus: 1, memoryMiB: 1, gpus });
    const nodes = {
      numNodes: 3,
      mainNode: 0,
      groups: [
        { targetNodes: ':', from: 0, to: 2, container: {}, demand: demand(2) },
        { targetNodes: '1', from: 1, to: 1, container: {}, demand: demand(1) },
      ],
    };
    const dealt = [0, 1, 2].map((index) => gpuIdsOfNode({ nodes }, index, [3, 4, 5, 6, 7]));
    expect(dealt).toEqual([[3, 4], [5], [6, 7]]);
  });
});
