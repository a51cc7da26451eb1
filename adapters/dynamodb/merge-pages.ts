// One page of several index partitions. Each of them told its next entries; together they are only known up to where the first
// of those that have more stopped.
import type { IndexQuery } from '../../engine/table-ports.ts';
import type { Item } from './item.ts';
import { INDEX_ATTRIBUTES } from './item.ts';

/** What DynamoDB told of one partition, or of all of them together. */
export interface ItemPage {
  readonly Items?: readonly Item[] | undefined;
  readonly LastEvaluatedKey?: Item | undefined;
}

/**
 * The first `limit` entries in the order of the index, each once: an entry that moved between two of the reads keeps its sort key, which ends with
 * its primary key.
 */
export function mergePages(
  pages: readonly ItemPage[],
  { index = 'listing', descending = false, limit }: Pick<IndexQuery, 'index' | 'descending' | 'limit'>,
): ItemPage {
  const [, sort] = INDEX_ATTRIBUTES[index];
  const compare = (left: Item, right: Item): number => {
    const order = Buffer.compare(Buffer.from(left[sort]?.S ?? ''), Buffer.from(right[sort]?.S ?? ''));
    return descending ? -order : order;
  };
  const [frontier] = pages
    .map(({ LastEvaluatedKey: key }) => key)
    .filter((key) => key !== undefined)
    .sort(compare);
  const known = pages
    .flatMap(({ Items: items = [] }): readonly Item[] => items)
    .filter((item) => !frontier || compare(item, frontier) <= 0)
    .sort(compare)
    .filter((item, at, items) => at === 0 || compare(item, items[at - 1] as Item) !== 0); // there is one before
  const Items = known.slice(0, limit);
  return { Items, LastEvaluatedKey: Items.length < known.length ? Items.at(-1) : frontier };
}
