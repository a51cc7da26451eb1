// Where a page ended, as an opaque text that only the same query accepts.
import type { IndexQuery } from '../../engine/table-ports.ts';
import { BadPageTokenError } from '../../engine/table-ports.ts';
import type { Item, WritableItem } from './item.ts';
import { INDEX_ATTRIBUTES, keyItem } from './item.ts';

const FORMAT = 1;

function identityOf({ table, index, partition, descending }: IndexQuery): string {
  return JSON.stringify([FORMAT, table, index ?? 'primary', partition, descending === true]);
}

/** `lastKey`: DynamoDB's LastEvaluatedKey. */
export function pageToken(query: IndexQuery, lastKey: Item): string {
  const sort = query.index ? lastKey[INDEX_ATTRIBUTES[query.index][1]]?.S : '';
  return Buffer.from(JSON.stringify([identityOf(query), lastKey['pk']?.S, lastKey['sk']?.S, sort])).toString(
    'base64url',
  );
}

/** DynamoDB's ExclusiveStartKey in one of the query's partitions. Throws BadPageTokenError for a token of another query, or for no token at all. */
export function startKeyOf(query: IndexQuery, partition: string, token: string): WritableItem {
  const parts = parse(token);
  if (parts?.length === 4 && parts[0] === identityOf(query)) {
    const [, pk, sk, sort] = parts;
    if (typeof pk === 'string' && typeof sk === 'string' && typeof sort === 'string') {
      if (!query.index) return keyItem({ pk, sk });
      const [partitionName, sortName] = INDEX_ATTRIBUTES[query.index];
      return { ...keyItem({ pk, sk }), [partitionName]: { S: partition }, [sortName]: { S: sort } };
    }
  }
  throw new BadPageTokenError('the page token does not belong to this query');
}

function parse(token: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined; // not JSON, so not one of ours: the caller says so
  }
}
