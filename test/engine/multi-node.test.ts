// Multi-node parallel jobs through the whole local engine, on a runtime that pretends.
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { NodeProperties } from '../../core/definition/wire.ts';
import type { JobId } from '../../core/ids.ts';
import { nodeJobId } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { isPlaced } from '../../core/job/job.ts';
import { MAIN_NODE_EXITED } from '../../core/job/multi-node.ts';
import type { ContainerTask } from '../../engine/launch-ports.ts';
import { nodeViews } from '../../core/job/node-view.ts';
import { requestStop } from '../../engine/stop.ts';
import { whyWaiting } from '../../engine/why.ts';
import { listPlacements } from '../../engine/store/ledger.ts';
import type { ALocalEngine, ALocalEngineOptions } from './a-local-engine.ts';
import { aLocalEngine } from './a-local-engine.ts';
import { ADDRESS } from './simulated-launcher.ts';

let home: ALocalEngine | undefined;

function aNode(vcpus = '1', gpus = '0') {
  return {
    image: 'busybox',
    command: ['true'],
    resourceRequirements: [
      { type: 'VCPU', value: vcpus },
      { type: 'MEMORY', value: '128' },
      ...(gpus === '0' ? [] : [{ type: 'GPU', value: gpus }]),
    ],
  };
}

/** Three nodes of a vCPU each, node 0 the main one. */
async function open(
  options: ALocalEngineOptions = {},
  nodes: Partial<NodeProperties> = {},
): Promise<ALocalEngine> {
  home = await aLocalEngine({ onStart: () => undefined, ...options });
  await home.registerNodes('mnp', {
    numNodes: 3,
    mainNode: 0,
    nodeRangeProperties: [{ targetNodes: '0:', container: aNode() }],
    ...nodes,
  });
  return home;
}
afterEach(async () => {
  expect(home?.launcher.violations ?? []).toEqual([]);
  await home?.close();
  home = undefined;
});

const clock = { now: () => Date.now() };
const submit = (engine: ALocalEngine, more: object = {}): Promise<JobId> =>
  engine.submit({ jobDefinition: 'mnp', ...more });
const nodeStatuses = async (engine: ALocalEngine, jobId: JobId): Promise<string[]> => {
  const { nodes = [] } = await engine.job(jobId);
  return nodes.map(({ status }) => status);
};
const allRun = (job: Job): boolean => job.nodes?.every(({ status }) => status === 'RUNNING') ?? false;
const started = (engine: ALocalEngine): string[] => [...engine.launcher.containers.keys()];
const isMain = (task: ContainerTask): boolean => task.attemptId.includes('#0/');
/** The state machine calls again after a second, when the test is over. */
const hold = (): never => {
  throw new Error('not yet');
};
const stop = (engine: ALocalEngine, jobId: JobId, kind: 'cancel' | 'terminate' = 'terminate') =>
  requestStop({ store: engine.engine.store, clock }, jobId, kind, 'enough');

