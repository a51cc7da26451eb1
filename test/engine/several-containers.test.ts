import type { BatchClient } from '@aws-sdk/client-batch';
import { DescribeJobsCommand } from '@aws-sdk/client-batch';
import { afterEach, describe, expect, it } from 'vitest';
import { createTaskGroupLauncher } from '../../adapters/task-group/task-group-launcher.ts';
import type { JobId } from '../../core/ids.ts';
import type { TaskContainer } from '../../core/definition/wire.ts';
import { jobDetail, jobSummary } from '../../core/job/job-detail.ts';
import { isPlaced } from '../../core/job/job.ts';
import type { Exit } from '../../engine/launch-ports.ts';
import { requestStop } from '../../engine/stop.ts';
import { createLogCatalog } from '../../local/task-records.ts';
import { createEcsView } from '../../local/ecs-view.ts';
import { throughSdk } from '../api/sdk-roundtrip.ts';
import type { OutputOf } from '../../api/operation.ts';
import type { ALocalEngine, ALocalEngineOptions } from './a-local-engine.ts';
import { aLocalEngine, SCOPE } from './a-local-engine.ts';
import { aContainer, after, registerTask } from './several-containers.ts';
import { createSimulatedLauncher } from './simulated-launcher.ts';

let home: ALocalEngine | undefined;
afterEach(async () => {
  expect(home?.launcher.violations ?? []).toEqual([]);
  await home?.close();
  home = undefined;
});

/** `exits`: how the container of each name ends, as soon as it runs; one that is not named runs on. */
async function open(
  exits: Readonly<Record<string, readonly Partial<Exit>[]>>,
  containers: readonly TaskContainer[],
  options: ALocalEngineOptions = {},
): Promise<ALocalEngine> {
  const left = new Map(Object.entries(exits).map(([name, list]) => [name, [...list]]));
  const launcher = createSimulatedLauncher({
    now: () => Date.now(),
    onStart: ({ command: [name = ''] }) => {
      const list = left.get(name) ?? [];
      return list.length > 1 ? list.shift() : list[0];
    },
  });
  home = await aLocalEngine({ launcher, runtime: createTaskGroupLauncher(launcher), ...options });
  await registerTask(home, 'task', containers, { taskRoleArn: 'arn:aws:iam::123456789012:role/r' });
  return home;
}

const PAIR = [
  aContainer('init', { essential: false }),
  aContainer('main', { dependsOn: after('init', 'SUCCESS') }),
];
const ok = [{ exitCode: 0 }];
const statesOf = async (engine: ALocalEngine, jobId: JobId): Promise<string[]> =>
  (await engine.opened.events.read({ afterSeq: 0, limit: 100, jobId })).map(
    (event) => (event.detail as { status: string }).status,
  );

