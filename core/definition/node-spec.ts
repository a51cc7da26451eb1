// The nodes of a multi-node definition with a submission's overrides: how many there are and what each range of them runs.
// Registration has checked the definition; what is checked here is what the overrides make of it (contract §2.6, §2.7).
import type { ContainerDemand, JobSpec, NodeGroup, NodesSpec } from '../job/spec.ts';
import { plus, NOTHING } from '../placement/capacity.ts';
import { countContainers, groupOfNode } from '../job/node.ts';
import { deprecatedProblems, resourceRequirementsProblems, settleDemand, statedDemand } from './demand.ts';
import { NODE_ATTEMPTS_MAX } from './limits.ts';
import { isOpenEnded, parseTargetNodes } from './node-ranges.ts';
import { mergeContainer } from './overrides.ts';
import { countProblems, eachProblems, NO_PROBLEMS, problem } from './problem.ts';
import type { Problem, Problems } from './problem.ts';
import { settleTask } from './task-spec.ts';
import { instanceTypeProblems } from './validate-nodes.ts';
import type {
  ContainerProperties,
  NodeOverrides,
  NodeProperties,
  NodePropertyOverride,
  NodeRangeProperty,
} from './wire.ts';

/** What the main node runs, and the demand of all nodes: they are placed at one moment or not at all. */
export interface SettledNodes extends Pick<JobSpec, 'container' | 'containers' | 'task' | 'demand'> {
  readonly nodes: NodesSpec;
}

const OVERRIDES = 'nodeOverrides.nodePropertyOverrides';

/** `attempts`: of the job's retry strategy. */
export function settleNodes(
  properties: NodeProperties,
  overrides: NodeOverrides = {},
  attempts = 1,
): { readonly settled: SettledNodes } | { readonly problem: Problem } {
  const { mainNode, nodeRangeProperties: ranges } = properties;
  const numNodes = overrides.numNodes ?? properties.numNodes;
  const given = overrides.nodePropertyOverrides ?? [];
  const [wrong] = [
    ...(numNodes === properties.numNodes ? NO_PROBLEMS : numNodesProblems(properties, numNodes)),
    ...limitProblems(numNodes, attempts),
    ...targetProblems(ranges, given, numNodes),
    ...eachProblems(OVERRIDES, given, overrideProblems),
  ];
  if (wrong) return { problem: wrong };

  const groups: NodeGroup[] = [];
  for (const range of ranges) {
    const group = settleGroup(range, given, numNodes);
    if ('problem' in group) return group;
    groups.push(group.settled);
  }
  const [mixed] = instanceTypeProblems(OVERRIDES, groups);
  if (mixed) return { problem: mixed };
  const nodes = { numNodes, mainNode, groups };
  const [tooLarge] = limitProblems(countContainers(nodes), attempts);
  if (tooLarge) return { problem: tooLarge };
  const { container, containers, task } = groupOfNode(nodes, mainNode);
  return {
    settled: {
      nodes,
      container,
      ...(containers === undefined ? {} : { containers }),
      ...(task === undefined ? {} : { task }),
      demand: totalOf(nodes),
    },
  };
}

/** Only an open range can take more nodes in, and no range may be left without any. */
function numNodesProblems(
  { mainNode, nodeRangeProperties: ranges }: NodeProperties,
  numNodes: number,
): Problems {
  const field = 'nodeOverrides.numNodes';
  if (!ranges.some(({ targetNodes }) => isOpenEnded(targetNodes))) {
    return problem(field, 'needs a node range of the job definition with an open end, such as 0:', numNodes);
  }
  const lowest = Math.max(mainNode, ...ranges.map(({ targetNodes }) => lowerBoundOf(targetNodes)));
  return numNodes > lowest
    ? NO_PROBLEMS
    : problem(
        field,
        `must be above the main node and the beginning of every node range, ${lowest}`,
        numNodes,
      );
}

/** `containers`: of all nodes together, at least one each. */
function limitProblems(containers: number, attempts: number): Problems {
  const most = Math.floor(NODE_ATTEMPTS_MAX / attempts);
  if (containers <= most) return NO_PROBLEMS;
  const rule = `must give at most ${most} containers with ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} of each`;
  return problem('numNodes', rule, containers);
}

function lowerBoundOf(targetNodes: string): number {
  return parseTargetNodes(targetNodes, Number.MAX_SAFE_INTEGER)?.from ?? 0;
}

/** The range that an override means: the same one, however it is written. */
function isMeant(override: NodePropertyOverride, range: NodeRangeProperty, numNodes: number): boolean {
  if (override.targetNodes === range.targetNodes) return true;
  const meant = parseTargetNodes(override.targetNodes, numNodes);
  const found = parseTargetNodes(range.targetNodes, numNodes);
  return meant !== undefined && meant.from === found?.from && meant.to === found.to;
}