describe('a multi-node job', () => {
  it('starts its main node first and the others once that runs, each knowing its place', async () => {
    const order: string[] = [];
    const engine = await open(
      {
        onStart: (task) => void order.push(task.environment['AWS_BATCH_JOB_NODE_INDEX'] ?? ''),
      },
      { mainNode: 1 },
    );
    const jobId = await submit(engine);
    await engine.until(jobId, allRun);
    expect(order[0]).toBe('1');
    expect(order.toSorted()).toEqual(['0', '1', '2']);
    const environmentOf = (index: number) =>
      engine.launcher.containers.get(`${jobId}#${index}/1`)?.task.environment;
    expect(environmentOf(2)).toMatchObject({
      AWS_BATCH_JOB_ID: `${jobId}#2`,
      AWS_BATCH_JOB_NODE_INDEX: '2',
      AWS_BATCH_JOB_NUM_NODES: '3',
      AWS_BATCH_JOB_MAIN_NODE_INDEX: '1',
      AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS: ADDRESS,
    });
    expect(environmentOf(1)).not.toHaveProperty('AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS');
    const groups = new Set([...engine.launcher.containers.values()].map(({ task }) => task.nodeGroup));
    expect(groups).toEqual(new Set([engine.launcher.containers.get(`${jobId}#1/1`)?.task.taskId]));
    const job = await engine.job(jobId);
    expect(isPlaced(job) && job.attempt.taskId).toBe([...groups][0]);
  });

  it('ends with its main node, whose exit is its own, when the others have been stopped', async () => {
    const engine = await open();
    const jobId = await submit(engine);
    await engine.until(jobId, allRun);
    engine.launcher.exit(`${jobId}#0/1`, { exitCode: 0 });
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ exitCode: 0, statusReason: 'Essential container in task exited' }],
      nodes: [
        { status: 'SUCCEEDED', attempts: [{ exitCode: 0 }] },
        { status: 'FAILED', attempts: [{ exitCode: 143, statusReason: MAIN_NODE_EXITED }] },
        { status: 'FAILED', attempts: [{ exitCode: 143 }] },
      ],
    });
    const left = await listPlacements(engine.engine.store.table);
    await expect.poll(async () => (await listPlacements(engine.engine.store.table)).placements).toEqual([]);
    expect(left.placements.length).toBeLessThanOrEqual(1);
  });

  it('goes on when another node ends, which only that node shows', async () => {
    const engine = await open();
    const jobId = await submit(engine);
    await engine.until(jobId, allRun);
    engine.launcher.exit(`${jobId}#1/1`, { exitCode: 0 });
    engine.launcher.exit(`${jobId}#2/1`, { exitCode: 3 });
    await engine.until(jobId, (job) => job.nodes?.[2]?.status === 'FAILED');
    expect(await engine.job(jobId)).toMatchObject({ status: 'RUNNING', attempts: [] });
    expect(await nodeStatuses(engine, jobId)).toEqual(['RUNNING', 'SUCCEEDED', 'FAILED']);
    expect(await engine.job(nodeJobId(jobId, 2))).toMatchObject({
      kind: 'node',
      status: 'FAILED',
      statusReason: 'Essential container in task exited',
      attempts: [{ exitCode: 3 }],
    });
    engine.launcher.exit(`${jobId}#0/1`, { exitCode: 0 });
    expect(await engine.ended(jobId)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is retried as a whole when its main node fails, and every node counts the same attempts', async () => {
    const engine = await open();
    const jobId = await submit(engine, { retryStrategy: { attempts: 2 } });
    await engine.until(jobId, allRun);
    engine.launcher.exit(`${jobId}#2/1`, { exitCode: 0 });
    engine.launcher.exit(`${jobId}#0/1`, { exitCode: 9 });
    await engine.until(jobId, (job) => job.attempts.length === 1 && allRun(job));
    expect(started(engine)).toContain(`${jobId}#2/2`);
    engine.launcher.exit(`${jobId}#0/2`, { exitCode: 0 });
    const job = await engine.ended(jobId);
    expect(job).toMatchObject({ status: 'SUCCEEDED', attempts: [{ exitCode: 9 }, { exitCode: 0 }] });
    expect(job.nodes?.map(({ attempts }) => attempts.length)).toEqual([2, 2, 2]);
    expect(engine.launcher.containers.get(`${jobId}#1/2`)?.task.environment).toMatchObject({
      AWS_BATCH_JOB_ATTEMPT: '2',
    });
  });

  it('whose main node cannot start starts no other', async () => {
    const engine = await open({ refuse: () => 'CannotPullContainerError: no such image' });
    const jobId = await submit(engine);
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Task failed to start',
      attempts: [{ reason: 'CannotPullContainerError: no such image' }],
      nodes: [
        { status: 'FAILED' },
        { status: 'FAILED', statusReason: MAIN_NODE_EXITED },
        { status: 'FAILED' },
      ],
    });
    expect(started(engine)).toEqual([]);
  });

  it('goes on without a node that cannot start', async () => {
    const engine = await open({
      refuse: (task) => (task.attemptId.endsWith('#2/1') ? 'CannotPullContainerError: x' : undefined),
    });
    const jobId = await submit(engine);
    await engine.until(jobId, (job) => job.nodes?.[2]?.status === 'FAILED');
    await engine.until(jobId, (job) => job.nodes?.[1]?.status === 'RUNNING');
    expect(await engine.job(nodeJobId(jobId, 2))).toMatchObject({
      statusReason: 'Task failed to start',
      attempts: [{ reason: 'CannotPullContainerError: x' }],
    });
    engine.launcher.exit(`${jobId}#0/1`, { exitCode: 0 });
    expect(await engine.ended(jobId)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is placed all or none: it waits until there is room for every node', async () => {
    const engine = await open({ vcpus: 4 });
    const single = await engine.submit();
    const other = await engine.submit();
    await engine.until(other, (job) => job.status === 'RUNNING');
    const jobId = await submit(engine);
    await engine.until(jobId, (job) => job.status === 'RUNNABLE');
    expect(await engine.job(nodeJobId(jobId, 1))).toMatchObject({ status: 'RUNNABLE', attempts: [] });
    engine.launcher.exit(`${single}/1`, { exitCode: 0 });
    await engine.until(jobId, allRun);
    const { placements } = await listPlacements(engine.engine.store.table);
    expect(placements.find((placement) => placement.attemptId === `${jobId}/1`)?.demand).toEqual({
      vcpus: 3,
      memoryMiB: 384,
      gpus: 0,
    });
  });

  it('deals the GPUs of its placement out to its nodes', async () => {
    const engine = await open(
      { gpus: 4 },
      {
        nodeRangeProperties: [
          { targetNodes: '0:', container: aNode('1', '2') },
          { targetNodes: '1', container: aNode('1', '0') },
        ],
      },
    );
    const jobId = await submit(engine);
    await engine.until(jobId, allRun);
    const gpus = [0, 1, 2].map((index) => engine.launcher.containers.get(`${jobId}#${index}/1`)?.task.gpuIds);
    expect(gpus).toEqual([[0, 1], [], [2, 3]]);
  });

  it('says why each of its nodes waits', async () => {
    const engine = await open({ vcpus: 3, refuse: (task) => (isMain(task) ? hold() : undefined) });
    const first = await engine.submit();
    await engine.until(first, (job) => job.status === 'RUNNING');
    const jobId = await submit(engine);
    await engine.until(jobId, (job) => job.status === 'RUNNABLE');
    const why = (index: number) => whyWaiting(engine.engine.schedule, nodeJobId(jobId, index));
    expect(await why(1)).toMatchObject({
      jobId: `${jobId}#1`,
      status: 'RUNNABLE',
      position: 1,
      reason: { code: 'NO_CAPACITY' },
    });
    engine.launcher.exit(`${first}/1`, { exitCode: 0 });
    await engine.until(jobId, (job) => job.status === 'STARTING');
    expect(await why(1)).toMatchObject({
      status: 'RUNNABLE',
      reason: { code: 'MAIN_NODE', message: 'waits for its main node to run, node 0' },
    });
    expect(await why(0)).toMatchObject({ status: 'STARTING' });
  });

  it('has one event for each state of the job and of every node', async () => {
    const engine = await open({}, { numNodes: 2 });
    const jobId = await submit(engine);
    await engine.until(jobId, allRun);
    engine.launcher.exit(`${jobId}#0/1`, { exitCode: 0 });
    await engine.ended(jobId);
    const eventsOf = async (id: string): Promise<string[]> =>
      (await engine.opened.events.read({ afterSeq: 0, limit: 100, jobId: id })).map(
        ({ detail }) => (detail as { status: string }).status,
      );
    const life = ['RUNNABLE', 'STARTING', 'RUNNING'];
    await expect.poll(() => eventsOf(jobId)).toEqual([...life, 'SUCCEEDED']);
    await expect.poll(() => eventsOf(`${jobId}#0`)).toEqual([...life, 'SUCCEEDED']);
    await expect.poll(() => eventsOf(`${jobId}#1`)).toEqual([...life, 'FAILED']);
  });
});

