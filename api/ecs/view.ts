// What the ECS side shows: the clusters, instances, tasks and task definitions that stand behind Batch's compute
// environments and jobs. Resources come in ECS's own words; finding them by ARN, name or id is the service's work.
import type { EpochMs, Scope } from '../../core/ids.ts';

export interface EcsCluster {
  readonly name: string;
  readonly arn: string;
  readonly status: 'ACTIVE' | 'PROVISIONING' | 'DEPROVISIONING' | 'FAILED' | 'INACTIVE';
  readonly registeredContainerInstances: number;
  readonly runningTasks: number;
  readonly pendingTasks: number;
}

export interface EcsContainer {
  readonly name: string;
  readonly image?: string;
  readonly lastStatus: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly cpu?: string;
  readonly memory?: string;
}

export interface EcsTask {
  /** 32 hex digits: the last part of the ARN. */
  readonly id: string;
  readonly arn: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly containerInstanceArn?: string;
  readonly launchType: 'EC2' | 'FARGATE' | 'EXTERNAL';
  readonly lastStatus: 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  /** CPU units and MiB, as ECS writes them. */
  readonly cpu: string;
  readonly memory: string;
  readonly createdAtMs: EpochMs;
  readonly startedAtMs?: EpochMs;
  readonly stoppedAtMs?: EpochMs;
  readonly stoppedReason?: string;
  readonly containers: readonly EcsContainer[];
}

export type ContainerInstanceStatus = 'ACTIVE' | 'DRAINING' | 'INACTIVE';

export interface EcsContainerInstance {
  /** The last part of the ARN. */
  readonly id: string;
  readonly arn: string;
  readonly ec2InstanceId: string;
  readonly instanceType?: string;
  readonly availabilityZone?: string;
  readonly status: ContainerInstanceStatus;
  /** Its capacity is from the Spot market. */
  readonly isSpot?: boolean;
  readonly registeredAtMs?: EpochMs;
  readonly registered: EcsCapacity;
  readonly remaining: EcsCapacity;
  readonly runningTasks: number;
  readonly pendingTasks: number;
}

export interface EcsCapacity {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
}

export interface EcsTaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: 'ACTIVE' | 'INACTIVE';
  /** In ECS's shape. */
  readonly containerDefinitions: readonly object[];
  readonly cpu?: string;
  readonly memory?: string;
}

export interface EcsTaskQuery {
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly family?: string;
  /** The id of a container instance. */
  readonly containerInstanceId?: string;
  /** 1..100. */
  readonly limit: number;
  /** Where the last page ended: opaque, taken from `next`. */
  readonly after?: string;
}

export interface EcsView {
  /** All clusters of a scope; there is one for each compute environment. */
  clusters(scope: Scope): Promise<readonly EcsCluster[]>;
  /** In the order of the ids; `undefined` for one that the cluster does not have. */
  tasks(
    scope: Scope,
    clusterName: string,
    taskIds: readonly string[],
  ): Promise<readonly (EcsTask | undefined)[]>;
  listTasks(
    scope: Scope,
    clusterName: string,
    query: EcsTaskQuery,
  ): Promise<{ readonly taskArns: readonly string[]; readonly next?: string }>;
  /** All instances of a cluster. */
  containerInstances(scope: Scope, clusterName: string): Promise<readonly EcsContainerInstance[]>;
  /** The newest active revision when none is named. */
  taskDefinition(scope: Scope, family: string, revision?: number): Promise<EcsTaskDefinition | undefined>;
}
