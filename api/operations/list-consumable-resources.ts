// ListConsumableResources: page by page, by name; perhaps only those whose name matches. A filtered page looks at a bounded
// number of resources, so it may be short and still have a token.
import { countAll } from '../../engine/consumable-resources.ts';
import type { Table } from '../../engine/table-ports.ts';
import { listConsumables } from '../../engine/store/consumable-resources.ts';
import { ClientException } from '../errors.ts';
import type { InputOf, Operation } from '../operation.ts';
import { readPage } from '../paging.ts';
import { matchesName } from './name-filter.ts';

export const listConsumableResources: Operation<'ListConsumableResources', { readonly table: Table }> = {
  name: 'ListConsumableResources',
  async handle({ deps, scope }, input) {
    const page = readPage('ListConsumableResources', scope, { ...input });
    const keeps = readFilter(input);
    const { records, next } = await listConsumables(deps.table, scope, page);
    const kept = records.flatMap(({ resource }) => (keeps(resource.name) ? [resource] : []));
    const counted = await countAll(deps.table, kept);
    return {
      consumableResources: counted.map(({ resource, total, inUse }) => ({
        consumableResourceArn: resource.arn,
        consumableResourceName: resource.name,
        totalQuantity: total,
        inUseQuantity: inUse,
        resourceType: resource.resourceType,
      })),
      ...page.tokenFor(next),
    };
  },
};

function readFilter({ filters = [] }: InputOf<'ListConsumableResources'>): (name: string) => boolean {
  for (const [index, filter] of filters.entries()) {
    if (filter.name !== 'CONSUMABLE_RESOURCE_NAME') {
      throw new ClientException(
        `filters[${index}].name must be CONSUMABLE_RESOURCE_NAME, but is ${JSON.stringify(filter.name)}.`,
      );
    }
  }
  return (name) => filters.every(({ values = [] }) => matchesName(values, name));
}
