// The physical tables as the adapter expects them, for tests and for whoever brings an own DynamoDB. A deployed Slipway has
// them from its stack.
import type { CreateTableCommandInput, DynamoDBClient, Projection } from '@aws-sdk/client-dynamodb';
import { CreateTableCommand, UpdateTimeToLiveCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { IndexName } from '../../engine/table-ports.ts';
import { INDEX_NAMES } from '../../engine/table-rules.ts';
import { INDEX_ATTRIBUTES, INDEX_PROJECTIONS } from './item.ts';
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
      Projection: projectionOf(name),
    })),
  };
}

function projectionOf(index: IndexName): Projection {
  const projection: readonly string[] | 'whole rows' = INDEX_PROJECTIONS[index];
  if (projection === 'whole rows') return { ProjectionType: 'ALL' };
  if (projection.length === 0) return { ProjectionType: 'KEYS_ONLY' };
  return { ProjectionType: 'INCLUDE', NonKeyAttributes: [...projection] };
}

function keySchema(partition: string, sort: string): CreateTableCommandInput['KeySchema'] {
  return [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' },
  ];
}
