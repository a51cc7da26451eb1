// The wire shapes of RegisterJobDefinition and SubmitJob, as far as a rule reads them. A definition is kept in these
// words, unchanged: clients compare what they registered with what they get back. Types are checked at the edge.
import type { ContainerSpec, EvaluateOnExit, NameValue, ResourceRequirement } from '../job/spec.ts';

export type TextMap = Readonly<Record<string, string>>;

export interface EfsVolumeConfiguration {
  readonly fileSystemId?: string;
  readonly rootDirectory?: string;
  readonly transitEncryption?: string;
  readonly transitEncryptionPort?: number;
  readonly authorizationConfig?: { readonly accessPointId?: string; readonly iam?: string };
}

export interface S3FilesVolumeConfiguration {
  readonly fileSystemArn?: string;
  readonly rootDirectory?: string;
  readonly transitEncryptionPort?: number;
  readonly accessPointArn?: string;
}

export interface Volume {
  readonly name?: string;
  readonly host?: { readonly sourcePath?: string };
  readonly efsVolumeConfiguration?: EfsVolumeConfiguration;
  readonly s3filesVolumeConfiguration?: S3FilesVolumeConfiguration;
}

export type MountPoint = NonNullable<ContainerSpec['mountPoints']>[number];
export type Ulimit = NonNullable<ContainerSpec['ulimits']>[number];
export type Secret = NonNullable<ContainerSpec['secrets']>[number];
export type LinuxParameters = NonNullable<ContainerSpec['linuxParameters']>;
export type RuntimePlatform = NonNullable<ContainerSpec['runtimePlatform']>;
export type LogConfiguration = Omit<NonNullable<ContainerSpec['logConfiguration']>, 'secretOptions'> & {
  readonly secretOptions?: readonly Secret[];
};

export type ContainerProperties = Omit<ContainerSpec, 'volumes' | 'logConfiguration'> & {
  readonly volumes?: readonly Volume[];
  readonly logConfiguration?: LogConfiguration;
  readonly enableExecuteCommand?: boolean;
};

export interface TaskContainerDependency {
  readonly containerName?: string;
  readonly condition?: string;
}

export interface TaskContainer extends Pick<
  ContainerProperties,
  | 'image'
  | 'command'
  | 'environment'
  | 'linuxParameters'
  | 'logConfiguration'
  | 'mountPoints'
  | 'privileged'
  | 'readonlyRootFilesystem'
  | 'repositoryCredentials'
  | 'resourceRequirements'
  | 'secrets'
  | 'ulimits'
  | 'user'
> {
  readonly name?: string;
  readonly dependsOn?: readonly TaskContainerDependency[];
  /** Absent means true. */
  readonly essential?: boolean;
  readonly firelensConfiguration?: { readonly type?: string; readonly options?: TextMap };
  readonly startTimeout?: number;
  readonly stopTimeout?: number;
}

export interface EcsTaskProperties {
  readonly containers?: readonly TaskContainer[];
  readonly ephemeralStorage?: { readonly sizeInGiB: number };
  readonly executionRoleArn?: string;
  readonly taskRoleArn?: string;
  readonly platformVersion?: string;
  readonly ipcMode?: string;
  readonly pidMode?: string;
  readonly networkMode?: string;
  readonly networkConfiguration?: { readonly assignPublicIp?: string };
  readonly runtimePlatform?: RuntimePlatform;
  readonly volumes?: readonly Volume[];
  readonly enableExecuteCommand?: boolean;
}

export interface EcsProperties {
  readonly taskProperties?: readonly EcsTaskProperties[];
}

export interface EksContainer {
  readonly name?: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly NameValue[];
  readonly resources?: { readonly limits?: TextMap; readonly requests?: TextMap };
  readonly volumeMounts?: readonly { readonly name?: string; readonly mountPath?: string }[];
}

export interface EksPodProperties {
  readonly serviceAccountName?: string;
  readonly hostNetwork?: boolean;
  readonly dnsPolicy?: string;
  readonly containers?: readonly EksContainer[];
  readonly initContainers?: readonly EksContainer[];
  readonly volumes?: readonly { readonly name?: string }[];
  readonly metadata?: {
    readonly labels?: TextMap;
    readonly annotations?: TextMap;
    readonly namespace?: string;
  };
  readonly shareProcessNamespace?: boolean;
}

export interface EksProperties {
  readonly podProperties?: EksPodProperties;
}

