// Multi-node jobs and one fault at a time: the main node decides, the others come and go with it, and nothing of an attempt is
// left on any machine when it is over.
import { describe, expect, it } from 'vitest';
import type { JobId } from '../../../core/ids.ts';
import { isMultiNode, nodesOf } from '../../../core/job/node.ts';
import type { Body } from './cloud-client.ts';
import { ask, askForJob, NODES_DEFINITION } from './cloud-client.ts';
import { end, isIn, once, openClouds, statusOf } from './directed-cloud.ts';
import type { ChooseStrike } from './service-calls.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';
import type { TaskBehaviour } from './task-life.ts';

const openCloud = openClouds();
const NODES = 3;

function nodeCloud(
  given: {
    readonly tasks?: Partial<TaskBehaviour>;
    readonly environments?: readonly (readonly [string, string, number])[];
    readonly queues?: readonly (readonly string[])[];
  } = {},
): Promise<SimulatedCloud> {
  const { tasks, ...more } = given;
  return openCloud({
    environments: [['ce0', 'EC2', 32]],
    weatherOf: (fair) => ({ tasks: { ...fair.tasks, ...tasks } }),
    ...more,
  });
}

function askForNodes(cloud: SimulatedCloud, more: Body = {}): Promise<JobId> {
  return askForJob(cloud, { jobDefinition: NODES_DEFINITION, ...more });
}

async function untilAllRun(cloud: SimulatedCloud, id: JobId): Promise<void> {
  await cloud.until(
    'all its nodes run',
    () => nodeStatuses(cloud, id).every((status) => status === 'RUNNING'),
    600_000,
  );
}

function nodeStatuses(cloud: SimulatedCloud, id: JobId): readonly string[] {
  const job = cloud.job(id);
  return job && isMultiNode(job) ? nodesOf(job).map(({ status }) => status) : [];
}

function startedOf(cloud: SimulatedCloud): readonly string[] {
  return [...cloud.ecs.containers.keys()].map((attemptId) => attemptId.split('#')[1] ?? '');
}

function set(cloud: SimulatedCloud, tasks: Partial<TaskBehaviour>): void {
  cloud.weather.tasks = { ...cloud.weather.tasks, ...tasks };
}

function containerOf(cloud: SimulatedCloud, id: JobId, index: number, attempt = 1) {
  return cloud.ecs.live().find(({ attemptId }) => attemptId === `${id}#${index}/${attempt}`);
}

function killMachineOf(cloud: SimulatedCloud, id: JobId, index: number): void {
  const container = containerOf(cloud, id, index);
  const machineId = container && cloud.ecs.machineOf(container);
  const machine = cloud.machines.live().find((one) => one.id === machineId);
  if (!machine) throw new Error(`node ${index} of ${id} has a machine`);
  cloud.machines.kill(machine);
}

