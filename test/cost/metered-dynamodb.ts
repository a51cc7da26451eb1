// DynamoDB Local's door: passes every call on as it is, and counts what it consumes by table and index. Reads and single writes are
// counted as DynamoDB Local says; of a transaction it says too little, so its items are looked at before and after.
import type { IncomingMessage } from 'node:http';
import type { Usage } from './usage.ts';
import { add } from './usage.ts';
import type { WireItem, WriteUnits } from './write-units.ts';
import { unitsOfWrite } from './write-units.ts';

interface Capacity {
  readonly TableName?: string;
  readonly CapacityUnits?: number;
  readonly Table?: { readonly CapacityUnits?: number };
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits?: number }>>;
}
interface Written {
  readonly TableName: string;
  readonly Item?: WireItem;
  readonly Key?: WireItem;
}
interface Place {
  readonly table: string;
  readonly key: WireItem;
}

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query']);

export interface Answer {
  readonly status: number;
  readonly body: Buffer | string;
}

export async function passOn(
  endpoint: string,
  incoming: IncomingMessage,
  body: Buffer,
  usage: () => Usage,
): Promise<Answer> {
  const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
  const authorization = String(incoming.headers.authorization);
  const send = (target: string, input: object): Promise<Response> =>
    fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${target}`,
        authorization,
      },
      body: JSON.stringify(input),
    });
  const asked = JSON.parse(body.toString()) as { TransactItems?: readonly Record<string, Written>[] };
  const places = (asked.TransactItems ?? []).flatMap((item) => Object.values(item).map(placeOf));
  const before = await itemsAt(send, places);
  const answer = await send(operation, { ...asked, ReturnConsumedCapacity: 'INDEXES' });
  const text = await answer.text();
  const told = JSON.parse(text) as { ConsumedCapacity?: Capacity | readonly Capacity[]; __type?: string };
  add(usage().calls, `dynamodb:${operation}`);
  if (places.length === 0) countTold(usage(), operation, [told.ConsumedCapacity ?? []].flat());
  else if (answer.ok) {
    const after = await itemsAt(send, places);
    for (const [index, { table }] of places.entries()) {
      countWrite(usage(), table, unitsOfWrite(before[index], after[index], true));
    }
  }
  // A condition that did not hold costs a unit, and the answer does not say so.
  if (told.__type?.endsWith('ConditionalCheckFailedException')) add(usage().writeUnits, 'refused');
  return { status: answer.status, body: text };
}

function placeOf({ TableName: table, Item, Key }: Written): Place {
  const { pk, sk } = Item ?? Key ?? {};
  return { table, key: { pk: pk ?? {}, sk: sk ?? {} } };
}

async function itemsAt(
  send: (target: string, input: object) => Promise<Response>,
  places: readonly Place[],
): Promise<readonly (WireItem | undefined)[]> {
  const found = places.map(async ({ table, key }) => {
    const answer = await send('GetItem', { TableName: table, Key: key, ConsistentRead: true });
    return ((await answer.json()) as { Item?: WireItem }).Item; // GetItem's own shape
  });
  return Promise.all(found);
}

function countTold(usage: Usage, operation: string, capacities: readonly Capacity[]): void {
  const units = READS.has(operation) ? usage.readUnits : usage.writeUnits;
  for (const { TableName = '', CapacityUnits = 0, Table, GlobalSecondaryIndexes = {} } of capacities) {
    const indexes = Object.entries(GlobalSecondaryIndexes);
    const inIndexes = indexes.reduce((sum, [, index]) => sum + (index.CapacityUnits ?? 0), 0);
    add(units, TableName, Table?.CapacityUnits ?? CapacityUnits - inIndexes);
    for (const [name, index] of indexes) add(units, `${TableName}.${name}`, index.CapacityUnits ?? 0);
  }
}

function countWrite({ writeUnits }: Usage, table: string, units: WriteUnits): void {
  add(writeUnits, table, units.table);
  for (const [index, more] of Object.entries(units.indexes)) add(writeUnits, `${table}.${index}`, more);
}
