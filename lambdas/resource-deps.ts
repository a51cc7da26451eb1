// What the operations on queues, environments and consumable resources need in the cloud home: changes are done by executions,
// and who may be placed anew is told through the scheduler's queue.
import type { ComputeEnvironmentArn, EpochMs } from '../core/ids.ts';
import type { Log } from '../api/errors.ts';
import type { ConsumableDeps } from '../engine/consumable-resources.ts';
import { createApplyEnvironment } from '../engine/environment-steps.ts';
import type { EnvironmentDeps } from '../engine/environments.ts';
import type { Clock, Ids, Workflows } from '../engine/ports.ts';
import type { QueueDeps } from '../engine/queues.ts';
import { forgetShares } from '../engine/shares.ts';
import { stopQueue } from '../engine/stop.ts';
import type { JobStore } from '../engine/store/jobs.ts';
import { Ledgers } from '../engine/store/ledger.ts';
import type { DomainWaker } from './wake-domains.ts';

export type ResourceDeps = ConsumableDeps & EnvironmentDeps & QueueDeps;

export interface ResourceDepsOptions {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly workflows: Pick<Workflows, 'ensure'>;
  readonly waker: Pick<DomainWaker, 'reconsider'>;
  readonly log: Log;
}

/** How long one call may stop the jobs of a queue that is being deleted; the reconciler goes on with it. */
const STOPPING_MS = 5_000;

export function createResourceDeps(options: ResourceDepsOptions): ResourceDeps {
  const { store, clock, ids, workflows, waker, log } = options;
  const { table } = store;
  return {
    table,
    ids,
    applyEnvironment: createApplyEnvironment(workflows),
    hasActiveJobs: async (arn: ComputeEnvironmentArn) =>
      (await Ledgers.load(table, [arn])).entry(arn).placements > 0,
    onQueueDeleting: async (queueArn) => {
      const untilMs: EpochMs = clock.now() + STOPPING_MS;
      const outcome = await stopQueue({ store, clock, hasTime: () => clock.now() < untilMs }, queueArn);
      if (outcome === 'done') await forgetShares(table, queueArn);
      return outcome;
    },
    onSettled: (arn: string) => waker.reconsider(arn),
    // The reconciler takes up, within a minute, whatever the rows say is still to be done.
    onChangeFailed: (arn: string, error: unknown) => log('change.failed', { arn, error: String(error) }),
  };
}
