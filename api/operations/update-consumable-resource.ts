// UpdateConsumableResource: sets, raises or lowers the total. Below what is in use it takes effect as jobs end.
import type { ConsumableDeps } from '../../engine/consumable-resources.ts';
import { changeConsumable } from '../../engine/consumable-resources.ts';
import type { Operation } from '../operation.ts';
import { readReference, refusal } from './resource-references.ts';

export const updateConsumableResource: Operation<'UpdateConsumableResource', ConsumableDeps> = {
  name: 'UpdateConsumableResource',
  async handle({ deps, scope, atMs }, { consumableResource, ...change }) {
    const arn = readReference(scope, 'consumable-resource', 'consumableResource', consumableResource);
    const answer = await changeConsumable(deps, arn, change, atMs);
    if ('problems' in answer) throw refusal(answer.problems);
    const { resource, total } = answer;
    return {
      consumableResourceName: resource.name,
      consumableResourceArn: resource.arn,
      totalQuantity: total,
    };
  },
};
