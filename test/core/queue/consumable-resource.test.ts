import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConsumableResource, ConsumableUse } from '../../../core/queue/consumable-resource.ts';
import {
  amountsOf,
  consumableShortage,
  createConsumableProblems,
  newConsumable,
  NO_STOCK,
  stockOf,
  updateConsumable,
} from '../../../core/queue/consumable-resource.ts';

const SCOPE = { partition: 'aws', region: 'us-east-1', account: '123456789012' };
const UNUSED: ConsumableUse = { inUse: 0, consumed: 0 };

function aResource(total: number, given: Partial<ConsumableResource> = {}): ConsumableResource {
  const input = { consumableResourceName: 'licence', totalQuantity: total };
  return { ...newConsumable(SCOPE, input, UNUSED, 1_000), ...given };
}

describe('a new consumable resource', () => {
  it('comes back unless it is told otherwise, and has nothing unless it is told how much', () => {
    expect(newConsumable(SCOPE, { consumableResourceName: 'x' }, UNUSED, 5)).toEqual({
      arn: 'arn:aws:batch:us-east-1:123456789012:consumable-resource/x',
      name: 'x',
      resourceType: 'REPLENISHABLE',
      providedQuantity: 0,
      createdAtMs: 5,
      tags: {},
    });
  });

  it('does not inherit what was used up under its name before', () => {
    const use = { inUse: 0, consumed: 7 };
    const resource = newConsumable(SCOPE, { consumableResourceName: 'x', totalQuantity: 3 }, use, 5);
    expect(amountsOf(resource, use)).toEqual({ total: 3, inUse: 0, available: 3 });
  });

  it.each([
    ['a name with a space', { consumableResourceName: 'a b' }, 'Provided name a b is not supported'],
    [
      'a negative total',
      { consumableResourceName: 'a', totalQuantity: -1 },
      'totalQuantity must be a whole number',
    ],
    [
      'half a licence',
      { consumableResourceName: 'a', totalQuantity: 0.5 },
      'totalQuantity must be a whole number',
    ],
    [
      'another type',
      { consumableResourceName: 'a', resourceType: 'SOME' },
      'resourceType must be one of REPLENISHABLE',
    ],
  ])('is refused with %s', (_, input, message) => {
    expect(createConsumableProblems(input)[0]?.message).toContain(message);
  });
});

describe('an update', () => {
  it.each([
    ['SET', 4, 4],
    [undefined, 4, 4],
    ['ADD', 4, 14],
    ['REMOVE', 4, 6],
    ['REMOVE', 10, 0],
  ])('%s of %d makes of 10 in all %d', (operation, quantity, expected) => {
    const use = { inUse: 2, consumed: 5 };
    const resource = aResource(15);
    const changed = updateConsumable(resource, use, { ...(operation ? { operation } : {}), quantity });
    expect('resource' in changed && amountsOf(changed.resource, use).total).toBe(expected);
  });

  it.each([
    [
      'removes more than there is',
      { operation: 'REMOVE', quantity: 11 },
      'quantity must be at most the total quantity of 10',
    ],
    ['says no quantity', { operation: 'ADD' }, 'quantity is required'],
    ['is negative', { operation: 'SET', quantity: -1 }, 'quantity must be a whole number'],
    [
      'is of no known kind',
      { operation: 'DOUBLE', quantity: 1 },
      'operation must be one of SET, ADD, REMOVE',
    ],
    ['overflows', { operation: 'ADD', quantity: Number.MAX_SAFE_INTEGER }, 'must not lead to a total beyond'],
  ])('that %s is refused', (_, input, message) => {
    const changed = updateConsumable(aResource(10), UNUSED, input);
    expect('problems' in changed && changed.problems[0]?.message).toContain(message);
  });
});

describe('amounts', () => {
  it('show nothing available while the total is below what is in use', () => {
    expect(amountsOf(aResource(2), { inUse: 5, consumed: 0 })).toEqual({ total: 2, inUse: 5, available: 0 });
  });

  it('always add up', () => {
    const amount = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(amount, amount, amount, (provided, inUse, consumed) => {
        const { total, available } = amountsOf(aResource(provided), { inUse, consumed });
        expect(available).toBe(Math.max(0, total - inUse));
        expect(total).toBe(Math.max(0, provided - consumed));
      }),
    );
  });
});

describe('a shortage', () => {
  const arn = aResource(0).arn;
  const stocks = (resource: ConsumableResource, use: ConsumableUse) => () => stockOf(resource, use);

  it('is none when all is there', () => {
    expect(consumableShortage([{ arn, quantity: 3 }], stocks(aResource(3), UNUSED))).toBeUndefined();
  });

  it('of what others hold ends with them', () => {
    const lack = consumableShortage([{ arn, quantity: 2 }], stocks(aResource(3), { inUse: 2, consumed: 0 }));
    expect(lack).toMatchObject({ untilRaised: false, lacks: [{ wanted: 2, available: 1, atMost: 3 }] });
    expect(lack?.message).toBe(
      'waits for consumable resource licence, of which 1 are available and 2 are wanted',
    );
  });

  it('of what does not come back ends only when the total is raised', () => {
    const resource = aResource(3, { resourceType: 'NON_REPLENISHABLE' });
    const lack = consumableShortage([{ arn, quantity: 2 }], stocks(resource, { inUse: 2, consumed: 0 }));
    expect(lack).toMatchObject({ untilRaised: true, lacks: [{ atMost: 1 }] });
  });

  it('of more than there ever is says that the total must be raised', () => {
    const lack = consumableShortage([{ arn, quantity: 4 }], stocks(aResource(3), UNUSED));
    expect(lack?.message).toBe(
      'waits for consumable resource licence, of which there are 3 at most and 4 are wanted: its total must be raised first',
    );
  });

  it('of a resource that does not exist waits for somebody to make it', () => {
    expect(consumableShortage([{ arn, quantity: 1 }], () => NO_STOCK)).toMatchObject({ untilRaised: true });
  });
});
