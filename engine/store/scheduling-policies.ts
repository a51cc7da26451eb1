// Scheduling policies as rows. A record also knows which queues use the policy, written together with those queues.
import type { QueueArn, Scope } from '../../core/ids.ts';
import type { SchedulingPolicy } from '../../core/queue/scheduling-policy.ts';
import type { Table, WriteOp } from '../table-ports.ts';
import { deleteResource, getResource, getResources, listResources, putResource } from './resource-rows.ts';
import type { RecordPage, Stored } from './resource-rows.ts';

const TYPE = 'scheduling-policy';

export interface PolicyRecord {
  readonly policy: SchedulingPolicy;
  readonly usedBy: readonly QueueArn[];
}

export type StoredPolicy = Stored<PolicyRecord>;

export async function getPolicy(table: Table, arn: string): Promise<StoredPolicy | undefined> {
  return getResource<PolicyRecord>(table, arn);
}

/** The answer has the order of the ARNs; `undefined` where there is no such policy. */
export async function getPolicies(
  table: Table,
  arns: readonly string[],
): Promise<readonly (StoredPolicy | undefined)[]> {
  return getResources<PolicyRecord>(table, arns);
}

export async function listPolicies(
  table: Table,
  scope: Scope,
  page: { readonly limit: number; readonly after?: string },
): Promise<RecordPage<PolicyRecord>> {
  return listResources<PolicyRecord>(table, scope, TYPE, page);
}

/** `ifVersion` 0: the policy must be new. */
export function putPolicy(record: PolicyRecord, ifVersion: number): WriteOp {
  return putResource(record.policy.arn, TYPE, record, ifVersion);
}

export function removePolicy({ record, version }: StoredPolicy): WriteOp {
  return deleteResource(record.policy.arn, version);
}
