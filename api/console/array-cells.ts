// The states of all children of an array in one string, for the heat map. The most frequent state is counted and not read, so
// an array that has ended, or has yet to start, costs a few counts.
import { ClientException } from '../errors.ts';
import { parseJobId } from '../../core/ids.ts';
import type { Job, JobStatus } from '../../core/job/job.ts';
import { JOB_STATUSES } from '../../core/job/job.ts';
import { listingPartition } from '../../engine/store/job-rows.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { nextTurn } from './walk-jobs.ts';
import type { Cells } from './wire.ts';
import { CELL_LETTERS } from './wire.ts';

/** Whoever follows the changes from before this call on ends up where the children are. */
export async function readCells(store: JobStore, parent: Job): Promise<Cells> {
  const size = parent.spec.arraySize;
  if (parent.kind !== 'array' || size === undefined) {
    throw new ClientException(`Job ${parent.jobId} is no array.`);
  }
  const counts = await Promise.all(JOB_STATUSES.map((status) => countChildren(store, parent, status, size)));
  const written = counts.reduce((sum, count) => sum + count, 0);
  // A child that is not written yet is on its way, unless its parent ended before.
  const unwritten = size - written;
  const most = Math.max(unwritten, ...counts);
  const background = most === unwritten ? 'SUBMITTED' : (JOB_STATUSES[counts.indexOf(most)] ?? 'SUBMITTED');
  const cells = Array.from({ length: size }, () => CELL_LETTERS[background]);
  for (const [place, status] of JOB_STATUSES.entries()) {
    if (status === background || counts[place] === 0) continue;
    for await (const index of indexesIn(store, parent, status)) cells[index] = CELL_LETTERS[status];
  }
  return { size, cells: cells.join('') };
}

function childrenIn(parent: Job, status: JobStatus) {
  return { table: 'jobs', index: 'listing', partition: listingPartition(parent.jobId, status) } as const;
}

async function countChildren(store: JobStore, parent: Job, status: JobStatus, size: number): Promise<number> {
  return store.table.count({ ...childrenIn(parent, status), limit: size });
}

async function* indexesIn(store: JobStore, parent: Job, status: JobStatus): AsyncGenerator<number> {
  let after: string | undefined;
  do {
    const page = await store.table.query({
      ...childrenIn(parent, status),
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    for (const { pk } of page.rows) {
      const parsed = parseJobId(pk);
      if (parsed?.kind === 'child') yield parsed.index;
    }
    after = page.next;
    await nextTurn();
  } while (after !== undefined);
}
