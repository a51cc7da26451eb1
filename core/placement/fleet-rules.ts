// Which compute environments have simulated instances on one machine, and by which rules: those whose owner named instance
// types or families. `optimal` and its like leave the choice to the service, which chooses this machine (decision 0009).
import type { AllocationStrategy, ComputeEnvironment } from './compute-environment.ts';
import { environmentKind, instanceTypeNamesOf, isEc2, isSpot } from './compute-environment.ts';
import { expandInstanceTypes, isBundle } from './instances/instance-types.ts';
import type { InstanceType } from './instances/instance-types.ts';

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
  const shared = { uuid, instanceTypes, types, isSpot: isSpot(environment) };
  if (isEc2(computeResources)) {
    const { allocationStrategy = 'BEST_FIT', minvCpus, desiredvCpus, maxvCpus, type } = computeResources;
    const keptMs = (computeResources.scalingPolicy?.minScaleDownDelayMinutes ?? 0) * 60_000;
    return {
      ...shared,
      strategy: allocationStrategy,
      minVcpus: minvCpus,
      desiredVcpus: desiredvCpus,
      maxVcpus: maxvCpus,
      mayExceedMax: type === 'SPOT' || allocationStrategy !== 'BEST_FIT',
      keptMs,
      scaleDownDelayMs: keptMs === 0 ? SCALE_DOWN_DELAY_MS : keptMs,
    };
  }
  if (computeResources.type !== 'ECS_MANAGED_INSTANCES') return undefined;
  const { scaleInAfter } = computeResources.managedInstancesProvider.infrastructureOptimization ?? {};
  return {
    ...shared,
    strategy: 'BEST_FIT_PROGRESSIVE',
    minVcpus: 0,
    desiredVcpus: 0,
    maxVcpus: Number.POSITIVE_INFINITY,
    mayExceedMax: false,
    keptMs: 0,
    scaleDownDelayMs: scaleInDelayMs(scaleInAfter),
  };
}

function scaleInDelayMs(scaleInAfter: number | undefined): number {
  if (scaleInAfter === undefined) return SCALE_DOWN_DELAY_MS;
  return scaleInAfter === -1 ? Number.POSITIVE_INFINITY : scaleInAfter * 1000;
}
