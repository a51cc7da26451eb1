// Tasks of several containers on a real Docker Engine: their order, what they share, and servers that go away in between.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerLauncher } from '../../../adapters/docker/docker-launcher.ts';
import { createEngineClient } from '../../../adapters/docker/engine-client.ts';
import { createTaskGroupLauncher } from '../../../adapters/task-group/task-group-launcher.ts';
import type { JobId } from '../../../core/ids.ts';
import type { ContainerSpec } from '../../../core/job/spec.ts';
import { containerTaskId, taskIdOf } from '../../../core/job/task-id.ts';
import type { ContainerTask, Launcher, Observation, TaskContainer } from '../../../engine/launch-ports.ts';
import { TEST_IMAGE, loadTestImage } from '../docker/busybox-image.ts';
import { startTestDocker } from '../docker/own-dockerd.ts';
import type { TestDocker } from '../docker/own-dockerd.ts';
import { TASK_ORIGIN } from '../task-origin.ts';

let docker: TestDocker;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-group-test-'));
  docker = await startTestDocker();
  await loadTestImage(docker.socketPath);
});
afterAll(async () => {
  await docker?.stop();
  await rm(folder, { recursive: true, force: true });
});

const DEMAND = { vcpus: 1, memoryMiB: 64, gpus: 0 };
const EXTRA: ContainerSpec = {
  volumes: [{ name: 'shared' }],
  mountPoints: [{ sourceVolume: 'shared', containerPath: '/shared' }],
};

type Draft = Partial<TaskContainer> & { readonly name: string; readonly script: string };

function aTask(...drafts: readonly Draft[]): ContainerTask {
  const jobId = randomUUID() as JobId; // a job id is a UUID
  const taskId = taskIdOf(jobId, 1, drafts.length);
  const containers = drafts.map(({ script, ...draft }, index) => ({
    taskId: containerTaskId(taskId, index + 1),
    spec: { image: TEST_IMAGE, ...EXTRA },
    command: ['sh', '-c', script],
    environment: {},
    demand: DEMAND,
    gpuIds: [],
    dependsOn: [],
    essential: true,
    ...draft,
  }));
  return {
    ...TASK_ORIGIN,
    attemptId: `${jobId}/1`,
    taskId,
    spec: {},
    command: [],
    environment: {},
    demand: DEMAND,
    gpuIds: [],
    containers,
  };
}

interface Server {
  readonly launcher: Launcher;
  readonly seen: <Kind extends Observation['kind']>(
    kind: Kind,
    attemptId: string,
  ) => Promise<Observation & { readonly kind: Kind }>;
}

const logFileOf = (taskId: string): string => join(folder, `${taskId}.log`);

function serve(): Server {
  const inner = createDockerLauncher({
    socketPath: docker.socketPath,
    network: 'none',
    dataDirId: 'test',
    logFileOf,
  });
  const launcher = createTaskGroupLauncher(inner, { stopGraceSeconds: 5 });
  const seen: Observation[] = [];
  launcher.onObservation((observation) => seen.push(observation));
  return {
    launcher,
    async seen(kind, attemptId) {
      const found = () => seen.find((one) => one.kind === kind && one.attemptId === attemptId);
      await expect.poll(found, { timeout: 60_000, interval: 20 }).toBeDefined();
      return found() as Observation & { readonly kind: typeof kind }; // its kind was compared just above
    },
  };
}

/** Names of what the Engine still has of a task. */
async function leftOf(task: ContainerTask): Promise<string[]> {
  const client = createEngineClient(docker.socketPath);
  const containers = JSON.stringify(
    await client.call({ method: 'GET', path: '/containers/json', query: { all: '1' } }),
  );
  const volumes = JSON.stringify(await client.call({ method: 'GET', path: '/volumes' }));
  client.close();
  const names = (task.containers ?? []).map(({ taskId }) => `slipway-${taskId}`);
  return [
    ...names.filter((name) => containers.includes(name)),
    ...(volumes.includes(task.taskId) ? ['volume'] : []),
  ];
}

