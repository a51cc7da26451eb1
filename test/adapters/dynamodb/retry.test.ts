import { expect, test } from 'vitest';
import { createDynamoDbTable } from '../../../adapters/dynamodb/table.ts';
import type { Table } from '../../../engine/table-ports.ts';
import { StoreUnavailableError } from '../../../engine/table-ports.ts';
import { aRow, put, testClock } from '../../contracts/table-contract.ts';
import type { Answer, SentRequest } from './scripted-dynamodb.ts';
import { scriptedDynamoDb } from './scripted-dynamodb.ts';

const MAX_ATTEMPTS = 4;

function tableOver(answer: (request: SentRequest, count: number) => Answer): {
  table: Table;
  sent: SentRequest[];
} {
  const { client, sent } = scriptedDynamoDb(answer);
  const retry = { maxAttempts: MAX_ATTEMPTS, firstWaitMs: 1, maxWaitMs: 2 };
  const table = createDynamoDbTable({ client, names: { jobs: 'J', queues: 'Q' }, clock: testClock(), retry });
  return { table, sent };
}

function cancelled(...codes: readonly string[]): Answer {
  return {
    error: 'TransactionCanceledException',
    more: { CancellationReasons: codes.map((Code) => ({ Code })) },
  };
}

const done: Answer = { output: {} };
const pair = [put(aRow('a'), 0), put(aRow('b'), 0)];

test.each([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'InternalServerError',
])('a single write that meets %s is sent again, unchanged', async (error) => {
  const { table, sent } = tableOver((_request, count) => (count < MAX_ATTEMPTS ? { error } : done));
  expect(await table.write([put(aRow('a'), 1)])).toEqual({ ok: true });
  expect(sent).toHaveLength(MAX_ATTEMPTS);
  expect(new Set(sent.map((request) => JSON.stringify(request))).size).toBe(1);
});

test.each([
  ['a conflict', cancelled('TransactionConflict', 'None')],
  ['throttling', cancelled('None', 'ThrottlingError')],
  ['a repetition that overtakes the first', { error: 'TransactionInProgressException' }],
] as readonly [string, Answer][])(
  'a transaction that meets %s is sent again with the same token',
  async (_name, refusal) => {
    const { table, sent } = tableOver((_request, count) => (count < 3 ? refusal : done));
    expect(await table.write(pair)).toEqual({ ok: true });
    expect(sent.map(({ operation }) => operation)).toEqual(
      Array.from({ length: 3 }, () => 'TransactWriteItems'),
    );
    expect(new Set(sent.map(({ input }) => input['ClientRequestToken'])).size).toBe(1);
  },
);

test('a failed condition is an answer, whatever else was wrong with the transaction', async () => {
  const { table, sent } = tableOver(() => cancelled('TransactionConflict', 'ConditionalCheckFailed'));
  expect(await table.write(pair)).toEqual({ ok: false, failed: [1] });
  expect(sent).toHaveLength(1);
});

test('gives up after the last attempt, and says why', async () => {
  const { table, sent } = tableOver(() => cancelled('TransactionConflict', 'TransactionConflict'));
  const failure: unknown = await table.write(pair).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StoreUnavailableError);
  expect(failure).toMatchObject({
    message: expect.stringMatching(/TransactWriteItems failed after 4 attempt/),
    cause: { name: 'TransactionCanceledException' },
  });
  expect(sent).toHaveLength(MAX_ATTEMPTS);
});

test.each([
  ['get', (table: Table) => table.get('jobs', aRow('a'))],
  ['getMany', (table: Table) => table.getMany('jobs', [aRow('a')])],
  ['query', (table: Table) => table.query({ table: 'jobs', partition: 'a', limit: 1 })],
  ['count', (table: Table) => table.count({ table: 'jobs', partition: 'a', limit: 1 })],
  ['write', (table: Table) => table.write([put(aRow('a'))])],
  ['write of several', (table: Table) => table.write(pair)],
  ['insertMany', (table: Table) => table.insertMany('jobs', [aRow('a')])],
] as readonly [string, (table: Table) => Promise<unknown>][])(
  '%s does not repeat what cannot succeed, and keeps the cause',
  async (_name, call) => {
    const { table, sent } = tableOver(() => ({
      error: 'ResourceNotFoundException',
      message: 'no such table',
    }));
    const failure: unknown = await call(table).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnavailableError);
    expect(failure).toMatchObject({
      message: expect.stringContaining('no such table'),
      cause: expect.any(Error),
    });
    expect(sent).toHaveLength(1);
  },
);

