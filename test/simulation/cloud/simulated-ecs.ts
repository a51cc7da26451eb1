// ECS: clusters, the machines in them, and tasks that live. It is the witness of what really ran: a task is seen from the moment
// that RunTask has taken it.
import type { Cluster, RunTaskCommandInput, Task } from '@aws-sdk/client-ecs';
import type { JobId } from '../../../core/ids.ts';
import type { ContainerTask } from '../../../engine/launch-ports.ts';
import type { FakeEcs } from '../../adapters/ecs/a-fake-ecs.ts';
import { aFakeEcs, ecsError } from '../../adapters/ecs/a-fake-ecs.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { hashOf } from '../seeded-random.ts';
import type { HostContainer } from '../simulated-host.ts';
import type { CloudTime } from './cloud-time.ts';
import type { ContainerInstances } from './container-instances.ts';
import { createContainerInstances } from './container-instances.ts';
import type { News } from './event-bus.ts';
import type { LiveTask, TaskBehaviour } from './task-life.ts';
import { createTaskLife, isOver } from './task-life.ts';

export interface SimulatedEcs {
  readonly answer: (command: object) => Promise<object>;
  readonly containers: ReadonlyMap<string, readonly HostContainer[]>;
  live(): readonly HostContainer[];
  /** Fargate takes away what this task runs on. */
  interrupt(container: HostContainer): void;
  readonly instances: ContainerInstances;
  /** What ran on this machine has ended; ECS knows at once, or when it hears that the machine is no more. */
  machineDied(machineId: string, how: 'told' | 'silently'): void;
  /** The machine on which this container runs, or ran; absent on Fargate. */
  machineOf(container: HostContainer): string | undefined;
  readonly fake: FakeEcs;
}

export interface EcsDeps {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  readonly seed: number;
  readonly behaviour: () => TaskBehaviour;
  readonly onStarted: (container: HostContainer) => void;
  readonly tell: (news: News) => void;
  /** A machine that takes tasks was asked for more than it has. */
  readonly onOverplaced: (attemptId: string, machineId: string, reason: string) => void;
  readonly trace: (line: string) => void;
}

interface Taken {
  readonly container: HostContainer;
  readonly random: SeededRandom;
  readonly provider: string;
  readonly machineId?: string;
}

const NO_ROOM = 'Capacity is unavailable at this time. Please try again later or in a different zone';

