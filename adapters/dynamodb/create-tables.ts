// The physical tables as the adapter expects them, for tests and for whoever brings an own DynamoDB. A deployed Slipway has
// them from its stack.
import type { CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateTableCommand, UpdateTimeToLiveCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { INDEX_NAMES } from '../../engine/table-rules.ts';
import { INDEX_ATTRIBUTES } from './item.ts';
import type { TableNames } from './dynamodb-parts.ts';

const MAX_WAIT_SECONDS = 120;

/** Resolves when both tables are active. On demand; expiry by the attribute `expires`; the jobs table has the change stream. */
export async function createTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  await client.send(new CreateTableCommand({ ...tableInput(names.queues) }));
  await client.send(
    new CreateTableCommand({
      ...tableInput(names.jobs),
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  for (const TableName of [names.jobs, names.queues]) {
    await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: MAX_WAIT_SECONDS }, { TableName });
    const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  }
}

/**
 * The indexes carry whole rows: a page is then one request, and costs less to read than keys followed by rows, at the price
 * of one more small write for each index a row is in.
 */
function tableInput(tableName: string): CreateTableCommandInput {
  const indexes = INDEX_NAMES.map((name) => ({ name, attributes: INDEX_ATTRIBUTES[name] }));
  const attributes = ['pk', 'sk', ...indexes.flatMap((index) => index.attributes)];
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: attributes.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: keySchema('pk', 'sk'),
    GlobalSecondaryIndexes: indexes.map(({ name, attributes: [partition, sort] }) => ({
      IndexName: name,
      KeySchema: keySchema(partition, sort),
      Projection: { ProjectionType: 'ALL' },
    })),
  };
}

function keySchema(partition: string, sort: string): CreateTableCommandInput['KeySchema'] {
  return [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' },
  ];
}
