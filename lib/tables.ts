// The two tables as adapters/dynamodb reads and writes them; test/lib holds this to adapters/dynamodb/create-tables.ts. They have
// fixed names: with `cdk deploy --import-existing-resources` a service takes up the tables that an earlier one left behind.
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

/**
 * Partition and sort attribute of the sparse indexes, which both tables have, and what they hold of a row: every attribute in an
 * index costs a write of it when it changes, so only what a scheduler reads at each pass is there whole.
 */
const INDEXES = [
  ['listing', 'lp', 'ls', { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: ['expires'] }],
  ['work', 'wp', 'ws', { projectionType: ProjectionType.ALL }],
] as const;

export interface TablesProps {
  /** First part of the tables' names: `<prefix>-jobs` and `<prefix>-queues`. */
  readonly prefix: string;
  /** What becomes of the tables when they leave the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** `jobs` has the change stream that everything follows from; `queues` holds queues, environments, definitions and ledgers. */
export class Tables extends Construct {
  readonly jobs: Table;
  readonly queues: Table;

  constructor(scope: Construct, id: string, { prefix, removalPolicy }: TablesProps) {
    super(scope, id);
    const shared = {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expires',
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    } satisfies TableProps;
    this.jobs = new Table(this, 'Jobs', {
      ...shared,
      tableName: `${prefix}-jobs`,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
    });
    this.queues = new Table(this, 'Queues', { ...shared, tableName: `${prefix}-queues` });
    for (const table of [this.jobs, this.queues]) addIndexes(table);
  }
}

function addIndexes(table: Table): void {
  for (const [indexName, partition, sort, projection] of INDEXES) {
    table.addGlobalSecondaryIndex({
      indexName,
      partitionKey: { name: partition, type: AttributeType.STRING },
      sortKey: { name: sort, type: AttributeType.STRING },
      projectionType: projection.projectionType,
      ...('nonKeyAttributes' in projection ? { nonKeyAttributes: [...projection.nonKeyAttributes] } : {}),
    });
  }
}
