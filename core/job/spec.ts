// What was asked for: the part of a job that is fixed once it is accepted. The wire shapes of AWS Batch are kept as they
// are registered (clients compare them), so containers are stored in Batch's own words.
import type { DefinitionArn, JobId, QueueArn } from '../ids.ts';

/** Capacity one container takes. vcpus may be fractional (Fargate); memory in MiB; whole GPUs. */
export interface ContainerDemand {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
}

export interface NameValue {
  readonly name?: string;
  readonly value?: string;
}

export interface ResourceRequirement {
  readonly type: string;
  readonly value: string;
}

/**
 * Batch's `ContainerProperties`/`ContainerDetail`, as registered and after overrides. Only what Slipway itself reads is
 * typed; every other member travels through unchanged.
 */
export interface ContainerSpec {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: readonly NameValue[];
  readonly resourceRequirements?: readonly ResourceRequirement[];
  /** Deprecated top-level forms; resourceRequirements win. */
  readonly vcpus?: number;
  readonly memory?: number;
  readonly jobRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly volumes?: readonly {
    readonly name?: string;
    readonly host?: { readonly sourcePath?: string };
    readonly efsVolumeConfiguration?: object;
  }[];
  readonly mountPoints?: readonly {
    readonly containerPath?: string;
    readonly readOnly?: boolean;
    readonly sourceVolume?: string;
  }[];
  readonly ulimits?: readonly {
    readonly name: string;
    readonly softLimit: number;
    readonly hardLimit: number;
  }[];
  readonly readonlyRootFilesystem?: boolean;
  readonly privileged?: boolean;
  readonly user?: string;
  readonly instanceType?: string;
  readonly linuxParameters?: {
    readonly devices?: readonly {
      readonly hostPath: string;
      readonly containerPath?: string;
      readonly permissions?: readonly string[];
    }[];
    readonly initProcessEnabled?: boolean;
    readonly sharedMemorySize?: number;
    readonly tmpfs?: readonly {
      readonly containerPath: string;
      readonly size: number;
      readonly mountOptions?: readonly string[];
    }[];
    readonly maxSwap?: number;
    readonly swappiness?: number;
  };
  readonly logConfiguration?: {
    readonly logDriver: string;
    readonly options?: Readonly<Record<string, string>>;
    readonly secretOptions?: readonly object[];
  };
  readonly secrets?: readonly { readonly name: string; readonly valueFrom: string }[];
  readonly networkConfiguration?: { readonly assignPublicIp?: string };
  readonly fargatePlatformConfiguration?: { readonly platformVersion?: string };
  readonly ephemeralStorage?: { readonly sizeInGiB: number };
  readonly runtimePlatform?: { readonly operatingSystemFamily?: string; readonly cpuArchitecture?: string };
  readonly repositoryCredentials?: { readonly credentialsParameter: string };
}

export interface EvaluateOnExit {
  readonly action: string;
  readonly onExitCode?: string;
  readonly onReason?: string;
  readonly onStatusReason?: string;
}

export interface RetryStrategy {
  readonly attempts: number;
  readonly evaluateOnExit: readonly EvaluateOnExit[];
}

/** One `dependsOn` entry. No type: that job must succeed. SEQUENTIAL has no jobId; N_TO_N names another array. */
export interface Dependency {
  readonly jobId?: JobId;
  readonly type?: 'N_TO_N' | 'SEQUENTIAL';
}

/** A job that this one follows, and how that one has to end; beyond AWS's own dependencies. */
export interface AfterDependency {
  readonly jobId: JobId;
  readonly end: 'SUCCESS' | 'ANY' | 'FAILURE';
}

/** A container starts once the other one has started, has ended, or has ended with exit code 0. */
export interface ContainerDependency {
  readonly containerName: string;
  readonly condition: 'START' | 'COMPLETE' | 'SUCCESS';
}

/** What ECS calls the container of a job that has only one. */
export const LONE_CONTAINER_NAME = 'default';

/** One container of a job that runs several together (`ecsProperties`). */
export interface TaskContainerSpec {
  /** LONE_CONTAINER_NAME for a single one that was registered without a name. */
  readonly name: string;
  /** Its own members in Batch's words, after overrides. */
  readonly spec: ContainerSpec;
  readonly demand: ContainerDemand;
  readonly dependsOn: readonly ContainerDependency[];
  /** The task ends when it ends. */
  readonly essential: boolean;
  /** How long its dependents wait for its end, counted from its start. */
  readonly startTimeoutSeconds?: number;
  readonly stopTimeoutSeconds?: number;
}

/** What such a job's task says for all its containers, in Batch's own words; what is not typed travels through. */
export interface TaskProperties extends Pick<
  ContainerSpec,
  'volumes' | 'executionRoleArn' | 'ephemeralStorage' | 'runtimePlatform' | 'networkConfiguration'
> {
  readonly taskRoleArn?: string;
  readonly platformVersion?: string;
}

/** One range of nodes and what each of its nodes runs, overrides applied. Ranges may nest: a node follows the narrowest. */
export interface NodeGroup {
  /** The range as it was written, such as `1:`. */
  readonly targetNodes: string;
  /** Both inclusive; `to` may lie beyond the last node. */
  readonly from: number;
  readonly to: number;
  /** Empty for nodes of several containers. */
  readonly container: ContainerSpec;
  readonly containers?: readonly TaskContainerSpec[];
  readonly task?: TaskProperties;
  /** Of one node. */
  readonly demand: ContainerDemand;
  readonly instanceTypes?: readonly string[];
  /** What each of its nodes takes, in Batch's own words. */
  readonly consumableResourceProperties?: {
    readonly consumableResourceList?: readonly {
      readonly consumableResource?: string;
      readonly quantity?: number;
    }[];
  };
}

/** The nodes of a multi-node parallel job, which run at the same time and are placed all or none. */
export interface NodesSpec {
  readonly numNodes: number;
  readonly mainNode: number;
  readonly groups: readonly NodeGroup[];
}

/** How much a job takes of a consumable resource, for each of its attempts. */
export interface ConsumableDemand {
  readonly arn: string;
  readonly quantity: number;
}

/** Everything SubmitJob settled. Shared by an array's children, which do not store it again. */
export interface JobSpec {
  readonly jobName: string;
  readonly queueArn: QueueArn;
  /** With revision. */
  readonly definitionArn: DefinitionArn;
  /** Empty for a job of several containers. */
  readonly container: ContainerSpec;
  /** Of all its containers together. */
  readonly demand: ContainerDemand;
  /** Jobs of several containers (`ecsProperties`), with what their task says for all of them. */
  readonly containers?: readonly TaskContainerSpec[];
  readonly task?: TaskProperties;
  readonly parameters: Readonly<Record<string, string>>;
  readonly retryStrategy: RetryStrategy;
  /** As the client gave it: `retryStrategy` is absent from DescribeJobs when neither job nor definition had one. */
  readonly timeoutSeconds?: number;
  readonly dependsOn: readonly Dependency[];
  /** Further jobs that it waits for as a whole; none of them is in `dependsOn`. */
  readonly after?: readonly AfterDependency[];
  readonly tags: Readonly<Record<string, string>>;
  readonly propagateTags?: boolean;
  readonly platformCapabilities: readonly string[];
  readonly shareIdentifier?: string;
  readonly schedulingPriority?: number;
  /** Each resource once. */
  readonly consumables?: readonly ConsumableDemand[];
  /** Array jobs only: 2..10,000. */
  readonly arraySize?: number;
  /** Multi-node jobs only: what the job itself runs is then what the main node runs, and `demand` that of all nodes together. */
  readonly nodes?: NodesSpec;
}
