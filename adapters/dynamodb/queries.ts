// Pages and counts. A primary-key query is consistent; an index may lag, and DynamoDB offers nothing else.
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { IndexQuery } from '../../engine/table-ports.ts';
import { INDEX_ATTRIBUTES } from './item.ts';
import { startKeyOf } from './page-token.ts';

/** Of one of the query's partitions. `undefined`: bounds that nothing lies between, which DynamoDB would call an error. */
export function queryInput(
  tableName: string,
  query: IndexQuery,
  ofPartition: string,
  nowS: number,
): (QueryCommandInput & { readonly Limit: number }) | undefined {
  const { from, to } = query;
  if (from !== undefined && to !== undefined && Buffer.compare(Buffer.from(from), Buffer.from(to)) > 0)
    return undefined;
  const [partition, sort] = query.index ? INDEX_ATTRIBUTES[query.index] : (['pk', 'sk'] as const);
  return {
    TableName: tableName,
    ...(query.index ? { IndexName: query.index } : { ConsistentRead: true }),
    KeyConditionExpression: `${partition} = :partition${rangeOf(sort, query)}`,
    FilterExpression: 'attribute_not_exists(expires) OR expires > :now',
    ExpressionAttributeValues: {
      ':partition': { S: ofPartition },
      ':now': { N: String(nowS) },
      ...(from === undefined ? {} : { ':from': { S: from } }),
      ...(to === undefined ? {} : { ':to': { S: upperBoundOf(query, to) } }),
    },
    ScanIndexForward: query.descending !== true,
    Limit: query.limit,
    ...(query.after === undefined ? {} : { ExclusiveStartKey: startKeyOf(query, ofPartition, query.after) }),
  };
}

function rangeOf(sort: string, { from, to }: IndexQuery): string {
  if (from !== undefined && to !== undefined) return ` AND ${sort} BETWEEN :from AND :to`;
  if (from !== undefined) return ` AND ${sort} >= :from`;
  return to === undefined ? '' : ` AND ${sort} <= :to`;
}

/** An index's sort key goes on behind the sort value with U+0000: all those, and no longer sort value, are below U+0001. */
function upperBoundOf({ index }: IndexQuery, to: string): string {
  return index ? `${to}\u0001` : to;
}
