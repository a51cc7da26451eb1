// The Table port over DynamoDB: a physical table for each of ours, one request for each call where DynamoDB allows it.
import { randomBytes } from 'node:crypto';
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { BatchGetItemCommand, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type {
  IndexQuery,
  IndexRange,
  Key,
  NewRow,
  Page,
  Row,
  Table,
  TableName,
} from '../../engine/table-ports.ts';
import {
  assertCount,
  assertKey,
  assertQuery,
  assertStorable,
  assertWritable,
  partitionsOf,
} from '../../engine/table-rules.ts';
import { forEachBounded } from './bounded-parallel.ts';
import { putItem, versionCondition } from './conditions.ts';
import type { Item } from './item.ts';
import { INDEX_PROJECTIONS, keyItem, keyOfItem, rowOfItem } from './item.ts';
import type { ItemPage } from './merge-pages.ts';
import { pageToken } from './page-token.ts';
import { queryInput } from './queries.ts';
import type { DynamoDbParts } from './dynamodb-parts.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import { backOff } from '../aws/back-off.ts';
import { isRefusal, RETRY, retrying, unavailable } from './retry.ts';
import { writeOps } from './writes.ts';

/** DynamoDB's own limit for one BatchGetItem. */
const MAX_KEYS_PER_GET = 100;
const PARALLEL_GETS = 4;
const PARALLEL_PUTS = 32;

export function createDynamoDbTable(
  options: Omit<DynamoDbParts, 'retry'> & { readonly retry?: RetryPolicy },
): Table {
  const parts: DynamoDbParts = { retry: RETRY, ...options };
  return {
    get: (table, key) => getRow(parts, table, key),
    getMany: (table, keys) => getRows(parts, table, keys),
    query: (query) => queryRows(parts, query),
    count: (range) => countRows(parts, range),
    async write(ops) {
      assertWritable(ops);
      return writeOps(parts, ops, nowS(parts));
    },
    insertMany: (table, rows) => insertRows(parts, table, rows),
    close: async () => {},
  };
}

function nowS({ clock }: DynamoDbParts): number {
  return Math.floor(clock.now() / 1_000);
}

/** DynamoDB deletes expired items late; until then they are hidden here. */
function liveRow(parts: DynamoDbParts, table: TableName, item: Item): Row | undefined {
  const expires = item['expires']?.N;
  return expires !== undefined && Number(expires) <= nowS(parts) ? undefined : rowOfItem(table, item);
}

async function getRow(parts: DynamoDbParts, table: TableName, key: Key): Promise<Row | undefined> {
  assertKey(key);
  const get = new GetItemCommand({ TableName: parts.names[table], Key: keyItem(key), ConsistentRead: true });
  const { Item: item } = await retrying(parts.retry, 'GetItem', () => parts.client.send(get));
  return item && liveRow(parts, table, item);
}

function identityOf({ pk, sk }: Key): string {
  return `${pk}\0${sk}`;
}

/** DynamoDB refuses a key named twice in one call, so each is asked for once. */
function uniqueByKey<K extends Key>(keys: readonly K[]): K[] {
  const unique = new Map<string, K>();
  for (const key of keys) if (!unique.has(identityOf(key))) unique.set(identityOf(key), key);
  return [...unique.values()];
}

async function getRows(
  parts: DynamoDbParts,
  table: TableName,
  keys: readonly Key[],
): Promise<readonly (Row | undefined)[]> {
  for (const key of keys) assertKey(key);
  const unique = uniqueByKey(keys);
  const chunks: Key[][] = [];
  for (let from = 0; from < unique.length; from += MAX_KEYS_PER_GET) {
    chunks.push(unique.slice(from, from + MAX_KEYS_PER_GET));
  }
  const found = new Map<string, Row>();
  await forEachBounded(chunks, PARALLEL_GETS, async (chunk) => {
    for (const item of await batchGet(parts, table, chunk)) {
      const row = liveRow(parts, table, item);
      if (row) found.set(identityOf(row), row);
    }
  });
  return keys.map((key) => found.get(identityOf(key)));
}

/** A batch may come back in part, when it is large or the table is busy: the rest is asked for again. */
async function batchGet(
  parts: DynamoDbParts,
  table: TableName,
  keys: readonly Key[],
): Promise<readonly Item[]> {
  const name = parts.names[table];
  const items: Item[] = [];
  let wanted = keys.map(keyItem);
  for (let attempt = 1; ; attempt += 1) {
    const request = new BatchGetItemCommand({
      RequestItems: { [name]: { Keys: wanted, ConsistentRead: true } },
    });
    const answer = await retrying(parts.retry, 'BatchGetItem', () => parts.client.send(request));
    const received = answer.Responses?.[name] ?? [];
    items.push(...received);
    const left = answer.UnprocessedKeys?.[name]?.Keys ?? [];
    if (left.length === 0) return items;
    wanted = left.map((key) => keyItem(keyOfItem(key)));
    // What came in is progress: a page cut by its size says nothing about a busy table.
    if (received.length > 0) attempt = 1;
    else if (attempt >= parts.retry.maxAttempts) {
      throw unavailable('BatchGetItem', attempt, new Error(`${left.length} keys were left unprocessed`));
    } else await backOff(parts.retry, attempt);
  }
}

async function queryRows(parts: DynamoDbParts, query: IndexQuery): Promise<Page> {
  assertQuery(query);
  const pages = await Promise.all(
    partitionsOf(query).map((partition): Promise<ItemPage> | ItemPage => {
      const input = queryInput(parts.names[query.table], query, partition, nowS(parts));
      return input ? sendQuery(parts, input) : {};
    }),
  );
  const [only = {}] = pages;
  // Few calls need it, and a function starts faster without.
  const page = pages.length === 1 ? only : (await import('./merge-pages.ts')).mergePages(pages, query);
  const rows = await rowsOfPage(parts, query, page.Items ?? []);
  if (!page.LastEvaluatedKey) return { rows };
  return { rows, next: pageToken(query, page.LastEvaluatedKey) };
}

/** An index that has no whole rows tells their keys; those that have left these partitions since are not on the page. */
async function rowsOfPage(
  parts: DynamoDbParts,
  query: IndexQuery,
  items: readonly Item[],
): Promise<readonly Row[]> {
  const { table, index } = query;
  if (!index || INDEX_PROJECTIONS[index] === 'whole rows') return items.map((item) => rowOfItem(table, item));
  const rows = await getRows(parts, table, items.map(keyOfItem));
  const partitions = partitionsOf(query);
  return rows.filter(
    (row) => row && partitions.includes(row.indexes[index]?.partition ?? ''),
  ) as readonly Row[]; // none is missing
}

async function countRows(parts: DynamoDbParts, range: IndexRange): Promise<number> {
  assertCount(range);
  const input = queryInput(parts.names[range.table], range, range.partition, nowS(parts));
  let counted = 0;
  for (let startKey: QueryCommandInput['ExclusiveStartKey']; input && counted < range.limit;) {
    const page = {
      ...input,
      Select: 'COUNT' as const,
      Limit: range.limit - counted,
      ExclusiveStartKey: startKey,
    };
    const answer = await sendQuery(parts, page);
    counted += answer.Count ?? 0;
    startKey = answer.LastEvaluatedKey;
    if (!startKey) break;
  }
  return counted;
}

function sendQuery(parts: DynamoDbParts, input: QueryCommandInput) {
  return retrying(parts.retry, 'Query', () => parts.client.send(new QueryCommand(input)));
}

/**
 * Conditional puts, many at once. BatchWriteItem would need fewer requests for the same price, but it has no conditions: a
 * repeated insert would write over rows that have gone on since.
 */
async function insertRows(parts: DynamoDbParts, table: TableName, rows: readonly NewRow[]): Promise<void> {
  for (const row of rows) assertStorable(row);
  await forEachBounded(uniqueByKey(rows), PARALLEL_PUTS, async (row) => {
    const put = new PutItemCommand({
      TableName: parts.names[table],
      Item: putItem(row, 0, randomBytes(9).toString('base64url')),
      ...versionCondition(0, nowS(parts)),
    });
    try {
      await retrying(parts.retry, 'PutItem', () => parts.client.send(put));
    } catch (error) {
      if (!isRefusal(error)) throw error; // a row that is there is left alone
    }
  });
}
