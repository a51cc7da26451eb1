// What one scheduling pass may look at, taken from the queues and environments as they are stored.
import { maxVcpusOf, takesPlacements } from '../core/placement/compute-environment.ts';
import { placesJobs } from '../core/queue/job-queue.ts';
import type { Table } from './ports.ts';
import type { SchedulingDomain } from './schedule.ts';
import { listSchedulable } from './store/queues.ts';

/** All queues and environments of the store, as one domain: on one machine they all share its capacity. */
export async function loadWholeDomain(table: Table): Promise<SchedulingDomain> {
  const { queues, environments } = await listSchedulable(table);
  return {
    queues: queues.filter(placesJobs).map((queue) => ({
      queueArn: queue.queueArn,
      priority: queue.priority,
      environments: [...queue.computeEnvironmentOrder]
        .sort((left, right) => left.order - right.order)
        .map((place) => place.computeEnvironment),
    })),
    environments: environments.map((environment) => ({
      ceArn: environment.ceArn,
      clusterName: environment.ecsClusterArn.split('/').at(-1) ?? environment.name,
      usable: takesPlacements(environment),
      max: {
        vcpus: maxVcpusOf(environment) ?? Number.POSITIVE_INFINITY,
        memoryMiB: Number.POSITIVE_INFINITY,
        gpus: Number.POSITIVE_INFINITY,
      },
    })),
  };
}
