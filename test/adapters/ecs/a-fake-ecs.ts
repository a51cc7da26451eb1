// An ECS in memory behind the client's `send`, with what AWS documents of it: idempotent client tokens, failures that are no
// errors, limits that are, lists that lag. A test may make any call fail, before or after it has done its work.
import { ECSServiceException } from '@aws-sdk/client-ecs';
import type {
  Cluster,
  Failure,
  RegisterTaskDefinitionCommandInput,
  RunTaskCommandInput,
  Task,
  TaskDefinition,
} from '@aws-sdk/client-ecs';
import type { EcsSender } from '../../../adapters/ecs/retry.ts';

export interface SentCall {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** `after`: the work was done, and only the answer is lost. */
export interface Fault {
  readonly operation: string;
  readonly error: Error;
  readonly when?: 'before' | 'after';
}

export interface FakeEcs {
  readonly client: EcsSender;
  readonly sent: SentCall[];
  readonly tasks: Map<string, Task>;
  readonly definitions: Map<string, TaskDefinition[]>;
  readonly clusters: Map<string, Cluster>;
  /** Taken one for each call of the operation. */
  readonly faults: Fault[];
  /** Of the next RunTask calls, each in place of a task. */
  readonly failures: Failure[][];
  /** ListTasks answers so often as if a new task were not there. */
  listLag: number;
  /** What some emulators do. */
  ignoresTokens: boolean;
  count(operation: string): number;
}

export const CLUSTER_ARN = 'arn:aws:ecs:us-east-1:123456789012:cluster/AWSBatch-ce-1';
const PREFIX = 'arn:aws:ecs:us-east-1:123456789012:';

export function ecsError(name: string, message = name, status = 400): Error {
  return new ECSServiceException({
    name,
    message,
    $fault: status < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode: status },
  });
}

export const THROTTLED = ecsError('ThrottlingException', 'Rate exceeded');
export const SERVER_FAILED = ecsError('ServerException', 'Service Unavailable', 500);

export function aFakeEcs(): FakeEcs {
  const tokens = new Map<string, { readonly asked: string; readonly taskArn: string }>();
  const fake: FakeEcs = {
    client: { send: (command: unknown) => send(command as Command) }, // commands are all there is to send
    sent: [],
    tasks: new Map(),
    definitions: new Map(),
    clusters: new Map([
      [CLUSTER_ARN, { clusterArn: CLUSTER_ARN, clusterName: 'AWSBatch-ce-1', status: 'ACTIVE' }],
    ]),
    faults: [],
    failures: [],
    listLag: 0,
    ignoresTokens: false,
    count: (operation) => fake.sent.filter((call) => call.operation === operation).length,
  };

  interface Command {
    readonly input: Record<string, unknown>;
    readonly constructor: { readonly name: string };
  }

  async function send(command: Command): Promise<object> {
    const operation = command.constructor.name.replace(/Command$/, '');
    fake.sent.push({ operation, input: structuredClone(command.input) });
    const at = fake.faults.findIndex((fault) => fault.operation === operation);
    const [fault] = at < 0 ? [] : fake.faults.splice(at, 1);
    if (fault && fault.when !== 'after') throw fault.error;
    const perform = operations[operation];
    if (!perform) throw new Error(`the fake ECS knows no ${operation}`);
    const answer = perform(command.input as never);
    if (fault) throw fault.error;
    return answer;
  }

  const clusterOf = (nameOrArn: string): Cluster => {
    const arn = nameOrArn.startsWith('arn:') ? nameOrArn : `${PREFIX}cluster/${nameOrArn}`;
    const found = fake.clusters.get(arn);
    if (found?.status !== 'ACTIVE') throw ecsError('ClusterNotFoundException', 'Cluster not found.');
    return found;
  };

  const operations: Record<string, (input: never) => object> = {
    DescribeTaskDefinition({ taskDefinition }: { taskDefinition: string }) {
      const found = fake.definitions.get(taskDefinition)?.findLast(({ status }) => status === 'ACTIVE');
      if (!found) throw ecsError('ClientException', 'Unable to describe task definition.');
      return { taskDefinition: found };
    },
    RegisterTaskDefinition(input: RegisterTaskDefinitionCommandInput) {
      checkDefinition(input);
      const family = input.family ?? '';
      const revisions = fake.definitions.get(family) ?? [];
      const taskDefinitionArn = `${PREFIX}task-definition/${family}:${revisions.length + 1}`;
      const made = { ...input, taskDefinitionArn, status: 'ACTIVE' } as TaskDefinition; // what ECS adds is not read
      fake.definitions.set(family, [...revisions, made]);
      return { taskDefinition: made };
    },
    RunTask(input: RunTaskCommandInput) {
      const cluster = clusterOf(input.cluster ?? 'default');
      checkRun(input);
      const asked = JSON.stringify(input);
      const key = `${cluster.clusterArn} ${input.clientToken}`;
      const known = tokens.get(key);
      if (known && !fake.ignoresTokens) {
        if (known.asked === asked) return { tasks: [fake.tasks.get(known.taskArn)], failures: [] };
        throw ecsError('ConflictException', 'The provided clientToken is already in use.');
      }
      const definition = [...fake.definitions.values()]
        .flat()
        .find(({ taskDefinitionArn }) => taskDefinitionArn === input.taskDefinition);
      if (definition?.status !== 'ACTIVE') throw ecsError('ClientException', 'TaskDefinition is inactive');
      const failures = fake.failures.shift();
      if (failures) return { tasks: [], failures };
      const task = aTask(cluster, input, fake.tasks.size + 1);
      fake.tasks.set(task.taskArn ?? '', task);
      tokens.set(key, { asked, taskArn: task.taskArn ?? '' });
      return { tasks: [task], failures: [] };
    },
    ListTasks({ startedBy, desiredStatus }: { startedBy: string; desiredStatus: string }) {
      if (fake.listLag > 0) {
        fake.listLag -= 1;
        return { taskArns: [] };
      }
      const found = [...fake.tasks.values()].filter(
        (task) => task.startedBy === startedBy && task.desiredStatus === desiredStatus,
      );
      return { taskArns: found.map(({ taskArn }) => taskArn) };
    },
    DescribeTasks({ tasks }: { tasks: readonly string[] }) {
      const found = tasks.map((id) => [...fake.tasks.values()].find(({ taskArn }) => taskArn?.endsWith(id)));
      return { tasks: found.filter((task) => task !== undefined), failures: [] };
    },
    StopTask({ task: id, cluster, reason }: { task: string; cluster: string; reason: string }) {
      clusterOf(cluster);
      const found = [...fake.tasks.values()].find(({ taskArn }) => taskArn?.endsWith(id));
      if (!found) throw ecsError('InvalidParameterException', 'The referenced task was not found.');
      fake.tasks.set(found.taskArn ?? '', { ...found, desiredStatus: 'STOPPED', stoppedReason: reason });
      return { task: found };
    },
    DescribeClusters({ clusters }: { clusters: readonly string[] }) {
      return { clusters: clusters.flatMap((arn) => fake.clusters.get(arn) ?? []), failures: [] };
    },
    CreateCluster({ clusterName, capacityProviders, settings, tags }: Cluster) {
      const clusterArn = `${PREFIX}cluster/${clusterName}`;
      const known = fake.clusters.get(clusterArn);
      if (known?.status === 'ACTIVE') return { cluster: known };
      const given = {
        ...(capacityProviders && { capacityProviders }),
        ...(settings && { settings }),
        ...(tags && { tags }),
      };
      const cluster: Cluster = { clusterArn, clusterName, status: 'ACTIVE', ...given };
      fake.clusters.set(clusterArn, cluster);
      return { cluster };
    },
    DeleteCluster({ cluster: arn }: { cluster: string }) {
      const found = clusterOf(arn);
      if ((found.runningTasksCount ?? 0) > 0) throw ecsError('ClusterContainsTasksException');
      fake.clusters.set(arn, { ...found, status: 'INACTIVE' });
      return { cluster: found };
    },
    PutClusterCapacityProviders({
      cluster: arn,
      capacityProviders,
    }: {
      cluster: string;
      capacityProviders: string[];
    }) {
      fake.clusters.set(arn, { ...clusterOf(arn), capacityProviders });
      return {};
    },
    ListContainerInstances({ filter }: { filter: string }) {
      const wanted = filter.endsWith('!exists') ? 'ec2' : 'external';
      const has = fake.clusters.get(CLUSTER_ARN)?.statistics?.some(({ name }) => name === wanted);
      return { containerInstanceArns: has ? [`${PREFIX}container-instance/AWSBatch-ce-1/1`] : [] };
    },
  };
  return fake;
}

