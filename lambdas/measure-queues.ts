// How long the queues are and how old what waits in them is: read once a minute.
import type { EpochMs } from '../core/ids.ts';
import { nameOf } from '../core/ids.ts';
import { listingPartition, runnablePartition } from '../engine/store/job-rows.ts';
import type { JobStore } from '../engine/store/jobs.ts';
import { listByStatus } from '../engine/store/jobs.ts';
import { queueHeads } from '../engine/store/lines.ts';
import { everyQueue } from '../engine/store/queues.ts';
import type { Telemetry } from './telemetry.ts';

/** A longer queue is told as this long: counting costs a read of what is counted. */
export const MAX_COUNTED = 10_000;

const STATES = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] as const;

export async function measureQueues(
  { store, nowMs }: { readonly store: JobStore; readonly nowMs: () => EpochMs },
  { measure }: Pick<Telemetry, 'measure'>,
): Promise<void> {
  for (const { record } of await everyQueue(store.table)) {
    const { queueArn } = record.queue;
    const queue = nameOf(queueArn);
    const inLine = { table: 'jobs', index: 'work', partition: runnablePartition(queueArn) } as const;
    // A fair-share queue has a line for each share; there its RUNNABLE jobs are counted in the listing.
    const isShared = record.queue.schedulingPolicyArn !== undefined;
    for (const state of STATES) {
      const partition = listingPartition(queueArn, state);
      const counted = await store.table.count({
        table: 'jobs',
        index: 'listing',
        partition,
        limit: MAX_COUNTED,
      });
      measure('queueDepthByState', counted, queue, state);
      if (state !== 'RUNNABLE') continue;
      // The children of arrays stand in line, and not among the queue's own jobs.
      measure(
        'queueDepth',
        isShared ? counted : await store.table.count({ ...inLine, limit: MAX_COUNTED }),
        queue,
      );
    }
    const [head] = isShared
      ? (await listByStatus(store, queueArn, 'RUNNABLE', { limit: 1 })).jobs
      : await queueHeads(store, queueArn, 1);
    const since = head?.job.status === 'RUNNABLE' ? head.job.runnableAtMs : undefined;
    measure('oldestWaitingSeconds', since === undefined ? 0 : Math.max(0, (nowMs() - since) / 1000), queue);
  }
}
