// What the DynamoDB table is made of.
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../engine/ports.ts';
import type { TableName } from '../../engine/table-ports.ts';
import type { RetryPolicy } from '../aws/back-off.ts';

/** The physical table of each of ours. */
export type TableNames = Readonly<Record<TableName, string>>;

export interface DynamoDbParts {
  /** Stays the caller's: closing the table does not destroy it. */
  readonly client: DynamoDBClient;
  readonly names: TableNames;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
}
