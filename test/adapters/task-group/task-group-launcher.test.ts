import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTaskGroupLauncher } from '../../../adapters/task-group/task-group-launcher.ts';
import { containerTaskId, taskIdOf } from '../../../core/job/task-id.ts';
import type {
  Adoptee,
  ContainerTask,
  Launcher,
  Observation,
  TaskContainer,
} from '../../../engine/launch-ports.ts';
import { createSimulatedLauncher } from '../../engine/simulated-launcher.ts';
import type { SimulatedLauncher, SimulatedLauncherOptions } from '../../engine/simulated-launcher.ts';
import { JOB_ID } from '../../core/job/a-job.ts';
import { TASK_ORIGIN } from '../task-origin.ts';

const ATTEMPT = `${JOB_ID}/1`;
const DEMAND = { vcpus: 1, memoryMiB: 64, gpus: 0 };

type Draft = Partial<TaskContainer> & { readonly name: string };

function aTask(...drafts: readonly Draft[]): ContainerTask {
  const taskId = taskIdOf(JOB_ID, 1, drafts.length);
  const containers = drafts.map((draft, index) => ({
    taskId: containerTaskId(taskId, index + 1),
    spec: {},
    command: [draft.name],
    environment: {},
    demand: DEMAND,
    gpuIds: [],
    dependsOn: [],
    essential: true,
    ...draft,
  }));
  return {
    ...TASK_ORIGIN,
    attemptId: ATTEMPT,
    taskId,
    spec: {},
    command: [],
    environment: {},
    demand: DEMAND,
    gpuIds: [],
    containers,
  };
}

const after = (containerName: string, condition: 'START' | 'COMPLETE' | 'SUCCESS' = 'START') => [
  { containerName, condition },
];
const adoptee = (task: ContainerTask, given: Partial<Adoptee> = {}): Adoptee => ({
  task: () => task,
  hasRun: false,
  stopRequested: false,
  ...given,
});

interface Options extends Partial<SimulatedLauncherOptions> {
  /** Its containers do not listen to SIGTERM. */
  readonly deaf?: boolean;
  /** What the runtime does otherwise. */
  readonly otherwise?: (runtime: Launcher, inner: SimulatedLauncher) => Partial<Launcher>;
}

interface World {
  readonly inner: SimulatedLauncher;
  readonly ends: Map<string, Observation>;
  readonly launcher: Launcher;
  readonly seen: Observation[];
  readonly stops: string[];
  readonly reports: string[];
  /** Names of the containers that were started, in order. */
  started(): string[];
  exit(number: number, exitCode: number): Promise<void>;
}

let nowMs = 1_000;
const turn = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(0));

