// The steps of the compute-environment machine.
import { createMachineInfrastructure } from '../adapters/autoscaling/machine-infrastructure.ts';
import { deleteCluster, describeCluster, ensureCluster } from '../adapters/ecs/clusters.ts';
import type { EnvironmentProgress, EnvironmentStepRequest } from '../engine/environment-steps.ts';
import { takeEnvironmentStep } from '../engine/environment-steps.ts';
import { beginReplacement, forgetMachinery } from '../engine/store/machinery.ts';
import { createClusterInfrastructure } from './cluster-infrastructure.ts';
import { composeMachineClients } from './compose-machines.ts';
import { composeSchedulerQueue } from './compose-scheduler-queue.ts';
import { clock, composeStore } from './compose-store.ts';
import { composeWorkflows } from './compose-workflows.ts';
import { readConfig } from './config.ts';
import { ids } from './ids.ts';
import { createResourceDeps } from './resource-deps.ts';
import { createTelemetry, measured } from './telemetry.ts';
import { createDomainWaker } from './wake-domains.ts';

export function composeEnvironment(): (request: EnvironmentStepRequest) => Promise<EnvironmentProgress> {
  const config = readConfig('environment');
  const telemetry = createTelemetry('environment');
  const { store, table } = composeStore(config, telemetry);
  const clients = composeMachineClients(telemetry);
  const calls = { client: clients.ecs };
  const clusters = createClusterInfrastructure({
    ensure: (wish) => ensureCluster(calls, wish),
    describe: (clusterArn) => describeCluster(calls, clusterArn),
    delete: (clusterArn) => deleteCluster(calls, clusterArn),
  });
  const waker = createDomainWaker({
    table,
    queue: composeSchedulerQueue(config, telemetry),
    nowMs: () => clock.now(),
  });
  const deps = {
    environments: createResourceDeps({
      store,
      clock,
      ids,
      workflows: composeWorkflows(config, table, telemetry),
      waker,
      log: telemetry.log,
    }),
    infrastructure: createMachineInfrastructure({
      clients,
      clusters,
      clock,
      beginReplacement: (...given) => beginReplacement(table, ...given),
      forgetMachines: (clusterArn) => forgetMachinery(table, clusterArn),
    }),
    clock,
  };
  return (request) => measured(telemetry, () => takeEnvironmentStep(deps, request));
}