describe('a task of several containers', () => {
  it('runs in order over one shared volume, each with its own log, and leaves nothing when forgotten', async () => {
    const { launcher, seen } = serve();
    const task = aTask(
      { name: 'init', script: 'echo made by init >/shared/file; echo done', essential: false },
      {
        name: 'main',
        script: 'cat /shared/file',
        dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
      },
    );
    await launcher.start(task);
    const { exit } = await seen('exited', task.attemptId);
    expect(exit).toMatchObject({
      cause: 'exited',
      exitCode: 0,
      containers: [
        { name: 'init', exitCode: 0 },
        { name: 'main', exitCode: 0 },
      ],
    });
    const [init, main] = task.containers ?? [];
    expect(await readFile(logFileOf(init?.taskId ?? ''), 'utf8')).toBe('done\n');
    expect(await readFile(logFileOf(main?.taskId ?? ''), 'utf8')).toBe('made by init\n');
    expect(await leftOf(task)).toHaveLength(3);
    await launcher.forget(task.attemptId, task.taskId);
    expect(await leftOf(task)).toEqual([]);
    await launcher.close();
  });

  it('ends with its essential container, and says what its containers go without', async () => {
    const { launcher, seen } = serve();
    const task = aTask(
      { name: 'main', script: 'sleep 0.3; exit 3' },
      { name: 'side', script: `trap 'exit 0' TERM; while :; do sleep 0.05; done`, essential: false },
    );
    await launcher.start(task);
    expect((await seen('running', task.attemptId)).note).toContain('--network host');
    const { exit } = await seen('exited', task.attemptId);
    expect(exit).toMatchObject({ exitCode: 3, containers: [{ exitCode: 3 }, { name: 'side', exitCode: 0 }] });
    await launcher.forget(task.attemptId, task.taskId);
    await launcher.close();
  });

  it('fails to start with the Engine’s words when an image is not to be had', async () => {
    const { launcher, seen } = serve();
    const image = 'registry.invalid/none:1';
    const task = aTask(
      { name: 'side', script: 'sleep 60', essential: false, stopTimeoutSeconds: 1 },
      { name: 'main', script: 'true', spec: { image } },
    );
    await launcher.start(task);
    const { exit } = await seen('exited', task.attemptId);
    expect(exit.cause).toBe('failed-to-start');
    expect(exit.reason).toMatch(/^CannotPullContainerError/);
    await launcher.forget(task.attemptId, task.taskId);
    expect(await leftOf(task)).toEqual([]);
    await launcher.close();
  });
});

describe('a server that goes away', () => {
  it('comes back to a task half started, and starts the rest once', async () => {
    const first = serve();
    const task = aTask(
      { name: 'init', script: 'echo ran >>/shared/runs; sleep 1', essential: false },
      {
        name: 'main',
        script: 'cat /shared/runs; exit 4',
        dependsOn: [{ containerName: 'init', condition: 'COMPLETE' }],
      },
    );
    await first.launcher.start(task);
    await first.launcher.close();
    const second = serve();
    const adoptee = { task: () => task, hasRun: false, stopRequested: false };
    expect(await second.launcher.adopt(task.attemptId, task.taskId, adoptee)).toBe('adopted');
    const { exit } = await second.seen('exited', task.attemptId);
    expect(exit).toMatchObject({ exitCode: 4, containers: [{ exitCode: 0 }, { exitCode: 4 }] });
    expect(await readFile(logFileOf(task.containers?.[1]?.taskId ?? ''), 'utf8')).toBe('ran\n');
    await second.launcher.close();
    const third = serve();
    await third.launcher.forget(task.attemptId, task.taskId);
    expect(await leftOf(task)).toEqual([]);
    await third.launcher.close();
  });
});
