// The container instances of ECS: machines whose agents have joined a cluster, and what each of them has left for tasks. Every
// change of one is told as an event, with the version that ECS counts.
import { ecsError } from '../../adapters/ecs/a-fake-ecs.ts';
import type { EcsMachine } from '../../adapters/autoscaling/a-machine-aws.ts';

export interface JoiningMachine {
  readonly machineId: string;
  readonly type: string;
  readonly clusterArn: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TaskSize {
  readonly vcpus: number;
  readonly memoryMiB: number;
}

export interface ContainerInstances {
  /** `undefined`: the operation is about something else. */
  answer(operation: string, input: Readonly<Record<string, unknown>>): object | undefined;
  join(machine: JoiningMachine, id: string): void;
  /** The machine is gone, and its agent has said so. */
  leave(machineId: string): void;
  setConnected(machineId: string, isConnected: boolean): void;
  /** As its own agent does when Spot has warned it. */
  drain(machineId: string): void;
  /** Puts a task on this machine. The answer is ECS's reason where it cannot. */
  take(
    clusterArn: string,
    machineId: string | undefined,
    taskArn: string,
    size: TaskSize,
  ): string | undefined;
  /** Whether the machine takes tasks, and only lacks room: a scheduler that keeps its books never meets that. */
  isOpen(machineId: string | undefined): boolean;
  started(taskArn: string): void;
  ended(taskArn: string): void;
  tasksOn(machineId: string): readonly string[];
  arnOf(machineId: string | undefined): string | undefined;
  countIn(clusterArn: string): number;
  readonly all: () => readonly EcsMachine[];
}

interface Registered {
  readonly clusterArn: string;
  readonly machine: EcsMachine & { version: number };
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly tasks: Map<string, TaskSize & { isRunning: boolean }>;
}

export interface ContainerInstancesDeps {
  readonly now: () => Date;
  readonly onChange: (detail: object) => void;
  /** Somebody took it out of its cluster by force: what ECS knew of its tasks ends. */
  readonly onForgotten: (machineId: string, taskArns: readonly string[]) => void;
  readonly trace: (line: string) => void;
}

const PREFIX = 'arn:aws:ecs:us-east-1:123456789012:container-instance';

export function createContainerInstances(deps: ContainerInstancesDeps): ContainerInstances {
  const registered = new Map<string, Registered>();
  const find = (machineId: string | undefined): Registered | undefined =>
    [...registered.values()].find(({ machine }) => machine.ec2InstanceId === machineId);
  const named = (nameOrArn: unknown): Registered | undefined =>
    registered.get(String(nameOrArn).split('/').at(-1) ?? '');

  function change(one: Registered, changes: Partial<EcsMachine>): void {
    const counts = [...one.tasks.values()].map(({ isRunning }) => isRunning);
    Object.assign(one.machine, changes, {
      version: one.machine.version + 1,
      runningTasksCount: counts.filter(Boolean).length,
      pendingTasksCount: counts.filter((isRunning) => !isRunning).length,
    });
    deps.onChange({ ...one.machine, clusterArn: one.clusterArn });
  }

  function remove(one: Registered): void {
    const { ec2InstanceId: machineId, containerInstanceArn } = one.machine;
    registered.delete(containerInstanceArn.split('/').at(-1) ?? '');
    const left = [...one.tasks.keys()];
    one.tasks.clear();
    deps.trace(`ecs: ${machineId} is registered no more`);
    change(one, { status: 'INACTIVE', agentConnected: false });
    deps.onForgotten(machineId, left);
  }

  const free = ({ vcpus, memoryMiB, tasks }: Registered): TaskSize => ({
    vcpus: [...tasks.values()].reduce((left, task) => left - task.vcpus, vcpus),
    memoryMiB: [...tasks.values()].reduce((left, task) => left - task.memoryMiB, memoryMiB),
  });

  const operations: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => object>> = {
    ListContainerInstances: ({ cluster }) => ({
      containerInstanceArns: [...registered.values()]
        .filter(({ clusterArn }) => clusterArn === cluster)
        .map(({ machine }) => machine.containerInstanceArn),
    }),
    DescribeContainerInstances: ({ containerInstances }) => ({
      containerInstances: (containerInstances as string[]).flatMap((id) => {
        const machine = named(id)?.machine;
        return machine ? [{ ...machine }] : [];
      }),
    }),
    UpdateContainerInstancesState({ containerInstances }) {
      for (const id of containerInstances as string[]) {
        const one = named(id);
        if (one && one.machine.status !== 'DRAINING') change(one, { status: 'DRAINING' });
      }
      return {};
    },
    DeregisterContainerInstance({ containerInstance }) {
      const one = named(containerInstance);
      if (!one) throw ecsError('InvalidParameterException', 'Referenced container instance not found.');
      remove(one);
      return {};
    },
  };

  return {
    answer: (operation, input) => operations[operation]?.(input),
    join({ machineId, type, clusterArn, vcpus, memoryMiB, attributes }, id) {
      const machine: Registered['machine'] = {
        containerInstanceArn: `${PREFIX}/${clusterArn.split('/').at(-1)}/${id}`,
        ec2InstanceId: machineId,
        status: 'ACTIVE',
        runningTasksCount: 0,
        pendingTasksCount: 0,
        agentConnected: true,
        version: 0,
        registeredAt: deps.now(),
        registeredResources: [
          { name: 'CPU', type: 'INTEGER', integerValue: vcpus * 1_024 },
          { name: 'MEMORY', type: 'INTEGER', integerValue: memoryMiB },
        ],
        attributes: Object.entries({ 'ecs.instance-type': type, ...attributes }).map(([name, value]) => ({
          name,
          value,
        })),
      };
      const one = { clusterArn, machine, vcpus, memoryMiB, tasks: new Map() };
      registered.set(id, one);
      deps.trace(`ecs: ${machineId} (${type}) has joined ${clusterArn.split('/').at(-1)}`);
      change(one, {});
    },
    leave(machineId) {
      const one = find(machineId);
      if (one) remove(one);
    },
    setConnected(machineId, isConnected) {
      const one = find(machineId);
      if (one) change(one, { agentConnected: isConnected });
    },
    drain(machineId) {
      const one = find(machineId);
      if (one && one.machine.status === 'ACTIVE') change(one, { status: 'DRAINING' });
    },
    take(clusterArn, machineId, taskArn, size) {
      const one = find(machineId);
      if (one?.clusterArn !== clusterArn || one.machine.status !== 'ACTIVE')
        return 'memberOf placement constraint unsatisfied.';
      if (one.machine['agentConnected'] !== true) return 'AGENT';
      const left = free(one);
      if (left.vcpus < size.vcpus) return 'RESOURCE:CPU';
      if (left.memoryMiB < size.memoryMiB) return 'RESOURCE:MEMORY';
      one.tasks.set(taskArn, { ...size, isRunning: false });
      change(one, {});
      return undefined;
    },
    isOpen(machineId) {
      const machine = find(machineId)?.machine;
      return machine?.status === 'ACTIVE' && machine['agentConnected'] === true;
    },
    started(taskArn) {
      for (const one of registered.values()) {
        const task = one.tasks.get(taskArn);
        if (!task) continue;
        task.isRunning = true;
        change(one, {});
      }
    },
    ended(taskArn) {
      for (const one of registered.values()) if (one.tasks.delete(taskArn)) change(one, {});
    },
    tasksOn: (machineId) => [...(find(machineId)?.tasks.keys() ?? [])],
    arnOf: (machineId) => find(machineId)?.machine.containerInstanceArn,
    countIn: (wanted) => [...registered.values()].filter(({ clusterArn }) => clusterArn === wanted).length,
    all: () => [...registered.values()].map(({ machine }) => machine),
  };
}