describe('a multi-node job', () => {
  it('runs its main node first, then the others, and ends with it', async () => {
    const cloud = await nodeCloud();
    const id = await askForNodes(cloud);
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: [{ exitCode: 0 }] });
    expect(startedOf(cloud)[0]).toBe('0/1');
    expect(startedOf(cloud).length).toBe(NODES);
  });

  it('stops the others when its main node exits', async () => {
    const cloud = await nodeCloud({ tasks: { runsForEver: 1 } });
    const id = await askForNodes(cloud);
    await untilAllRun(cloud, id);
    await cloud.advance(30_000);
    killMachineOf(cloud, id, 0);
    await cloud.until('it has ended', isIn(cloud, id, 'FAILED'), 120_000);
    expect(cloud.ecs.live()).toEqual([]);
    await end(cloud);
    expect(cloud.job(id)?.statusReason).toMatch(/^Host EC2/);
  });

  it('starts all its nodes anew when it is retried', async () => {
    const cloud = await nodeCloud({ tasks: { runsForEver: 1 } });
    const id = await askForNodes(cloud, { retryStrategy: { attempts: 2 } });
    await untilAllRun(cloud, id);
    set(cloud, { runsForEver: 0 });
    killMachineOf(cloud, id, 0);
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}, {}] });
    expect(startedOf(cloud).filter((one) => one.endsWith('/2'))).toContain('0/2');
  });

  it('goes on without a node whose machine is gone', async () => {
    const cloud = await nodeCloud({ tasks: { runsForEver: 1 } });
    const id = await askForNodes(cloud);
    await untilAllRun(cloud, id);
    killMachineOf(cloud, id, 2);
    await cloud.advance(60_000);
    expect(nodeStatuses(cloud, id)).toEqual(['RUNNING', 'RUNNING', 'FAILED']);
    await ask(cloud, 'terminatejob', { jobId: id, reason: 'enough' });
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
  });

  it('whose other nodes fail to start ends as its main node does', async () => {
    const cloud = await nodeCloud({ tasks: { longestMs: 20_000 } });
    cloud.aim = ({ operation }, { functionName }) => {
      if (operation === 'RunTask' && functionName === 'launch-nodes') set(cloud, { failsToStart: 1 });
      return undefined;
    };
    const id = await askForNodes(cloud);
    await end(cloud);
    expect(statusOf(cloud, id)).toBe('SUCCEEDED');
    expect(nodeStatuses(cloud, id)).toEqual(['SUCCEEDED', 'FAILED', 'FAILED']);
  });

  it('goes on at once without a node whose machine is gone before it starts', async () => {
    const cloud = await nodeCloud({ tasks: { runsForEver: 1 } });
    cloud.aim = (call, { functionName }) =>
      call.operation === 'RunTask' && functionName === 'launch-nodes' ? { delayMs: 6_000 } : undefined;
    const id = await askForNodes(cloud);
    await cloud.until('its main node runs', isIn(cloud, id, 'RUNNING'), 600_000);
    const job = cloud.job(id);
    const [, , machineId] = job?.status === 'RUNNING' ? (job.attempt.placement.machineIds ?? []) : [];
    const machine = cloud.machines.live().find((one) => one.id === machineId);
    if (machine) cloud.machines.kill(machine);
    await cloud.until('the node has failed', () => nodeStatuses(cloud, id)[2] === 'FAILED', 30_000);
    expect(statusOf(cloud, id)).toBe('RUNNING');
    await ask(cloud, 'terminatejob', { jobId: id, reason: 'enough' });
    await end(cloud);
  });

  it('whose main node fails to start fails, and starts no other', async () => {
    const cloud = await nodeCloud({ tasks: { failsToStart: 1 } });
    const id = await askForNodes(cloud);
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'FAILED', attempts: [{}] });
    expect(startedOf(cloud)).toEqual(['0/1']);
  });

  it('is placed past an environment of Spot, and waits where there is no other, saying why', async () => {
    const cloud = await nodeCloud({
      environments: [
        ['spot', 'SPOT', 32],
        ['ce0', 'EC2', 32],
      ],
      queues: [['spot', 'ce0'], ['spot']],
    });
    const [placed, waits] = [await askForNodes(cloud), await askForNodes(cloud, { jobQueue: 'queue1' })];
    await cloud.until('it has ended', isIn(cloud, placed, 'SUCCEEDED'), 600_000);
    expect(cloud.job(waits)).toMatchObject({ status: 'RUNNABLE' });
    expect(cloud.job(waits)?.statusReason ?? '').not.toBe('');
    await ask(cloud, 'terminatejob', { jobId: waits, reason: 'enough' });
    await end(cloud);
  });

  it('that is stopped while its nodes are being started leaves none of them', async () => {
    const cloud = await nodeCloud({ tasks: { runsForEver: 1 } });
    cloud.aim = (call, { functionName }) =>
      call.operation === 'RunTask' && functionName === 'launch-nodes' ? { delayMs: 6_000 } : undefined;
    const id = await askForNodes(cloud);
    await cloud.until('its main node runs', isIn(cloud, id, 'RUNNING'), 600_000);
    await cloud.advance(1_000);
    await ask(cloud, 'terminatejob', { jobId: id, reason: 'enough' });
    await cloud.until('it has ended', isIn(cloud, id, 'FAILED'), 120_000);
    await end(cloud);
  });

  it('times out as a whole, and its nodes with it', async () => {
    const cloud = await nodeCloud({ tasks: { runsForEver: 1 } });
    const id = await askForNodes(cloud, { timeout: { attemptDurationSeconds: 120 } });
    await end(cloud);
    expect(cloud.job(id)?.statusReason).toBe('Job attempt duration exceeded timeout');
  });

  it('is driven again when its execution broke, and its nodes are started once', async () => {
    const cloud = await nodeCloud({ tasks: { longestMs: 400_000 } });
    cloud.aim = (call, { functionName }) =>
      call.operation === 'RunTask' && functionName === 'launch-nodes' ? 'refused' : undefined;
    const id = await askForNodes(cloud);
    await cloud.until('its main node runs', isIn(cloud, id, 'RUNNING'), 600_000);
    cloud.executions.breakDown(id);
    cloud.aim = () => undefined;
    await end(cloud);
    expect(statusOf(cloud, id)).toBe('SUCCEEDED');
  });

  it('is over also when nobody told of its last nodes before its timeout had passed', async () => {
    const cloud = await nodeCloud({ tasks: { runsForEver: 1 } });
    const id = await askForNodes(cloud, { timeout: { attemptDurationSeconds: 60 } });
    await untilAllRun(cloud, id);
    killMachineOf(cloud, id, 0);
    await cloud.until('its main node has ended', () => nodeStatuses(cloud, id)[0] === 'FAILED', 20_000);
    cloud.weather.news = { ...cloud.weather.news, lost: 1 };
    await cloud.until('the others are stopped', () => cloud.ecs.live().length === 0, 60_000);
    cloud.weather.news = { ...cloud.weather.news, lost: 0 };
    expect(statusOf(cloud, id)).toBe('RUNNING');
    await end(cloud);
    expect(cloud.job(id)?.statusReason).toMatch(/^Host EC2/);
  });

  it('whose news are lost is found by the reconciler', async () => {
    const cloud = await nodeCloud({ tasks: { runsForEver: 1 } });
    const id = await askForNodes(cloud);
    await untilAllRun(cloud, id);
    cloud.weather.news = { ...cloud.weather.news, lost: 1 };
    killMachineOf(cloud, id, 1);
    killMachineOf(cloud, id, 0);
    await cloud.until('its end is known', isIn(cloud, id, 'FAILED'), 900_000);
    cloud.weather.news = { ...cloud.weather.news, lost: 0 };
    await end(cloud);
  });
});

describe('a function that dies', () => {
  it.each<readonly [when: string, strike: ChooseStrike]>([
    ['launch, after it has started the main node', once('killed-after', 'RunTask', 'launch')],
    ['launch-nodes, before it starts any', once('killed-before', 'RunTask', 'launch-nodes')],
    ['launch-nodes, after it has started one', once('killed-after', 'RunTask', 'launch-nodes')],
    ['observe, before it commits', once('killed-before', 'write', 'observe')],
    ['observe, after it committed', once('killed-after', 'write', 'observe')],
    ['react, before the others are stopped', once('killed-before', 'StopTask', 'react')],
    ['react, after one was stopped', once('killed-after', 'StopTask', 'react')],
  ])('costs nothing but time: %s', async (_when, strike) => {
    const cloud = await nodeCloud({ tasks: { longestMs: 30_000 } });
    cloud.aim = strike;
    const id = await askForNodes(cloud);
    await end(cloud);
    expect(cloud.job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}] });
    expect([...cloud.ecs.containers.values()].every((started) => started.length === 1)).toBe(true);
  });
});
