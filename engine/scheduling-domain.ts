// What one scheduling pass may look at, taken from the queues and environments as they are stored.
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import {
  hasContainerInstances,
  maxVcpusOf,
  takesMultiNode,
  takesPlacements,
} from '../core/placement/compute-environment.ts';
import { fleetRulesOf } from '../core/placement/fleet-rules.ts';
import type { JobQueue } from '../core/queue/job-queue.ts';
import { placesJobs } from '../core/queue/job-queue.ts';
import type { FairsharePolicy } from '../core/queue/scheduling-policy.ts';
import type { Table } from './ports.ts';
import type { SchedulingDomain } from './schedule.ts';
import { listSchedulable } from './store/queues.ts';
import { getPolicies } from './store/scheduling-policies.ts';

/** All queues and environments of the store, as one domain: on one machine they all share its capacity. */
export async function loadWholeDomain(
  table: Table,
  { simulateInstances = false }: { readonly simulateInstances?: boolean } = {},
): Promise<SchedulingDomain> {
  const { queues, environments } = await listSchedulable(table);
  const policyOf = await readPolicies(table, queues);
  return {
    queues: queues.filter(placesJobs).map((queue) => ({
      queueArn: queue.queueArn,
      priority: queue.priority,
      ...policyOf(queue),
      ...(queue.jobStateTimeLimitActions.length > 0 ? { timeLimits: queue.jobStateTimeLimitActions } : {}),
      environments: [...queue.computeEnvironmentOrder]
        .sort((left, right) => left.order - right.order)
        .map((place) => place.computeEnvironment),
    })),
    environments: environments.map((environment) => ({
      ceArn: environment.ceArn,
      clusterName: environment.ecsClusterArn.split('/').at(-1) ?? environment.name,
      usable: takesPlacements(environment),
      refusesMultiNode: !takesMultiNode(environment),
      max: {
        vcpus: maxVcpusOf(environment) ?? Number.POSITIVE_INFINITY,
        memoryMiB: Number.POSITIVE_INFINITY,
        gpus: Number.POSITIVE_INFINITY,
      },
      ...(simulateInstances ? instancesOf(environment) : {}),
    })),
  };
}

/** Simulated instances, or the one machine below; Fargate and EKS have no container instances. */
function instancesOf(
  environment: ComputeEnvironment,
): Pick<SchedulingDomain['environments'][number], 'fleetRules' | 'instanceIds'> {
  const fleetRules = fleetRulesOf(environment);
  if (fleetRules) return { fleetRules };
  return hasContainerInstances(environment) ? {} : { instanceIds: [] };
}

/** Only queues with a policy cost a read. A queue's policy cannot be deleted, so one is always found. */
async function readPolicies(
  table: Table,
  queues: readonly JobQueue[],
): Promise<(queue: JobQueue) => { readonly fairShare?: FairsharePolicy }> {
  const arns = [...new Set(queues.flatMap(({ schedulingPolicyArn }) => schedulingPolicyArn ?? []))];
  const found = arns.length === 0 ? [] : await getPolicies(table, arns);
  const policies = new Map(arns.map((arn, index) => [arn, found[index]?.record.policy.fairsharePolicy]));
  return ({ schedulingPolicyArn: arn }) => (arn === undefined ? {} : { fairShare: policies.get(arn) ?? {} });
}
