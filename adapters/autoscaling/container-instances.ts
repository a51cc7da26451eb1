// The container instances of a cluster: read as ECS describes them, which is as its events do, drained and taken out.
import {
  DeregisterContainerInstanceCommand,
  DescribeContainerInstancesCommand,
  ListContainerInstancesCommand,
  UpdateContainerInstancesStateCommand,
} from '@aws-sdk/client-ecs';
import type { ContainerInstance as EcsInstance, Resource } from '@aws-sdk/client-ecs';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import type { ContainerInstance } from '../../core/placement/container-instance.ts';
import type { RegisteredInstance } from '../../engine/capacity-ports.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import type { MachineClients } from './calls.ts';
import { retrying } from './calls.ts';
import { isNamed } from './refusals.ts';
import { GENERATION_ATTRIBUTE } from './user-data.ts';

export interface InstanceCalls {
  readonly clients: Pick<MachineClients, 'ecs' | 'ec2'>;
  readonly retry: RetryPolicy;
}

/** ECS counts 1,024 units a vCPU. */
const CPU_UNITS = 1024;
const DESCRIBED_MAX = 100;
const DRAINED_MAX = 10;

/** `undefined`: it is registered no more, or has told nothing of itself yet. */
export function containerInstanceOf(found: EcsInstance): ContainerInstance | undefined {
  const { containerInstanceArn = '', ec2InstanceId: machineId, status, registeredAt } = found;
  const id = idOf(containerInstanceArn);
  if (id === '' || machineId === undefined || !isPresent(status)) return undefined;
  const attribute = (name: string): string | undefined =>
    found.attributes?.find((one) => one.name === name)?.value;
  const generation = attribute(GENERATION_ATTRIBUTE);
  const resources = found.registeredResources ?? [];
  return {
    id,
    machineId,
    type: attribute('ecs.instance-type') ?? 'external',
    total: {
      vcpus: amountOf(resources, 'CPU') / CPU_UNITS,
      memoryMiB: amountOf(resources, 'MEMORY'),
      gpus: resources.find(({ name }) => name === 'GPU')?.stringSetValue?.length ?? 0,
    },
    registeredAtMs: registeredAt === undefined ? 0 : new Date(registeredAt).getTime(),
    isDraining: status === 'DRAINING',
    isConnected: found.agentConnected === true,
    ...(generation === undefined ? {} : { generation }),
  };
}

function isPresent(status: string | undefined): boolean {
  return status === 'ACTIVE' || status === 'DRAINING';
}

function amountOf(resources: readonly Resource[], wanted: string): number {
  return resources.find(({ name }) => name === wanted)?.integerValue ?? 0;
}

export function idOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** Those that are being registered or deregistered are left out. */
export async function listInstances(
  calls: InstanceCalls,
  cluster: string,
): Promise<readonly RegisteredInstance[]> {
  const found = await describe(calls, cluster, await listArns(calls, cluster));
  return found.flatMap((one) => {
    const instance = containerInstanceOf(one);
    return instance ? [{ version: one.version ?? 0, instance }] : [];
  });
}

async function listArns({ clients, retry }: InstanceCalls, cluster: string): Promise<readonly string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const command = new ListContainerInstancesCommand({ cluster, ...(nextToken ? { nextToken } : {}) });
    try {
      const page = await retrying(retry, 'ListContainerInstances', () => clients.ecs.send(command));
      arns.push(...(page.containerInstanceArns ?? []));
      nextToken = page.nextToken;
    } catch (error) {
      if (!isNamed(error, 'ClusterNotFoundException')) throw error;
      return [];
    }
  } while (nextToken !== undefined);
  return arns;
}

/** Those that are gone meanwhile are among the answer's failures, and left out. */
async function describe(
  { clients, retry }: InstanceCalls,
  cluster: string,
  ids: readonly string[],
): Promise<readonly EcsInstance[]> {
  const found: EcsInstance[] = [];
  for (let from = 0; from < ids.length; from += DESCRIBED_MAX) {
    const containerInstances = ids.slice(from, from + DESCRIBED_MAX);
    const page = await retrying(retry, 'DescribeContainerInstances', () =>
      clients.ecs.send(new DescribeContainerInstancesCommand({ cluster, containerInstances })),
    );
    found.push(...(page.containerInstances ?? []));
  }
  return found;
}

/** The answer: those that are draining and hold no task, neither running nor about to. */
export async function drainInstances(
  calls: InstanceCalls,
  cluster: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const { clients, retry } = calls;
  for (let from = 0; from < ids.length; from += DRAINED_MAX) {
    const containerInstances = ids.slice(from, from + DRAINED_MAX);
    // An instance that is gone is among the answer's failures: there is nothing left of it to drain.
    await retrying(retry, 'UpdateContainerInstancesState', () =>
      clients.ecs.send(
        new UpdateContainerInstancesStateCommand({ cluster, containerInstances, status: 'DRAINING' }),
      ),
    );
  }
  // Looked at only now: what was started before it was draining is counted, and nothing is started after.
  const found = await describe(calls, cluster, ids);
  return found
    .filter(({ status, runningTasksCount, pendingTasksCount }) => {
      return status === 'DRAINING' && runningTasksCount === 0 && pendingTasksCount === 0;
    })
    .map(({ containerInstanceArn = '' }) => idOf(containerInstanceArn));
}

/** Only those whose machine EC2 does not have any more: an agent may be silent for a while, and its tasks go on. */
export async function deregisterEnded(
  { clients, retry }: InstanceCalls,
  cluster: string,
  instances: readonly Pick<ContainerInstance, 'id' | 'machineId'>[],
): Promise<void> {
  const ofEc2 = instances.filter(({ machineId }) => machineId.startsWith('i-'));
  if (ofEc2.length === 0) return;
  const alive = new Set<string>();
  for (let from = 0; from < ofEc2.length; from += DESCRIBED_MAX) {
    const Values = ofEc2.slice(from, from + DESCRIBED_MAX).map(({ machineId }) => machineId);
    // By a filter: asked for by id, one that is gone would refuse the answer for all.
    const page = await retrying(retry, 'DescribeInstances', () =>
      clients.ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values }] })),
    );
    for (const { Instances = [] } of page.Reservations ?? [])
      for (const { InstanceId = '', State } of Instances)
        if (State?.Name !== 'terminated') alive.add(InstanceId);
  }
  for (const { id, machineId } of ofEc2) {
    if (alive.has(machineId)) continue;
    const command = new DeregisterContainerInstanceCommand({ cluster, containerInstance: id, force: true });
    try {
      await retrying(retry, 'DeregisterContainerInstance', () => clients.ecs.send(command));
    } catch (error) {
      if (!isNamed(error, 'ClusterNotFoundException', 'InvalidParameterException')) throw error;
    }
  }
}
