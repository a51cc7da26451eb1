// What changes of queues and environments need, for the functions in which such changes are rare: all of it is loaded when one is
// made, and costs a cold start nothing.
import { clock } from './compose-store.ts';
import type { CloudStore } from './compose-store.ts';
import type { ConfigOf } from './config.ts';
import { ids } from './ids.ts';
import { once } from './once.ts';
import type { ResourceDeps } from './resource-deps.ts';
import type { Telemetry } from './telemetry.ts';

type Needed = ConfigOf<
  'jobMachine' | 'multiNodeJobMachine' | 'computeEnvironmentMachine' | 'scheduleQueueUrl'
>;

export function composeResourceDeps(config: Needed, cloud: CloudStore, telemetry: Telemetry): ResourceDeps {
  const made = once(() => makeResourceDeps(config, cloud, telemetry));
  return {
    table: cloud.table,
    ids,
    applyEnvironment: async (...given) => (await made()).applyEnvironment(...given),
    hasActiveJobs: async (...given) => (await made()).hasActiveJobs(...given),
    onQueueDeleting: async (...given) => (await made()).onQueueDeleting(...given),
    onSettled: async (arn: string) =>
      (await made()).onSettled(arn as Parameters<ResourceDeps['onSettled']>[0]), // of one of both
    // The reconciler takes up, within a minute, whatever the rows say is still to be done.
    onChangeFailed: (arn: string, error: unknown) =>
      telemetry.log('change.failed', { arn, error: String(error) }),
  };
}

async function makeResourceDeps(
  config: Needed,
  { store, table }: CloudStore,
  telemetry: Telemetry,
): Promise<ResourceDeps> {
  const { createResourceDeps } = await import('./resource-deps.ts');
  const { createDomainWaker } = await import('./wake-domains.ts');
  const { composeWorkflows } = await import('./compose-workflows.ts');
  const { composeSchedulerQueue } = await import('./compose-scheduler-queue.ts');
  const queue = composeSchedulerQueue(config, telemetry);
  return createResourceDeps({
    store,
    clock,
    ids,
    workflows: composeWorkflows(config, table, telemetry),
    waker: createDomainWaker({ table, queue, nowMs: () => clock.now() }),
    log: telemetry.log,
  });
}
