// What an Auto Scaling group launches, read from its mixed-instances policy as adapters/autoscaling writes it, and from the newest
// version of the launch template that the policy names for a type.
import type { SeededRandom } from '../seeded-random.ts';

interface Named {
  readonly LaunchTemplateSpecification?: { readonly LaunchTemplateName: string };
}

interface Policy {
  readonly LaunchTemplate?: Named & {
    readonly Overrides?: readonly (Named & { readonly InstanceType: string })[];
  };
  readonly InstancesDistribution?: { readonly OnDemandPercentageAboveBaseCapacity?: number };
}

interface Group {
  readonly MixedInstancesPolicy?: object;
}

type Templates = ReadonlyMap<
  string,
  { readonly versions: readonly { readonly LaunchTemplateData: object }[] }
>;

export interface LaunchData {
  readonly UserData?: string;
}

function policyOf({ MixedInstancesPolicy }: Group): Policy {
  return MixedInstancesPolicy ?? {};
}

/** Mostly the first of its types; another where AWS finds more of it. */
export function kindToLaunch(
  group: Group,
  random: SeededRandom,
): { readonly type: string; readonly isSpot: boolean } {
  const { LaunchTemplate, InstancesDistribution } = policyOf(group);
  const types = (LaunchTemplate?.Overrides ?? []).map(({ InstanceType }) => InstanceType);
  const type = (random.chance(0.7) ? types[0] : random.pickSome(types)) ?? 'm5.large';
  return { type, isSpot: InstancesDistribution?.OnDemandPercentageAboveBaseCapacity === 0 };
}

export function launchDataOf(group: Group, type: string, templates: Templates): LaunchData {
  const { LaunchTemplate = {} } = policyOf(group);
  const own = LaunchTemplate.Overrides?.find(({ InstanceType }) => InstanceType === type);
  const named = own?.LaunchTemplateSpecification ?? LaunchTemplate.LaunchTemplateSpecification;
  return templates.get(named?.LaunchTemplateName ?? '')?.versions.at(-1)?.LaunchTemplateData ?? {};
}
