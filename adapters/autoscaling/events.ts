// What EventBridge tells of machines, in the engine's words: container instances of ECS, Spot's warnings, groups of Auto Scaling.
// Sources: Amazon ECS Developer Guide, "Amazon ECS events"; EC2 User Guide, "Spot Instance interruption notices"; Amazon EC2 Auto
// Scaling User Guide, "Amazon EC2 Auto Scaling event reference".
import type { ContainerInstance as EcsInstance } from '@aws-sdk/client-ecs';
import type { MachineNews } from '../../core/placement/machine-news.ts';
import { containerInstanceOf, idOf } from './container-instances.ts';
import { uuidOfGroup } from './names.ts';

/** `undefined`: nothing that concerns our machines. */
export function machineNewsOf(event: unknown): MachineNews | undefined {
  const { source, 'detail-type': type, detail } = (event ?? {}) as Readonly<Record<string, unknown>>; // every member is looked at before it is used
  if (typeof detail !== 'object' || detail === null) return undefined;
  switch (source) {
    case 'aws.ecs':
      return type === 'ECS Container Instance State Change' ? instanceNews(detail) : undefined;
    case 'aws.ec2':
      return type === 'EC2 Spot Instance Interruption Warning' ? interruptionNews(detail) : undefined;
    case 'aws.autoscaling':
      return groupNews(detail);
    default:
      return undefined;
  }
}

/** ECS sends an instance as DescribeContainerInstances has it, with its cluster. */
function instanceNews(detail: object): MachineNews | undefined {
  const found = detail as EcsInstance & { readonly clusterArn?: unknown };
  const { clusterArn, containerInstanceArn, version } = found;
  if (typeof clusterArn !== 'string' || typeof containerInstanceArn !== 'string') return undefined;
  const instance = containerInstanceOf(found);
  const report = { version: typeof version === 'number' ? version : 0, ...(instance ? { instance } : {}) };
  return { kind: 'instance', clusterArn, id: idOf(containerInstanceArn), report };
}

function interruptionNews(detail: object): MachineNews | undefined {
  const { 'instance-id': machineId } = detail as { readonly 'instance-id'?: unknown };
  return typeof machineId === 'string' ? { kind: 'interruption', machineId } : undefined;
}

function groupNews(detail: object): MachineNews | undefined {
  const { AutoScalingGroupName: name } = detail as { readonly AutoScalingGroupName?: unknown };
  const uuid = typeof name === 'string' ? uuidOfGroup(name) : undefined;
  return uuid === undefined ? undefined : { kind: 'group', uuid };
}
