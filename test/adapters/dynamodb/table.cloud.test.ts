import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTables } from '../../../adapters/dynamodb/create-tables.ts';
import type { StreamRecord } from '../../../adapters/dynamodb/stream-record.ts';
import { changeOfStreamRecord } from '../../../adapters/dynamodb/stream-record.ts';
import { createDynamoDbTable } from '../../../adapters/dynamodb/table.ts';
import type { TableNames } from '../../../adapters/dynamodb/dynamodb-parts.ts';
import type { Table } from '../../../engine/table-ports.ts';
import type { TestClock } from '../../contracts/table-contract.ts';
import { aRow, describeTable, put, testClock } from '../../contracts/table-contract.ts';
import type { DynamoDbLocal } from './dynamodb-local.ts';
import { startDynamoDbLocal } from './dynamodb-local.ts';

let local: DynamoDbLocal;
beforeAll(async () => {
  local = await startDynamoDbLocal();
});
afterAll(() => local.stop());

async function open(): Promise<{ clock: TestClock; table: Table; names: TableNames }> {
  const clock = testClock();
  const id = randomUUID();
  const names: TableNames = { jobs: `jobs-${id}`, queues: `queues-${id}` };
  await createTables(local.client, names);
  return { clock, names, table: createDynamoDbTable({ client: local.client, names, clock }) };
}

describeTable('the DynamoDB table', open);

/** A call of the streams API, whose client is not among our dependencies. DynamoDB Local wants a signature, not a right one. */
async function streams(action: string, input: object): Promise<Record<string, unknown>> {
  const answer = await fetch(local.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDBStreams_20120810.${action}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00',
    },
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${action}: ${answer.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>; // the service answers with JSON objects
}

async function recordsOf(tableName: string): Promise<StreamRecord[]> {
  const {
    Streams: [stream],
  } = (await streams('ListStreams', { TableName: tableName })) as {
    Streams: { StreamArn: string }[];
  };
  const StreamArn = stream!.StreamArn;
  const { StreamDescription } = (await streams('DescribeStream', { StreamArn })) as {
    StreamDescription: { Shards: { ShardId: string }[] };
  };
  const records: StreamRecord[] = [];
  for (const { ShardId } of StreamDescription.Shards) {
    const { ShardIterator } = await streams('GetShardIterator', {
      StreamArn,
      ShardId,
      ShardIteratorType: 'TRIM_HORIZON',
    });
    const page = (await streams('GetRecords', { ShardIterator })) as { Records: StreamRecord[] };
    records.push(...page.Records);
  }
  return records;
}

describe('the stream of the jobs table', () => {
  test('its records are changes with the row before and after, in order', async () => {
    const { table, names } = await open();
    const first = aRow('a', { indexes: { work: { partition: 'p', sort: '1' } }, body: { n: 'ä😀' } });
    const second = aRow('a', { body: { n: 2 }, expiresAtS: 4_000_000_000 });
    await table.write([put(first, 0)]);
    await table.write([put(second)]);
    await table.write([{ kind: 'delete', table: 'jobs', key: first }]);
    const changes = (await recordsOf(names.jobs)).map((record) => changeOfStreamRecord(record, 'shard-1'));
    const [v1, v2] = [
      { ...first, version: 1 },
      { ...second, indexes: {}, version: 2 },
    ];
    expect(changes.map(({ seq: _seq, ...change }) => change)).toEqual([
      { stream: 'shard-1', after: v1 },
      { stream: 'shard-1', before: v1, after: v2 },
      { stream: 'shard-1', before: v2 },
    ]);
    const seqs = changes.map((change) => change.seq);
    expect([...new Set(seqs)].sort()).toEqual(seqs);
  });
});
