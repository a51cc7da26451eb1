// How queues, compute environments, scheduling policies and consumable resources lie in the `queues` table: one row each, its ARN the key, listed
// by Region, account and type; those the scheduler reads are also under one constant partition of the `work` index.
// Key and index layouts are a contract with what is stored; changing one needs a migration.
import type { ResourceType, Scope } from '../../core/ids.ts';
import { parseArn } from '../../core/ids.ts';
import type { IndexQuery, Key, NewRow, Row, Table, WriteOp } from '../table-ports.ts';

export type QueueTableType = Extract<
  ResourceType,
  'job-queue' | 'compute-environment' | 'scheduling-policy' | 'consumable-resource'
>;

/** A record and the version it was read in; a commit names it. */
export interface Stored<R> {
  readonly record: R;
  readonly version: number;
}

export interface RecordPage<R> {
  readonly records: readonly R[];
  readonly next?: string;
}

const RESOURCE = '#';
const SCHEDULABLE: ReadonlySet<QueueTableType> = new Set(['job-queue', 'compute-environment']);
const SCAN_PAGE = 500;

function resourceKey(arn: string): Key {
  return { pk: arn, sk: RESOURCE };
}

function resourceRow(arn: string, type: QueueTableType, record: object): NewRow {
  const parsed = parseArn(arn);
  if (parsed?.type !== type) throw new Error(`${arn} must be the ARN of a ${type}`);
  return {
    ...resourceKey(arn),
    body: record,
    indexes: {
      listing: { partition: listingPartition(parsed, type), sort: parsed.name },
      ...(SCHEDULABLE.has(type) ? { work: { partition: schedulablePartition(type), sort: arn } } : {}),
    },
  };
}

function listingPartition({ region, account }: Scope, type: QueueTableType): string {
  return `${region}#${account}#${type}`;
}

function schedulablePartition(type: QueueTableType): string {
  return `schedulable#${type}`;
}

/** `ifVersion` 0: the resource must be new. */
export function putResource(arn: string, type: QueueTableType, record: object, ifVersion: number): WriteOp {
  return { kind: 'put', table: 'queues', row: resourceRow(arn, type, record), ifVersion };
}

export function deleteResource(arn: string, ifVersion: number): WriteOp {
  return { kind: 'delete', table: 'queues', key: resourceKey(arn), ifVersion };
}

export function checkResource(arn: string, ifVersion: number): WriteOp {
  return { kind: 'check', table: 'queues', key: resourceKey(arn), ifVersion };
}

/** A row written by `resourceRow` holds the record of its type; the table never changes a body. */
function storedOf<R>(row: Row): Stored<R> {
  return { record: row.body as R, version: row.version };
}

/** `R` is the record type of the ARN's resource type: see the store of each. */
export async function getResource<R>(table: Table, arn: string): Promise<Stored<R> | undefined> {
  const row = await table.get('queues', resourceKey(arn));
  return row && storedOf<R>(row);
}

/** The answer has the order of the ARNs; `undefined` where there is no such resource. */
export async function getResources<R>(
  table: Table,
  arns: readonly string[],
): Promise<readonly (Stored<R> | undefined)[]> {
  const rows = await table.getMany('queues', arns.map(resourceKey));
  return rows.map((row) => row && storedOf<R>(row));
}

/** One page of what an account has in a Region, by name. */
export async function listResources<R>(
  table: Table,
  scope: Scope,
  type: QueueTableType,
  page: { readonly limit: number; readonly after?: string },
): Promise<RecordPage<R>> {
  const { rows, next } = await table.query({
    table: 'queues',
    index: 'listing',
    partition: listingPartition(scope, type),
    ...page,
  });
  return { records: rows.map((row) => storedOf<R>(row).record), ...(next === undefined ? {} : { next }) };
}

/** How many there are, counting up to `limit`. */
export async function countResources(
  table: Table,
  scope: Scope,
  type: QueueTableType,
  limit: number,
): Promise<number> {
  return table.count({ table: 'queues', index: 'listing', partition: listingPartition(scope, type), limit });
}

/** All of a type in every Region and account: for the scheduler and for taking up what a crash left. */
export async function everyResource<R>(table: Table, type: QueueTableType): Promise<readonly Stored<R>[]> {
  const found: Stored<R>[] = [];
  const query: IndexQuery = {
    table: 'queues',
    index: 'work',
    partition: schedulablePartition(type),
    limit: SCAN_PAGE,
  };
  let after: string | undefined;
  do {
    const page = await table.query({ ...query, ...(after === undefined ? {} : { after }) });
    found.push(...page.rows.map((row) => storedOf<R>(row)));
    after = page.next;
  } while (after !== undefined);
  return found;
}
