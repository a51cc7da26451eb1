// Any way in which partitions tell their pages leads to the same list.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Item } from '../../../adapters/dynamodb/item.ts';
import type { ItemPage } from '../../../adapters/dynamodb/merge-pages.ts';
import { mergePages } from '../../../adapters/dynamodb/merge-pages.ts';

const itemAt = (sort: string): Item => ({ ls: { S: sort } });
const sortOf = (item: Item): string => item['ls']?.S ?? '';

/** A page as DynamoDB has it: it looks at a number of entries, keeps some of them, and says where it stopped. */
function pageOf(
  partition: readonly string[],
  after: string | undefined,
  looks: number,
  descending: boolean,
): ItemPage {
  const inOrder = partition.toSorted();
  if (descending) inOrder.reverse();
  const rest =
    after === undefined ? inOrder : inOrder.filter((sort) => (descending ? sort < after : sort > after));
  const looked = rest.slice(0, looks);
  const Items = looked.filter((sort) => !sort.endsWith('x')).map(itemAt);
  const last = looked.at(-1);
  return {
    Items,
    ...(looked.length < rest.length && last !== undefined ? { LastEvaluatedKey: itemAt(last) } : {}),
  };
}

const sorts = fc.uniqueArray(
  fc
    .tuple(fc.nat(99), fc.boolean())
    .map(([at, isFiltered]) => `${String(at).padStart(2, '0')}${isFiltered ? 'x' : ''}`),
  { maxLength: 40 },
);

test('pages of pages together have every entry once, in order', () => {
  fc.assert(
    fc.property(
      sorts,
      fc.array(fc.nat(2), { minLength: 40, maxLength: 40 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      (all, places, limit, looks, descending) => {
        const partitions = [0, 1, 2].map((own) => all.filter((_, at) => places[at] === own));
        const told: string[] = [];
        let after: string | undefined;
        do {
          const pages = partitions.map((partition) => pageOf(partition, after, looks, descending));
          const page = mergePages(pages, { index: 'listing', descending, limit });
          expect(page.Items?.length).toBeLessThanOrEqual(limit);
          told.push(...(page.Items ?? []).map(sortOf));
          after = page.LastEvaluatedKey && sortOf(page.LastEvaluatedKey);
        } while (after !== undefined);
        const expected = all.filter((sort) => !sort.endsWith('x')).toSorted();
        expect(told).toEqual(descending ? expected.reverse() : expected);
      },
    ),
  );
});

test('an entry that moved between two reads is told once', () => {
  const pages = [{ Items: [itemAt('a'), itemAt('b')] }, { Items: [itemAt('b'), itemAt('c')] }];
  const page = mergePages(pages, { index: 'listing', descending: false, limit: 3 });
  expect(page.Items?.map(sortOf)).toEqual(['a', 'b', 'c']);
  expect(page.LastEvaluatedKey).toBeUndefined();
});
