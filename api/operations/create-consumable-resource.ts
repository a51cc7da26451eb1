// CreateConsumableResource: there to be taken as soon as it is answered.
import type { ConsumableDeps } from '../../engine/consumable-resources.ts';
import { createConsumable } from '../../engine/consumable-resources.ts';
import type { Operation } from '../operation.ts';
import { refusal } from './resource-references.ts';

export const createConsumableResource: Operation<'CreateConsumableResource', ConsumableDeps> = {
  name: 'CreateConsumableResource',
  async handle({ deps, scope, atMs }, input) {
    const answer = await createConsumable(deps, scope, input, atMs);
    if ('problems' in answer) throw refusal(answer.problems);
    const { name, arn } = answer.resource;
    return { consumableResourceName: name, consumableResourceArn: arn };
  },
};
