// `GET /_slipway/overview`: queues, compute environments and the jobs of a Region that run or wait, at a glance; for `slipway
// top`. Signed, authorised and recorded like any call; its action is `batch:GetOverview`, asked for as core/access/actions.ts says.
import type { Scope } from '../core/ids.ts';
import type { Overview } from '../engine/overview-answer.ts';
import type { JobStore } from '../engine/store/jobs.ts';
import type { SideEndpoint } from './endpoints.ts';

export interface OverviewEndpointDeps {
  readonly store: JobStore;
  readonly read: (scope: Scope) => Promise<Overview>;
  /** What happened lately, where a home keeps count. */
  readonly history?: (region: string) => object;
}

const MAX_QUEUES = 1_000;

export function createOverviewEndpoint({ store, read, history }: OverviewEndpointDeps): SideEndpoint {
  return {
    method: 'GET',
    path: /^\/_slipway\/overview$/,
    service: 'batch',
    operation: 'GetOverview',
    readOnly: true,
    readInput: () => ({}),
    async handle({ scope }) {
      // Only who asks loads what makes the answer.
      const [{ readCurrentJobs }, { listQueues }] = await Promise.all([
        import('../engine/current-jobs.ts'),
        import('../engine/store/queues.ts'),
      ]);
      const { records } = await listQueues(store.table, scope, { limit: MAX_QUEUES });
      const [overview, current] = await Promise.all([
        read(scope),
        readCurrentJobs(
          store,
          records.map(({ queue }) => queue.queueArn),
        ),
      ]);
      return {
        ...overview,
        jobs: current.jobs,
        moreJobs: current.more,
        ...(history ? { history: history(scope.region) } : {}),
      };
    },
  };
}
