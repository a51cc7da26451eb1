// Looks up EC2 instance types by name, family or bundle, over the figures of table.ts.
// Invariant: an expansion never names a type twice and keeps the order in which its names were given.
import { NO_PROBLEMS, problem } from '../../definition/problem.ts';
import type { Problems } from '../../definition/problem.ts';
import type { InstanceType } from './instance-type.ts';
import { FAMILIES } from './table.ts';

/**
 * AWS Batch's names for a choice of its own. `optimal` means `default_x86_64`; AWS may move the families on, and bare
 * metal is never among them.
 */
export const BUNDLES: Readonly<Record<string, readonly string[]>> = {
  optimal: ['m6i', 'c6i', 'r6i', 'c7i'],
  default_x86_64: ['m6i', 'c6i', 'r6i', 'c7i'],
  default_arm64: ['m6g', 'c6g', 'r6g', 'c7g'],
};

const byName = new Map<string, InstanceType>();
for (const family of FAMILIES.values()) for (const type of family) byName.set(type.name, type);

/** `undefined` when the table does not have it, which does not mean that EC2 does not. */
export function findInstanceType(name: string): InstanceType | undefined {
  return byName.get(name);
}

/** The types behind a family or a bundle, smallest first within each family. */
export function findFamily(name: string): readonly InstanceType[] | undefined {
  const bundle = Object.hasOwn(BUNDLES, name) ? BUNDLES[name] : undefined;
  if (bundle === undefined) return FAMILIES.get(name);
  return bundle.flatMap((family) => FAMILIES.get(family) ?? []).filter((type) => !type.bareMetal);
}

export function isBundle(name: string): boolean {
  return Object.hasOwn(BUNDLES, name);
}

/**
 * One group per given name, in the given order. A type that is named on its own keeps its place and is left out of the
 * expansion of its family; names that the table does not have yield an empty group.
 */
export function groupInstanceTypes(names: readonly string[]): readonly (readonly InstanceType[])[] {
  const named = new Set(names);
  const taken = new Set<string>();
  const take = (types: readonly InstanceType[]): readonly InstanceType[] =>
    types.filter((type) => !taken.has(type.name) && taken.add(type.name));
  return names.map((name) => {
    const single = byName.get(name);
    if (single !== undefined) return take([single]);
    return take((findFamily(name) ?? []).filter((type) => !named.has(type.name)));
  });
}

export function expandInstanceTypes(names: readonly string[]): readonly InstanceType[] {
  return groupInstanceTypes(names).flat();
}

const FAMILY_NAME = /^[a-z][a-z0-9-]*[0-9][a-z0-9-]*$/;
const SIZE_NAME = /^(nano|micro|small|medium|large|[0-9]{0,3}xlarge|metal(-[0-9]+xl)?)$/;

/**
 * A family that the table does not have is let through, because EC2 gets new ones faster than the table; a size that a
 * known family lacks is a mistake.
 */
export function instanceTypeProblems(field: string, name: string): Problems {
  if (isBundle(name)) return NO_PROBLEMS;
  const [family = '', size, ...rest] = name.split('.');
  const isWellFormed =
    FAMILY_NAME.test(family) && rest.length === 0 && (size === undefined || SIZE_NAME.test(size));
  if (!isWellFormed) return problem(field, 'must be an instance type, a family or optimal', name);
  const known = FAMILIES.get(family);
  if (known === undefined || size === undefined || byName.has(name)) return NO_PROBLEMS;
  const choices = known.map((type) => type.name).join(', ');
  return problem(
    field,
    `must be a size of ${family}`,
    name,
    `Instance type can only be one of [${choices}], not ${name}.`,
  );
}
