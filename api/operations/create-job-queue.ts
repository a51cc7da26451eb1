// CreateJobQueue: compute environments may be given by name or ARN; ARNs are what is stored and shown.
import { createQueue, type QueueDeps } from '../../engine/queues.ts';
import type { Operation } from '../operation.ts';
import { acceptedQueue, withArns } from './update-job-queue.ts';

export const createJobQueue: Operation<'CreateJobQueue', QueueDeps> = {
  name: 'CreateJobQueue',
  async handle({ deps, scope }, input) {
    return acceptedQueue(await createQueue(deps, scope, withArns(scope, input)));
  },
};
