import { beforeEach, describe, expect, it } from 'vitest';
import type { RunTaskCommandInput, Task } from '@aws-sdk/client-ecs';
import type { AttemptPlace } from '../../../adapters/ecs/ecs-launcher.ts';
import { createEcsLauncher } from '../../../adapters/ecs/ecs-launcher.ts';
import type { EcsEnvironment } from '../../../adapters/ecs/ecs-environment.ts';
import { EcsUnavailableError } from '../../../adapters/ecs/retry.ts';
import { startedByOf } from '../../../adapters/ecs/started-by.ts';
import type { ContainerTask, Launcher, Observation } from '../../../engine/launch-ports.ts';
import { aContainerTask, FARGATE, LOGS } from './a-container-task.ts';
import type { FakeEcs } from './a-fake-ecs.ts';
import { aFakeEcs, ecsError, SERVER_FAILED, THROTTLED } from './a-fake-ecs.ts';

const QUICK = { maxAttempts: 4, firstWaitMs: 1, maxWaitMs: 2 };
const TASK = aContainerTask();

let ecs: FakeEcs;
let environment: EcsEnvironment | undefined;
let place: AttemptPlace | undefined;
let seen: Observation[];

/** Another function: it remembers nothing of what the last one did. */
function aLauncher(): Launcher {
  const launcher = createEcsLauncher({
    client: ecs.client,
    retry: QUICK,
    ...LOGS,
    environmentOf: async () => environment,
    placementOf: async () => place,
    now: () => 5_000,
  });
  launcher.onObservation((observation) => seen.push(observation));
  return launcher;
}

beforeEach(() => {
  ecs = aFakeEcs();
  environment = FARGATE;
  place = { ceArn: TASK.ceArn };
  seen = [];
});

const onlyTask = (): Task => {
  const [task, ...others] = ecs.tasks.values();
  if (!task || others.length > 0) throw new Error(`there are ${ecs.tasks.size} tasks, not one`);
  return task;
};
const update = (task: Task, given: Partial<Task>): void =>
  void ecs.tasks.set(task.taskArn ?? '', { ...task, ...given });
const runInputs = () =>
  ecs.sent.flatMap(({ operation, input }) =>
    operation === 'RunTask' ? [input as unknown as RunTaskCommandInput] : [],
  ); // as it was sent

