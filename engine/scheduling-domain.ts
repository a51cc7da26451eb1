// What one scheduling pass may look at, taken from the queues and environments as they are stored.
import type { ComputeEnvironmentArn, QueueArn } from '../core/ids.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import {
  hasContainerInstances,
  maxVcpusOf,
  takesMultiNode,
  takesPlacements,
} from '../core/placement/compute-environment.ts';
import { fleetRulesOf, realFleetRulesOf } from '../core/placement/fleet-rules.ts';
import type { JobQueue } from '../core/queue/job-queue.ts';
import { placesJobs } from '../core/queue/job-queue.ts';
import type { FairsharePolicy } from '../core/queue/scheduling-policy.ts';
import type { Table } from './table-ports.ts';
import type { SchedulingDomain } from './schedule-deps.ts';
import { listSchedulable } from './store/queues.ts';
import { getPolicies } from './store/scheduling-policies.ts';

/** All queues and environments of the store, as one domain: on one machine they all share its capacity. */
export async function loadWholeDomain(
  table: Table,
  { simulateInstances = false }: { readonly simulateInstances?: boolean } = {},
): Promise<SchedulingDomain> {
  return domainOf(table, await listSchedulable(table), simulateInstances ? instancesOf : () => ({}));
}

/** All of them where instances are machines: to look at, never to plan for, which is done domain by domain. */
export async function loadWholeCloud(table: Table): Promise<SchedulingDomain> {
  return domainOf(table, await listSchedulable(table), realInstancesOf);
}

/** A domain is named by the smallest ARN of its queues, so that whoever works it out finds the same name. */
export interface DomainGroup {
  readonly name: QueueArn;
  readonly queueArns: readonly QueueArn[];
  readonly ceArns: readonly ComputeEnvironmentArn[];
}

/**
 * The queues that share environments, directly or through other queues, as groups: passes over two of them touch no
 * ledger in common. A group that is out of date is harmless, because a ledger is written only in the version it was read.
 */
export async function listDomains(table: Table): Promise<readonly DomainGroup[]> {
  return groupsOf((await listSchedulable(table)).queues);
}

/** The domain that a queue belongs to; an unknown queue is alone in its own, and has nothing in it. */
export async function loadDomainOf(table: Table, queueArn: QueueArn): Promise<SchedulingDomain> {
  const { queues, environments } = await listSchedulable(table);
  const group = groupsOf(queues).find(({ queueArns }) => queueArns.includes(queueArn));
  const inGroup = {
    queues: queues.filter((queue) => group?.queueArns.includes(queue.queueArn)),
    environments: environments.filter(({ ceArn }) => group?.ceArns.includes(ceArn)),
  };
  return domainOf(table, inGroup, realInstancesOf);
}

/**
 * The environments of machines that no queue uses, as a domain without jobs: somebody has to let their machines leave, and to
 * keep their minimum.
 */
export async function loadUnqueuedFleets(table: Table): Promise<SchedulingDomain> {
  const { queues, environments } = await listSchedulable(table);
  const used = new Set<string>(queues.flatMap(environmentsOf));
  const alone = environments.filter(({ ceArn }) => !used.has(ceArn));
  const domain = await domainOf(table, { queues: [], environments: alone }, realInstancesOf);
  return {
    ...domain,
    environments: domain.environments.filter(({ fleetRules }) => fleetRules?.real?.scales),
  };
}

function environmentsOf({ computeEnvironmentOrder }: JobQueue): readonly ComputeEnvironmentArn[] {
  return computeEnvironmentOrder.map(({ computeEnvironment }) => computeEnvironment);
}

function groupsOf(queues: readonly JobQueue[]): readonly DomainGroup[] {
  let groups: {
    readonly queueArns: readonly QueueArn[];
    readonly ceArns: ReadonlySet<ComputeEnvironmentArn>;
  }[] = [];
  for (const queue of queues) {
    const { queueArn } = queue;
    const own = new Set(environmentsOf(queue));
    const joined = groups.filter(({ ceArns }) => !ceArns.isDisjointFrom(own));
    const merged = {
      queueArns: [...joined.flatMap(({ queueArns }) => queueArns), queueArn],
      ceArns: joined.reduce((all, { ceArns }) => all.union(ceArns), own),
    };
    groups = [...groups.filter((group) => !joined.includes(group)), merged];
  }
  return groups.map(({ queueArns, ceArns }) => {
    const sorted = [...queueArns].sort();
    return { name: sorted[0] as QueueArn, queueArns: sorted, ceArns: [...ceArns] }; // a group has at least one queue
  });
}

async function domainOf(
  table: Table,
  { queues, environments }: Awaited<ReturnType<typeof listSchedulable>>,
  instances: (environment: ComputeEnvironment) => Instances,
): Promise<SchedulingDomain> {
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
      ...instances(environment),
    })),
  };
}

type Instances = Pick<SchedulingDomain['environments'][number], 'fleetRules' | 'instanceIds' | 'clusterArn'>;

/** Machines that jobs are placed on; where AWS finds the place (Fargate), no container instance is known. */
function realInstancesOf(environment: ComputeEnvironment): Instances {
  const fleetRules = realFleetRulesOf(environment);
  return fleetRules ? { fleetRules, clusterArn: environment.ecsClusterArn } : { instanceIds: [] };
}

/** Simulated instances, or the one machine below; Fargate and EKS have no container instances. */
function instancesOf(environment: ComputeEnvironment): Instances {
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
