// DescribeTasks, ListTasks and DescribeTaskDefinition. ECS writes times as seconds with a fraction, unlike Batch.
import type { EpochMs, Scope } from '../../core/ids.ts';
import { ApiError } from '../errors.ts';
import { ECS_LIST_SIZE } from '../limits.ts';
import { pageTokens, type PagedInput } from '../paging.ts';
import { missing, openToken, requireCluster, type Failure } from './clusters.ts';
import { idInCluster, nameIn } from './references.ts';
import type { EcsContainer, EcsTask, EcsTaskQuery, EcsView } from './view.ts';

export async function describeTasks(
  view: EcsView,
  scope: Scope,
  input: { readonly cluster?: string; readonly tasks: readonly string[] },
): Promise<{ readonly tasks: readonly object[]; readonly failures: readonly Failure[] }> {
  const cluster = await requireCluster(view, scope, input.cluster);
  const wanted = input.tasks.map((reference) => ({
    reference,
    id: idInCluster(scope, 'task', cluster.name, reference),
  }));
  const ids = wanted.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const found = new Map<string, EcsTask>();
  for (const task of await view.tasks(scope, cluster.name, ids)) if (task) found.set(task.id, task);
  const unknown = wanted
    .filter(({ id }) => id === undefined || !found.has(id))
    .map(({ reference }) => reference);
  return {
    tasks: ids.flatMap((id) => {
      const task = found.get(id);
      return task ? [describeTask(task)] : [];
    }),
    failures: missing(scope, 'task', unknown, cluster.name),
  };
}

export interface ListTasksInput extends PagedInput {
  readonly cluster?: string;
  readonly containerInstance?: string;
  readonly family?: string;
  readonly desiredStatus?: 'RUNNING' | 'PENDING' | 'STOPPED';
}

export async function listTasks(
  view: EcsView,
  scope: Scope,
  input: ListTasksInput,
): Promise<{ readonly taskArns: readonly string[]; readonly nextToken?: string }> {
  const { maxResults, nextToken, ...parameters } = input;
  const { containerInstance, family, desiredStatus = 'RUNNING' } = parameters;
  const tokens = pageTokens('ListTasks', scope, parameters);
  const after = openToken(tokens, nextToken);
  const cluster = await requireCluster(view, scope, input.cluster);
  const instance =
    containerInstance === undefined
      ? undefined
      : idInCluster(scope, 'container-instance', cluster.name, containerInstance);
  // ECS never desires PENDING, as its documentation says; and an instance elsewhere has no tasks in this cluster.
  if (desiredStatus === 'PENDING' || (containerInstance !== undefined && instance === undefined)) {
    return { taskArns: [] };
  }
  const query: EcsTaskQuery = {
    desiredStatus,
    limit: maxResults ?? ECS_LIST_SIZE,
    ...(family !== undefined && { family }),
    ...(instance !== undefined && { containerInstanceId: instance }),
    ...(after !== undefined && { after }),
  };
  const { taskArns, next } = await view.listTasks(scope, cluster.name, query);
  return { taskArns, ...(next !== undefined && { nextToken: tokens.seal(next) }) };
}

const FAMILY_AND_REVISION = /^([A-Za-z0-9_-]{1,255})(?::([1-9]\d{0,8}))?$/;

export async function describeTaskDefinition(
  view: EcsView,
  scope: Scope,
  input: { readonly taskDefinition: string },
): Promise<{ readonly taskDefinition: object; readonly tags: readonly [] }> {
  const name = nameIn(scope, 'task-definition', input.taskDefinition);
  const [, family, revision] = FAMILY_AND_REVISION.exec(name ?? '') ?? [];
  const found =
    family === undefined
      ? undefined
      : await view.taskDefinition(scope, family, revision === undefined ? undefined : Number(revision));
  if (!found) throw new ApiError('ClientException', 400, 'Unable to describe task definition.');
  const { arn, ...definition } = found;
  return { taskDefinition: { taskDefinitionArn: arn, volumes: [], ...definition }, tags: [] };
}

function describeTask(task: EcsTask): object {
  const { createdAtMs, startedAtMs, stoppedAtMs, containers, arn, id: _id, ...same } = task;
  return {
    ...same,
    taskArn: arn,
    createdAt: seconds(createdAtMs),
    ...(startedAtMs !== undefined && { startedAt: seconds(startedAtMs) }),
    ...(stoppedAtMs !== undefined && { stoppedAt: seconds(stoppedAtMs) }),
    containers: containers.map((container) => describeContainer(task, container)),
    attachments: [],
    attributes: [],
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [] },
    tags: [],
    version: 1,
  };
}

function describeContainer(task: EcsTask, container: EcsContainer): object {
  return { ...container, taskArn: task.arn, networkBindings: [], networkInterfaces: [] };
}

function seconds(ms: EpochMs): number {
  return ms / 1000;
}
