// Asks for one more real machine: any type of one size will do, so that AWS may choose among several pools while the vCPUs that
// will come are known at once. Types that did not come of late are left out.
import type { EpochMs } from '../ids.ts';
import { permitted, scarcityOf, SPARE, typesFor } from './fleet-capacity.ts';
import type { FleetRules } from './fleet-rules.ts';
import type { Fleet } from './fleet.ts';
import { launchedFleet } from './fleet.ts';
import type { InstanceType } from './instances/instance-type.ts';
import { expectedSize } from './real-sizes.ts';

/** Of a mixed-instances policy. Source: Amazon EC2 Auto Scaling API Reference, LaunchTemplate.Overrides. */
const TYPES_MAX = 40;

/** `types`: in the order of the strategy; `undefined` when none may be asked for now. */
export function requestMachine(
  rules: FleetRules,
  fleet: Fleet,
  types: readonly InstanceType[],
  { atMs, spare }: { readonly atMs: EpochMs; readonly spare?: true },
): Fleet | undefined {
  const available = types.filter((type) => !scarcityOf(fleet, type, atMs));
  const first = permitted(rules, fleet, available);
  if (!first) return undefined;
  const { instances, ...grown } = launchedFleet(fleet, first, { ...rules, atMs });
  const requested = {
    types: [first, ...available.filter((type) => type !== first && isSameSize(type, first))]
      .slice(0, TYPES_MAX)
      .map(({ name }) => name),
    ...(spare ? { spare } : {}),
  };
  return {
    ...grown,
    instances: instances.map((instance, at) =>
      at === instances.length - 1 ? { ...instance, requested } : instance,
    ),
  };
}

/** One more for nobody in particular; `undefined` when none may be asked for now. */
export function requestSpare(rules: FleetRules, fleet: Fleet, atMs: EpochMs): Fleet | undefined {
  const types = typesFor(rules, { demand: SPARE }, [], expectedSize(fleet));
  return requestMachine(rules, fleet, types, { atMs, spare: true });
}

function isSameSize(left: InstanceType, right: InstanceType): boolean {
  return left.vcpus === right.vcpus && left.gpus === right.gpus;
}
