// The router of the cloud home: the operations over the cloud's store, and our own endpoints beside them.
import { randomUUID } from 'node:crypto';
import { createConsoleEndpoints } from '../api/console/console-endpoints.ts';
import type { SideEndpoint } from '../api/endpoints.ts';
import type { Log } from '../api/errors.ts';
import { createJobEndpoints } from '../api/job-endpoints.ts';
import { createOverviewEndpoint } from '../api/overview-endpoint.ts';
import type { Router, RouterOptions } from '../api/router.ts';
import { createRouter } from '../api/router.ts';
import type { JobId, Scope } from '../core/ids.ts';
import type { Overview } from '../engine/overview-answer.ts';
import type { Clock } from '../engine/ports.ts';
import type { ScheduleDeps } from '../engine/schedule-deps.ts';
import { jobTags } from '../engine/store/job-tags.ts';
import type { JobStore } from '../engine/store/jobs.ts';
import { getJob } from '../engine/store/jobs.ts';
import { queueTableTags } from '../engine/store/tags.ts';
import { API_OPERATIONS } from './api-operations.ts';
import { ids } from './ids.ts';
import type { ResourceDeps } from './resource-deps.ts';

export interface ApiRouterOptions {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly resources: ResourceDeps;
  readonly authenticate: RouterOptions<unknown>['authenticate'];
  readonly authorize?: RouterOptions<unknown>['authorize'];
  readonly onCall?: RouterOptions<unknown>['onCall'];
  readonly beside?: readonly SideEndpoint[];
  readonly log: Log;
}

export function tagTargetsOf(store: JobStore) {
  return { ...queueTableTags(store.table), job: jobTags(store) };
}

export function createApiRouter(options: ApiRouterOptions): Router {
  const { store, clock, resources, authenticate, authorize, onCall, log } = options;
  // An array's parent counts the ends of its children only; how many stand where is counted when it is asked.
  const deps = { ...resources, store, countsChildren: true, clock, ids, tagTargets: tagTargetsOf(store) };
  const schedule = (jobId: JobId) => scheduleDepsFor({ store, clock }, jobId);
  return createRouter<typeof deps>({
    operations: API_OPERATIONS,
    deps,
    beside: [
      ...createJobEndpoints({ schedule }),
      ...createConsoleEndpoints({ store, nowMs: () => clock.now(), schedule }),
      createOverviewEndpoint({ store, read: (scope) => overviewOf({ store, clock }, scope) }),
      ...(options.beside ?? []),
    ],
    authenticate,
    ...(authorize ? { authorize } : {}),
    ...(onCall ? { onCall } : {}),
    log,
    newRequestId: randomUUID,
    nowMs: () => clock.now(),
  });
}

/** What the scheduler of the job's domain sees; an unknown job is in none. */
async function scheduleDepsFor(
  deps: { readonly store: JobStore; readonly clock: Clock },
  jobId: JobId,
): Promise<ScheduleDeps> {
  const queueArn = (await getJob(deps.store, jobId))?.job.spec.queueArn;
  return {
    ...deps,
    async loadDomain() {
      if (queueArn === undefined) return { queues: [], environments: [] };
      // Only who asks why a job waits needs it.
      const { loadDomainOf } = await import('../engine/scheduling-domain.ts');
      return loadDomainOf(deps.store.table, queueArn);
    },
  };
}

/** Only who asks for it loads what plans. */
async function overviewOf(
  deps: { readonly store: JobStore; readonly clock: Clock },
  scope: Scope,
): Promise<Overview> {
  const [{ readOverview }, { loadWholeCloud }] = await Promise.all([
    import('../engine/overview.ts'),
    import('../engine/scheduling-domain.ts'),
  ]);
  return readOverview({ ...deps, loadDomain: () => loadWholeCloud(deps.store.table) }, scope);
}
