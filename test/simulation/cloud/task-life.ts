// The life of a task that ECS has taken: provisioned, running, stopped, by itself, by StopTask or by the loss of what it runs on,
// Fargate or a machine; each step is told as an event. What really became of it is in its container, the witness.
import type { Task } from '@aws-sdk/client-ecs';
import type { Exit } from '../../../engine/launch-ports.ts';
import type { FakeEcs } from '../../adapters/ecs/a-fake-ecs.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { hashOf } from '../seeded-random.ts';
import type { HostContainer } from '../simulated-host.ts';
import type { CloudTime } from './cloud-time.ts';
import type { ContainerInstances } from './container-instances.ts';
import type { News } from './event-bus.ts';

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

export interface LiveTask {
  readonly arn: string;
  readonly container: HostContainer;
  readonly random: SeededRandom;
  readonly shownFromMs: number;
  readonly machineId?: string;
  version: number;
}

export interface TaskLife {
  begin(live: LiveTask, isOnSpot: boolean): void;
  stopAsked(live: LiveTask, stoppedReason: string): void;
  /** Fargate takes away what it runs on. */
  interrupt(live: LiveTask): void;
  /** Its machine is gone, and ECS has heard of it. */
  hostGone(live: LiveTask, machineId: string): void;
  /** Its machine is gone, and nobody has heard of it. */
  dieUnheard(live: LiveTask): void;
}

export interface TaskLifeDeps {
  readonly time: CloudTime;
  readonly fake: FakeEcs;
  readonly behaviour: () => TaskBehaviour;
  readonly instances: () => ContainerInstances;
  readonly tell: (news: News) => void;
  readonly trace: (line: string) => void;
}

const STOP_GRACE_MS = 30_000;

export function createTaskLife(deps: TaskLifeDeps): TaskLife {
  const { time, fake, trace } = deps;
  const now = (): Date => new Date(time.clock.now());

  function change(live: LiveTask, changes: Partial<Task>): void {
    const task = fake.tasks.get(live.arn);
    if (!task) return;
    const next = { ...task, ...changes, version: (live.version += 1) };
    fake.tasks.set(live.arn, next);
    const { exitCode } = next.containers?.[0] ?? {};
    trace(`ecs: ${live.container.attemptId} is ${next.lastStatus} ${next.stopCode ?? ''} ${exitCode ?? ''}`);
    deps.tell({ source: 'aws.ecs', detailType: 'ECS Task State Change', detail: next });
  }

  /** `exit`: what must become known of the attempt; `exitCode`: what the container itself ended with. */
  function stop(live: LiveTask, exit: Exit, changes: Partial<Task>, exitCode = exit.exitCode): void {
    if (isOver(live)) return;
    live.container.end = { atMs: time.clock.now(), exit };
    tellEnd(live, changes, exit.reason, exitCode);
  }

  function tellEnd(live: LiveTask, changes: Partial<Task>, reason?: string, exitCode?: number): void {
    const [first] = fake.tasks.get(live.arn)?.containers ?? [];
    const ended = { ...first, lastStatus: 'STOPPED', ...(exitCode === undefined ? {} : { exitCode }) };
    change(live, {
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stoppedAt: now(),
      containers: [{ ...ended, ...(reason === undefined ? {} : { reason }) }],
      ...changes,
    });
    deps.instances().ended(live.arn);
  }

  function run(live: LiveTask): void {
    deps.instances().started(live.arn);
    change(live, { lastStatus: 'RUNNING', startedAt: now(), ...addressOf(live) });
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
      run(live);
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
    const ran = fake.tasks.get(live.arn)?.startedAt !== undefined;
    const [exitCode, delayMs] = live.random.pick<readonly [number, number]>([
      [143, live.random.int(0, 500)],
      [137, STOP_GRACE_MS],
      [0, live.random.int(0, STOP_GRACE_MS)],
    ]);
    const exit: Exit = ran ? { cause: 'exited', exitCode } : { cause: 'failed-to-start' };
    change(live, { desiredStatus: 'STOPPED', stoppedReason });
    time.after(ran ? delayMs : 200, () => stop(live, exit, { stopCode: 'UserInitiated', stoppedReason }));
  }

  return {
    begin,
    stopAsked,
    interrupt,
    hostGone(live, machineId) {
      const stoppedReason = `Host EC2 (instance ${machineId}) terminated.`;
      if (!isOver(live)) stop(live, { cause: 'host-lost' }, { stoppedReason });
      else if (fake.tasks.get(live.arn)?.lastStatus !== 'STOPPED') tellEnd(live, { stoppedReason });
    },
    dieUnheard(live) {
      if (!isOver(live)) live.container.end = { atMs: time.clock.now(), exit: { cause: 'host-lost' } };
    },
  };
}

export function isOver({ container }: LiveTask): boolean {
  return container.end !== undefined;
}

/** A task on a machine has an address of its own (awsvpc): the nodes of a job tell one another by it. */
function addressOf({ arn, machineId }: LiveTask): Partial<Task> {
  if (machineId === undefined) return {};
  const details = [{ name: 'privateIPv4Address', value: privateAddressOf(arn) }];
  return { attachments: [{ type: 'ElasticNetworkInterface', details }] };
}

export function privateAddressOf(taskArn: string): string {
  const hash = hashOf(taskArn);
  return `10.${hash & 255}.${(hash >>> 8) & 255}.${(hash >>> 16) & 255}`;
}
