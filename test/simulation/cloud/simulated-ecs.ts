// ECS with tasks that live: provisioned, running, stopped, by themselves, by StopTask or by the loss of what they run on, and an
// event of each step. It is the witness of what really ran: a task is seen from the moment that RunTask has taken it.
import type { RunTaskCommandInput, Task } from '@aws-sdk/client-ecs';
import type { JobId } from '../../../core/ids.ts';
import type { ContainerTask, Exit } from '../../../engine/ports.ts';
import type { FakeEcs } from '../../adapters/ecs/a-fake-ecs.ts';
import { aFakeEcs, ecsError } from '../../adapters/ecs/a-fake-ecs.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { hashOf } from '../seeded-random.ts';
import type { HostContainer } from '../simulated-host.ts';
import type { CloudTime } from './cloud-time.ts';

/** How the next tasks behave. */
export interface TaskBehaviour {
  /** Per task of a provider, FARGATE or FARGATE_SPOT: there is none to be had. */
  readonly refuses: Readonly<Record<string, number>>;
  /** Per task: its image cannot be pulled. */
  readonly failsToStart: number;
  readonly runsForEver: number;
  readonly succeeds: number;
  readonly longestMs: number;
  /** Per task on Spot: it is interrupted some time. */
  readonly interrupted: number;
  /** ListTasks does not show a task for so long. */
  readonly listLagMs: number;
}

export interface SimulatedEcs {
  readonly answer: (command: object) => Promise<object>;
  readonly containers: ReadonlyMap<string, readonly HostContainer[]>;
  live(): readonly HostContainer[];
  /** Fargate takes away what this task runs on. */
  interrupt(container: HostContainer): void;
  readonly fake: FakeEcs;
}

export interface EcsDeps {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  readonly seed: number;
  readonly behaviour: () => TaskBehaviour;
  readonly onStarted: (container: HostContainer) => void;
  /** A task has changed: the detail of its event. */
  readonly onTaskChange: (detail: object) => void;
  readonly trace: (line: string) => void;
}

interface LiveTask {
  readonly arn: string;
  readonly container: HostContainer;
  readonly random: SeededRandom;
  readonly shownFromMs: number;
  version: number;
}

const STOP_GRACE_MS = 30_000;

