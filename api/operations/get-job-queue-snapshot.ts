// GetJobQueueSnapshot: the front of a queue in dispatch order, and the vCPUs that its jobs hold.
import type { EpochMs, QueueArn } from '../../core/ids.ts';
import type { FrontEntry } from '../../engine/queue-snapshot.ts';
import { fairSnapshot, frontOfLine, vcpusInUse } from '../../engine/queue-snapshot.ts';
import { getPolicy } from '../../engine/store/scheduling-policies.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { ClientException } from '../errors.ts';
import type { Operation, OutputOf } from '../operation.ts';
import { findQueue } from './find-queue.ts';

const FRONT = 100;
const TOP_SHARES = 20;

export const getJobQueueSnapshot: Operation<'GetJobQueueSnapshot', { readonly store: JobStore }> = {
  name: 'GetJobQueueSnapshot',
  async handle({ deps, scope, atMs }, { jobQueue }) {
    const { store } = deps;
    const queue = await findQueue(store.table, scope, jobQueue);
    if (!queue) throw new ClientException(`JobQueue ${jobQueue} not found.`);
    const { front, queueUtilization } = queue.schedulingPolicyArn
      ? await ofFairQueue(store, queue.queueArn, queue.schedulingPolicyArn, atMs)
      : await ofFifoQueue(store, queue.queueArn);
    return {
      frontOfQueue: {
        jobs: front.map(({ jobArn, sinceMs }) => ({ jobArn, earliestTimeAtPosition: sinceMs })),
        lastUpdatedAt: atMs,
      },
      queueUtilization: { ...queueUtilization, lastUpdatedAt: atMs },
    };
  },
};

interface Snapshot {
  readonly front: readonly FrontEntry[];
  readonly queueUtilization: NonNullable<OutputOf<'GetJobQueueSnapshot'>['queueUtilization']>;
}

async function ofFifoQueue(store: JobStore, queueArn: QueueArn): Promise<Snapshot> {
  const [front, vcpus] = await Promise.all([
    frontOfLine(store, queueArn, FRONT),
    vcpusInUse(store.table, queueArn),
  ]);
  return { front, queueUtilization: { totalCapacityUsage: usage(vcpus) } };
}

async function ofFairQueue(
  store: JobStore,
  queueArn: QueueArn,
  policyArn: string,
  atMs: EpochMs,
): Promise<Snapshot> {
  const stored = await getPolicy(store.table, policyArn);
  const policy = stored?.record.policy.fairsharePolicy ?? {};
  const { front, activeShares, shares } = await fairSnapshot(store, queueArn, policy, FRONT, atMs);
  const total = shares.reduce((sum, { vcpus }) => sum + vcpus, 0);
  return {
    front,
    queueUtilization: {
      totalCapacityUsage: usage(total),
      fairshareUtilization: {
        activeShareCount: activeShares,
        topCapacityUtilization: shares.slice(0, TOP_SHARES).map(({ shareIdentifier, vcpus }) => ({
          shareIdentifier,
          capacityUsage: usage(vcpus),
        })),
      },
    },
  };
}

function usage(vcpus: number): { capacityUnit: string; quantity: number }[] {
  return [{ capacityUnit: 'VCPU', quantity: vcpus }];
}
