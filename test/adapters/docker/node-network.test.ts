import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { namesOf } from '../../../adapters/docker/container-names.ts';
import { networkNameOf, networkOf } from '../../../adapters/docker/node-network.ts';
import { containerTaskId, taskIdOf } from '../../../core/job/task-id.ts';
import type { JobId } from '../../../core/ids.ts';
import type { ContainerTask } from '../../../engine/launch-ports.ts';
import { aTask } from './a-task.ts';
import { FAKE_IMAGE, send, startFakeEngine } from './fake-engine.ts';
import type { FakeEngine } from './fake-engine.ts';
import { observe } from './observed-launcher.ts';
import type { ObservedLauncher } from './observed-launcher.ts';

const JOB = '00000000-0000-4000-8000-000000000001';
const MAIN = taskIdOf(`${JOB}#0` as JobId, 1);

function aNode(index: number, wishes: Partial<ContainerTask> = {}): ContainerTask {
  const taskId = taskIdOf(`${JOB}#${index}` as JobId, 1);
  const attemptId = `${JOB}#${index}/1`;
  return aTask({ attemptId, taskId, nodeGroup: MAIN, ...wishes, spec: { image: FAKE_IMAGE } });
}

describe('the network of a task', () => {
  it.each([
    ['bridge', networkNameOf(MAIN)],
    ['none', networkNameOf(MAIN)],
    ['host', 'host'],
    ['theirs', 'theirs'],
  ])('of a group is, where the operator chose %s, %s', (network, expected) => {
    expect(networkOf(aNode(1), { network })).toBe(expected);
  });

  it('of its own is what the operator chose', () => {
    expect(networkOf(aTask(), { network: 'bridge' })).toBe('bridge');
  });
});

describe('the network of a group', () => {
  let engine: FakeEngine;
  let folder: string;
  let subject: ObservedLauncher;
  /** By name, as they were asked for. */
  const networks = new Map<string, unknown>();
  /** Deletions that are to be refused first. */
  let busy = 0;

  const aLauncher = (network: string): ObservedLauncher =>
    observe(folder, { socketPath: engine.socketPath, network, pauses: { firstMs: 2, longestMs: 5 } });

  beforeEach(async () => {
    engine = await startFakeEngine();
    folder = await mkdtemp(join(tmpdir(), 'slipway-docker-test-'));
    networks.clear();
    busy = 0;
    engine.intercept = async (call, request, response) => {
      if (call === 'POST /networks/create') {
        const body = JSON.parse(await text(request)) as { Name: string }; // the launcher's own
        const isThere = networks.has(body.Name);
        if (!isThere) networks.set(body.Name, body);
        return send(response, isThere ? 409 : 201, { message: 'already exists' }) ?? true;
      }
      if (!call.startsWith('DELETE /networks/')) return undefined;
      const isBusy = (busy -= 1) >= 0;
      const found = isBusy || networks.delete(call.slice('DELETE /networks/'.length));
      return (
        send(response, isBusy ? 403 : found ? 204 : 404, found ? { message: 'busy' } : undefined) ?? true
      );
    };
    subject = aLauncher('none');
  });
  afterEach(async () => {
    await subject.launcher.close();
    await engine.close();
    await rm(folder, { recursive: true });
  });

  const start = async (task: ContainerTask): Promise<void> => {
    expect(await subject.launcher.start(task)).toEqual({ started: true });
    await subject.seen('running', task.attemptId);
  };
  const endAndForget = async (task: ContainerTask): Promise<void> => {
    engine.end(namesOf(task.taskId).container, 0);
    await subject.seen('exited', task.attemptId);
    await subject.launcher.forget(task.attemptId, task.taskId);
  };

  it('is made for the first of its containers, shared by the others, and gone with the main node’s', async () => {
    await start(aNode(0));
    await start(aNode(1));
    expect([...networks]).toEqual([
      [
        networkNameOf(MAIN),
        expect.objectContaining({ Driver: 'bridge', Internal: true, CheckDuplicate: true }),
      ],
    ]);
    await endAndForget(aNode(1));
    expect(networks.size).toBe(1);
    await endAndForget(aNode(0));
    expect(networks.size).toBe(0);
  });

  it('reaches the outside where containers do by default', async () => {
    await subject.launcher.close();
    subject = aLauncher('bridge');
    await start(aNode(0));
    expect(networks.get(networkNameOf(MAIN))).toMatchObject({ Internal: false });
  });

  it('is removed after a restart too, when nothing of the task is remembered', async () => {
    await start(aNode(0));
    engine.end(namesOf(MAIN).container, 0);
    await subject.launcher.close();
    subject = aLauncher('none');
    await subject.launcher.forget(aNode(0).attemptId, MAIN);
    expect(networks.size).toBe(0);
  });

  it('is removed with any container of a main node that runs several', async () => {
    const taskId = containerTaskId(MAIN, 2);
    const part = aNode(0, { attemptId: `${JOB}#0/1/2`, taskId, partOf: MAIN });
    await start(part);
    await endAndForget(part);
    expect(networks.size).toBe(0);
  });

  it('is tried again while the Engine still counts one of its containers', async () => {
    await start(aNode(0));
    busy = 2;
    await endAndForget(aNode(0));
    expect(networks.size).toBe(0);
  });

  it('that cannot be made fails the start with the Engine’s words', async () => {
    engine.intercept = (call, _request, response) =>
      call === 'POST /networks/create'
        ? (send(response, 500, { message: 'no free address pool' }) ?? true)
        : undefined;
    expect(await subject.launcher.start(aNode(0))).toEqual({
      started: false,
      reason: 'CannotCreateContainerError: Error response from daemon: no free address pool',
    });
  });

  it('costs jobs of one container no call', async () => {
    const task = aTask({ spec: { image: FAKE_IMAGE } });
    await start(task);
    await endAndForget(task);
    expect(engine.calls.filter((call) => / \/networks\/(create|slipway)/.test(call))).toEqual([]);
  });
});
