// DeleteConsumableResource: refused while a job that has not ended needs it.
import type { ConsumableDeps } from '../../engine/consumable-resources.ts';
import { deleteConsumable } from '../../engine/consumable-resources.ts';
import type { Operation } from '../operation.ts';
import { assertNoProblems, readReference } from './resource-references.ts';

export const deleteConsumableResource: Operation<'DeleteConsumableResource', ConsumableDeps> = {
  name: 'DeleteConsumableResource',
  async handle({ deps, scope }, { consumableResource }) {
    const arn = readReference(scope, 'consumable-resource', 'consumableResource', consumableResource);
    assertNoProblems(await deleteConsumable(deps, arn));
    return {};
  },
};
