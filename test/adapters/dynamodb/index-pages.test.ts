// Pages of the indexes that hold keys alone: what their rows say now, not what the index was told a moment ago.
import { expect, test } from 'vitest';
import { attributesOf, keyItem } from '../../../adapters/dynamodb/item.ts';
import { createDynamoDbTable } from '../../../adapters/dynamodb/table.ts';
import type { IndexName, NewRow } from '../../../engine/table-ports.ts';
import { aRow, testClock } from '../../contracts/table-contract.ts';
import type { SentRequest } from './scripted-dynamodb.ts';
import { scriptedDynamoDb } from './scripted-dynamodb.ts';

const listed = (pk: string, partition = 'p'): NewRow =>
  aRow(pk, { indexes: { listing: { partition, sort: pk } } });
const itemOf = (row: NewRow): object => ({ ...keyItem(row), v: { N: '2' }, ...attributesOf(row, 'w') });

/** A store whose index knows `inIndex`, in this order, while the rows are already `rows`. */
function tableOver(inIndex: readonly string[], rows: readonly NewRow[], more = false) {
  const { client, sent } = scriptedDynamoDb(({ operation }) => {
    if (operation === 'BatchGetItem') return { output: { Responses: { J: rows.map(itemOf) } } };
    const keys = inIndex.map((pk) => keyItem({ pk, sk: '#' }));
    const LastEvaluatedKey = { ...keyItem({ pk: 'z', sk: '#' }), ls: { S: 's' } };
    return { output: { Items: keys, Count: keys.length, ...(more ? { LastEvaluatedKey } : {}) } };
  });
  const table = createDynamoDbTable({ client, names: { jobs: 'J', queues: 'Q' }, clock: testClock() });
  const query = (index: IndexName) => ({ table: 'jobs', index, partition: 'p', limit: 5 }) as const;
  return { table, sent, query };
}

const operationsOf = (sent: readonly SentRequest[]) => sent.map(({ operation }) => operation);

test('a page has the rows as they are now, in the order of the index, without those that have gone', async () => {
  const { table, sent, query } = tableOver(
    ['b', 'moved', 'deleted', 'a'],
    [listed('a'), listed('moved', 'elsewhere'), listed('b')],
  );
  const page = await table.query(query('listing'));
  expect(page.rows.map(({ pk, version }) => [pk, version])).toEqual([
    ['b', 2],
    ['a', 2],
  ]);
  expect(page).not.toHaveProperty('next');
  expect(operationsOf(sent)).toEqual(['Query', 'BatchGetItem']);
});

test('a page of which nothing is left still says that there is more', async () => {
  const { table, query } = tableOver(['moved'], [listed('moved', 'elsewhere')], true);
  const page = await table.query(query('listing'));
  expect(page.rows).toEqual([]);
  expect(page.next).toBeTypeOf('string');
});

test('a page of keys that is empty asks for no rows', async () => {
  const { table, sent, query } = tableOver([], []);
  expect(await table.query(query('listing'))).toEqual({ rows: [] });
  expect(operationsOf(sent)).toEqual(['Query']);
});

test('the index of what somebody must act on answers by itself', async () => {
  const { client, sent } = scriptedDynamoDb(() => ({
    output: { Items: [itemOf(aRow('a', { indexes: { work: { partition: 'p', sort: '1' } } }))], Count: 1 },
  }));
  const table = createDynamoDbTable({ client, names: { jobs: 'J', queues: 'Q' }, clock: testClock() });
  const { rows } = await table.query({ table: 'jobs', index: 'work', partition: 'p', limit: 5 });
  expect(rows.map(({ pk }) => pk)).toEqual(['a']);
  expect(operationsOf(sent)).toEqual(['Query']);
});

test('listing is counted by the index alone', async () => {
  const { table, sent, query } = tableOver(['a', 'b'], [listed('a')]);
  expect(await table.count(query('listing'))).toBe(2);
  expect(operationsOf(sent)).toEqual(['Query']);
  expect(sent[0]?.input).toMatchObject({ Select: 'COUNT' });
});
