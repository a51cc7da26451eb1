// The safety net, once a minute: finishes changes of queues and environments, looks after jobs, wakes every domain, and measures.
import { lookAtMachines } from '../engine/hear-of-machines.ts';
import { tendUnqueuedFleets } from '../engine/tend-fleets.ts';
import { reconcileRun } from '../engine/reconcile-run.ts';
import { resumeEnvironments } from '../engine/environments.ts';
import { resumeQueues } from '../engine/queues.ts';
import { ids } from './ids.ts';
import { composeFollowing } from './compose-machines.ts';
import { composeLauncher } from './compose-launcher.ts';
import { composeSchedulerQueue } from './compose-scheduler-queue.ts';
import { clock, composeStore } from './compose-store.ts';
import { composeWorkflows } from './compose-workflows.ts';
import { readConfig } from './config.ts';
import { measureQueues } from './measure-queues.ts';
import { inTurn } from './in-turn.ts';
import { createResourceDeps } from './resource-deps.ts';
import { STOP_GRACE_SECONDS, taskOf } from './task-settings.ts';
import { createTelemetry, measured } from './telemetry.ts';
import { createDomainWaker } from './wake-domains.ts';

/** Of the function's 60 seconds. */
const TIME_MS = 40_000;

export function composeReconcile(): () => Promise<void> {
  const config = readConfig('reconcile');
  const telemetry = createTelemetry('reconcile');
  const { log } = telemetry;
  const { store, table } = composeStore(config, telemetry);
  const nowMs = (): number => clock.now();
  const { launcher, take, settled } = composeLauncher(config, store, telemetry);
  const workflows = composeWorkflows(config, table, telemetry);
  const waker = createDomainWaker({ table, queue: composeSchedulerQueue(config, telemetry), nowMs });
  const resources = createResourceDeps({ store, clock, ids, workflows, waker, log });
  const following = composeFollowing(table, waker, telemetry);
  const run = {
    store,
    clock,
    launcher,
    workflows,
    observe: take,
    taskOf,
    stopGraceSeconds: STOP_GRACE_SECONDS,
    wake: waker.wake,
    onError: (subject: string, error: unknown) =>
      log('reconcile.subject-failed', { subject, error: String(error) }),
  };
  return () =>
    measured(telemetry, async () => {
      const untilMs = nowMs() + TIME_MS;
      await inTurn(log, {
        environments: () => resumeEnvironments(resources),
        queues: () => resumeQueues(resources),
        domains: () => waker.wakeAll(),
        machines: () => lookAtMachines(following),
        'unqueued-machines': () => tendUnqueuedFleets(store, following),
        jobs: async () => log('reconcile.run', { ...(await reconcileRun(run, untilMs)) }),
        observations: () => settled(),
        metrics: () => measureQueues({ store, nowMs }, telemetry),
      });
    });
}
