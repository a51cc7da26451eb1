// Every operation of the local home behind a router and a real SDK client, over a whole engine in memory whose containers
// run until the test ends them.
import type { BatchClient } from '@aws-sdk/client-batch';
import { createRouter } from '../../../api/router.ts';
import { jobTags } from '../../../engine/store/job-tags.ts';
import { queueTableTags } from '../../../engine/store/tags.ts';
import { OPERATIONS } from '../../../api/offered-operations.ts';
import type { ALocalEngine, ALocalEngineOptions } from '../../engine/a-local-engine.ts';
import { aLocalEngine } from '../../engine/a-local-engine.ts';
import { batchClient, routerOptions } from '../sdk-roundtrip.ts';

export interface EngineCalls extends ALocalEngine {
  readonly batch: BatchClient;
}

/** The time, and never the same twice: jobs that are submitted one after the other stand in line so. */
export function risingClock(shiftMs: () => number = () => 0): () => number {
  let lastMs = 0;
  return () => {
    lastMs = Math.max(lastMs + 1, Date.now() + shiftMs());
    return lastMs;
  };
}

export async function engineCalls(options: ALocalEngineOptions = {}): Promise<EngineCalls> {
  const home = await aLocalEngine({ onStart: () => undefined, now: risingClock(), ...options });
  const { store, resources, schedule } = home.engine;
  const deps = {
    ...resources,
    store,
    clock: schedule.clock,
    ids: home.ids,
    tagTargets: { ...queueTableTags(store.table), job: jobTags(store) },
  };
  const router = createRouter<typeof deps>({ ...routerOptions(), deps, operations: OPERATIONS });
  return { ...home, batch: batchClient(router) };
}
