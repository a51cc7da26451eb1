// DescribeConsumableResource: one resource and its amounts. It answers one object, so an unknown one is a mistake.
import { describeConsumable } from '../../engine/consumable-resources.ts';
import type { Table } from '../../engine/table-ports.ts';
import { ClientException } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { readReference } from './resource-references.ts';

export const describeConsumableResource: Operation<'DescribeConsumableResource', { readonly table: Table }> =
  {
    name: 'DescribeConsumableResource',
    async handle({ deps, scope }, { consumableResource }) {
      const arn = readReference(scope, 'consumable-resource', 'consumableResource', consumableResource);
      const found = await describeConsumable(deps.table, arn);
      if (!found) throw new ClientException(`ConsumableResource ${consumableResource} not found.`);
      const { resource, total, inUse, available } = found;
      return {
        consumableResourceName: resource.name,
        consumableResourceArn: resource.arn,
        totalQuantity: total,
        inUseQuantity: inUse,
        availableQuantity: available,
        resourceType: resource.resourceType,
        createdAt: resource.createdAtMs,
        tags: resource.tags,
      };
    },
  };
