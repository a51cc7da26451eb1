// The engine's port Machines over Auto Scaling, EC2 and ECS.
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { isEc2 } from '../../core/placement/compute-environment.ts';
import type { Ec2Resources, ManagedEnvironment } from '../../core/placement/compute-environment.ts';
import type { Machines } from '../../engine/capacity-ports.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import type { MachineClients } from './calls.ts';
import { MACHINE_RETRY, retrying } from './calls.ts';
import { deregisterEnded, drainInstances, listInstances } from './container-instances.ts';
import { describeGroup, endMachines, resizeGroup } from './groups.ts';
import { refusalOf, troubleOf } from './refusals.ts';

export interface MachinesOptions {
  readonly clients: MachineClients;
  /** Default: MACHINE_RETRY. */
  readonly retry?: RetryPolicy;
}

const DESCRIBED_MAX = 100;

export function createMachines({ clients, retry = MACHINE_RETRY }: MachinesOptions): Machines {
  const calls = { clients, retry };
  return {
    describeGroup: (environment, failedSinceMs) => describeGroup(calls, environment, failedSinceMs),
    async resize(environment, size) {
      try {
        await resizeGroup(calls, environment, ec2ResourcesOf(environment), size);
        return undefined;
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined) throw error;
        return troubleOf(refusal);
      }
    },
    drain: (clusterArn, instanceIds) => drainInstances(calls, clusterArn, instanceIds),
    end: (_environment, machineIds) => endMachines(calls, machineIds),
    async launchedBefore(machineIds, atMs) {
      const old: string[] = [];
      for (let from = 0; from < machineIds.length; from += DESCRIBED_MAX) {
        const Values = machineIds.slice(from, from + DESCRIBED_MAX);
        const page = await retrying(retry, 'DescribeInstances', () =>
          clients.ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values }] })),
        );
        for (const { Instances = [] } of page.Reservations ?? [])
          for (const { InstanceId, LaunchTime } of Instances)
            if (InstanceId && LaunchTime && LaunchTime.getTime() < atMs) old.push(InstanceId);
      }
      return old;
    },
    listInstances: (clusterArn) => listInstances(calls, clusterArn),
    deregisterEnded: (clusterArn, instances) => deregisterEnded(calls, clusterArn, instances),
  };
}

/** Only environments of EC2 and SPOT have groups. */
export function ec2ResourcesOf({ computeResources, name }: ManagedEnvironment): Ec2Resources {
  if (isEc2(computeResources)) return computeResources;
  throw new Error(`${name} has no group of machines: it is of type ${computeResources.type}`);
}
