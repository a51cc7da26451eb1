// The port's conditions as DynamoDB expressions. DynamoDB deletes expired items days late, so each condition says itself
// that an expired row counts as absent.
import type { NewRow, WriteOp } from '../../engine/table-ports.ts';
import { INDEX_NAMES } from '../../engine/table-rules.ts';
import type { WritableItem } from './item.ts';
import { attributesOf, INDEX_ATTRIBUTES, keyItem } from './item.ts';

export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeValues: WritableItem;
}

const ABSENT = 'attribute_not_exists(pk) OR expires <= :now';
const NOT_EXPIRED = '(attribute_not_exists(expires) OR expires > :now)';

/** `undefined` for an unconditional put. */
export function conditionOf(op: WriteOp, nowS: number): Condition | undefined {
  if (op.ifVersion !== undefined) return versionCondition(op.ifVersion, nowS);
  if (op.kind === 'put') return undefined;
  return {
    ConditionExpression: `attribute_exists(pk) AND ${NOT_EXPIRED}`,
    ExpressionAttributeValues: { ':now': { N: String(nowS) } },
  };
}

/** 0: there must be no row. */
export function versionCondition(ifVersion: number, nowS: number): Condition {
  const now = { ':now': { N: String(nowS) } };
  if (ifVersion === 0) return { ConditionExpression: ABSENT, ExpressionAttributeValues: now };
  return {
    ConditionExpression: `v = :version AND ${NOT_EXPIRED}`,
    ExpressionAttributeValues: { ...now, ':version': { N: String(ifVersion) } },
  };
}

export interface UnconditionalPut {
  readonly Key: WritableItem;
  readonly UpdateExpression: string;
  readonly ExpressionAttributeValues: WritableItem;
}

/** An unconditional put as an update, because only DynamoDB knows the version it follows. */
export function unconditionalPut(row: NewRow, writeId: string): UnconditionalPut {
  const attributes = attributesOf(row, writeId);
  const mayBeAbsent = [...INDEX_NAMES.flatMap((name) => INDEX_ATTRIBUTES[name]), 'expires'];
  const removed = mayBeAbsent.filter((name) => attributes[name] === undefined);
  const sets = Object.keys(attributes).map((name) => `${name} = :${name}`);
  const values = Object.entries(attributes).map(([name, value]) => [`:${name}`, value] as const);
  return {
    Key: keyItem(row),
    UpdateExpression:
      `SET v = if_not_exists(v, :zero) + :one, ${sets.join(', ')}` +
      (removed.length === 0 ? '' : ` REMOVE ${removed.join(', ')}`),
    ExpressionAttributeValues: { ...Object.fromEntries(values), ':zero': { N: '0' }, ':one': { N: '1' } },
  };
}

/** A put that follows the version its condition names. */
export function putItem(row: NewRow, ifVersion: number, writeId: string): WritableItem {
  return { ...keyItem(row), v: { N: String(ifVersion + 1) }, ...attributesOf(row, writeId) };
}