describe('a job of several containers', () => {
  it('runs them in their order and succeeds with the essential ones', async () => {
    const engine = await open({ init: ok, main: ok }, PAIR);
    const jobId = await engine.submit({ jobDefinition: 'task' });
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'SUCCEEDED',
      statusReason: 'Essential container in task exited',
      attempts: [
        {
          exitCode: 0,
          containers: [
            { name: 'init', exitCode: 0 },
            { name: 'main', exitCode: 0 },
          ],
        },
      ],
    });
    await expect
      .poll(() => statesOf(engine, jobId))
      .toEqual(['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED']);
    expect([...engine.launcher.containers.keys()]).toEqual([`${jobId}/1/1`, `${jobId}/1/2`]);
  });

  it('takes the capacity of all of them, and gives each what it asked for', async () => {
    const gpus = (value: string) => ({
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '64' },
        { type: 'GPU', value },
      ],
    });
    const engine = await open({}, [aContainer('a', gpus('1')), aContainer('b', gpus('2'))], { gpus: 4 });
    const jobId = await engine.submit({ jobDefinition: 'task' });
    const job = await engine.until(jobId, (now) => now.status === 'RUNNING');
    if (!isPlaced(job)) throw new Error(job.status);
    expect(job.attempt.placement).toMatchObject({
      demand: { vcpus: 2, memoryMiB: 128, gpus: 3 },
      gpuIds: [0, 1, 2],
    });
    expect([...engine.launcher.containers.values()].map(({ task }) => task.gpuIds)).toEqual([[0], [1, 2]]);
  });

  it('fills in parameters and Batch’s variables in each, with the overrides of its name', async () => {
    const engine = await open({ init: ok, main: ok, changed: ok }, PAIR);
    const override = {
      name: 'main',
      command: ['changed', 'Ref::who'],
      environment: [{ name: 'X', value: '1' }],
    };
    const jobId = await engine.submit({
      jobDefinition: 'task',
      parameters: { who: 'me' },
      ecsPropertiesOverride: { taskProperties: [{ containers: [override] }] },
    });
    await engine.ended(jobId);
    const [init, main] = [...engine.launcher.containers.values()].map(({ task }) => task);
    expect(main?.command).toEqual(['changed', 'me']);
    expect(main?.environment).toMatchObject({ X: '1', AWS_BATCH_JOB_ID: jobId, AWS_BATCH_JOB_ATTEMPT: '1' });
    expect(init?.command).toEqual(['init']);
    expect(init?.environment).toMatchObject({ AWS_BATCH_JOB_ID: jobId, AWS_BATCH_JQ_NAME: 'default' });
    expect(init?.spec.jobRoleArn).toBe('arn:aws:iam::123456789012:role/r');
  });

  it('is retried by the end of its essential container, all of them anew', async () => {
    const rules = [
      { action: 'RETRY', onExitCode: '3' },
      { action: 'EXIT', onExitCode: '*' },
    ];
    const engine = await open({ init: ok, main: [{ exitCode: 3 }, { exitCode: 4 }, { exitCode: 0 }] }, PAIR);
    const jobId = await engine.submit({
      jobDefinition: 'task',
      retryStrategy: { attempts: 5, evaluateOnExit: rules },
    });
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'FAILED',
      attempts: [{ exitCode: 3 }, { exitCode: 4 }],
    });
    expect(engine.launcher.containers.size).toBe(4);
  });

  it('fails when an essential container can never start', async () => {
    const engine = await open({ init: [{ exitCode: 1 }] }, PAIR);
    const jobId = await engine.submit({ jobDefinition: 'task' });
    const reason =
      'CannotStartContainerError: dependency not satisfied: init did not exit successfully (exit code 1)';
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Task failed to start',
      attempts: [
        {
          reason,
          containers: [
            { name: 'init', exitCode: 1 },
            { name: 'main', reason },
          ],
        },
      ],
    });
  });

  it('is terminated with all its containers, also before they have all started', async () => {
    const engine = await open({}, PAIR);
    const jobId = await engine.submit({ jobDefinition: 'task' });
    await expect.poll(() => engine.launcher.containers.size).toBe(1);
    expect((await engine.job(jobId)).status).toBe('STARTING');
    await requestStop(
      { store: engine.engine.store, clock: { now: () => Date.now() } },
      jobId,
      'terminate',
      'enough',
    );
    expect(await engine.ended(jobId)).toMatchObject({
      status: 'FAILED',
      statusReason: 'enough',
      attempts: [{ containers: [{ name: 'init', exitCode: 143 }, { name: 'main' }] }],
    });
    expect(engine.launcher.containers.size).toBe(1);
  });

  it('may be an array', async () => {
    const engine = await open({ init: ok, main: ok }, PAIR);
    const jobId = await engine.submit({ jobDefinition: 'task', arrayProperties: { size: 5 } });
    expect(await engine.ended(jobId)).toMatchObject({ status: 'SUCCEEDED', children: { SUCCEEDED: 5 } });
    expect(engine.launcher.containers.size).toBe(10);
  });
});

