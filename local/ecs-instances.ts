// The container instances behind a compute environment as ECS shows them: its simulated ones, or this machine where it stands
// for all there is. Fargate and EKS have none.
import type { EcsContainerInstance } from '../api/ecs/view.ts';
import type { Scope } from '../core/ids.ts';
import type { Capacity } from '../core/placement/capacity.ts';
import { minus } from '../core/placement/capacity.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import { hasContainerInstances } from '../core/placement/compute-environment.ts';
import { fleetRulesOf } from '../core/placement/fleet-rules.ts';
import type { FleetInstance } from '../core/placement/fleet.ts';
import { ec2InstanceId, freeOf, machineInstanceId } from '../core/placement/fleet.ts';
import type { Host } from '../engine/schedule-deps.ts';
import type { LedgerEntry, Ledgers } from '../engine/store/ledger.ts';

/** ECS counts 1,024 units a vCPU. */
const CPU_UNITS = 1024;

export function containerInstanceArn(scope: Scope, clusterName: string, instanceId: string): string {
  return `arn:${scope.partition}:ecs:${scope.region}:${scope.account}:container-instance/${clusterName}/${instanceId}`;
}

export function countInstances(environment: ComputeEnvironment, { fleet }: LedgerEntry): number {
  if (fleetRulesOf(environment)) return fleet?.instances.length ?? 0;
  return hasContainerInstances(environment) ? 1 : 0;
}

/** `ledgers` has the environment's and the host's. */
export function instancesOf(
  scope: Scope,
  environment: ComputeEnvironment,
  host: Host,
  ledgers: Ledgers,
): readonly EcsContainerInstance[] {
  const clusterName = environment.ecsClusterArn.split('/').at(-1) ?? environment.name;
  const { fleet, placements } = ledgers.entry(environment.ceArn);
  const simulated = (instance: FleetInstance): EcsContainerInstance => ({
    ...named(scope, clusterName, instance.id),
    instanceType: instance.type,
    status: instance.leaving ? 'DRAINING' : 'ACTIVE',
    isSpot: instance.spot ?? false,
    registeredAtMs: instance.launchedAtMs,
    registered: inUnits(instance.total),
    remaining: inUnits(freeOf(instance)),
    runningTasks: instance.tasks,
    pendingTasks: 0,
  });
  if (fleetRulesOf(environment)) return (fleet?.instances ?? []).map(simulated);
  const machineId = machineInstanceId(clusterName);
  if (!hasContainerInstances(environment) || machineId === undefined) return [];
  return [
    {
      ...named(scope, clusterName, machineId),
      status: 'ACTIVE',
      registered: inUnits(host.total),
      remaining: inUnits(minus(host.total, ledgers.entry('host').used)),
      runningTasks: placements,
      pendingTasks: 0,
    },
  ];
}

function named(
  scope: Scope,
  clusterName: string,
  id: string,
): Pick<EcsContainerInstance, 'id' | 'arn' | 'ec2InstanceId'> {
  return { id, arn: containerInstanceArn(scope, clusterName, id), ec2InstanceId: ec2InstanceId(id) };
}

function inUnits({ vcpus, memoryMiB }: Capacity): EcsContainerInstance['registered'] {
  return { cpuUnits: Math.round(vcpus * CPU_UNITS), memoryMiB };
}
