// Rules of a launch template and its overrides per instance type.
// Source: AWS Batch API Reference, LaunchTemplateSpecification and LaunchTemplateSpecificationOverride.
import {
  countProblems,
  eachProblems,
  NO_PROBLEMS,
  problem,
  requiredProblems,
} from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import type { LaunchTemplateTarget } from './compute-environment.ts';
import type { LaunchTemplateInput } from './compute-environment-input.ts';
import { expandInstanceTypes, instanceTypeProblems, isBundle } from './instances/instance-types.ts';

const OVERRIDES_MAX = 10;

/** `instanceTypes`: those of the compute environment, which overrides may only narrow. */
export function launchTemplateProblems(
  field: string,
  template: LaunchTemplateInput | undefined,
  instanceTypes: readonly string[],
): Problems {
  if (template === undefined) return NO_PROBLEMS;
  const overrides = template.overrides ?? [];
  return [
    ...targetProblems(field, template),
    ...countProblems(`${field}.overrides`, overrides, { max: OVERRIDES_MAX }),
    ...eachProblems(`${field}.overrides`, overrides, (path, override) => [
      ...targetProblems(path, override),
      ...targetTypesProblems(
        `${path}.targetInstanceTypes`,
        override.targetInstanceTypes ?? [],
        instanceTypes,
      ),
    ]),
    ...overlapProblems(
      `${field}.overrides`,
      overrides.flatMap((override) => override.targetInstanceTypes ?? []),
    ),
  ];
}

function targetProblems(
  field: string,
  { launchTemplateId, launchTemplateName }: LaunchTemplateTarget,
): Problems {
  const given = [launchTemplateId, launchTemplateName].filter((text) => text !== undefined && text !== '');
  if (given.length === 1) return NO_PROBLEMS;
  return problem(field, 'must have exactly one of launchTemplateId and launchTemplateName', given);
}

function targetTypesProblems(
  field: string,
  targets: readonly string[],
  instanceTypes: readonly string[],
): Problems {
  if (targets.length === 0) return requiredProblems(field, undefined);
  return eachProblems(field, targets, (path, target) => {
    if (isBundle(target)) return problem(path, 'must be an instance type or a family', target);
    const ofName = instanceTypeProblems(path, target);
    if (ofName.length > 0 || isWithin(target, instanceTypes)) return ofName;
    return problem(
      path,
      `must be among computeResources.instanceTypes (${instanceTypes.join(', ')})`,
      target,
    );
  });
}

/** A type is within its own name, its family, or a bundle that has its family; a family within its own name or a bundle. */
function isWithin(target: string, instanceTypes: readonly string[]): boolean {
  const family = target.split('.')[0] ?? target;
  if (instanceTypes.includes(target) || instanceTypes.includes(family)) return true;
  const bundled = expandInstanceTypes(instanceTypes.filter(isBundle));
  return bundled.some((type) => type.name === target || type.family === target);
}

/** No type may be targeted twice: not by its name, and not by its name and its family. */
function overlapProblems(field: string, targets: readonly string[]): Problems {
  const seen = new Set<string>();
  for (const target of targets) {
    const family = target.split('.')[0] ?? target;
    const isFamily = family === target;
    const clashes = seen.has(target) || seen.has(family) || (isFamily && startsAny(`${family}.`, seen));
    if (clashes) return problem(field, 'must not target an instance type twice', target);
    seen.add(target);
  }
  return NO_PROBLEMS;
}

function startsAny(prefix: string, names: ReadonlySet<string>): boolean {
  return [...names].some((name) => name.startsWith(prefix));
}
