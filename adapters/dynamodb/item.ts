// A row as a DynamoDB item and back. The body is one JSON text: nothing in DynamoDB looks into it, and a map attribute would
// cost more to write, to read and to store.
import type { IndexName, Key, NewRow, Row, TableName } from '../../engine/ports.ts';
import { StoreCorruptError } from '../../engine/ports.ts';
import { INDEX_NAMES } from '../../engine/table-rules.ts';

/** The only two attribute types we use; the SDK's and the stream's attribute values both fit. */
export type Item = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;
/** The same for what we send, where the SDK wants exactly one member. */
export type WritableItem = Record<string, { S: string } | { N: string }>;

export const INDEX_ATTRIBUTES = {
  listing: ['lp', 'ls'],
  created: ['cp', 'cs'],
  work: ['wp', 'ws'],
} as const satisfies { readonly [name in IndexName]: readonly [partition: string, sort: string] };

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

/** Every attribute of a row but its version. `writeId` tells a repeated request from somebody else's write. */
export function attributesOf(row: NewRow, writeId: string): WritableItem {
  const item: WritableItem = { b: { S: JSON.stringify(row.body) }, wid: { S: writeId } };
  for (const name of INDEX_NAMES) {
    const entry = row.indexes?.[name];
    if (!entry) continue;
    const [partition, sort] = INDEX_ATTRIBUTES[name];
    item[partition] = { S: entry.partition };
    item[sort] = { S: sortKeyOf(entry.sort, row) };
  }
  if (row.expiresAtS !== undefined) item['expires'] = { N: String(row.expiresAtS) };
  return item;
}

/** Throws StoreCorruptError for an item that no row of ours looks like. */
export function rowOfItem(table: TableName, item: Item): Row {
  const key = { pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' };
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
    body: parseBody(table, key, item['b']?.S),
    indexes,
    ...(expires === undefined ? {} : { expiresAtS: Number(expires) }),
  };
}

function parseBody(table: TableName, key: Key, text: string | undefined): object {
  let parsed: unknown;
  let cause: unknown;
  try {
    parsed = JSON.parse(text ?? '');
  } catch (error) {
    cause = error;
  }
  if (typeof parsed === 'object' && parsed !== null) return parsed;
  throw new StoreCorruptError(
    `the row ${JSON.stringify({ table, ...key })} is damaged: its body is not a JSON object`,
    cause === undefined ? {} : { cause },
  );
}