function aTask({ clusterArn, clusterName }: Cluster, input: RunTaskCommandInput, number: number): Task {
  const id = number.toString(16).padStart(32, 'a');
  return {
    taskArn: `${PREFIX}task/${clusterName}/${id}`,
    clusterArn,
    startedBy: input.startedBy,
    group: input.group,
    taskDefinitionArn: input.taskDefinition,
    overrides: input.overrides,
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    createdAt: new Date(number * 1_000),
    containers: (input.overrides?.containerOverrides ?? []).map(({ name }) => ({
      name,
      lastStatus: 'PENDING',
    })),
  };
}

/** API Reference, RegisterTaskDefinition: what is refused. */
function checkDefinition(input: RegisterTaskDefinitionCommandInput): void {
  const refuse = (message: string): never => {
    throw ecsError('ClientException', message);
  };
  if (!/^[\w-]{1,255}$/.test(input.family ?? '')) refuse('Family contains invalid characters.');
  if (JSON.stringify(input).length > 65_536) refuse('Actual length exceeds the allowed 65536 bytes.');
  const isFargate = input.requiresCompatibilities?.includes('FARGATE');
  if (isFargate && input.networkMode !== 'awsvpc') refuse('Fargate only supports network mode ‘awsvpc’.');
  if (isFargate && !(input.cpu && input.memory)) refuse('Fargate requires that cpu and memory be defined.');
  for (const { name, memory, memoryReservation } of input.containerDefinitions ?? []) {
    if (!input.memory && !memory && !memoryReservation) refuse(`Invalid setting for container '${name}'.`);
  }
}

/** API Reference, RunTask: what is refused. */
function checkRun(input: RunTaskCommandInput): void {
  const refuse = (message: string): never => {
    throw ecsError('InvalidParameterException', message);
  };
  if (JSON.stringify(input.overrides ?? {}).length > 8_192)
    refuse('Container Overrides length must be at most 8192');
  if (!/^[\w/-]{1,128}$/.test(input.startedBy ?? '')) refuse('startedBy contains invalid characters.');
  if (!/^[!-~]{1,64}$/.test(input.clientToken ?? '')) refuse('clientToken is not valid.');
  if (input.launchType && input.capacityProviderStrategy?.length)
    refuse('Specifying both a launch type and capacity provider strategy is not supported.');
}