describe('starting', () => {
  it('registers the definition once, and runs each attempt of it as a task that names it', async () => {
    const launcher = aLauncher();
    expect(await launcher.start(TASK)).toEqual({ started: true });
    const second: ContainerTask = {
      ...TASK,
      attemptId: TASK.attemptId.replace('/1', ':7/2'),
      taskId: 'b'.repeat(32),
    };
    expect(await launcher.start(second)).toEqual({ started: true });
    expect(ecs.count('DescribeTaskDefinition')).toBe(1);
    expect(ecs.count('RegisterTaskDefinition')).toBe(1);
    expect([...ecs.tasks.values()].map(({ startedBy }) => startedBy)).toEqual(
      [TASK, second].map(({ attemptId }) => startedByOf(attemptId)),
    );
  });

  it('finds the definition that another function registered', async () => {
    await aLauncher().start(TASK);
    await aLauncher().start({
      ...TASK,
      attemptId: TASK.attemptId.replace('/1', '/2'),
      taskId: 'c'.repeat(32),
    });
    expect(ecs.count('RegisterTaskDefinition')).toBe(1);
    expect([...ecs.definitions.values()].flat()).toHaveLength(1);
  });

  it('twice starts one task, whichever function asks', async () => {
    await aLauncher().start(TASK);
    expect(await aLauncher().start(TASK)).toEqual({ started: true });
    expect(ecs.tasks.size).toBe(1);
  });

  it('twice starts one task also when the environment has changed in between', async () => {
    await aLauncher().start(TASK);
    environment = { ...FARGATE, subnets: ['subnet-other'] };
    expect(await aLauncher().start(TASK)).toEqual({ started: true });
    expect(ecs.tasks.size).toBe(1);
  });

  it('registers anew what somebody deregistered', async () => {
    const launcher = aLauncher();
    await launcher.start(TASK);
    for (const [family, revisions] of ecs.definitions)
      ecs.definitions.set(
        family,
        revisions.map((revision) => ({ ...revision, status: 'INACTIVE' })),
      );
    const next = { ...TASK, attemptId: TASK.attemptId.replace('/1', '/2'), taskId: 'd'.repeat(32) };
    expect(await launcher.start(next)).toEqual({ started: true });
    expect(ecs.tasks.size).toBe(2);
  });

  it('asks again what ECS throttles, a bounded number of times', async () => {
    ecs.faults.push(
      { operation: 'RunTask', error: THROTTLED },
      { operation: 'DescribeTaskDefinition', error: THROTTLED },
    );
    expect(await aLauncher().start(TASK)).toEqual({ started: true });
    ecs.faults.push(...Array.from({ length: 4 }, () => ({ operation: 'RunTask', error: THROTTLED })));
    await expect(aLauncher().start({ ...TASK, taskId: 'e'.repeat(32) })).rejects.toThrow(EcsUnavailableError);
    expect(ecs.tasks.size).toBe(1);
  });

  it('starts one task when the answer is lost, by ECS’s own token or, where that means nothing, by looking', async () => {
    for (const ignoresTokens of [false, true]) {
      ecs = aFakeEcs();
      ecs.ignoresTokens = ignoresTokens;
      ecs.faults.push({ operation: 'RunTask', error: SERVER_FAILED, when: 'after' });
      expect(await aLauncher().start(TASK)).toEqual({ started: true });
      expect(ecs.tasks.size).toBe(1);
    }
  });

  it('starts one task when the answer is lost and the list lags, too', async () => {
    ecs.listLag = 1;
    ecs.faults.push({ operation: 'RunTask', error: SERVER_FAILED, when: 'after' });
    expect(await aLauncher().start(TASK)).toEqual({ started: true });
    expect(ecs.tasks.size).toBe(1);
  });

  it('says that there is no capacity, and is answered anew when the attempt is placed anew', async () => {
    ecs.failures.push([{ arn: 'arn:instance', reason: 'RESOURCE:MEMORY' }]);
    expect(await aLauncher().start(TASK)).toEqual({
      started: false,
      reason: 'RESOURCE:MEMORY',
      kind: 'no-capacity',
    });
    expect(await aLauncher().start({ ...TASK, placedAtMs: 1_760_000_060_000 })).toEqual({ started: true });
    expect(new Set(runInputs().map(({ clientToken }) => clientToken)).size).toBe(2);
  });

  it('says why a job can never start so', async () => {
    const error = ecsError(
      'ClientException',
      'ECS was unable to assume the role that was provided for this task.',
    );
    ecs.faults.push({ operation: 'RunTask', error });
    expect(await aLauncher().start(TASK)).toEqual({
      started: false,
      reason: 'ClientException: ECS was unable to assume the role that was provided for this task.',
    });
  });

  it('says why no definition can be made', async () => {
    ecs.faults.push({
      operation: 'RegisterTaskDefinition',
      error: ecsError('ClientException', 'Role is not valid'),
    });
    expect(await aLauncher().start(TASK)).toEqual({
      started: false,
      reason: 'ClientException: Role is not valid',
    });
    expect(await aLauncher().start(TASK)).toEqual({ started: true });
  });

  it('in an environment that is gone finds no capacity there', async () => {
    environment = undefined;
    expect(await aLauncher().start(TASK)).toMatchObject({ started: false, kind: 'no-capacity' });
  });

  it('hands on what is nobody’s refusal', async () => {
    ecs.faults.push({ operation: 'RunTask', error: new TypeError('a bug') });
    await expect(aLauncher().start(TASK)).rejects.toThrow('a bug');
  });

  it('moves an environment that is too long for overrides into a definition that its siblings share', async () => {
    const environmentOf = (index: number) => ({
      ...TASK.environment,
      ...Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`VARIABLE_${at}`, 'x'.repeat(30)])),
      AWS_BATCH_JOB_ARRAY_INDEX: String(index),
    });
    const launcher = aLauncher();
    for (const index of [0, 1]) {
      const attemptId = TASK.attemptId.replace('/1', `:${index}/1`);
      const task = {
        ...TASK,
        attemptId,
        taskId: String(index).repeat(32),
        environment: environmentOf(index),
      };
      expect(await launcher.start(task)).toEqual({ started: true });
    }
    const [definition, ...others] = [...ecs.definitions.values()].flat();
    expect(others).toEqual([]);
    const names = definition?.containerDefinitions?.[0]?.environment?.map(({ name }) => name);
    expect(names).toHaveLength(301);
    expect(names).not.toContain('AWS_BATCH_JOB_ID');
    expect(runInputs()[1]?.overrides?.containerOverrides?.[0]).toMatchObject({
      command: ['echo', 'hello'],
      environment: expect.arrayContaining([{ name: 'AWS_BATCH_JOB_ARRAY_INDEX', value: '1' }]),
    });
  });
});

