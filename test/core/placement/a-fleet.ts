// Rules of simulated instances, and fleets, that state only what a test is about.
import type { Capacity } from '../../../core/placement/capacity.ts';
import type { ComputeResourcesInput } from '../../../core/placement/compute-environment-input.ts';
import type { FleetRules } from '../../../core/placement/fleet-rules.ts';
import { fleetRulesOf } from '../../../core/placement/fleet-rules.ts';
import type { FleetRequest, FleetVerdict, PartDemand } from '../../../core/placement/fleet-capacity.ts';
import { placeInFleet } from '../../../core/placement/fleet-capacity.ts';
import type { Fleet } from '../../../core/placement/fleet.ts';
import { NO_FLEET } from '../../../core/placement/fleet.ts';
import { anEnvironment, ec2With } from './an-environment.ts';

export const PLACE = 'arn:aws:batch:us-east-1:123456789012:compute-environment/ce';
export const AT_MS = 1_000_000;

export function demand(vcpus: number, memoryMiB = 1, gpus = 0): Capacity {
  return { vcpus, memoryMiB, gpus };
}

/** Of m5.large (2 vCPUs, 8 GiB) and m5.xlarge (4, 16) and at most 16 vCPUs, unless told otherwise. */
export function rulesOf(resources: Partial<ComputeResourcesInput> = {}): FleetRules {
  const computeResources = ec2With({ instanceTypes: ['m5.large', 'm5.xlarge'], ...resources });
  const rules = fleetRulesOf(anEnvironment({ computeResources }));
  if (!rules) throw new Error('the environment has no simulated instances');
  return rules;
}

export function request(parts: readonly (Capacity | PartDemand)[], more: Partial<FleetRequest> = {}) {
  const given = parts.map((part): PartDemand => ('demand' in part ? part : { demand: part }));
  return { place: PLACE, parts: given, waiting: () => [], atMs: AT_MS, ...more };
}

/** A fleet in which these single jobs were placed, one after the other. */
export function fleetWith(rules: FleetRules, demands: readonly Capacity[], before: Fleet = NO_FLEET): Fleet {
  return demands.reduce((fleet, one) => placed(placeInFleet(rules, fleet, request([one]))).fleet, before);
}

export function placed(verdict: FleetVerdict): FleetVerdict & { readonly fits: true } {
  if (verdict.fits) return verdict;
  throw new Error(`does not fit: ${JSON.stringify(verdict.lacks)}`);
}

/** `m5.large 1/2`: the type of each instance and its vCPUs in use. */
export function shown({ instances }: Fleet): readonly string[] {
  return instances.map(({ type, used, total }) => `${type} ${used.vcpus}/${total.vcpus}`);
}
