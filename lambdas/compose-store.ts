// Storage of the cloud home.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDbTable } from '../adapters/dynamodb/table.ts';
import type { Clock } from '../engine/ports.ts';
import type { Table } from '../engine/table-ports.ts';
import type { JobStore } from '../engine/store/jobs.ts';
import { createJobStore } from '../engine/store/jobs.ts';
import { CLIENT_OPTIONS, watchCalls } from './aws-clients.ts';
import type { ConfigOf } from './config.ts';
import type { Telemetry } from './telemetry.ts';

export const clock: Clock = { now: () => Date.now() };

export interface CloudStore {
  readonly table: Table;
  readonly store: JobStore;
}

export function composeStore(
  config: ConfigOf<'jobsTable' | 'queuesTable' | 'retentionMs'>,
  telemetry: Telemetry,
): CloudStore {
  const client = new DynamoDBClient(CLIENT_OPTIONS);
  watchCalls(client, 'dynamodb', telemetry);
  const names = { jobs: config.jobsTable, queues: config.queuesTable };
  const table = createDynamoDbTable({ client, names, clock });
  return { table, store: createJobStore(table, config.retentionMs) };
}