export interface ConsumableResourceProperties {
  readonly consumableResourceList?: readonly {
    readonly consumableResource?: string;
    readonly quantity?: number;
  }[];
}

export interface NodeRangeProperty {
  readonly targetNodes: string;
  readonly container?: ContainerProperties;
  readonly instanceTypes?: readonly string[];
  readonly ecsProperties?: EcsProperties;
  readonly eksProperties?: EksProperties;
  readonly consumableResourceProperties?: ConsumableResourceProperties;
}

export interface NodeProperties {
  readonly numNodes: number;
  readonly mainNode: number;
  readonly nodeRangeProperties: readonly NodeRangeProperty[];
}

/** Unlike a job's own strategy, everything may be left out. */
export interface RetryStrategyInput {
  readonly attempts?: number;
  readonly evaluateOnExit?: readonly EvaluateOnExit[];
}

export interface TimeoutInput {
  readonly attemptDurationSeconds?: number;
}

/** What both a definition and a submission may say about how a job runs. */
interface JobSettings {
  readonly parameters?: TextMap;
  readonly retryStrategy?: RetryStrategyInput;
  readonly propagateTags?: boolean;
  readonly timeout?: TimeoutInput;
  readonly tags?: TextMap;
}

export interface JobDefinitionInput extends JobSettings {
  readonly jobDefinitionName: string;
  readonly type: string;
  readonly schedulingPriority?: number;
  readonly containerProperties?: ContainerProperties;
  readonly ecsProperties?: EcsProperties;
  readonly eksProperties?: EksProperties;
  readonly nodeProperties?: NodeProperties;
  readonly platformCapabilities?: readonly string[];
  readonly consumableResourceProperties?: ConsumableResourceProperties;
}

export interface ContainerOverrides {
  readonly command?: readonly string[];
  readonly environment?: readonly NameValue[];
  readonly resourceRequirements?: readonly ResourceRequirement[];
  readonly instanceType?: string;
  /** Deprecated: they change the definition's own deprecated members and nothing else. */
  readonly vcpus?: number;
  readonly memory?: number;
}

export type TaskContainerOverrides = Pick<
  ContainerOverrides,
  'command' | 'environment' | 'resourceRequirements'
> & { readonly name?: string };

export interface EcsPropertiesOverride {
  readonly taskProperties?: readonly { readonly containers?: readonly TaskContainerOverrides[] }[];
}

export interface EksPropertiesOverride {
  readonly podProperties?: {
    readonly containers?: readonly EksContainer[];
    readonly initContainers?: readonly EksContainer[];
    readonly metadata?: EksPodProperties['metadata'];
  };
}

export interface NodePropertyOverride {
  readonly targetNodes: string;
  readonly containerOverrides?: ContainerOverrides;
  readonly ecsPropertiesOverride?: EcsPropertiesOverride;
  readonly eksPropertiesOverride?: EksPropertiesOverride;
  readonly instanceTypes?: readonly string[];
  readonly consumableResourcePropertiesOverride?: ConsumableResourceProperties;
}

export interface NodeOverrides {
  readonly numNodes?: number;
  readonly nodePropertyOverrides?: readonly NodePropertyOverride[];
}

export interface SubmitJobInput extends JobSettings {
  readonly jobName: string;
  readonly jobQueue: string;
  readonly jobDefinition: string;
  readonly shareIdentifier?: string;
  readonly schedulingPriorityOverride?: number;
  readonly arrayProperties?: { readonly size?: number };
  readonly dependsOn?: readonly { readonly jobId?: string; readonly type?: string }[];
  readonly containerOverrides?: ContainerOverrides;
  readonly ecsPropertiesOverride?: EcsPropertiesOverride;
  readonly eksPropertiesOverride?: EksPropertiesOverride;
  readonly nodeOverrides?: NodeOverrides;
  readonly consumableResourcePropertiesOverride?: ConsumableResourceProperties;
}

/** Where a definition says it may run. Absent platformCapabilities mean EC2. */
export type Platform = 'EC2' | 'FARGATE' | 'MANAGED_INSTANCES';

export const PLATFORMS: readonly Platform[] = ['EC2', 'FARGATE', 'MANAGED_INSTANCES'];

/** The platform of a definition whose capabilities have been validated: at most one, from the list above. */
export function platformOf(platformCapabilities: readonly string[] | undefined): Platform {
  const [only] = platformCapabilities ?? [];
  return PLATFORMS.find((platform) => platform === only) ?? 'EC2';
}
