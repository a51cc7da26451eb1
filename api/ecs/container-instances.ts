// DescribeContainerInstances: from a container instance to the EC2 instance a job ran on.
import type { Scope } from '../../core/ids.ts';
import { missing, requireCluster, type Failure } from './clusters.ts';
import { idInCluster } from './references.ts';
import type { EcsCapacity, EcsContainerInstance, EcsView } from './view.ts';

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
  const { instanceType, availabilityZone } = instance;
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
    ],
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
