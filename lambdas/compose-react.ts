// What reacts to the change stream of the jobs table.
import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { createEventBridgeSink } from '../adapters/eventbridge/event-sink.ts';
import type { ReactDeps } from '../engine/react.ts';
import { react } from '../engine/react.ts';
import { jobsOfChange } from '../engine/store/jobs.ts';
import { CLIENT_OPTIONS, watchCalls } from './aws-clients.ts';
import { composeLauncher } from './compose-launcher.ts';
import { composeSchedulerQueue } from './compose-scheduler-queue.ts';
import { clock, composeStore } from './compose-store.ts';
import { composeWorkflows } from './compose-workflows.ts';
import { readConfig } from './config.ts';
import { measureChange } from './measure-jobs.ts';
import { reactToBatch } from './react-batch.ts';
import { STOP_GRACE_SECONDS } from './task-settings.ts';
import { createTelemetry, measured } from './telemetry.ts';
import { createDomainWaker } from './wake-domains.ts';

export function composeReact(): (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse> {
  const config = readConfig('react');
  const telemetry = createTelemetry('react');
  const { store, table } = composeStore(config, telemetry);
  const { launcher, settled } = composeLauncher(config, store, telemetry);
  const eventBridge = new EventBridgeClient(CLIENT_OPTIONS);
  watchCalls(eventBridge, 'events', telemetry);
  const waker = createDomainWaker({
    table,
    queue: composeSchedulerQueue(config, telemetry),
    nowMs: () => clock.now(),
  });
  const deps: ReactDeps = {
    store,
    clock,
    events: createEventBridgeSink({
      client: eventBridge,
      eventBusName: config.eventBus,
      log: telemetry.log,
    }),
    workflows: composeWorkflows(config, table, telemetry),
    launcher,
    wakeScheduler: (wake) => waker.wake(wake),
    stopGraceSeconds: STOP_GRACE_SECONDS,
  };
  const batch = {
    react: async (changes: Parameters<typeof react>[1]) => {
      await react(deps, changes);
      await settled();
    },
    measure: async (changes: Parameters<typeof react>[1]) => {
      for (const change of changes) {
        const jobs = await jobsOfChange(store, change);
        if (jobs) measureChange(telemetry, jobs.before, jobs.after);
      }
    },
    nowMs: () => clock.now(),
    pause: (ms: number) => delay(ms),
    log: telemetry.log,
  };
  return (event) => measured(telemetry, () => reactToBatch(batch, event));
}