describe('a timeout of a multi-node job', () => {
  it('stops all nodes and is not retried', async () => {
    const engine = await open();
    // The engine knows no shortest timeout; the API does.
    const jobId = await submit(engine, {
      timeout: { attemptDurationSeconds: 1 },
      retryStrategy: { attempts: 3 },
    });
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Job attempt duration exceeded timeout',
      attempts: [{ exitCode: 143 }],
      nodes: [{ status: 'FAILED' }, { status: 'FAILED' }, { status: 'FAILED' }],
    });
  });
});

describe('stopping', () => {
  it('a multi-node job stops all its nodes, for good', async () => {
    const engine = await open();
    const jobId = await submit(engine, { retryStrategy: { attempts: 3 } });
    await engine.until(jobId, allRun);
    await stop(engine, jobId);
    const job = await engine.ended(jobId);
    expect(job).toMatchObject({ status: 'FAILED', statusReason: 'enough', attempts: [{ exitCode: 143 }] });
    expect(nodeViews(job).map((node) => node.attempts.at(-1)?.statusReason)).toEqual([
      'enough',
      'enough',
      'enough',
    ]);
  });

  it('its main node stops the job', async () => {
    const engine = await open();
    const jobId = await submit(engine);
    await engine.until(jobId, allRun);
    await stop(engine, nodeJobId(jobId, 0));
    expect(await engine.ended(jobId)).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
  });

  it('another node stops that one alone, also in the attempts to come', async () => {
    const engine = await open();
    const jobId = await submit(engine, { retryStrategy: { attempts: 2 } });
    await engine.until(jobId, allRun);
    await stop(engine, nodeJobId(jobId, 2));
    await engine.until(jobId, (job) => job.nodes?.[2]?.status === 'FAILED');
    expect(await nodeStatuses(engine, jobId)).toEqual(['RUNNING', 'RUNNING', 'FAILED']);
    expect(await engine.job(nodeJobId(jobId, 2))).toMatchObject({ statusReason: 'enough' });
    engine.launcher.exit(`${jobId}#0/1`, { exitCode: 1 });
    await engine.until(jobId, (job) => job.attempts.length === 1 && job.nodes?.[1]?.status === 'RUNNING');
    engine.launcher.exit(`${jobId}#0/2`, { exitCode: 0 });
    expect((await engine.ended(jobId)).nodes?.map(({ attempts }) => attempts.length)).toEqual([2, 2, 2]);
    expect(started(engine)).not.toContain(`${jobId}#2/2`);
  });

  it('a node in line keeps it from being started', async () => {
    const engine = await open({ vcpus: 3 });
    const first = await engine.submit();
    await engine.until(first, (job) => job.status === 'RUNNING');
    const jobId = await submit(engine);
    await engine.until(jobId, (job) => job.status === 'RUNNABLE');
    await stop(engine, nodeJobId(jobId, 1), 'cancel');
    expect(await engine.job(nodeJobId(jobId, 1))).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
    expect((await engine.job(jobId)).status).toBe('RUNNABLE');
    engine.launcher.exit(`${first}/1`, { exitCode: 0 });
    await engine.until(jobId, (job) => job.nodes?.[2]?.status === 'RUNNING');
    expect(started(engine)).toEqual([`${first}/1`, `${jobId}#0/1`, `${jobId}#2/1`]);
  });

  it('a running node by CancelJob has no effect', async () => {
    const engine = await open();
    const jobId = await submit(engine);
    await engine.until(jobId, allRun);
    expect(await stop(engine, nodeJobId(jobId, 1), 'cancel')).toMatchObject({ outcome: 'unchanged' });
  });
});

