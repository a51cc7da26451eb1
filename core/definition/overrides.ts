// Merging a submission's overrides into a definition's container. The same inputs give the same container for every
// child, node and attempt, and applying an override twice changes nothing.
import type { NameValue, ResourceRequirement } from '../job/spec.ts';
import type { ContainerOverrides, ContainerProperties } from './wire.ts';

/** Definition entries keep their place, with the override's value where it has one; new names follow. The last one wins. */
export function mergeEnvironment(
  base: readonly NameValue[] | undefined,
  overrides: readonly NameValue[] | undefined,
): readonly NameValue[] {
  return mergeBy(base ?? [], overrides ?? [], ({ name }) => name);
}

export function mergeResourceRequirements(
  base: readonly ResourceRequirement[] | undefined,
  overrides: readonly ResourceRequirement[] | undefined,
): readonly ResourceRequirement[] {
  return mergeBy(base ?? [], overrides ?? [], ({ type }) => type);
}

function mergeBy<Entry>(
  base: readonly Entry[],
  overrides: readonly Entry[],
  keyOf: (entry: Entry) => string | undefined,
): readonly Entry[] {
  const winners = new Map(overrides.map((entry) => [keyOf(entry), entry]));
  const merged: Entry[] = [];
  const placed = new Set<string | undefined>();
  for (const entry of [...base, ...overrides]) {
    const key = keyOf(entry);
    const winner = winners.get(key);
    if (winner === undefined) {
      merged.push(entry);
    } else if (!placed.has(key)) {
      merged.push(winner);
      placed.add(key);
    }
  }
  return merged;
}

/** The container a job runs: the definition's with the overrides applied, member by member. */
export function mergeContainer(
  container: ContainerProperties,
  overrides: ContainerOverrides | undefined,
): ContainerProperties {
  const { command, environment, resourceRequirements, vcpus, memory, instanceType } = overrides ?? {};
  return {
    ...container,
    ...(command === undefined ? {} : { command }),
    ...(vcpus === undefined ? {} : { vcpus }),
    ...(memory === undefined ? {} : { memory }),
    ...(instanceType === undefined ? {} : { instanceType }),
    environment: mergeEnvironment(container.environment, environment),
    resourceRequirements: mergeResourceRequirements(container.resourceRequirements, resourceRequirements),
  };
}
