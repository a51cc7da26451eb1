// The ECS that clients look for behind a compute environment: a cluster each, its container instances, and a task for every
// attempt. Worked out from jobs and environments when somebody asks; nothing of it is stored.
import type { EcsCluster, EcsTask, EcsTaskDefinition, EcsView } from '../api/ecs/view.ts';
import type { Scope } from '../core/ids.ts';
import { parseArn } from '../core/ids.ts';
import type { RegisteredDefinition } from '../core/definition/definition.ts';
import type { Job } from '../core/job/job.ts';
import type { EndedAttempt } from '../core/job/attempt.ts';
import type { ContainerDemand, ContainerSpec } from '../core/job/spec.ts';
import { LONE_CONTAINER_NAME } from '../core/job/spec.ts';
import { isPlaced } from '../core/job/job.ts';
import { instanceIdOf } from '../core/job/attempt.ts';
import { taskArn } from '../core/job/job-detail.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import { environmentKind } from '../core/placement/compute-environment.ts';
import type { Host } from '../engine/schedule-deps.ts';
import { getDefinition, getLatestActiveDefinition } from '../engine/store/definitions.ts';
import type { JobStore } from '../engine/store/jobs.ts';
import { getJob } from '../engine/store/jobs.ts';
import type { LedgerEntry } from '../engine/store/ledger.ts';
import { Ledgers } from '../engine/store/ledger.ts';
import { listSchedulable } from '../engine/store/queues.ts';
import { containerInstanceArn, countInstances, instancesOf } from './ecs-instances.ts';
import type { TaskRecord } from './task-records.ts';
import { taskKey } from './task-records.ts';

/** ECS counts 1,024 units a vCPU. */
const CPU_UNITS = 1024;

export function createEcsView(store: JobStore, host: Host): EcsView {
  const environmentsOf = async (scope: Scope): Promise<readonly ComputeEnvironment[]> => {
    const { environments } = await listSchedulable(store.table);
    return environments.filter((environment) => {
      const arn = parseArn(environment.ceArn);
      const isOurs = arn?.region === scope.region && arn.account === scope.account;
      return isOurs && environmentKind(environment) !== 'EKS';
    });
  };
  return {
    async clusters(scope) {
      const environments = await environmentsOf(scope);
      const places = environments.map(({ ceArn }) => ceArn);
      const ledgers = await Ledgers.load(store.table, places);
      return environments.map((environment) => clusterOf(environment, ledgers.entry(environment.ceArn)));
    },
    async tasks(scope, clusterName, taskIds) {
      const rows = await store.table.getMany(
        'queues',
        taskIds.map((taskId) => taskKey(scope, clusterName, taskId)),
      );
      return Promise.all(
        rows.map((row) => row && findTask(store, scope, clusterName, row.body as TaskRecord)),
      ); // written by the recorder
    },
    async listTasks(scope, clusterName, { desiredStatus, limit, after, family, containerInstanceId }) {
      const page = await store.table.query({
        table: 'queues',
        partition: taskKey(scope, clusterName, '').pk,
        limit,
        ...(after === undefined ? {} : { after }),
      });
      const found = await Promise.all(
        page.rows.map((row) => findTask(store, scope, clusterName, row.body as TaskRecord)), // written by the recorder
      );
      const instanceArn =
        containerInstanceId && containerInstanceArn(scope, clusterName, containerInstanceId);
      const wanted = found.filter(
        (task) =>
          task?.desiredStatus === desiredStatus &&
          (family === undefined || familyOf(task.taskDefinitionArn) === family) &&
          (instanceArn === undefined || task.containerInstanceArn === instanceArn),
      );
      return {
        taskArns: wanted.flatMap((task) => task?.arn ?? []),
        ...(page.next === undefined ? {} : { next: page.next }),
      };
    },
    async containerInstances(scope, clusterName) {
      const environment = (await environmentsOf(scope)).find(({ ecsClusterArn }) =>
        ecsClusterArn.endsWith(`/${clusterName}`),
      );
      if (!environment) return [];
      const ledgers = await Ledgers.load(store.table, [environment.ceArn, 'host']);
      return instancesOf(scope, environment, host, ledgers);
    },
    async taskDefinition(scope, family, revision) {
      const { table } = store;
      const found =
        revision === undefined
          ? await getLatestActiveDefinition(table, scope, family)
          : await getDefinition(table, scope, family, revision);
      if (!found) return undefined;
      const definition: EcsTaskDefinition = {
        arn: taskDefinitionArn(scope, found.name, found.revision),
        family: found.name,
        revision: found.revision,
        status: found.status,
        containerDefinitions: containerDefinitionsOf(found.registered),
      };
      return definition;
    },
  };
}

