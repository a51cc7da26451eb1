// What a job takes of consumable resources: the definition's list, or the submission's in its place. A resource that is
// listed twice counts once, with both quantities.
import { parseArn } from '../ids.ts';
import { groupOfNode } from '../job/node.ts';
import type { ConsumableDemand, NodesSpec } from '../job/spec.ts';
import { nameOrArnProblems, toArn } from '../resource.ts';
import type { JobDefinition } from './definition.ts';
import { CONSUMABLES_MAX } from './limits.ts';
import { countProblems } from './problem.ts';
import type { Problem } from './problem.ts';
import type { ConsumableResourceProperties, SubmitJobInput } from './wire.ts';

type Entry = NonNullable<ConsumableResourceProperties['consumableResourceList']>[number];

/** `nodes`: of a multi-node job, whose ranges have lists of their own, for each of their nodes. */
export function settleConsumables(
  { definitionArn, registered }: JobDefinition,
  { consumableResourcePropertiesOverride: given }: SubmitJobInput,
  nodes?: NodesSpec,
): { readonly consumables?: readonly ConsumableDemand[] } | { readonly problem: Problem } {
  const own = registered.consumableResourceProperties?.consumableResourceList ?? [];
  const list = [...(given?.consumableResourceList ?? own), ...(nodes ? entriesOfNodes(nodes) : [])];
  if (list.length === 0) return {};
  const scope = parseArn(definitionArn);
  if (!scope) throw new Error(`${definitionArn} must be the ARN of a job definition`);
  const field = 'consumableResourceList';
  const [tooMany] = countProblems(field, list, { max: CONSUMABLES_MAX });
  if (tooMany) return { problem: tooMany };
  const quantities = new Map<string, number>();
  for (const [index, { consumableResource = '', quantity = 0 }] of list.entries()) {
    const path = `${field}[${index}].consumableResource`;
    const [wrong] = nameOrArnProblems(scope, 'consumable-resource', path, consumableResource);
    if (wrong) return { problem: wrong };
    const arn = toArn(scope, 'consumable-resource', consumableResource);
    quantities.set(arn, (quantities.get(arn) ?? 0) + quantity);
  }
  return { consumables: [...quantities].map(([arn, quantity]) => ({ arn, quantity })) };
}

/** One entry for each of a range's own, so that their number does not grow with the nodes. */
function entriesOfNodes(nodes: NodesSpec): readonly Entry[] {
  return nodes.groups.flatMap((group) => {
    const indexes = Array.from({ length: nodes.numNodes }, (_, index) => index);
    const count = indexes.filter((index) => groupOfNode(nodes, index) === group).length;
    const list = group.consumableResourceProperties?.consumableResourceList ?? [];
    return list.map((entry): Entry => ({ ...entry, quantity: (entry.quantity ?? 0) * count }));
  });
}
