// What tests of one aimed fault have in common: a small cloud in fair weather, a fault that strikes once, and an end at which
// nothing may be left.
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import type { JobId } from '../../../core/ids.ts';
import type { Job } from '../../../core/job/job.ts';
import { setUpCloud } from './cloud-client.ts';
import { checkCloudAtRest, comeToRest } from './cloud-rest.ts';
import type { CloudWeather } from './cloud-weather.ts';
import { fairWeather } from './cloud-weather.ts';
import type { ComposedFunctions } from './compose-functions.ts';
import { loadFunctions } from './compose-functions.ts';
import type { ChooseStrike, Service, Strike } from './service-calls.ts';
import type { CloudOptions, SimulatedCloud } from './simulated-cloud.ts';
import { createSimulatedCloud } from './simulated-cloud.ts';

export interface Given extends Partial<CloudOptions> {
  readonly weatherOf?: (fair: CloudWeather) => Partial<CloudWeather>;
  readonly environments?: Parameters<typeof setUpCloud>[1];
  readonly queues?: Parameters<typeof setUpCloud>[2];
}

/** SLIPWAY_SIMULATION_TOLD=1 npx vitest run test/simulation/cloud/directed-faults -t '…' tells what happens. */
const wordy = process.env['SLIPWAY_SIMULATION_TOLD'] !== undefined;

/** For a test file: loads the functions once, and closes each cloud after its test. */
export function openClouds(): (given?: Given) => Promise<SimulatedCloud> {
  let composed: ComposedFunctions;
  let open: SimulatedCloud | undefined;
  beforeAll(async () => {
    composed = await loadFunctions();
  });
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });
  afterAll(() => vi.unstubAllEnvs());
  return async ({ weatherOf, environments, queues, ...options } = {}) => {
    const weather = fairWeather();
    Object.assign(weather, weatherOf?.(weather));
    open = createSimulatedCloud({ seed: 1, weather, composed, shards: 1, wordy, ...options });
    await setUpCloud(open, environments ?? [['ce0', 'FARGATE', 4]], queues ?? [['ce0']]);
    return open;
  };
}

/** Comes to rest with everything ended. */
export async function end(cloud: SimulatedCloud): Promise<void> {
  await comeToRest(cloud);
  await checkCloudAtRest(cloud);
}

export function statusOf(cloud: SimulatedCloud, id: JobId): Job['status'] | undefined {
  return cloud.job(id)?.status;
}

export function isIn(cloud: SimulatedCloud, id: JobId, status: Job['status']): () => boolean {
  return () => statusOf(cloud, id) === status;
}

/** The first call of this operation, of this function where one is named, is struck; the others are not. */
export function once(strike: Strike, operation: string, functionName?: string, about = ''): ChooseStrike {
  let isDone = false;
  return (call, invocation) => {
    const isMeant =
      call.operation === operation &&
      (functionName === undefined || functionName === invocation.functionName) &&
      (call.about?.() ?? '').includes(about);
    if (isDone || !isMeant) return undefined;
    isDone = true;
    return strike;
  };
}

/** A while in which every call of a service is throttled. */
export function throttledFor(cloud: SimulatedCloud, service: Service, ms = 60_000): ChooseStrike {
  const untilMs = cloud.time.elapsedMs() + ms;
  return (call) => (call.service === service && cloud.time.elapsedMs() < untilMs ? 'throttled' : undefined);
}