export function createSimulatedEcs(deps: EcsDeps): SimulatedEcs {
  const { time, trace } = deps;
  const fake = aFakeEcs();
  const containers = new Map<string, HostContainer[]>();
  const tasks = new Map<string, LiveTask>();

  function change(live: LiveTask, changes: Partial<Task>): void {
    const task = fake.tasks.get(live.arn);
    if (!task) return;
    const next = { ...task, ...changes, version: (live.version += 1) };
    fake.tasks.set(live.arn, next);
    const { exitCode } = next.containers?.[0] ?? {};
    trace(`ecs: ${live.container.attemptId} is ${next.lastStatus} ${next.stopCode ?? ''} ${exitCode ?? ''}`);
    deps.onTaskChange(next);
  }

  const now = (): Date => new Date(time.clock.now());
  const isOver = ({ container }: LiveTask): boolean => container.end !== undefined;

  /** `exit`: what must become known of the attempt; `exitCode`: what the container itself ended with. */
  function stop(live: LiveTask, exit: Exit, changes: Partial<Task>, exitCode = exit.exitCode): void {
    if (isOver(live)) return;
    live.container.end = { atMs: time.clock.now(), exit };
    const [first] = fake.tasks.get(live.arn)?.containers ?? [];
    const ended = { ...first, lastStatus: 'STOPPED', ...(exitCode === undefined ? {} : { exitCode }) };
    change(live, {
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stoppedAt: now(),
      containers: [{ ...ended, ...(exit.reason === undefined ? {} : { reason: exit.reason }) }],
      ...changes,
    });
  }

  function isRunning(live: LiveTask): boolean {
    return fake.tasks.get(live.arn)?.startedAt !== undefined;
  }

  function begin(live: LiveTask, isOnSpot: boolean): void {
    const { random } = live;
    const behaviour = deps.behaviour();
    const fails = random.chance(behaviour.failsToStart);
    time.after(random.int(50, 3_000), () => {
      if (isOver(live) || live.container.stopAsked) return;
      if (fails) {
        const reason = 'CannotPullContainerError: pull image manifest has been retried 5 time(s)';
        stop(live, { cause: 'failed-to-start' }, { stopCode: 'TaskFailedToStart', stoppedReason: reason });
        return;
      }
      change(live, { lastStatus: 'RUNNING', startedAt: now() });
      if (isOnSpot && random.chance(behaviour.interrupted))
        time.after(random.int(10, behaviour.longestMs + 2_000), () => interrupt(live));
      if (random.chance(behaviour.runsForEver)) return;
      const exitCode = random.chance(behaviour.succeeds) ? 0 : random.pick([1, 7, 137]);
      const reason = exitCode === 137 ? { reason: 'OutOfMemoryError: Container killed' } : {};
      time.after(random.int(10, 10 + behaviour.longestMs), () =>
        stop(
          live,
          { cause: 'exited', exitCode, ...reason },
          { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' },
        ),
      );
    });
  }

  function interrupt(live: LiveTask): void {
    if (isOver(live)) return;
    const exitCode = live.random.pick([undefined, 143, 0]);
    // Who is told to go and exits with 0 has not done its work for that.
    const exit: Exit = { cause: 'host-lost', ...(exitCode ? { exitCode } : {}) };
    const changes = {
      stopCode: 'SpotInterruption',
      stoppedReason: 'Your Spot Task was interrupted.',
    } as const;
    stop(live, exit, changes, exitCode);
  }

  function stopAsked(live: LiveTask, stoppedReason: string): void {
    if (isOver(live) || live.container.stopAsked) return;
    live.container.stopAsked = true;
    const ran = isRunning(live);
    const [exitCode, delayMs] = live.random.pick<readonly [number, number]>([
      [143, live.random.int(0, 500)],
      [137, STOP_GRACE_MS],
      [0, live.random.int(0, STOP_GRACE_MS)],
    ]);
    const exit: Exit = ran ? { cause: 'exited', exitCode } : { cause: 'failed-to-start' };
    change(live, { desiredStatus: 'STOPPED', stoppedReason });
    time.after(ran ? delayMs : 200, () => stop(live, exit, { stopCode: 'UserInitiated', stoppedReason }));
  }

  async function runTask(command: object, input: RunTaskCommandInput): Promise<object> {
    const provider = input.capacityProviderStrategy?.[0]?.capacityProvider ?? 'EC2';
    const random = deps.random.fork(`${deps.seed} ${hashOf(input.clientToken ?? '')}`);
    const isKnown = asked.has(input.clientToken ?? '');
    asked.add(input.clientToken ?? '');
    if (!isKnown && random.chance(deps.behaviour().refuses[provider] ?? 0))
      refused.add(input.clientToken ?? '');
    if (refused.has(input.clientToken ?? '')) {
      trace(`ecs: ${provider} refuses ${input.startedBy}`);
      const reason = 'Capacity is unavailable at this time. Please try again later or in a different zone';
      if (random.chance(0.5)) throw ecsError('ClientException', reason);
      return { tasks: [], failures: [{ reason }] };
    }
    const answer = (await fake.client.send(command as never)) as { tasks?: readonly Task[] }; // RunTask's
    const task = answer.tasks?.[0];
    if (task?.taskArn !== undefined && !tasks.has(task.taskArn)) take(task, input, random, provider);
    return answer;
  }
  const asked = new Set<string>();
  const refused = new Set<string>();

  function take(task: Task, input: RunTaskCommandInput, random: SeededRandom, provider: string): void {
    const arn = task.taskArn ?? '';
    const container = containerOf(input, time.clock.now());
    fake.tasks.set(arn, {
      ...task,
      createdAt: now(),
      containers: [{ name: 'default', lastStatus: 'PENDING' }],
    });
    const shownFromMs = time.elapsedMs() + random.int(0, deps.behaviour().listLagMs);
    const live: LiveTask = { arn, container, random, shownFromMs, version: 1 };
    tasks.set(arn, live);
    const { attemptId } = container;
    containers.set(attemptId, [...(containers.get(attemptId) ?? []), container]);
    trace(`ecs: ${attemptId} is taken by ${provider}`);
    deps.onStarted(container);
    begin(live, provider === 'FARGATE_SPOT');
  }

  async function answer(command: object): Promise<object> {
    const { input, constructor } = command as { input: Record<string, unknown>; constructor: Function }; // an SDK command
    fake.sent.length = 0;
    if (constructor.name === 'RunTaskCommand')
      return runTask(command, input as unknown as RunTaskCommandInput);
    const given = (await fake.client.send(command as never)) as object;
    if (constructor.name === 'StopTaskCommand') {
      const live = [...tasks.values()].find(({ arn }) => arn.endsWith(String(input['task'])));
      if (live) stopAsked(live, String(input['reason']));
    }
    if (constructor.name !== 'ListTasksCommand') return given;
    const { taskArns } = given as { taskArns: readonly string[] }; // as the fake answers
    return { taskArns: taskArns.filter((arn) => (tasks.get(arn)?.shownFromMs ?? 0) <= time.elapsedMs()) };
  }

  return {
    answer,
    containers,
    live: () => [...tasks.values()].filter((live) => !isOver(live)).map(({ container }) => container),
    interrupt(container) {
      for (const live of tasks.values()) if (live.container === container) interrupt(live);
    },
    fake,
  };
}

/** What it is told to be, read from what its process would see. */
function containerOf({ overrides }: RunTaskCommandInput, startedAtMs: number): HostContainer {
  const variables = overrides?.containerOverrides?.[0]?.environment ?? [];
  const environment = Object.fromEntries(variables.map(({ name, value }) => [name ?? '', value ?? '']));
  const jobId = (environment['AWS_BATCH_JOB_ID'] ?? '') as JobId; // set by the engine
  const attemptId = `${jobId}/${environment['AWS_BATCH_JOB_ATTEMPT']}`;
  const demand = {
    vcpus: Number(overrides?.cpu ?? 0) / 1_024,
    memoryMiB: Number(overrides?.memory ?? 0),
    gpus: 0,
  };
  const task = { attemptId, environment, demand, gpuIds: [] } as unknown as ContainerTask; // all that is looked at
  return { attemptId, jobId, task, startedAtMs };
}
