// The scheduler of the cloud home, one batch of wakes at a time.
import { setTimeout as delay } from 'node:timers/promises';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Pass } from '../engine/schedule.ts';
import { runPasses } from '../engine/run-passes.ts';
import { composeSchedulerQueue } from './compose-scheduler-queue.ts';
import { clock, composeStore } from './compose-store.ts';
import { readConfig } from './config.ts';
import { scheduleBatch } from './schedule-batch.ts';
import { followFleet } from '../engine/follow-fleets.ts';
import { once } from './once.ts';
import { createTelemetry, measured } from './telemetry.ts';
import { createDomainWaker } from './wake-domains.ts';

export function composeSchedule(): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const config = readConfig('schedule');
  const telemetry = createTelemetry('schedule');
  const { store, table } = composeStore(config, telemetry);
  const nowMs = (): number => clock.now();
  const waker = createDomainWaker({ table, queue: composeSchedulerQueue(config, telemetry), nowMs });
  // Only where a pass has changed what machines there shall be.
  const following = once(async () =>
    (await import('./compose-machines.ts')).composeFollowing(table, waker, telemetry),
  );
  const passes = {
    store,
    clock,
    pause: (ms: number) => delay(ms),
    onPass: async ({ changedFleets }: Pass) => {
      for (const ceArn of changedFleets) {
        // The reconciler looks at every fleet each minute: what cannot be done now is done then.
        await followFleet(await following(), ceArn).catch((error: unknown) =>
          telemetry.log('fleet.follow-failed', { ceArn, error: String(error) }),
        );
      }
    },
    onError: (error: unknown) => telemetry.log('schedule.repeated', { error: String(error) }),
  };
  const deps = {
    nowMs,
    runPasses: (...given: Parameters<typeof runPasses> extends [unknown, ...infer Rest] ? Rest : never) =>
      runPasses(passes, ...given),
    wakeAgain: (queueArns: Parameters<typeof waker.wake>[0]['queueArns']) =>
      waker.wake({ queueArns, ended: [], arrived: [] }),
    log: telemetry.log,
  };
  return (event) => measured(telemetry, () => scheduleBatch(deps, event));
}
