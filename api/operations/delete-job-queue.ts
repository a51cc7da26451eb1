// DeleteJobQueue: the queue shows DELETING until its jobs have ended, then it is not shown any more.
import type { QueueArn } from '../../core/ids.ts';
import { deleteQueue, type QueueDeps } from '../../engine/queues.ts';
import type { Operation } from '../operation.ts';
import { readReference, assertNoProblems } from './resource-references.ts';

export const deleteJobQueue: Operation<'DeleteJobQueue', QueueDeps> = {
  name: 'DeleteJobQueue',
  async handle({ deps, scope }, { jobQueue }) {
    // The ARN's type is checked where it is read.
    const arn = readReference(scope, 'job-queue', 'jobQueue', jobQueue) as QueueArn;
    assertNoProblems(await deleteQueue(deps, arn));
    return {};
  },
};