describe('after a crash', () => {
  /** Crashes while the main node runs and no other was launched yet; `meanwhile` happens just before. */
  async function crashBeforeOthers(meanwhile: (engine: ALocalEngine, jobId: JobId) => Promise<unknown>) {
    const file = join(tmpdir(), `slipway-multi-node-${randomUUID()}.db`);
    let crashing = true;
    const refuse = (task: ContainerTask): undefined => {
      if (crashing && !task.attemptId.includes('#0/')) throw new Error('the process ended here');
    };
    const engine = await open({ file, refuse });
    const jobId = await submit(engine);
    await engine.until(jobId, (job) => job.nodes?.[1]?.status === 'STARTING');
    await meanwhile(engine, jobId);
    await engine.close();
    crashing = false;
    home = await aLocalEngine({ file, launcher: engine.launcher });
    return { engine: home, jobId, file };
  }
  const remove = (file: string): void => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  };

  it('between the main node and the others, these are started by the next process', async () => {
    const { engine, jobId, file } = await crashBeforeOthers(async () => undefined);
    await engine.until(jobId, allRun);
    expect(started(engine).toSorted()).toEqual([0, 1, 2].map((index) => `${jobId}#${index}/1`));
    remove(file);
  });

  it('nodes that were to be stopped meanwhile are not started, and the job ends', async () => {
    const { engine, jobId, file } = await crashBeforeOthers(async (before, id) => {
      await stop(before, id);
      await before.until(id, (job) => job.nodes?.[0]?.status === 'FAILED');
    });
    expect(await engine.ended(jobId)).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
    expect(started(engine)).toEqual([`${jobId}#0/1`]);
    remove(file);
  });

  it('a node that left no trace is lost with its host, and only that one', async () => {
    const { engine, jobId, file } = await crashBeforeOthers(async () => undefined);
    await engine.until(jobId, allRun);
    await engine.close();
    const launcher = {
      ...engine.launcher,
      adopt: async (attemptId: string, taskId: string) =>
        attemptId.includes('#2/') ? ('unknown' as const) : engine.launcher.adopt(attemptId, taskId),
    };
    home = await aLocalEngine({ file, launcher });
    await home.until(jobId, (job) => job.nodes?.[2]?.status === 'FAILED');
    expect(await nodeStatuses(home, jobId)).toEqual(['RUNNING', 'RUNNING', 'FAILED']);
    expect(await home.job(nodeJobId(jobId, 2))).toMatchObject({
      statusReason: 'Host EC2 (this machine) terminated.',
    });
    remove(file);
  });

  it('a multi-node job is taken up with all its nodes, none of which starts twice', async () => {
    const file = join(tmpdir(), `slipway-multi-node-${randomUUID()}.db`);
    const engine = await open({ file });
    const jobId = await submit(engine);
    await engine.until(jobId, allRun);
    await engine.close();
    home = await aLocalEngine({ file, onStart: () => undefined, launcher: engine.launcher });
    expect(await nodeStatuses(home, jobId)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
    home.launcher.exit(`${jobId}#0/1`, { exitCode: 0 });
    expect(await home.ended(jobId)).toMatchObject({ status: 'SUCCEEDED' });
    expect(started(home)).toEqual([`${jobId}#0/1`, `${jobId}#1/1`, `${jobId}#2/1`]);
    remove(file);
  });
});
