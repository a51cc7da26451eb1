// The Auto Scaling group of an environment, as a request: what it launches and how AWS chooses among the types. Pure. The group
// has no will of its own: its size is set from outside, and nothing it launched is ended by it.
import type {
  InstancesDistribution,
  LaunchTemplateOverrides,
  MixedInstancesPolicy,
} from '@aws-sdk/client-auto-scaling';
import type { Ec2Resources, ManagedEnvironment } from '../../core/placement/compute-environment.ts';
import { findInstanceType } from '../../core/placement/instances/instance-types.ts';
import { templateNameOf } from './names.ts';
import { variantsOf } from './variants.ts';

/** Source: Amazon EC2 Auto Scaling API Reference, InstancesDistribution. */
type SpotAllocation = 'capacity-optimized' | 'capacity-optimized-prioritized' | 'price-capacity-optimized';

/** `types`: in the order of the environment's strategy. */
export function mixedInstancesPolicyOf(
  environment: ManagedEnvironment,
  resources: Ec2Resources,
  types: readonly string[],
): MixedInstancesPolicy {
  const variants = variantsOf(resources);
  const templateFor = (type: string | undefined) => {
    const variant = variants.find((one) => type !== undefined && one.types.includes(type)) ?? variants[0];
    return { LaunchTemplateName: templateNameOf(environment, variant?.key ?? ''), Version: '$Latest' };
  };
  return {
    LaunchTemplate: {
      LaunchTemplateSpecification: templateFor(types[0]),
      Overrides: types.map((type): LaunchTemplateOverrides => ({
        InstanceType: type,
        LaunchTemplateSpecification: templateFor(type),
      })),
    },
    InstancesDistribution: distributionOf(resources, types),
  };
}

export function distributionOf(resources: Ec2Resources, types: readonly string[]): InstancesDistribution {
  if (resources.type === 'EC2') {
    // The list is in the strategy's order, cheapest vCPUs first: `lowest-price` would not know about it.
    return {
      OnDemandBaseCapacity: 0,
      OnDemandPercentageAboveBaseCapacity: 100,
      OnDemandAllocationStrategy: 'prioritized',
    };
  }
  const ceiling = spotCeilingUsd(resources, types);
  return {
    OnDemandBaseCapacity: 0,
    OnDemandPercentageAboveBaseCapacity: 0,
    OnDemandAllocationStrategy: 'prioritized',
    SpotAllocationStrategy: spotAllocationOf(resources),
    // An empty text takes an earlier ceiling away: each type's On-Demand price is AWS's own.
    SpotMaxPrice: ceiling === undefined ? '' : ceiling.toFixed(4),
  };
}

function spotAllocationOf({ allocationStrategy = 'BEST_FIT' }: Ec2Resources): SpotAllocation {
  switch (allocationStrategy) {
    case 'SPOT_PRICE_CAPACITY_OPTIMIZED':
      return 'price-capacity-optimized';
    case 'SPOT_CAPACITY_OPTIMIZED_PRIORITIZED':
    case 'BEST_FIT_PROGRESSIVE':
    case 'BEST_FIT_PROGRESSIVE_ORDERED':
      return 'capacity-optimized-prioritized';
    case 'BEST_FIT':
    case 'SPOT_CAPACITY_OPTIMIZED':
      return 'capacity-optimized';
  }
}

/** A group has one ceiling: that of its cheapest type, so that none is ever paid for above its owner's percentage. */
function spotCeilingUsd({ bidPercentage }: Ec2Resources, types: readonly string[]): number | undefined {
  if (bidPercentage === undefined || bidPercentage >= 100) return undefined;
  const prices = types.flatMap((type) => findInstanceType(type)?.usdPerHour ?? []);
  return prices.length === 0 ? undefined : (Math.min(...prices) * bidPercentage) / 100;
}
