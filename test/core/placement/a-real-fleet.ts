// Environments of real machines for tests of plans: a snapshot from waiting demands, and the machines that AWS would make.
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../../../core/ids.ts';
import type { Capacity } from '../../../core/placement/capacity.ts';
import type { ComputeResourcesInput } from '../../../core/placement/compute-environment-input.ts';
import type { ContainerInstance, Machinery } from '../../../core/placement/container-instance.ts';
import type { FleetRules } from '../../../core/placement/fleet-rules.ts';
import { realFleetRulesOf } from '../../../core/placement/fleet-rules.ts';
import type { Fleet, FleetInstance } from '../../../core/placement/fleet.ts';
import { asLaunched, NO_FLEET } from '../../../core/placement/fleet.ts';
import { findInstanceType } from '../../../core/placement/instances/instance-types.ts';
import type { Plan } from '../../../core/placement/planned.ts';
import type { QueueSnapshot, Snapshot } from '../../../core/placement/snapshot.ts';
import { planPlacements } from '../../../core/placement/plan.ts';
import { upkeepRealFleet } from '../../../core/placement/real-fleet-upkeep.ts';
import type { Candidate } from '../../../core/queue/line.ts';
import { AT_MS, PLACE } from './a-fleet.ts';
import { anEnvironment, anUnmanagedEnvironment, ec2With } from './an-environment.ts';

export const CE = PLACE as ComputeEnvironmentArn; // the ARN of the tests' one environment
export const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/q' as QueueArn; // as above

/** Of m5.large (2 vCPUs, 8 GiB) and m5.xlarge (4, 16) and at most 16 vCPUs, unless told otherwise. */
export function realRules(resources: Partial<ComputeResourcesInput> = {}): FleetRules {
  const computeResources = ec2With({ instanceTypes: ['m5.large', 'm5.xlarge'], ...resources });
  const rules = realFleetRulesOf(anEnvironment({ computeResources }));
  if (!rules) throw new Error('the environment has no machines');
  return rules;
}

export function unmanagedRules(): FleetRules {
  const rules = realFleetRulesOf(anUnmanagedEnvironment());
  if (!rules) throw new Error('the environment has no machines');
  return rules;
}

export function jobs(...demands: readonly Capacity[]): readonly Candidate[] {
  return demands.map((demand, index) => ({ jobId: `job-${index}` as JobId, demand })); // any text identifies a job here
}

export function planFor(
  rules: FleetRules,
  now: Fleet,
  heads: readonly Candidate[],
  more: Partial<QueueSnapshot> & { readonly atMs?: number } = {},
): Plan {
  const { atMs = AT_MS, ...ofQueue } = more;
  const used = now.instances.reduce((sum, instance) => sum + instance.used.vcpus, 0);
  const infinite = Number.POSITIVE_INFINITY;
  const environment = {
    ceArn: CE,
    clusterName: 'cluster',
    usable: true,
    max: { vcpus: rules.maxVcpus, memoryMiB: infinite, gpus: infinite },
    used: { vcpus: used, memoryMiB: 0, gpus: 0 },
    fleet: { rules, now, atMs },
  };
  const queue = { queueArn: QUEUE, priority: 1, environments: [CE], heads, ...ofQueue };
  const snapshot: Snapshot = { queues: [queue], environments: new Map([[CE, environment]]) };
  return planPlacements(snapshot);
}

/** The fleet as a plan's commit leaves it, before anything is placed. */
export function wished(plan: Plan, now: Fleet = NO_FLEET): Fleet {
  return asLaunched(plan.fleets.get(CE) ?? now, now);
}

/** A machine as it registers: what the table says, less what its system keeps. */
export function machine(
  number: number,
  type = 'm5.large',
  more: Partial<ContainerInstance> = {},
): ContainerInstance {
  const known = findInstanceType(type) ?? { vcpus: 2, memoryMiB: 8192, gpus: 0 };
  const { vcpus, memoryMiB, gpus } = known;
  return {
    id: number.toString(16).padStart(32, '0'),
    machineId: `i-${number.toString(16).padStart(17, '0')}`,
    type,
    total: { vcpus, memoryMiB: Math.floor(memoryMiB * 0.97) - 200, gpus },
    registeredAtMs: AT_MS,
    isDraining: false,
    isConnected: true,
    ...more,
  };
}

export function machinery(...instances: readonly ContainerInstance[]): Machinery {
  return { instances };
}

export function upkept(rules: FleetRules, fleet: Fleet, what: Machinery, atMs = AT_MS): Fleet {
  return upkeepRealFleet(rules, fleet, { atMs, isUsable: true, machinery: what }).fleet;
}

/** `m5.large 1/2`, `m5.large asked for`, `m5.large 0/2 leaving`. */
export function shownReal({ instances }: Fleet): readonly string[] {
  return instances.map(({ type, used, total, requested, leaving }) => {
    if (requested) return `${type} asked for`;
    return `${type} ${used.vcpus}/${total.vcpus}${leaving ? ' leaving' : ''}`;
  });
}

export function requests({ instances }: Fleet): readonly FleetInstance[] {
  return instances.filter(({ requested }) => requested);
}
