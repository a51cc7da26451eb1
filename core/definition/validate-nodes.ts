// Rules of `nodeProperties`: the nodes of a multi-node parallel definition and what each range of them runs.
import { NODE_RANGES_MAX } from './limits.ts';
import { targetNodesProblems } from './node-ranges.ts';
import {
  NO_PROBLEMS,
  countProblems,
  eachProblems,
  problem,
  wholeNumberProblems,
  type Problems,
} from './problem.ts';
import { containerPropertiesProblems } from './validate-container.ts';
import { ecsPropertiesProblems } from './validate-ecs.ts';
import { eksPropertiesProblems } from './validate-eks.ts';
import { consumableResourcesProblems } from './validate-settings.ts';
import type { NodeProperties, NodeRangeProperty } from './wire.ts';

export function nodePropertiesProblems(field: string, properties: NodeProperties): Problems {
  const { numNodes, mainNode, nodeRangeProperties: ranges } = properties;
  const path = `${field}.nodeRangeProperties`;
  const counts = [
    ...wholeNumberProblems(`${field}.numNodes`, numNodes, { min: 1 }),
    ...wholeNumberProblems(`${field}.mainNode`, mainNode, { min: 0, max: Math.max(numNodes - 1, 0) }),
    ...countProblems(path, ranges, { min: 1, max: NODE_RANGES_MAX }),
  ];
  if (counts.length > 0) return counts;
  return [
    ...targetNodesProblems(
      path,
      ranges.map(({ targetNodes }) => targetNodes),
      numNodes,
    ),
    ...eachProblems(path, ranges, nodeRangeProblems),
    ...instanceTypeProblems(path, ranges),
    ...orchestratorProblems(path, ranges),
  ];
}

function nodeRangeProblems(field: string, range: NodeRangeProperty): Problems {
  const { container, ecsProperties, eksProperties } = range;
  const given = [container, ecsProperties, eksProperties].filter((properties) => properties !== undefined);
  return [
    ...(given.length === 1
      ? NO_PROBLEMS
      : problem(field, 'must have exactly one of container, ecsProperties, eksProperties', given.length)),
    ...countProblems(`${field}.instanceTypes`, range.instanceTypes, { max: 1 }),
    ...(container
      ? containerPropertiesProblems(`${field}.container`, container, { platform: 'EC2', isNode: true })
      : NO_PROBLEMS),
    ...(ecsProperties ? ecsPropertiesProblems(`${field}.ecsProperties`, ecsProperties, 'EC2') : NO_PROBLEMS),
    ...(eksProperties ? eksPropertiesProblems(`${field}.eksProperties`, eksProperties) : NO_PROBLEMS),
    ...consumableResourcesProblems(
      `${field}.consumableResourceProperties`,
      range.consumableResourceProperties,
    ),
  ];
}

/** All nodes come up together on one kind of machine. */
export function instanceTypeProblems(
  field: string,
  ranges: readonly {
    readonly instanceTypes?: readonly string[];
    readonly container?: { readonly instanceType?: string };
  }[],
): Problems {
  const types = new Set(
    ranges.flatMap(({ instanceTypes, container }) => [
      ...(instanceTypes ?? []),
      ...(container?.instanceType === undefined ? [] : [container.instanceType]),
    ]),
  );
  return types.size <= 1
    ? NO_PROBLEMS
    : problem(`${field}.instanceTypes`, 'must name one instance type for all node ranges', [...types]);
}

function orchestratorProblems(field: string, ranges: readonly NodeRangeProperty[]): Problems {
  const onEks = ranges.filter(({ eksProperties }) => eksProperties !== undefined).length;
  return onEks === 0 || onEks === ranges.length
    ? NO_PROBLEMS
    : problem(field, 'must all use eksProperties, or none of them', onEks);
}
