// ListContainerInstances and DescribeContainerInstances: from a container instance to the EC2 instance a job ran on.
import type { Scope } from '../../core/ids.ts';
import { InvalidParameterException } from '../errors.ts';
import { ECS_LIST_SIZE } from '../limits.ts';
import { pageOfList, pageTokens, type PagedInput } from '../paging.ts';
import { missing, openToken, requireCluster, type Failure } from './clusters.ts';
import { idInCluster } from './references.ts';
import type { ContainerInstanceStatus, EcsCapacity, EcsContainerInstance, EcsView } from './view.ts';

export interface ListContainerInstancesInput extends PagedInput {
  readonly cluster?: string;
  /** ECS's cluster query language, which is not spoken here. */
  readonly filter?: string;
  readonly status?: ContainerInstanceStatus;
}

export async function listContainerInstances(
  view: EcsView,
  scope: Scope,
  input: ListContainerInstancesInput,
): Promise<{ readonly containerInstanceArns: readonly string[]; readonly nextToken?: string }> {
  const { maxResults, nextToken, ...parameters } = input;
  if (parameters.filter) {
    throw new InvalidParameterException(`filter is not supported here, but is ${parameters.filter}.`);
  }
  const tokens = pageTokens('ListContainerInstances', scope, parameters);
  const after = openToken(tokens, nextToken);
  const cluster = await requireCluster(view, scope, input.cluster);
  const { status } = parameters;
  const found = (await view.containerInstances(scope, cluster.name))
    .filter((instance) => status === undefined || instance.status === status)
    .toSorted((left, right) => (left.arn < right.arn ? -1 : 1));
  const limit = maxResults ?? ECS_LIST_SIZE;
  const page = pageOfList({ limit, ...(after !== undefined && { after }) }, found, ({ arn }) => arn);
  return {
    containerInstanceArns: page.items.map(({ arn }) => arn),
    ...(page.next !== undefined && { nextToken: tokens.seal(page.next) }),
  };
}

export async function describeContainerInstances(
  view: EcsView,
  scope: Scope,
  input: { readonly cluster?: string; readonly containerInstances: readonly string[] },
): Promise<{ readonly containerInstances: readonly object[]; readonly failures: readonly Failure[] }> {
  const cluster = await requireCluster(view, scope, input.cluster);
  const all = new Map((await view.containerInstances(scope, cluster.name)).map((one) => [one.id, one]));
  const found = input.containerInstances.map((reference) => {
    const id = idInCluster(scope, 'container-instance', cluster.name, reference);
    return { reference, instance: id === undefined ? undefined : all.get(id) };
  });
  const unknown = found.filter(({ instance }) => !instance).map(({ reference }) => reference);
  return {
    containerInstances: found.flatMap(({ instance }) => (instance ? [describe(instance)] : [])),
    failures: missing(scope, 'container-instance', unknown, cluster.name),
  };
}

function describe(instance: EcsContainerInstance): object {
  const { instanceType, availabilityZone, isSpot, registeredAtMs } = instance;
  return {
    containerInstanceArn: instance.arn,
    ec2InstanceId: instance.ec2InstanceId,
    status: instance.status,
    agentConnected: instance.status !== 'INACTIVE',
    runningTasksCount: instance.runningTasks,
    pendingTasksCount: instance.pendingTasks,
    registeredResources: resources(instance.registered),
    remainingResources: resources(instance.remaining),
    attributes: [
      ...(instanceType === undefined ? [] : [{ name: 'ecs.instance-type', value: instanceType }]),
      ...(availabilityZone === undefined ? [] : [{ name: 'ecs.availability-zone', value: availabilityZone }]),
      // ECS has no word for it; EC2 calls it so.
      ...(isSpot === true ? [{ name: 'slipway.instance-lifecycle', value: 'spot' }] : []),
    ],
    ...(registeredAtMs !== undefined && { registeredAt: registeredAtMs / 1000 }),
    attachments: [],
    tags: [],
  };
}

function resources({ cpuUnits, memoryMiB }: EcsCapacity): readonly object[] {
  return [
    { name: 'CPU', type: 'INTEGER', integerValue: Math.floor(cpuUnits) },
    { name: 'MEMORY', type: 'INTEGER', integerValue: Math.floor(memoryMiB) },
  ];
}
