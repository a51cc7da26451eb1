// The capacity behind environments that have no machines of ours: an ECS cluster, on which Fargate or the owner's own machines run
// the tasks. It is also what every other environment has at least.
import type { ClusterState, ClusterWish } from '../adapters/ecs/clusters.ts';
import { FARGATE_PROVIDERS } from '../adapters/ecs/clusters.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import type { Infrastructure, StepAnswer } from '../engine/capacity-ports.ts';

/** adapters/ecs/clusters.ts, with its calls. */
export interface Clusters {
  ensure(wish: ClusterWish): Promise<ClusterState>;
  describe(clusterArn: string): Promise<ClusterState | undefined>;
  delete(clusterArn: string): Promise<'deleted' | 'in-progress'>;
}

const DONE: StepAnswer = { kind: 'done' };
const LOOK_SECONDS = 5;
const DRAIN_SECONDS = 15;

export function createClusterInfrastructure(clusters: Clusters): Infrastructure {
  const waiting = (seconds: number, because: string): StepAnswer => ({ kind: 'wait', seconds, because });
  return {
    async prepare({ environment }) {
      const refusal = refusalOf(environment);
      if (refusal !== undefined) return { kind: 'refused', reason: refusal };
      await clusters.ensure({
        clusterArn: environment.ecsClusterArn,
        capacityProviders: runsOnFargate(environment) ? FARGATE_PROVIDERS : [],
        tags: environment.tags,
      });
      return DONE;
    },
    async isReady({ environment }) {
      const status = (await clusters.describe(environment.ecsClusterArn))?.status ?? 'missing';
      return status === 'ACTIVE' ? DONE : waiting(LOOK_SECONDS, `The cluster is ${status}.`);
    },
    drain: () => Promise.resolve(DONE),
    async isDrained({ environment }) {
      const tasks = (await clusters.describe(environment.ecsClusterArn))?.tasks ?? 0;
      return tasks === 0 ? DONE : waiting(DRAIN_SECONDS, `${tasks} tasks still run on the cluster.`);
    },
    async remove({ environment }) {
      const outcome = await clusters.delete(environment.ecsClusterArn);
      return outcome === 'deleted' ? DONE : waiting(DRAIN_SECONDS, 'The cluster is still in use.');
    },
  };
}

function runsOnFargate(environment: ComputeEnvironment): boolean {
  return environment.type === 'MANAGED' && environment.computeResources.type.startsWith('FARGATE');
}

/** What no ECS cluster of ours runs. */
function refusalOf(environment: ComputeEnvironment): string | undefined {
  if (environment.type === 'UNMANAGED') return undefined;
  if (environment.eksConfiguration) return 'Slipway runs no jobs on Amazon EKS.';
  return environment.computeResources.type === 'ECS_MANAGED_INSTANCES'
    ? 'Slipway runs no jobs on ECS Managed Instances.'
    : undefined;
}
