// DescribeJobQueues: those asked for, in that order and without the unknown ones; or all, page by page, by name.
import type { QueueArn } from '../../core/ids.ts';
import type { JobQueue } from '../../core/queue/job-queue.ts';
import type { Table } from '../../engine/table-ports.ts';
import { getQueues, listQueues } from '../../engine/store/queues.ts';
import type { Operation, OutputOf } from '../operation.ts';
import { readPage } from '../paging.ts';
import { readReferences } from './resource-references.ts';

type Detail = NonNullable<OutputOf<'DescribeJobQueues'>['jobQueues']>[number];

export const describeJobQueues: Operation<'DescribeJobQueues', { readonly table: Table }> = {
  name: 'DescribeJobQueues',
  async handle({ deps, scope }, input) {
    const { jobQueues: asked = [] } = input;
    if (asked.length > 0) {
      const arns = readReferences(scope, 'job-queue', 'jobQueues', asked);
      // The ARNs' types were just checked.
      const found = await getQueues(deps.table, arns as readonly QueueArn[]);
      return { jobQueues: found.flatMap((stored) => (stored ? [detail(stored.record.queue)] : [])) };
    }
    const page = readPage('DescribeJobQueues', scope, { ...input });
    const { records, next } = await listQueues(deps.table, scope, page);
    return { jobQueues: records.map(({ queue }) => detail(queue)), ...page.tokenFor(next) };
  },
};

function detail({ queueArn, name, statusReason, ...members }: JobQueue): Detail {
  return {
    jobQueueName: name,
    jobQueueArn: queueArn,
    ...members,
    ...(statusReason === '' ? {} : { statusReason }),
  };
}
