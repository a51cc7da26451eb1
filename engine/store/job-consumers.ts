// Which jobs need a consumable resource: one row beside the jobs for each, written with the job and changed when it ends.
// An array is one entry, however many children it has.
import { isTerminal } from '../../core/job/job.ts';
import type { Job } from '../../core/job/job.ts';
import type { JobId } from '../../core/ids.ts';
import type { Table, WriteOp } from '../table-ports.ts';
import { ageOrder } from './job-rows.ts';

function consumersPartition(arn: string): string {
  return `consumes#${arn}`;
}

/** Those that have not ended. */
function unfinishedPartition(arn: string): string {
  return `needs#${arn}`;
}

/** What must be written when this job is accepted, and when it ends. */
export function consumerOps(job: Job, retentionMs: number): WriteOp[] {
  const { consumables } = job.spec;
  if (!consumables || job.kind === 'child') return [];
  return consumables.map(({ arn }) => ({
    kind: 'put',
    table: 'jobs',
    row: {
      pk: consumersPartition(arn),
      sk: ageOrder(job),
      body: { jobId: job.jobId },
      ...(isTerminal(job)
        ? { expiresAtS: Math.ceil((job.stoppedAtMs + retentionMs) / 1000) }
        : { indexes: { work: { partition: unfinishedPartition(arn), sort: job.jobId } } }),
    },
  }));
}

export async function isNeeded(table: Table, arn: string): Promise<boolean> {
  const partition = unfinishedPartition(arn);
  return (await table.count({ table: 'jobs', index: 'work', partition, limit: 1 })) > 0;
}

/** The jobs that need or needed a resource, newest first. */
export async function listConsumers(
  table: Table,
  arn: string,
  page: { readonly limit: number; readonly after?: string },
): Promise<{ readonly entries: readonly { jobId: JobId; place: string }[]; readonly next?: string }> {
  const { rows, next } = await table.query({
    table: 'jobs',
    partition: consumersPartition(arn),
    descending: true,
    ...page,
  });
  const entries = rows.map((row) => ({
    jobId: (row.body as { jobId: JobId }).jobId, // written by consumerOps only
    place: row.sk,
  }));
  return { entries, ...(next === undefined ? {} : { next }) };
}