describe('stopping', () => {
  it('ends the task that this function started', async () => {
    const launcher = aLauncher();
    await launcher.start(TASK);
    await launcher.stop(TASK.attemptId, 30);
    expect(onlyTask()).toMatchObject({ desiredStatus: 'STOPPED' });
    expect(ecs.count('ListTasks')).toBe(0);
  });

  it('ends the task that another function started, also while lists lag', async () => {
    await aLauncher().start(TASK);
    ecs.listLag = 2;
    await aLauncher().stop(TASK.attemptId, 30);
    expect(onlyTask()).toMatchObject({ desiredStatus: 'STOPPED' });
  });

  it('needs no list for a task that was seen', async () => {
    await aLauncher().start(TASK);
    const runtimeTaskId = onlyTask().taskArn?.split('/').at(-1) ?? '';
    place = { ceArn: TASK.ceArn, runtimeTaskId };
    await aLauncher().stop(TASK.attemptId, 30);
    expect(onlyTask()).toMatchObject({ desiredStatus: 'STOPPED' });
    expect(ecs.count('ListTasks')).toBe(0);
  });

  it('of an unknown or ended attempt changes nothing', async () => {
    await aLauncher().stop(TASK.attemptId, 30);
    place = { ceArn: TASK.ceArn, runtimeTaskId: 'f'.repeat(32) };
    await aLauncher().stop(TASK.attemptId, 30);
    place = undefined;
    await aLauncher().stop(TASK.attemptId, 30);
    expect(ecs.tasks.size).toBe(0);
  });

  it('fails when ECS does, so that it is tried again', async () => {
    await aLauncher().start(TASK);
    ecs.faults.push({ operation: 'StopTask', error: ecsError('AccessDeniedException', 'not authorized') });
    await expect(aLauncher().stop(TASK.attemptId, 30)).rejects.toThrow('not authorized');
  });
});

describe('adopting', () => {
  const adoptee = (stopRequested = false) => ({ task: () => TASK, hasRun: false, stopRequested });

  it('finds a task that starts, and has nothing to tell of it yet', async () => {
    await aLauncher().start(TASK);
    expect(await aLauncher().adopt(TASK.attemptId, TASK.taskId, adoptee())).toBe('adopted');
    expect(seen).toEqual([]);
  });

  it('tells that it runs', async () => {
    await aLauncher().start(TASK);
    update(onlyTask(), { lastStatus: 'RUNNING', startedAt: new Date(3_000) });
    expect(await aLauncher().adopt(TASK.attemptId, TASK.taskId, adoptee())).toBe('adopted');
    expect(seen).toMatchObject([{ kind: 'running', attemptId: TASK.attemptId, atMs: 3_000 }]);
  });

  it('tells how one ended whose event was lost', async () => {
    await aLauncher().start(TASK);
    update(onlyTask(), {
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedAt: new Date(4_000),
      containers: [{ name: 'default', exitCode: 3 }],
    });
    expect(await aLauncher().adopt(TASK.attemptId, TASK.taskId, adoptee())).toBe('adopted');
    expect(seen).toMatchObject([{ kind: 'exited', atMs: 4_000, exit: { cause: 'exited', exitCode: 3 } }]);
  });

  it('prefers the task that goes on, should there ever be two', async () => {
    ecs.ignoresTokens = true;
    await aLauncher().start(TASK);
    update(onlyTask(), { lastStatus: 'STOPPED', stopCode: 'UserInitiated' });
    await aLauncher().start(TASK);
    const [, second] = ecs.tasks.values();
    if (second) update(second, { lastStatus: 'RUNNING', startedAt: new Date(9_000) });
    expect(await aLauncher().adopt(TASK.attemptId, TASK.taskId, adoptee())).toBe('adopted');
    expect(seen).toMatchObject([{ kind: 'running', atMs: 9_000 }]);
  });

  it('knows nothing of an attempt without a trace', async () => {
    expect(await aLauncher().adopt(TASK.attemptId, TASK.taskId, adoptee())).toBe('unknown');
    environment = undefined;
    expect(await aLauncher().adopt(TASK.attemptId, TASK.taskId, adoptee())).toBe('unknown');
  });

  it('looks again before it lets an attempt that is to be stopped pass for never started', async () => {
    await aLauncher().start(TASK);
    ecs.listLag = 3;
    expect(await aLauncher().adopt(TASK.attemptId, TASK.taskId, adoptee(true))).toBe('adopted');
  });
});