describe('what is told of it', () => {
  const described = async (engine: ALocalEngine, jobId: JobId): Promise<object | undefined> => {
    // The shape is what this test is about.
    const output = { jobs: [jobDetail(await engine.job(jobId))] } as unknown as OutputOf<'DescribeJobs'>;
    const answer = await throughSdk('DescribeJobs', output, (client: BatchClient) =>
      client.send(new DescribeJobsCommand({ jobs: [jobId] })),
    );
    return (answer as { jobs: object[] }).jobs[0];
  };

  it('DescribeJobs has an empty container, and each container’s end and log stream', async () => {
    const engine = await open({ init: ok, main: [{ exitCode: 7 }] }, PAIR);
    const jobId = await engine.submit({ jobDefinition: 'task' });
    const job = await engine.ended(jobId);
    const [attempt] = job.attempts;
    const stream = (name: string): string => `task/${name}/${attempt?.taskId}`;
    const taskArn = expect.stringMatching(new RegExp(`task/.+/${attempt?.taskId}$`)) as string;
    expect(await described(engine, jobId)).toMatchObject({
      status: 'FAILED',
      container: {},
      ecsProperties: {
        taskProperties: [
          {
            taskArn,
            taskRoleArn: 'arn:aws:iam::123456789012:role/r',
            containers: [
              {
                name: 'init',
                essential: false,
                image: 'busybox',
                exitCode: 0,
                logStreamName: stream('init'),
              },
              {
                name: 'main',
                essential: true,
                dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
                command: ['main'],
                environment: [],
                exitCode: 7,
                logStreamName: stream('main'),
              },
            ],
          },
        ],
      },
      attempts: [
        {
          statusReason: 'Essential container in task exited',
          taskProperties: [
            {
              taskArn,
              containers: [
                { name: 'init', exitCode: 0, logStreamName: stream('init'), networkInterfaces: [] },
                { name: 'main', exitCode: 7, logStreamName: stream('main'), networkInterfaces: [] },
              ],
            },
          ],
        },
      ],
    });
    expect(jobDetail(job)['container']).toEqual({});
    expect(jobDetail(job)['attempts']).not.toHaveProperty('0.container');
    expect(jobSummary(job)).toMatchObject({ status: 'FAILED', container: { exitCode: 7 } });
  });

  it('shows streams once it runs, and no end before there is one', async () => {
    const engine = await open({ init: ok }, PAIR);
    const jobId = await engine.submit({ jobDefinition: 'task' });
    await engine.until(jobId, (job) => job.status === 'RUNNING');
    const detail = JSON.stringify(await described(engine, jobId));
    expect(detail).toContain('task/main/');
    expect(detail).not.toContain('exitCode');
  });

  it('has a stream for each container, over the log that its runtime writes, and one task on the ECS side', async () => {
    const engine = await open({ init: ok, main: ok }, PAIR);
    const jobId = await engine.submit({ jobDefinition: 'task' });
    const { attempts } = await engine.ended(jobId);
    const taskId = attempts[0]?.taskId ?? '';
    const { store } = engine.engine;
    const { streams } = await createLogCatalog(store).listStreams(SCOPE, '/aws/batch/job', {
      order: 'name',
      descending: false,
      limit: 10,
    });
    const written = [...engine.launcher.containers.values()].map(({ task }) => task.taskId);
    expect(streams.map(({ name, taskId: log }) => [name, log])).toEqual([
      [`task/init/${taskId}`, written[0]],
      [`task/main/${taskId}`, written[1]],
    ]);
    const cluster = attempts[0]?.clusterName ?? '';
    const view = createEcsView(store, { total: { vcpus: 4, memoryMiB: 1_000, gpus: 0 }, gpuIds: [] });
    expect((await view.tasks(SCOPE, cluster, [taskId]))[0]).toMatchObject({
      lastStatus: 'STOPPED',
      cpu: '2048',
      containers: [
        { name: 'init', image: 'busybox', cpu: '1024', exitCode: 0 },
        { name: 'main', exitCode: 0 },
      ],
    });
    expect(await view.taskDefinition(SCOPE, 'task')).toMatchObject({
      containerDefinitions: [{ name: 'init' }, { name: 'main' }],
    });
  });
});