function containerDefinitionsOf({ containerProperties, ecsProperties }: RegisteredDefinition): object[] {
  const containers = ecsProperties?.taskProperties?.[0]?.containers ?? [containerProperties ?? {}];
  return containers.map((container) => ({ name: LONE_CONTAINER_NAME, ...container }));
}

function clusterOf(environment: ComputeEnvironment, entry: LedgerEntry): EcsCluster {
  const { ecsClusterArn, name } = environment;
  return {
    name: ecsClusterArn.split('/').at(-1) ?? name,
    arn: ecsClusterArn,
    status: 'ACTIVE',
    registeredContainerInstances: countInstances(environment, entry),
    runningTasks: entry.placements,
    pendingTasks: 0,
  };
}

function taskDefinitionArn(scope: Scope, name: string, revision: number): string {
  return `arn:${scope.partition}:ecs:${scope.region}:${scope.account}:task-definition/${name}:${revision}`;
}

function familyOf(arn: string): string {
  return arn.split('/').at(-1)?.replace(/:\d+$/, '') ?? arn;
}

async function findTask(
  store: JobStore,
  scope: Scope,
  clusterName: string,
  record: TaskRecord,
): Promise<EcsTask | undefined> {
  const found = await getJob(store, record.jobId);
  return found && taskOf(scope, clusterName, found.job, record);
}

function taskOf(scope: Scope, clusterName: string, job: Job, record: TaskRecord): EcsTask {
  const { taskId, attempt, createdAtMs } = record;
  const ended = job.attempts[attempt - 1];
  const isRunning = isPlaced(job) && job.attempt.number === attempt && job.status === 'RUNNING';
  const startedAtMs = ended?.startedAtMs ?? (isRunning ? job.startedAtMs : undefined);
  const lastStatus = ended ? 'STOPPED' : isRunning ? 'RUNNING' : 'PENDING';
  const { demand, definitionArn } = job.spec;
  const instanceId = instanceOf(job, attempt);
  const [name = 'job', revision = '1'] = parseArn(definitionArn)?.name.split(':') ?? [];
  return {
    id: taskId,
    arn: taskArn(job.jobArn, clusterName, taskId),
    clusterArn: `arn:${scope.partition}:ecs:${scope.region}:${scope.account}:cluster/${clusterName}`,
    taskDefinitionArn: taskDefinitionArn(scope, name, Number(revision)),
    ...(instanceId === undefined
      ? { launchType: 'FARGATE' }
      : {
          launchType: 'EC2',
          containerInstanceArn: containerInstanceArn(scope, clusterName, instanceId),
        }),
    lastStatus,
    desiredStatus: ended ? 'STOPPED' : 'RUNNING',
    ...resourcesOf(demand),
    createdAtMs,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(ended ? { stoppedAtMs: ended.stoppedAtMs, stoppedReason: ended.statusReason } : {}),
    containers: containersOf(job, ended).map((one) => ({ ...one, lastStatus })),
  };
}

/** Of the main node, where there are several: the job's task is its. */
function instanceOf(job: Job, attempt: number): string | undefined {
  const place = isPlaced(job) && job.attempt.number === attempt ? job.attempt.placement : undefined;
  const known = place ?? job.attempts[attempt - 1];
  return known && instanceIdOf(known, job.spec.nodes?.mainNode);
}

type ContainerOfTask = Omit<EcsTask['containers'][number], 'lastStatus'>;

function containersOf({ spec }: Job, ended: EndedAttempt | undefined): readonly ContainerOfTask[] {
  if (!spec.containers) {
    const { container, demand } = spec;
    return [{ name: LONE_CONTAINER_NAME, ...resourcesOf(demand), ...imageOf(container), ...endOf(ended) }];
  }
  return spec.containers.map(({ name, spec: container, demand }) => ({
    name,
    ...resourcesOf(demand),
    ...imageOf(container),
    ...endOf(ended?.containers?.find((one) => one.name === name)),
  }));
}

function resourcesOf({ vcpus, memoryMiB }: ContainerDemand): {
  readonly cpu: string;
  readonly memory: string;
} {
  return { cpu: String(Math.round(vcpus * CPU_UNITS)), memory: String(memoryMiB) };
}

function imageOf({ image }: ContainerSpec): { readonly image?: string } {
  return image === undefined ? {} : { image };
}

function endOf(end: Pick<EndedAttempt, 'exitCode' | 'reason'> | undefined): {
  readonly exitCode?: number;
  readonly reason?: string;
} {
  return {
    ...(end?.exitCode === undefined ? {} : { exitCode: end.exitCode }),
    ...(end?.reason === undefined ? {} : { reason: end.reason }),
  };
}
