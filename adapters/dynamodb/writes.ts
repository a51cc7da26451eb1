// The port's atomic write. One operation is a plain conditional request, at half the price of a transaction; several are
// one TransactWriteItems. Either may be sent twice, by the SDK or by us, and must then answer as if it had been sent once.
import { randomBytes, randomUUID } from 'node:crypto';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { WriteOp, WriteResult } from '../../engine/table-ports.ts';
import { conditionOf, putItem, unconditionalPut, versionCondition } from './conditions.ts';
import type { DynamoDbParts } from './dynamodb-parts.ts';
import { keyItem } from './item.ts';
import { refusedIndexes, retrying } from './retry.ts';

/** `ops` has passed `assertWritable`. */
export async function writeOps(
  parts: DynamoDbParts,
  ops: readonly WriteOp[],
  nowS: number,
): Promise<WriteResult> {
  const writeId = randomBytes(9).toString('base64url');
  const [only, second] = ops;
  try {
    if (only && !second) await writeOne(parts, only, writeId, nowS);
    else await writeTogether(parts, ops, writeId, nowS);
    return { ok: true };
  } catch (error) {
    if (error instanceof TransactionCanceledException) return { ok: false, failed: refusedIndexes(error) };
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // The first of two sendings did it, only its answer was lost: the second then finds the version it made itself.
    return error.Item?.['wid']?.S === writeId ? { ok: true } : { ok: false, failed: [0] };
  }
}

/** Thrown refusals are ConditionalCheckFailedException. */
async function writeOne(parts: DynamoDbParts, op: WriteOp, writeId: string, nowS: number): Promise<void> {
  const { client, retry } = parts;
  const target = {
    TableName: parts.names[op.table],
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    ...conditionOf(op, nowS),
  };
  switch (op.kind) {
    case 'put': {
      if (op.ifVersion === undefined) {
        const update = new UpdateItemCommand({ ...target, ...unconditionalPut(op.row, writeId) });
        await retrying(retry, 'UpdateItem', () => client.send(update));
        return;
      }
      const put = new PutItemCommand({ ...target, Item: putItem(op.row, op.ifVersion, writeId) });
      await retrying(retry, 'PutItem', () => client.send(put));
      return;
    }
    case 'delete': {
      const remove = new DeleteItemCommand({ ...target, Key: keyItem(op.key) });
      await retrying(retry, 'DeleteItem', () => client.send(remove));
      return;
    }
    case 'check':
      await checkOne(parts, op, nowS);
  }
}

/** A check alone writes nothing, so a consistent read answers it, for an eighth of the price. */
async function checkOne(
  { client, names, retry }: DynamoDbParts,
  op: Extract<WriteOp, { kind: 'check' }>,
  nowS: number,
): Promise<void> {
  const get = new GetItemCommand({ TableName: names[op.table], Key: keyItem(op.key), ConsistentRead: true });
  const { Item: item } = await retrying(retry, 'GetItem', () => client.send(get));
  const expires = item?.['expires']?.N;
  const version = item && !(expires !== undefined && Number(expires) <= nowS) ? Number(item['v']?.N) : 0;
  if (version === op.ifVersion) return;
  throw new ConditionalCheckFailedException({ $metadata: {}, message: `version is ${version}` });
}

/** Thrown refusals are TransactionCanceledException. The token makes DynamoDB answer a repetition as it did the first. */
async function writeTogether(
  { client, names, retry }: DynamoDbParts,
  ops: readonly WriteOp[],
  writeId: string,
  nowS: number,
): Promise<void> {
  const transaction = new TransactWriteItemsCommand({
    ClientRequestToken: randomUUID(),
    TransactItems: ops.map((op) => transactItem(names[op.table], op, writeId, nowS)),
  });
  await retrying(retry, 'TransactWriteItems', () => client.send(transaction));
}

function transactItem(TableName: string, op: WriteOp, writeId: string, nowS: number): TransactWriteItem {
  switch (op.kind) {
    case 'put': {
      if (op.ifVersion === undefined) return { Update: { TableName, ...unconditionalPut(op.row, writeId) } };
      return {
        Put: {
          TableName,
          Item: putItem(op.row, op.ifVersion, writeId),
          ...versionCondition(op.ifVersion, nowS),
        },
      };
    }
    case 'delete':
      return { Delete: { TableName, Key: keyItem(op.key), ...conditionOf(op, nowS) } };
    case 'check':
      return { ConditionCheck: { TableName, Key: keyItem(op.key), ...versionCondition(op.ifVersion, nowS) } };
  }
}
