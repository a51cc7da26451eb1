// Job queues as rows. A queue and the references to what it uses are one atomic write: a compute environment or policy
// that a queue names always knows it, whichever of two racing calls comes first.
import type { QueueArn, Scope } from '../../core/ids.ts';
import type { ComputeEnvironment } from '../../core/placement/compute-environment.ts';
import type { JobQueue } from '../../core/queue/job-queue.ts';
import type { Table, WriteOp } from '../table-ports.ts';
import { everyEnvironment, putEnvironment } from './compute-environments.ts';
import type { StoredEnvironment } from './compute-environments.ts';
import {
  checkResource,
  countResources,
  deleteResource,
  everyResource,
  getResource,
  getResources,
  listResources,
  putResource,
} from './resource-rows.ts';
import type { RecordPage, Stored } from './resource-rows.ts';
import { putPolicy } from './scheduling-policies.ts';
import type { StoredPolicy } from './scheduling-policies.ts';

const TYPE = 'job-queue';

export interface QueueRecord {
  readonly queue: JobQueue;
}

export type StoredQueue = Stored<QueueRecord>;

/** What a queue uses before and after a commit, as it was read: all of it, so that no reference is left behind. */
export interface QueueReferences {
  readonly environments: readonly StoredEnvironment[];
  readonly policies: readonly StoredPolicy[];
}

const NO_REFERENCES: QueueReferences = { environments: [], policies: [] };

export async function getQueue(table: Table, arn: QueueArn): Promise<StoredQueue | undefined> {
  return getResource<QueueRecord>(table, arn);
}

/** The answer has the order of the ARNs; `undefined` where there is no such queue. */
export async function getQueues(
  table: Table,
  arns: readonly QueueArn[],
): Promise<readonly (StoredQueue | undefined)[]> {
  return getResources<QueueRecord>(table, arns);
}

export async function listQueues(
  table: Table,
  scope: Scope,
  page: { readonly limit: number; readonly after?: string },
): Promise<RecordPage<QueueRecord>> {
  return listResources<QueueRecord>(table, scope, TYPE, page);
}

export async function countQueues(table: Table, scope: Scope, limit: number): Promise<number> {
  return countResources(table, scope, TYPE, limit);
}

export async function everyQueue(table: Table): Promise<readonly StoredQueue[]> {
  return everyResource<QueueRecord>(table, TYPE);
}

/** All queues and compute environments of all Regions: what one scheduling pass may look at. */
export async function listSchedulable(table: Table): Promise<{
  readonly queues: readonly JobQueue[];
  readonly environments: readonly ComputeEnvironment[];
}> {
  const [queues, environments] = await Promise.all([everyQueue(table), everyEnvironment(table)]);
  return {
    queues: queues.map(({ record }) => record.queue),
    environments: environments.map(({ record }) => record.environment),
  };
}

/**
 * The atomic write of a queue's next state. `version` 0: it must be new. Everything in `references` must still be as it
 * was read, also where the reference itself stays, because the rules looked at it.
 */
export function commitQueueOps(
  after: JobQueue,
  version: number,
  references: QueueReferences = NO_REFERENCES,
): readonly WriteOp[] {
  const used = new Set<string>(after.computeEnvironmentOrder.map((place) => place.computeEnvironment));
  return [
    putResource(after.queueArn, TYPE, { queue: after } satisfies QueueRecord, version),
    ...references.environments.map((stored) =>
      environmentReference(stored, after.queueArn, used.has(stored.record.environment.ceArn)),
    ),
    ...references.policies.map((stored) =>
      policyReference(stored, after.queueArn, stored.record.policy.arn === after.schedulingPolicyArn),
    ),
  ];
}

/** The atomic write that ends a queue and every reference to it. */
export function removeQueueOps(stored: StoredQueue, references: QueueReferences): readonly WriteOp[] {
  const { queueArn } = stored.record.queue;
  return [
    deleteResource(queueArn, stored.version),
    ...references.environments.map((used) => environmentReference(used, queueArn, false)),
    ...references.policies.map((used) => policyReference(used, queueArn, false)),
  ];
}

function environmentReference(stored: StoredEnvironment, queueArn: QueueArn, isUsed: boolean): WriteOp {
  const { record, version } = stored;
  const usedBy = referenced(record.usedBy, queueArn, isUsed);
  if (usedBy === undefined) return checkResource(record.environment.ceArn, version);
  return putEnvironment({ ...record, usedBy }, version);
}

function policyReference(stored: StoredPolicy, queueArn: QueueArn, isUsed: boolean): WriteOp {
  const { record, version } = stored;
  const usedBy = referenced(record.usedBy, queueArn, isUsed);
  if (usedBy === undefined) return checkResource(record.policy.arn, version);
  return putPolicy({ ...record, usedBy }, version);
}

/** The users with or without this queue; `undefined` when they are so already. */
function referenced(
  usedBy: readonly QueueArn[],
  queueArn: QueueArn,
  isUsed: boolean,
): readonly QueueArn[] | undefined {
  if (usedBy.includes(queueArn) === isUsed) return undefined;
  return isUsed ? [...usedBy, queueArn] : usedBy.filter((arn) => arn !== queueArn);
}
