// ECS as the launcher: which environment an attempt runs in is read from the rows, and what the launcher finds of a task it is
// asked about is observed before the function ends.
import { ECSClient } from '@aws-sdk/client-ecs';
import { launchTypeOfUnmanaged } from '../adapters/ecs/clusters.ts';
import type { EcsEnvironment } from '../adapters/ecs/ecs-environment.ts';
import { ecsEnvironmentOf } from '../adapters/ecs/ecs-environment.ts';
import type { AttemptPlace } from '../adapters/ecs/ecs-launcher.ts';
import { createEcsLauncher } from '../adapters/ecs/ecs-launcher.ts';
import type { ComputeEnvironmentArn } from '../core/ids.ts';
import { isPlaced, parseAttemptId } from '../core/job/job.ts';
import { observe } from '../engine/observe.ts';
import type { Launcher } from '../engine/launch-ports.ts';
import { getEnvironment } from '../engine/store/compute-environments.ts';
import type { JobStore } from '../engine/store/jobs.ts';
import { getJob } from '../engine/store/jobs.ts';
import { CLIENT_OPTIONS, watchCalls } from './aws-clients.ts';
import { clock } from './compose-store.ts';
import type { ConfigOf } from './config.ts';
import type { ObservedLauncher } from './observed-launcher.ts';
import { observeLauncher } from './observed-launcher.ts';
import type { Telemetry } from './telemetry.ts';

export function composeLauncher(
  config: ConfigOf<'logGroup'> & { readonly region: string },
  store: JobStore,
  telemetry: Telemetry,
): ObservedLauncher {
  const client = new ECSClient(CLIENT_OPTIONS);
  watchCalls(client, 'ecs', telemetry);
  const launcher: Launcher = createEcsLauncher({
    client,
    environmentOf: (ceArn) => environmentOf(store, client, ceArn as ComputeEnvironmentArn), // a placement's
    placementOf: (attemptId) => placementOf(store, attemptId),
    logGroup: config.logGroup,
    region: config.region,
    now: () => clock.now(),
    log: telemetry.log,
  });
  return observeLauncher(launcher, (observation) => observe({ store }, observation));
}

async function environmentOf(
  { table }: JobStore,
  client: ECSClient,
  ceArn: ComputeEnvironmentArn,
): Promise<EcsEnvironment | undefined> {
  const environment = (await getEnvironment(table, ceArn))?.record.environment;
  if (!environment) return undefined;
  if (environment.type !== 'UNMANAGED') return ecsEnvironmentOf(environment);
  const launchType = await launchTypeOfUnmanaged({ client }, environment.ecsClusterArn);
  return ecsEnvironmentOf(environment, { launchType });
}

async function placementOf(store: JobStore, attemptId: string): Promise<AttemptPlace | undefined> {
  const { jobId, number } = parseAttemptId(attemptId);
  const job = (await getJob(store, jobId))?.job;
  if (!job || !isPlaced(job) || job.attempt.number !== number) return undefined;
  const { placement, runtimeTaskId } = job.attempt;
  return { ceArn: placement.ceArn, ...(runtimeTaskId === undefined ? {} : { runtimeTaskId }) };
}