export function createSimulatedEcs(deps: EcsDeps): SimulatedEcs {
  const { time, trace } = deps;
  const fake = aFakeEcs();
  const containers = new Map<string, HostContainer[]>();
  const tasks = new Map<string, LiveTask>();
  const life = createTaskLife({ ...deps, fake, instances: () => instances });
  const instances = createContainerInstances({
    now: () => new Date(time.clock.now()),
    onChange: (detail) =>
      deps.tell({ source: 'aws.ecs', detailType: 'ECS Container Instance State Change', detail }),
    onForgotten: (machineId, arns) => {
      for (const live of livesOf(arns)) life.hostGone(live, machineId);
    },
    trace,
  });
  const livesOf = (arns: readonly string[]): readonly LiveTask[] =>
    arns.flatMap((arn) => tasks.get(arn) ?? []);
  /** By client token: what a start was answered that found no room. It is answered so again. */
  const refusals = new Map<string, string>();
  const asked = new Set<string>();
  /** Machines whose silence nobody has noticed yet: what is started there never runs. */
  const dead = new Set<string>();

  async function runTask(command: object, input: RunTaskCommandInput): Promise<object> {
    const provider = input.capacityProviderStrategy?.[0]?.capacityProvider ?? 'EC2';
    const token = input.clientToken ?? '';
    const random = deps.random.fork(`${deps.seed} ${hashOf(token)}`);
    const isKnown = asked.has(token);
    asked.add(token);
    if (!isKnown && random.chance(deps.behaviour().refuses[provider] ?? 0)) refusals.set(token, NO_ROOM);
    const refusal = refusals.get(token);
    if (refusal !== undefined) {
      trace(`ecs: ${provider} refuses ${input.startedBy}: ${refusal}`);
      if (refusal === NO_ROOM && random.chance(0.5)) throw ecsError('ClientException', refusal);
      return { tasks: [], failures: [{ reason: refusal }] };
    }
    const answer = (await fake.client.send(command as never)) as { tasks?: readonly Task[] }; // RunTask's
    const task = answer.tasks?.[0];
    if (task?.taskArn === undefined || tasks.has(task.taskArn)) return answer;
    const container = containerOf(input, time.clock.now());
    const machineId = machineIn(input);
    const reason =
      provider === 'EC2'
        ? instances.take(task.clusterArn ?? '', machineId, task.taskArn, container.task.demand)
        : undefined;
    if (reason !== undefined) {
      fake.tasks.delete(task.taskArn);
      refusals.set(token, reason);
      if (instances.isOpen(machineId)) deps.onOverplaced(container.attemptId, machineId ?? '', reason);
      return runTask(command, input);
    }
    take(task, { container, random, provider, ...(machineId === undefined ? {} : { machineId }) });
    return answer;
  }

  function take(task: Task, { container, random, provider, machineId }: Taken): void {
    const arn = task.taskArn ?? '';
    const containerInstanceArn = instances.arnOf(machineId);
    fake.tasks.set(arn, {
      ...task,
      createdAt: new Date(time.clock.now()),
      ...(containerInstanceArn === undefined ? {} : { containerInstanceArn }),
      containers: [{ name: 'default', lastStatus: 'PENDING' }],
    });
    const shownFromMs = time.elapsedMs() + random.int(0, deps.behaviour().listLagMs);
    const where = machineId === undefined ? {} : { machineId };
    const live: LiveTask = { arn, container, random, shownFromMs, version: 1, ...where };
    tasks.set(arn, live);
    const { attemptId } = container;
    containers.set(attemptId, [...(containers.get(attemptId) ?? []), container]);
    trace(`ecs: ${attemptId} is taken by ${machineId ?? provider}`);
    deps.onStarted(container);
    if (dead.has(machineId ?? '')) life.dieUnheard(live);
    else life.begin(live, provider === 'FARGATE_SPOT');
  }

  async function answer(command: object): Promise<object> {
    const { input, constructor } = command as { input: Record<string, unknown>; constructor: Function }; // an SDK command
    fake.sent.length = 0;
    const operation = constructor.name.replace(/Command$/, '');
    if (operation === 'RunTask') return runTask(command, input as unknown as RunTaskCommandInput);
    const ofInstances = instances.answer(operation, input);
    if (ofInstances) return ofInstances;
    if (operation === 'DeleteCluster') demandEmpty(String(input['cluster']));
    const given = (await fake.client.send(command as never)) as object;
    switch (operation) {
      case 'StopTask':
        for (const live of tasks.values())
          if (live.arn.endsWith(String(input['task']))) life.stopAsked(live, String(input['reason']));
        return given;
      case 'DescribeClusters':
        return withCounts(given as { clusters: Cluster[] }); // its answer
      case 'ListTasks': {
        const { taskArns } = given as { taskArns: readonly string[] }; // as the fake answers
        return { taskArns: taskArns.filter((arn) => (tasks.get(arn)?.shownFromMs ?? 0) <= time.elapsedMs()) };
      }
      default:
        return given;
    }
  }

  function liveIn(clusterArn: string): number {
    const isThere = (task: Task | undefined): boolean =>
      task?.clusterArn === clusterArn && task.lastStatus !== 'STOPPED';
    return [...tasks.keys()].filter((arn) => isThere(fake.tasks.get(arn))).length;
  }

  function withCounts({ clusters }: { readonly clusters: readonly Cluster[] }): object {
    return {
      clusters: clusters.map((cluster) => ({
        ...cluster,
        runningTasksCount: liveIn(cluster.clusterArn ?? ''),
        registeredContainerInstancesCount: instances.countIn(cluster.clusterArn ?? ''),
      })),
      failures: [],
    };
  }

  function demandEmpty(clusterArn: string): void {
    if (instances.countIn(clusterArn) > 0)
      throw ecsError(
        'ClusterContainsContainerInstancesException',
        'The cluster contains container instances.',
      );
    if (liveIn(clusterArn) > 0)
      throw ecsError('ClusterContainsTasksException', 'The cluster contains active tasks.');
  }

  return {
    answer,
    containers,
    live: () => [...tasks.values()].filter((live) => !isOver(live)).map(({ container }) => container),
    interrupt(container) {
      for (const live of tasks.values()) if (live.container === container) life.interrupt(live);
    },
    instances,
    machineDied(machineId, how) {
      if (how === 'silently') dead.add(machineId);
      for (const live of livesOf(instances.tasksOn(machineId))) {
        if (how === 'told') life.hostGone(live, machineId);
        else life.dieUnheard(live);
      }
    },
    machineOf: (container) => [...tasks.values()].find((live) => live.container === container)?.machineId,
    fake,
  };
}

function machineIn({ placementConstraints = [] }: RunTaskCommandInput): string | undefined {
  return /ec2InstanceId == (\S+)/.exec(placementConstraints[0]?.expression ?? '')?.[1];
}

/** What it is told to be, read from what its process would see. */
function containerOf({ overrides }: RunTaskCommandInput, startedAtMs: number): HostContainer {
  const own = overrides?.containerOverrides?.[0];
  const variables = own?.environment ?? [];
  const environment = Object.fromEntries(variables.map(({ name, value }) => [name ?? '', value ?? '']));
  const jobId = (environment['AWS_BATCH_JOB_ID'] ?? '') as JobId; // set by the engine
  const attemptId = `${jobId}/${environment['AWS_BATCH_JOB_ATTEMPT']}`;
  // On Fargate the task has a size, on a machine its container.
  const demand = {
    vcpus: Number(overrides?.cpu ?? own?.cpu ?? 0) / 1_024,
    memoryMiB: Number(overrides?.memory ?? own?.memory ?? 0),
    gpus: 0,
  };
  const task = { attemptId, environment, demand, gpuIds: [] } as unknown as ContainerTask; // all that is looked at
  return { attemptId, jobId, task, startedAtMs };
}
