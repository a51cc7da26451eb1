// Which compute environments have instances, and by which rules. On one machine they are simulated, for those whose owner named
// instance types or families: `optimal` and its like leave the choice to the service, which chooses this machine (decision
// 0009). In a cloud they are real (decision 0011).
import type { AllocationStrategy, ComputeEnvironment, Ec2Resources } from './compute-environment.ts';
import { environmentKind, instanceTypeNamesOf, isEc2, isSpot } from './compute-environment.ts';
import { expandInstanceTypes, isBundle } from './instances/instance-types.ts';
import type { InstanceType } from './instances/instance-type.ts';

export interface FleetRules {
  /** The environment's, which keeps the ids of its instances apart from all others. */
  readonly uuid: string;
  readonly strategy: AllocationStrategy;
  readonly instanceTypes: readonly string[];
  /** The types behind those names. */
  readonly types: readonly InstanceType[];
  /** Kept whether or not anything runs. */
  readonly minVcpus: number;
  /** What there shall be at least now; falls with the instances. */
  readonly desiredVcpus: number;
  /** Of instances; `Infinity` where only what jobs take is limited. */
  readonly maxVcpus: number;
  /** By one instance. Source: AWS Batch User Guide, "Allocation strategies". */
  readonly mayExceedMax: boolean;
  readonly isSpot: boolean;
  /** How long an empty instance is kept, at least, by its owner's wish; 0 without one. */
  readonly keptMs: number;
  /** How long an empty instance stays when nothing wants its place. */
  readonly scaleDownDelayMs: number;
  /** Present where instances are machines. `scales`: they are launched and ended here; else their owner registers them. */
  readonly real?: { readonly scales: boolean };
}

/** For who did not set one: long enough to be seen, and to be used again by the next array. */
export const SCALE_DOWN_DELAY_MS = 30_000;

/** `undefined`: this machine itself is the instance. */
export function fleetRulesOf(environment: ComputeEnvironment): FleetRules | undefined {
  if (environment.type === 'UNMANAGED' || environmentKind(environment) === 'EKS') return undefined;
  const instanceTypes = instanceTypeNamesOf(environment);
  if (instanceTypes.every(isBundle)) return undefined;
  const types = expandInstanceTypes(instanceTypes);
  // EC2 has types that the table does not know; nothing could be said of their size.
  if (types.length === 0) return undefined;
  const { uuid, computeResources } = environment;
  if (isEc2(computeResources)) return ec2Rules(environment, computeResources, types);
  if (computeResources.type !== 'ECS_MANAGED_INSTANCES') return undefined;
  const { scaleInAfter } = computeResources.managedInstancesProvider.infrastructureOptimization ?? {};
  return {
    uuid,
    instanceTypes,
    types,
    isSpot: isSpot(environment),
    strategy: 'BEST_FIT_PROGRESSIVE',
    minVcpus: 0,
    desiredVcpus: 0,
    maxVcpus: Number.POSITIVE_INFINITY,
    mayExceedMax: false,
    keptMs: 0,
    scaleDownDelayMs: scaleInDelayMs(scaleInAfter),
  };
}

function ec2Rules(
  environment: ComputeEnvironment,
  resources: Ec2Resources,
  types: readonly InstanceType[],
): FleetRules {
  const { allocationStrategy = 'BEST_FIT', minvCpus, desiredvCpus, maxvCpus, type } = resources;
  const keptMs = (resources.scalingPolicy?.minScaleDownDelayMinutes ?? 0) * 60_000;
  return {
    uuid: environment.uuid,
    instanceTypes: resources.instanceTypes,
    types,
    isSpot: isSpot(environment),
    strategy: allocationStrategy,
    minVcpus: minvCpus,
    desiredVcpus: desiredvCpus,
    maxVcpus: maxvCpus,
    mayExceedMax: type === 'SPOT' || allocationStrategy !== 'BEST_FIT',
    keptMs,
    scaleDownDelayMs: keptMs === 0 ? SCALE_DOWN_DELAY_MS : keptMs,
  };
}

/** For who did not set one: about as long as a new machine takes to come, and a small part of what that costs. */
export const REAL_SCALE_DOWN_DELAY_MS = 120_000;

/**
 * Of the environments whose machines a scheduler places jobs on. `undefined` where AWS finds the place itself (Fargate, ECS
 * Managed Instances), for EKS, for what is being deleted, and where all that the owner named is unknown here: nothing could be said of their size.
 */
export function realFleetRulesOf(environment: ComputeEnvironment): FleetRules | undefined {
  // Its machines end as they become idle, all of them, and none is launched for a minimum any more.
  if (environment.status === 'DELETING') return undefined;
  if (environment.type === 'UNMANAGED') {
    return {
      uuid: environment.uuid,
      strategy: 'BEST_FIT',
      instanceTypes: [],
      types: [],
      minVcpus: 0,
      desiredVcpus: 0,
      maxVcpus: Number.POSITIVE_INFINITY,
      mayExceedMax: false,
      isSpot: false,
      keptMs: 0,
      scaleDownDelayMs: Number.POSITIVE_INFINITY,
      real: { scales: false },
    };
  }
  const { computeResources } = environment;
  if (environmentKind(environment) !== 'EC2' || !isEc2(computeResources)) return undefined;
  const types = expandInstanceTypes(computeResources.instanceTypes);
  if (types.length === 0) return undefined;
  const rules = ec2Rules(environment, computeResources, types);
  const scaleDownDelayMs = rules.keptMs === 0 ? REAL_SCALE_DOWN_DELAY_MS : rules.keptMs;
  return { ...rules, scaleDownDelayMs, real: { scales: true } };
}

function scaleInDelayMs(scaleInAfter: number | undefined): number {
  if (scaleInAfter === undefined) return SCALE_DOWN_DELAY_MS;
  return scaleInAfter === -1 ? Number.POSITIVE_INFINITY : scaleInAfter * 1000;
}
