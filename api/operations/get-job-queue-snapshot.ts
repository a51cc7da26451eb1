// GetJobQueueSnapshot: the front of a queue in dispatch order, and the vCPUs that its jobs hold.
import { frontOfLine, vcpusInUse } from '../../engine/queue-snapshot.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { ClientException } from '../errors.ts';
import type { Operation } from '../operation.ts';
import { findQueue } from './find-queue.ts';

const FRONT = 100;

export const getJobQueueSnapshot: Operation<'GetJobQueueSnapshot', { readonly store: JobStore }> = {
  name: 'GetJobQueueSnapshot',
  async handle({ deps, scope, atMs }, { jobQueue }) {
    const { store } = deps;
    const queue = await findQueue(store.table, scope, jobQueue);
    if (!queue) throw new ClientException(`JobQueue ${jobQueue} not found.`);
    const [front, vcpus] = await Promise.all([
      frontOfLine(store, queue.queueArn, FRONT),
      vcpusInUse(store.table, queue.queueArn),
    ]);
    return {
      frontOfQueue: {
        jobs: front.map(({ jobArn, sinceMs }) => ({ jobArn, earliestTimeAtPosition: sinceMs })),
        lastUpdatedAt: atMs,
      },
      queueUtilization: {
        totalCapacityUsage: [{ capacityUnit: 'VCPU', quantity: vcpus }],
        lastUpdatedAt: atMs,
      },
    };
  },
};
