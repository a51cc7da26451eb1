// An environment's machines need several launch templates where its types start from several images, or where its owner has a
// template of their own for some types. Each such difference is a variant; every allowed type has exactly one.
import type { Ec2Resources, LaunchTemplateTarget } from '../../core/placement/compute-environment.ts';
import type { InstanceType } from '../../core/placement/instances/instance-type.ts';
import { expandInstanceTypes } from '../../core/placement/instances/instance-types.ts';
import type { ImageKind } from './images.ts';
import { imageKindOf } from './images.ts';

export interface Variant {
  /** Ends its launch template's name. */
  readonly key: string;
  readonly kind: ImageKind;
  /** The owner's template to start from. */
  readonly target?: LaunchTemplateTarget;
  readonly types: readonly string[];
}

export function variantsOf(resources: Ec2Resources): readonly Variant[] {
  const variants = new Map<string, Variant>();
  for (const type of expandInstanceTypes(resources.instanceTypes)) {
    const { target, prefix } = targetOf(resources, type);
    const kind = imageKindOf(type);
    const key = `${prefix}${kind}`;
    const types = [...(variants.get(key)?.types ?? []), type.name];
    variants.set(key, { key, kind, types, ...(target ? { target } : {}) });
  }
  return [...variants.values()];
}

/** The owner's template for a type: an override that names it or its family, else the environment's. */
function targetOf(
  { launchTemplate }: Ec2Resources,
  { name, family }: InstanceType,
): { readonly target?: LaunchTemplateTarget; readonly prefix: string } {
  const overrides = launchTemplate?.overrides ?? [];
  const at = overrides.findIndex(({ targetInstanceTypes }) =>
    targetInstanceTypes.some((target) => target === name || target === family),
  );
  const override = overrides[at];
  if (override) return { target: override, prefix: `override${at + 1}-` };
  const isNamed = launchTemplate?.launchTemplateId ?? launchTemplate?.launchTemplateName;
  return isNamed === undefined || !launchTemplate ? { prefix: '' } : { target: launchTemplate, prefix: '' };
}
