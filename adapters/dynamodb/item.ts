// A row as a DynamoDB item and back. The body is one attribute: nothing in DynamoDB looks into it, and a map would cost more
// to write, to read and to store.
import type { IndexName, Key, NewRow, Row, TableName } from '../../engine/table-ports.ts';
import { StoreCorruptError } from '../../engine/table-ports.ts';
import { INDEX_NAMES } from '../../engine/table-rules.ts';
import type { StoredBody } from './body-codec.ts';
import { decodeBody, encodeBody } from './body-codec.ts';

/** The only attribute types we use; the SDK's and the stream's attribute values both fit. */
export type Item = Readonly<Record<string, StoredBody & { readonly N?: string | undefined }>>;
/** The same for what we send, where the SDK wants exactly one member. */
export type WritableItem = Record<string, { S: string } | { N: string } | { B: Uint8Array }>;

export const INDEX_ATTRIBUTES = {
  listing: ['lp', 'ls'],
  work: ['wp', 'ws'],
} as const satisfies { readonly [name in IndexName]: readonly [partition: string, sort: string] };

/**
 * What an index holds of a row. Every attribute that changes costs a write of each index that has it, so `listing` has the keys
 * alone, and a page of it is followed by the rows; and the expiry, which never changes without them.
 * `work` has whole rows: most are written into it once, and every pass of a scheduler reads a page of them.
 */
export const INDEX_PROJECTIONS = {
  listing: ['expires'],
  work: 'whole rows',
} as const satisfies { readonly [name in IndexName]: readonly string[] | 'whole rows' };

export function keyOfItem(item: Item): Key {
  return { pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' };
}

export function keyItem({ pk, sk }: Key): WritableItem {
  return { pk: { S: pk }, sk: { S: sk } };
}

/**
 * A global index leaves the order of equal sort keys open; the port wants it by primary key. So that is part of the sort
 * key. U+0000, which no key text may contain, comes before every other character and so keeps the order of the sort values.
 */
export function sortKeyOf(sort: string, { pk, sk }: Key): string {
  return `${sort}\0${pk}\0${sk}`;
}

/** What the body is packed with. `cp`: the partition of an index by age, which rows had once. */
function keyTextsOf(item: Item): string[] {
  return ['pk', 'lp', 'cp', 'wp'].flatMap((name) => item[name]?.S ?? []);
}

/** Every attribute of a row but its version. `writeId` tells a repeated request from somebody else's write. */
export function attributesOf(row: NewRow, writeId: string): WritableItem {
  const item: WritableItem = { wid: { S: writeId } };
  for (const name of INDEX_NAMES) {
    const entry = row.indexes?.[name];
    if (!entry) continue;
    const [partition, sort] = INDEX_ATTRIBUTES[name];
    item[partition] = { S: entry.partition };
    item[sort] = { S: sortKeyOf(entry.sort, row) };
  }
  item['b'] = encodeBody(row.body, keyTextsOf({ ...keyItem(row), ...item }));
  if (row.expiresAtS !== undefined) item['expires'] = { N: String(row.expiresAtS) };
  return item;
}

/** Throws StoreCorruptError for an item that no row of ours looks like. */
export function rowOfItem(table: TableName, item: Item): Row {
  const key = keyOfItem(item);
  const indexes: { -readonly [name in IndexName]?: Row['indexes'][name] } = {};
  for (const name of INDEX_NAMES) {
    const [partition, sort] = INDEX_ATTRIBUTES[name];
    const [partitionText, sortText] = [item[partition]?.S, item[sort]?.S];
    if (partitionText === undefined || sortText === undefined) continue;
    indexes[name] = { partition: partitionText, sort: sortText.slice(0, -sortKeyOf('', key).length) };
  }
  const expires = item['expires']?.N;
  return {
    ...key,
    version: Number(item['v']?.N),
    body: parseBody(table, key, () => decodeBody(item['b'] ?? {}, keyTextsOf(item))),
    indexes,
    ...(expires === undefined ? {} : { expiresAtS: Number(expires) }),
  };
}

function parseBody(table: TableName, key: Key, read: () => string): object {
  let parsed: unknown;
  let cause: unknown;
  try {
    parsed = JSON.parse(read());
  } catch (error) {
    cause = error;
  }
  if (typeof parsed === 'object' && parsed !== null) return parsed;
  throw new StoreCorruptError(
    `the row ${JSON.stringify({ table, ...key })} is damaged: its body is not a JSON object`,
    cause === undefined ? {} : { cause },
  );
}