function targetProblems(
  ranges: readonly NodeRangeProperty[],
  overrides: readonly NodePropertyOverride[],
  numNodes: number,
): Problems {
  const strangers = overrides
    .filter((override) => !ranges.some((range) => isMeant(override, range, numNodes)))
    .map(({ targetNodes }) => targetNodes);
  if (strangers.length === 0) return NO_PROBLEMS;
  const message = `NodeOverride targets should match job definition. Non matching targets - ${strangers.join(', ')}`;
  return problem(`${OVERRIDES}.targetNodes`, 'must be ranges of the job definition', strangers, message);
}

function overrideProblems(field: string, override: NodePropertyOverride): Problems {
  const { containerOverrides = {}, instanceTypes } = override;
  const path = `${field}.containerOverrides`;
  return [
    ...countProblems(`${field}.instanceTypes`, instanceTypes, { max: 1 }),
    ...deprecatedProblems(path, containerOverrides, 'EC2'),
    ...resourceRequirementsProblems(
      `${path}.resourceRequirements`,
      containerOverrides.resourceRequirements,
      'EC2',
    ),
  ];
}

function settleGroup(
  range: NodeRangeProperty,
  overrides: readonly NodePropertyOverride[],
  numNodes: number,
): { readonly settled: NodeGroup } | { readonly problem: Problem } {
  const { targetNodes } = range;
  const meant = overrides.filter((override) => isMeant(override, range, numNodes));
  const work = settleWork(range, meant);
  if ('problem' in work) return work;
  const instanceTypes = latestOf(meant, ({ instanceTypes: given }) => given) ?? range.instanceTypes;
  const consumed =
    latestOf(meant, ({ consumableResourcePropertiesOverride: given }) => given) ??
    range.consumableResourceProperties;
  return {
    settled: {
      targetNodes,
      ...boundsOf(targetNodes, numNodes),
      ...work.settled,
      ...(instanceTypes === undefined ? {} : { instanceTypes }),
      ...(consumed === undefined ? {} : { consumableResourceProperties: consumed }),
    },
  };
}

/** What one override says last, if any of them says anything. */
function latestOf<Value>(
  overrides: readonly NodePropertyOverride[],
  read: (override: NodePropertyOverride) => Value | undefined,
): Value | undefined {
  return overrides.map(read).findLast((value) => value !== undefined);
}

type SettledNode = Pick<NodeGroup, 'container' | 'containers' | 'task' | 'demand'>;

/** What each node of a range runs: one container, or several. */
function settleWork(
  range: NodeRangeProperty,
  overrides: readonly NodePropertyOverride[],
): { readonly settled: SettledNode } | { readonly problem: Problem } {
  const field = `nodeRangeProperties ${range.targetNodes}`;
  const properties = range.ecsProperties?.taskProperties?.[0];
  if (properties) {
    const given = latestOf(overrides, ({ ecsPropertiesOverride }) => ecsPropertiesOverride);
    const task = settleTask(`${OVERRIDES}.ecsPropertiesOverride`, properties, given, 'EC2');
    return 'problem' in task ? task : { settled: { container: {}, ...task.settled } };
  }
  if (range.container === undefined) {
    const rule = 'must have a container or ecsProperties to be run here';
    return { problem: problem(field, rule, Object.keys(range))[0] };
  }
  const container = overrides.reduce(
    (merged, override) =>
      withInstanceType(mergeContainer(merged, override.containerOverrides), override.instanceTypes?.[0]),
    mergeContainer(range.container, undefined),
  );
  const demand = settleDemand(field, statedDemand(container), 'EC2');
  return 'problems' in demand
    ? { problem: demand.problems[0] }
    : { settled: { container, demand: demand.demand } };
}

/** The older way to name the instance type must not contradict an override in the newer one. */
function withInstanceType(
  container: ContainerProperties,
  instanceType: string | undefined,
): ContainerProperties {
  const isNamed = container.instanceType !== undefined && instanceType !== undefined;
  return isNamed ? { ...container, instanceType } : container;
}

/** Registration has read the range; with fewer nodes than it was written for, a closed one may reach beyond the last. */
function boundsOf(targetNodes: string, numNodes: number): { readonly from: number; readonly to: number } {
  const range = parseTargetNodes(targetNodes, numNodes);
  if (!range) throw new Error(`targetNodes ${targetNodes} was registered, so it is a range`);
  return range;
}

function totalOf(nodes: NodesSpec): ContainerDemand {
  let total: ContainerDemand = NOTHING;
  for (let index = 0; index < nodes.numNodes; index += 1) {
    total = plus(total, groupOfNode(nodes, index).demand);
  }
  return total;
}