test('a write whose first answer was lost recognises its own version', async () => {
  let stored: unknown;
  const { table } = tableOver((request, count) => {
    if (count === 1) {
      stored = request.input['Item'];
      return { error: 'InternalServerError' }; // after it was applied
    }
    return { error: 'ConditionalCheckFailedException', more: { Item: stored } };
  });
  expect(await table.write([put(aRow('a'), 0)])).toEqual({ ok: true });
});

test('a write that finds the version of another writer has failed', async () => {
  const { table } = tableOver(() => ({
    error: 'ConditionalCheckFailedException',
    more: {
      Item: { pk: { S: 'a' }, sk: { S: '#' }, v: { N: '1' }, b: { S: '{}' }, wid: { S: 'of somebody else' } },
    },
  }));
  expect(await table.write([put(aRow('a'), 0)])).toEqual({ ok: false, failed: [0] });
});

test('a single operation costs a plain request, several one transaction', async () => {
  const { table, sent } = tableOver(() => done);
  await table.write([put(aRow('a'), 0)]);
  await table.write([put(aRow('a'))]);
  await table.write([{ kind: 'delete', table: 'queues', key: aRow('a') }]);
  await table.write([{ kind: 'check', table: 'jobs', key: aRow('a'), ifVersion: 0 }]);
  await table.write(pair);
  expect(sent.map(({ operation }) => operation)).toEqual([
    'PutItem',
    'UpdateItem',
    'DeleteItem',
    'GetItem',
    'TransactWriteItems',
  ]);
  expect(sent.map(({ input }) => input['TableName'])).toEqual(['J', 'J', 'Q', 'J', undefined]);
});

/** Answers a BatchGetItem with the first `some` of the keys it asks for. */
function someOf(request: SentRequest, some: number): Answer {
  const { Keys } = (
    request.input['RequestItems'] as { J: { Keys: { pk: { S: string }; sk: { S: string } }[] } }
  ).J;
  const left = Keys.slice(some);
  return {
    output: {
      Responses: { J: Keys.slice(0, some).map((key) => ({ ...key, v: { N: '1' }, b: { S: '{}' } })) },
      UnprocessedKeys: left.length === 0 ? {} : { J: { Keys: left, ConsistentRead: true } },
    },
  };
}

test('keys that a batch left out are asked for again', async () => {
  const { table, sent } = tableOver((request) => someOf(request, 3));
  const keys = Array.from({ length: 20 }, (_, index) => aRow(`row-${index}`));
  const rows = await table.getMany('jobs', keys);
  expect(rows.map((row) => row?.pk)).toEqual(keys.map(({ pk }) => pk));
  expect(sent).toHaveLength(7);
});

test('a batch that never gets anything is given up', async () => {
  const { table, sent } = tableOver((request) => someOf(request, 0));
  await expect(table.getMany('jobs', [aRow('a'), aRow('b')])).rejects.toThrow('2 keys were left unprocessed');
  expect(sent).toHaveLength(MAX_ATTEMPTS);
});

test('an insert that finds its row there leaves it, and a failing one stops the rest', async () => {
  const rows = Array.from({ length: 500 }, (_, index) => aRow(`row-${index}`));
  const there = tableOver(() => ({ error: 'ConditionalCheckFailedException' }));
  await there.table.insertMany('jobs', rows);
  expect(there.sent).toHaveLength(500);
  const failing = tableOver((_request, count) => (count > 100 ? { error: 'AccessDeniedException' } : done));
  await expect(failing.table.insertMany('jobs', rows)).rejects.toThrow(StoreUnavailableError);
  expect(failing.sent.length).toBeLessThan(200);
});

test('a count goes on over pages up to its limit', async () => {
  const { table, sent } = tableOver(() => ({
    output: { Count: 40, LastEvaluatedKey: { pk: { S: 'p' }, sk: { S: 's' } } },
  }));
  expect(await table.count({ table: 'jobs', partition: 'p', limit: 100 })).toBe(120);
  expect(sent.map(({ input }) => [input['Select'], input['Limit']])).toEqual([
    ['COUNT', 100],
    ['COUNT', 60],
    ['COUNT', 20],
  ]);
});
