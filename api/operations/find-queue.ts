// The queue that a caller names, by name or ARN, in the caller's own Region and account.
import type { QueueArn, Scope } from '../../core/ids.ts';
import { arnOf } from '../../core/ids.ts';
import type { JobQueue } from '../../core/queue/job-queue.ts';
import { arnProblems } from '../../core/resource.ts';
import type { Table } from '../../engine/table-ports.ts';
import { getQueue } from '../../engine/store/queues.ts';
import { ClientException } from '../errors.ts';

/** `undefined` when there is no such queue here. An ARN of another Region or account is the caller's mistake. */
export async function findQueue(
  table: Table,
  scope: Scope,
  nameOrArn: string,
): Promise<JobQueue | undefined> {
  const isArn = nameOrArn.startsWith('arn:');
  const [foreign] = isArn ? arnProblems(scope, 'job-queue', 'jobQueue', nameOrArn) : [];
  if (foreign) throw new ClientException(foreign.message);
  const arn = (isArn ? nameOrArn : arnOf(scope, 'job-queue', nameOrArn)) as QueueArn; // either way a queue's ARN
  return (await getQueue(table, arn))?.record.queue;
}