/** A new launcher; after an `earlier` one, over the containers that it left. */
function aWorld(options: Options = {}, earlier?: World): World {
  const inner = earlier?.inner ?? createSimulatedLauncher({ now: () => (nowMs += 1), ...options });
  const ends = earlier?.ends ?? new Map<string, Observation>();
  const stops: string[] = [];
  const reports: string[] = [];
  let listener: (observation: Observation) => void = () => undefined;
  inner.onObservation((observation) => {
    if (observation.kind === 'exited') ends.set(observation.attemptId, observation);
    listener(observation);
  });
  const runtime: Launcher = {
    ...inner,
    onObservation: (given) => void (listener = given),
    async stop(attemptId, graceSeconds) {
      stops.push(`${attemptId.slice(ATTEMPT.length)} ${graceSeconds}`);
      if (!options.deaf || graceSeconds === 0) await inner.stop(attemptId, graceSeconds);
    },
    async adopt(attemptId, taskId) {
      const answer = await inner.adopt(attemptId, taskId);
      const end = ends.get(attemptId);
      if (end) listener(end);
      return answer;
    },
  };
  const launcher = createTaskGroupLauncher(
    { ...runtime, ...options.otherwise?.(runtime, inner) },
    { stopGraceSeconds: 30, now: () => nowMs, report: (event) => reports.push(event) },
  );
  const seen: Observation[] = [];
  launcher.onObservation((observation) => seen.push(observation));
  return {
    inner,
    ends,
    launcher,
    seen,
    stops,
    reports,
    started: () => [...inner.containers.values()].map(({ task }) => task.command[0] ?? ''),
    async exit(number, exitCode) {
      inner.exit(`${ATTEMPT}/${number}`, { exitCode });
      await turn();
    },
  };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const kinds = ({ seen }: World): string[] => seen.map(({ kind }) => kind);
const exitOf = ({ seen }: World): object | undefined =>
  seen.flatMap((observation) => (observation.kind === 'exited' ? [observation.exit] : []))[0];

describe('a task of one container', () => {
  it('passes straight through, whatever is asked of it', async () => {
    const calls: unknown[][] = [];
    const noted = (...call: unknown[]): void => void calls.push(call);
    const launcher = createTaskGroupLauncher({
      ...createSimulatedLauncher({ now: () => 0 }),
      start: async (...given) => (noted('start', ...given), { started: true }),
      stop: async (...given) => noted('stop', ...given),
      adopt: async (...given) => (noted('adopt', ...given), 'adopted'),
      forget: async (...given) => noted('forget', ...given),
    });
    const { containers: _none, ...task } = aTask();
    await launcher.start(task);
    await launcher.stop(ATTEMPT, 5);
    await launcher.adopt(ATTEMPT, task.taskId);
    await launcher.forget(ATTEMPT, task.taskId);
    expect(calls.map((call) => call.filter((part) => part !== undefined))).toEqual([
      ['start', task],
      ['stop', ATTEMPT, 5],
      ['adopt', ATTEMPT, task.taskId],
      ['forget', ATTEMPT, task.taskId],
    ]);
  });

  it('is observed as it is', async () => {
    const world = aWorld({ onStart: () => ({ exitCode: 3 }) });
    const { containers: _none, ...task } = aTask();
    await world.launcher.start(task);
    await turn();
    expect(world.seen).toMatchObject([
      { kind: 'running', attemptId: ATTEMPT },
      { kind: 'exited', attemptId: ATTEMPT, exit: { exitCode: 3 } },
    ]);
  });
});

describe('a task of several containers', () => {
  const task = aTask(
    { name: 'init', essential: false },
    { name: 'main', dependsOn: after('init', 'SUCCESS') },
  );

  it('starts them in their order, runs once all have started, and ends with the essential one', async () => {
    const world = aWorld();
    expect(await world.launcher.start(task)).toEqual({ started: true });
    await turn();
    expect(world.started()).toEqual(['init']);
    expect(world.seen).toEqual([]);
    await world.exit(1, 0);
    expect(world.started()).toEqual(['init', 'main']);
    expect(world.seen).toMatchObject([{ kind: 'running', attemptId: ATTEMPT }]);
    await world.exit(2, 0);
    expect(kinds(world)).toEqual(['running', 'exited']);
    expect(exitOf(world)).toMatchObject({
      cause: 'exited',
      exitCode: 0,
      containers: [
        { name: 'init', exitCode: 0 },
        { name: 'main', exitCode: 0 },
      ],
    });
  });

  it('gives each container to the runtime as a task of its own, with the task whose volumes it shares', async () => {
    const world = aWorld();
    await world.launcher.start(task);
    const [container] = task.containers ?? [];
    expect(world.inner.containers.get(`${ATTEMPT}/1`)?.task).toEqual({
      ...TASK_ORIGIN,
      attemptId: `${ATTEMPT}/1`,
      taskId: container?.taskId,
      spec: {},
      command: ['init'],
      environment: {},
      demand: DEMAND,
      gpuIds: [],
      partOf: task.taskId,
    });
  });

  it('is started once, however often that is asked for', async () => {
    const world = aWorld();
    await Promise.all([world.launcher.start(task), world.launcher.start(task)]);
    await world.exit(1, 0);
    await world.launcher.start(task);
    await world.exit(2, 0);
    await world.launcher.start(task);
    expect(world.started()).toEqual(['init', 'main']);
    expect(kinds(world)).toEqual(['running', 'exited', 'exited']);
  });

  it('stops the others when an essential container ends, each with its own grace, dependents first', async () => {
    const world = aWorld({});
    await world.launcher.start(
      aTask(
        { name: 'main' },
        { name: 'proxy', essential: false },
        { name: 'client', essential: false, dependsOn: after('proxy'), stopTimeoutSeconds: 7 },
      ),
    );
    await turn();
    await world.exit(1, 4);
    expect(world.stops).toEqual(['/3 7', '/2 30']);
    expect(exitOf(world)).toMatchObject({
      exitCode: 4,
      containers: [{ exitCode: 4 }, { exitCode: 143 }, { exitCode: 143 }],
    });
  });

  it('fails to start when the runtime refuses an essential container, and takes the others down', async () => {
    const world = aWorld({
      refuse: ({ command }) => (command[0] === 'main' ? 'CannotPullContainerError: none' : undefined),
    });
    await world.launcher.start(aTask({ name: 'side', essential: false }, { name: 'main' }));
    await turn();
    expect(kinds(world)).toEqual(['exited']);
    expect(exitOf(world)).toMatchObject({
      cause: 'failed-to-start',
      reason: 'CannotPullContainerError: none',
    });
    expect(world.stops).toEqual(['/1 30']);
  });

  it('goes on without a container that is not essential and cannot start', async () => {
    const world = aWorld({
      refuse: ({ command }) => (command[0] === 'side' ? 'CannotPullContainerError: none' : undefined),
    });
    await world.launcher.start(aTask({ name: 'side', essential: false }, { name: 'main' }));
    await turn();
    expect(kinds(world)).toEqual(['running']);
    await world.exit(2, 0);
    expect(exitOf(world)).toMatchObject({
      exitCode: 0,
      containers: [
        { name: 'side', reason: 'CannotPullContainerError: none' },
        { name: 'main', exitCode: 0 },
      ],
    });
  });

  it('calls a runtime that throws a failed start, and says so', async () => {
    const world = aWorld({
      refuse: () => {
        throw new Error('the disk is full');
      },
    });
    await world.launcher.start(aTask({ name: 'main' }));
    expect(exitOf(world)).toMatchObject({
      cause: 'failed-to-start',
      reason: 'CannotStartContainerError: Error: the disk is full',
    });
    expect(world.reports).toEqual(['task-group.start-failed']);
  });

  it('starts nothing any more when a container has ended before its start has returned', async () => {
    const world = aWorld({
      otherwise: (runtime, inner) => ({
        start(single) {
          const outcome = runtime.start(single);
          inner.exit(single.attemptId, { exitCode: 1 });
          return outcome;
        },
      }),
    });
    await world.launcher.start(aTask({ name: 'a' }, { name: 'b' }));
    expect(world.started()).toEqual(['a']);
    expect(exitOf(world)).toMatchObject({ exitCode: 1, containers: [{ exitCode: 1 }, { name: 'b' }] });
  });

  it('gives up waiting when a startTimeout is over', async () => {
    const world = aWorld();
    await world.launcher.start(
      aTask(
        { name: 'init', essential: false, startTimeoutSeconds: 5 },
        { name: 'main', dependsOn: after('init', 'COMPLETE') },
      ),
    );
    await turn();
    nowMs += 5_000;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(world.started()).toEqual(['init']);
    expect(world.stops).toEqual(['/1 30']);
    expect(exitOf(world)).toMatchObject({
      cause: 'failed-to-start',
      reason: expect.stringContaining('startTimeout') as string,
    });
  });
});

describe('a stop', () => {
  it('reaches every container, with its own grace or that of the stop', async () => {
    const world = aWorld();
    await world.launcher.start(aTask({ name: 'a' }, { name: 'b', stopTimeoutSeconds: 90 }));
    await turn();
    await world.launcher.stop(ATTEMPT, 10);
    expect(world.stops).toEqual(['/1 10', '/2 90']);
    expect(exitOf(world)).toMatchObject({ exitCode: 143 });
  });

  it('keeps what waits from starting', async () => {
    const world = aWorld();
    await world.launcher.start(
      aTask({ name: 'init', essential: false }, { name: 'main', dependsOn: after('init', 'COMPLETE') }),
    );
    await turn();
    await world.launcher.stop(ATTEMPT, 10);
    expect(world.started()).toEqual(['init']);
    expect(exitOf(world)).toMatchObject({ containers: [{ name: 'init', exitCode: 143 }, { name: 'main' }] });
  });

  it('without grace kills all at once, whatever their order and however they were stopped before', async () => {
    const world = aWorld({ deaf: true });
    await world.launcher.start(
      aTask({ name: 'a' }, { name: 'b', dependsOn: after('a'), stopTimeoutSeconds: 90 }),
    );
    await turn();
    await world.launcher.stop(ATTEMPT, 10);
    expect(world.stops).toEqual(['/2 90']);
    await world.launcher.stop(ATTEMPT, 0);
    expect(new Set(world.stops)).toEqual(new Set(['/2 90', '/1 0', '/2 0']));
    expect(kinds(world)).toEqual(['running', 'exited']);
  });
});

describe('after a crash', () => {
  const task = aTask(
    { name: 'init', essential: false },
    { name: 'main', dependsOn: after('init', 'SUCCESS') },
  );

  it('goes on with what was started, and starts what had to wait, once', async () => {
    const first = aWorld();
    await first.launcher.start(task);
    await turn();
    await first.launcher.close();
    const second = aWorld({}, first);
    expect(await second.launcher.adopt(ATTEMPT, task.taskId, adoptee(task))).toBe('adopted');
    // An execution that is driven again asks for the start again.
    await second.launcher.start(task);
    expect(second.started()).toEqual(['init']);
    await second.exit(1, 0);
    expect(second.started()).toEqual(['init', 'main']);
    expect(kinds(second)).toEqual(['running']);
    await second.exit(2, 0);
    expect(exitOf(second)).toMatchObject({ exitCode: 0 });
    expect(first.seen).toEqual([]);
  });

  it('learns what happened while nobody was there', async () => {
    const first = aWorld();
    await first.launcher.start(task);
    await turn();
    await first.launcher.close();
    await first.exit(1, 0);
    const second = aWorld({}, first);
    await second.launcher.adopt(ATTEMPT, task.taskId, adoptee(task));
    await turn();
    expect(second.started()).toEqual(['init', 'main']);
    await second.launcher.close();
    await second.exit(2, 6);
    const third = aWorld({}, second);
    await third.launcher.adopt(ATTEMPT, task.taskId, adoptee(task, { hasRun: true }));
    await turn();
    expect(third.started()).toEqual(['init', 'main']);
    expect(exitOf(third)).toMatchObject({ exitCode: 6, containers: [{ exitCode: 0 }, { exitCode: 6 }] });
  });

  it('does not start a container again that has run and left no trace', async () => {
    const first = aWorld();
    await first.launcher.start(task);
    await first.exit(1, 0);
    await first.launcher.close();
    const second = aWorld(
      {
        otherwise: (runtime) => ({
          adopt: async (id, taskId) => (id.endsWith('/2') ? 'unknown' : runtime.adopt(id, taskId)),
        }),
      },
      first,
    );
    await second.launcher.adopt(ATTEMPT, task.taskId, adoptee(task, { hasRun: true }));
    await turn();
    expect(second.started()).toEqual(['init', 'main']);
    expect(exitOf(second)).toMatchObject({ cause: 'host-lost' });
  });

  it('starts nothing more of a task that is to be stopped', async () => {
    const first = aWorld();
    await first.launcher.start(task);
    await turn();
    await first.launcher.close();
    await first.exit(1, 0);
    const second = aWorld({}, first);
    await second.launcher.adopt(ATTEMPT, task.taskId, adoptee(task, { stopRequested: true }));
    await second.launcher.stop(ATTEMPT, 10);
    await turn();
    expect(second.started()).toEqual(['init']);
    expect(kinds(second)).toEqual(['exited']);
  });

  it('knows nothing of a task of which nothing was started', async () => {
    const world = aWorld();
    expect(await world.launcher.adopt(ATTEMPT, task.taskId, adoptee(task))).toBe('unknown');
    expect(await world.launcher.start(task)).toEqual({ started: true });
    expect(world.started()).toEqual(['init']);
  });

  it('cannot take up a task without being told what it is', async () => {
    await expect(aWorld().launcher.adopt(ATTEMPT, task.taskId)).rejects.toThrow('its task must be given');
  });
});

describe('forgetting a task', () => {
  it('forgets all its containers, also when an earlier process ran them', async () => {
    const forgotten: unknown[] = [];
    const world = aWorld({ otherwise: () => ({ forget: async (...given) => void forgotten.push(given) }) });
    const task = aTask({ name: 'a' }, { name: 'b' });
    await world.launcher.forget(ATTEMPT, task.taskId);
    expect(forgotten).toEqual(
      (task.containers ?? []).map(({ taskId }, index) => [`${ATTEMPT}/${index + 1}`, taskId]),
    );
  });

  it('starts and tells nothing of it any more', async () => {
    const world = aWorld();
    const task = aTask(
      { name: 'init', essential: false },
      { name: 'main', dependsOn: after('init', 'COMPLETE') },
    );
    await world.launcher.start(task);
    await turn();
    await world.launcher.forget(ATTEMPT, task.taskId);
    await world.exit(1, 0);
    expect(world.started()).toEqual(['init']);
    expect(world.seen).toEqual([]);
  });
});
