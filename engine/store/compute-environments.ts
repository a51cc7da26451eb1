// Compute environments as rows. A record also knows which queues use the environment and which change is under way: both
// are written in the same atomic write as what causes them, so neither can be missed by a reader.
import type { ComputeEnvironmentArn, QueueArn, Scope } from '../../core/ids.ts';
import type { ComputeEnvironment } from '../../core/placement/compute-environment.ts';
import type { EnvironmentChange } from '../../core/placement/compute-environment-change.ts';
import type { Table, WriteOp } from '../table-ports.ts';
import {
  countResources,
  deleteResource,
  everyResource,
  getResource,
  getResources,
  listResources,
  putResource,
} from './resource-rows.ts';
import type { RecordPage, Stored } from './resource-rows.ts';

const TYPE = 'compute-environment';

export interface EnvironmentRecord {
  readonly environment: ComputeEnvironment;
  readonly usedBy: readonly QueueArn[];
  /** Present exactly while the status is CREATING, UPDATING or DELETING. */
  readonly underWay?: ChangeUnderWay;
}

/** The id tells two changes of one kind apart: an outcome that comes late must not end a later change. */
export interface ChangeUnderWay {
  readonly changeId: string;
  readonly change: EnvironmentChange;
}

export type StoredEnvironment = Stored<EnvironmentRecord>;

export async function getEnvironment(
  table: Table,
  arn: ComputeEnvironmentArn,
): Promise<StoredEnvironment | undefined> {
  return getResource<EnvironmentRecord>(table, arn);
}

/** The answer has the order of the ARNs; `undefined` where there is no such environment. */
export async function getEnvironments(
  table: Table,
  arns: readonly ComputeEnvironmentArn[],
): Promise<readonly (StoredEnvironment | undefined)[]> {
  return getResources<EnvironmentRecord>(table, arns);
}

export async function listEnvironments(
  table: Table,
  scope: Scope,
  page: { readonly limit: number; readonly after?: string },
): Promise<RecordPage<EnvironmentRecord>> {
  return listResources<EnvironmentRecord>(table, scope, TYPE, page);
}

export async function countEnvironments(table: Table, scope: Scope, limit: number): Promise<number> {
  return countResources(table, scope, TYPE, limit);
}

export async function everyEnvironment(table: Table): Promise<readonly StoredEnvironment[]> {
  return everyResource<EnvironmentRecord>(table, TYPE);
}

/** `ifVersion` 0: the environment must be new. */
export function putEnvironment(record: EnvironmentRecord, ifVersion: number): WriteOp {
  return putResource(record.environment.ceArn, TYPE, record, ifVersion);
}

export function removeEnvironment({ record, version }: StoredEnvironment): WriteOp {
  return deleteResource(record.environment.ceArn, version);
}
