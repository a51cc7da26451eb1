// What of a task RunTask cannot say: the task definition, as a pure function of the task. Command, environment, CPU and memory
// are left to RunTask, so that all jobs of a definition share one; GPUs are in it, because ECS finds instances that have some by
// what the definition asks for. Environment and commands that are too long for RunTask's overrides move in here.
import { createHash } from 'node:crypto';
import type {
  ContainerDefinition,
  LinuxParameters,
  NetworkMode,
  RegisterTaskDefinitionCommandInput,
  Volume,
} from '@aws-sdk/client-ecs';
import type {
  ContainerProperties,
  EcsTaskProperties,
  TaskContainer as WireContainer,
} from '../../core/definition/wire.ts';
import { nameOf } from '../../core/ids.ts';
import type { ContainerSpec } from '../../core/job/spec.ts';
import { LONE_CONTAINER_NAME } from '../../core/job/spec.ts';
import type { ContainerTask, TaskContainer } from '../../engine/launch-ports.ts';
import type { EcsEnvironment } from './ecs-environment.ts';

export interface LogSettings {
  /** Where output goes that the job sends nowhere else. */
  readonly logGroup: string;
  readonly region: string;
}

/** What moves from RunTask's overrides into the definition: nothing, what the job's own environment is, or the commands, too. */
export type Embedded = 'nothing' | 'environment' | 'environment-and-command';

export type DefinitionContent = Omit<RegisterTaskDefinitionCommandInput, 'family'>;

/** One container of a task in the same words, whether it is alone or not. */
export type TaskMember = Pick<TaskContainer, 'command' | 'environment' | 'demand' | 'gpuIds'> &
  Partial<Pick<TaskContainer, 'dependsOn' | 'essential' | 'startTimeoutSeconds' | 'stopTimeoutSeconds'>> & {
    readonly name: string;
    readonly spec: ContainerSpec &
      Pick<WireContainer, 'firelensConfiguration'> &
      Pick<ContainerProperties, 'enableExecuteCommand'>;
  };

export function membersOf(task: ContainerTask): readonly TaskMember[] {
  if (task.containers) return task.containers;
  const { spec, command, environment, demand, gpuIds } = task;
  return [{ name: LONE_CONTAINER_NAME, spec, command, environment, demand, gpuIds }];
}

/** AWS Batch's grace between SIGTERM and SIGKILL. */
const STOP_TIMEOUT_SECONDS = 30;
/** Every RunTask says what it is to be instead; these are the least that registration takes. */
const FARGATE_LEAST = { cpu: '256', memory: '512' };
const FARGATE_WINDOWS_LEAST = { cpu: '1024', memory: '2048' };
const LEAST_MEMORY_MIB = 128;

/** Variables that differ from attempt to attempt always go with RunTask. */
export function isOfAttempt(name: string): boolean {
  return name.startsWith('AWS_BATCH_');
}

export function definitionOf(
  task: ContainerTask,
  environment: EcsEnvironment,
  logs: LogSettings,
  embedded: Embedded,
): DefinitionContent {
  const members = membersOf(task);
  const properties = propertiesOf(task);
  const { runtimePlatform, executionRoleArn, jobRoleArn } = members[0]?.spec ?? {};
  const isFargate = onFargate(environment);
  const isWindows = runtimePlatform?.operatingSystemFamily?.startsWith('WINDOWS') ?? false;
  const volumes = volumesOf(members);
  const { ipcMode, pidMode } = properties;
  const mode = networkModeOf(task, environment, isWindows);
  const content: unknown = {
    ...(executionRoleArn === undefined ? {} : { executionRoleArn }),
    ...(jobRoleArn === undefined ? {} : { taskRoleArn: jobRoleArn }),
    ...(mode === undefined ? {} : { networkMode: mode }),
    requiresCompatibilities: [compatibilityOf(environment)],
    ...(isFargate ? (isWindows ? FARGATE_WINDOWS_LEAST : FARGATE_LEAST) : {}),
    ...(runtimePlatform === undefined ? {} : { runtimePlatform }),
    ...(volumes.length === 0 ? {} : { volumes }),
    ...(ipcMode === undefined ? {} : { ipcMode }),
    ...(pidMode === undefined ? {} : { pidMode }),
    containerDefinitions: members.map((member) =>
      containerOf(member, { isFargate, logs, prefix: definitionName(task), embedded }),
    ),
  };
  return content as DefinitionContent; // Batch's members are ECS's own, with wider types: their values were validated at registration
}

/** The name without its revision. */
export function definitionName({ jobDefinitionArn }: ContainerTask): string {
  return nameOf(jobDefinitionArn).split(':')[0] ?? '';
}

/** ECS allows 255 of letters, digits, `-` and `_`: all that a definition's name has. */
const NAME_MAX = 200;
export const FAMILY_PREFIX = 'slipway-';

/** Two tasks have one family exactly when all that RunTask cannot say is the same for them. */
export function familyOf(name: string, content: DefinitionContent): string {
  const hash = createHash('sha256').update(canonical(content)).digest('hex').slice(0, 20);
  return `${FAMILY_PREFIX}${name.slice(0, NAME_MAX)}-${hash}`;
}

/** JSON in which the order of members says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
}

export function onFargate({ kind }: EcsEnvironment): boolean {
  return kind === 'FARGATE' || kind === 'FARGATE_SPOT';
}

function compatibilityOf(environment: EcsEnvironment): string {
  switch (environment.kind) {
    case 'FARGATE':
    case 'FARGATE_SPOT':
      return 'FARGATE';
    case 'EC2':
    case 'SPOT':
      return 'EC2';
    case 'MANAGED_INSTANCES':
      return 'MANAGED_INSTANCES';
    case 'UNMANAGED':
      return environment.launchType;
  }
}

/**
 * Nodes reach each other by addresses of their own. Other jobs on instances share the instance's network, as in AWS Batch;
 * Windows has no such mode, and takes ECS's default.
 */
export function networkModeOf(
  task: Pick<ContainerTask, 'nodeGroup' | 'task'>,
  environment: EcsEnvironment,
  isWindows: boolean,
): NetworkMode | undefined {
  if (onFargate(environment) || environment.kind === 'MANAGED_INSTANCES') return 'awsvpc';
  if (task.nodeGroup !== undefined && environment.kind !== 'UNMANAGED') return 'awsvpc';
  const asked = propertiesOf(task).networkMode;
  if (asked === 'bridge' || asked === 'host' || asked === 'none') return asked;
  return isWindows ? undefined : 'host';
}

/** What is typed nowhere but at the edge travels through with the rest. */
export function propertiesOf({ task }: Pick<ContainerTask, 'task'>): EcsTaskProperties {
  return task ?? {};
}

function volumesOf(members: readonly TaskMember[]): readonly Volume[] {
  const byName = new Map<string | undefined, object>();
  for (const { spec } of members) for (const volume of spec.volumes ?? []) byName.set(volume.name, volume);
  return [...byName.values()] as Volume[]; // in ECS's own words, as Batch has them
}

interface ContainerContext {
  readonly isFargate: boolean;
  readonly logs: LogSettings;
  readonly prefix: string;
  readonly embedded: Embedded;
}

function containerOf(member: TaskMember, context: ContainerContext): object {
  const { name, spec, dependsOn = [], demand } = member;
  const { isFargate, embedded } = context;
  const environment = Object.entries(member.environment).filter(([key]) => !isOfAttempt(key));
  return {
    name,
    image: spec.image,
    essential: member.essential ?? true,
    stopTimeout: member.stopTimeoutSeconds ?? STOP_TIMEOUT_SECONDS,
    ...(member.startTimeoutSeconds === undefined ? {} : { startTimeout: member.startTimeoutSeconds }),
    ...(isFargate ? {} : { memory: LEAST_MEMORY_MIB }),
    ...(demand.gpus > 0 ? { resourceRequirements: [{ type: 'GPU', value: String(demand.gpus) }] } : {}),
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(embedded === 'nothing'
      ? {}
      : { environment: environment.map(([key, value]) => ({ name: key, value })) }),
    ...(embedded === 'environment-and-command' && member.command.length > 0
      ? { command: member.command }
      : {}),
    ...statedMembers(spec),
    logConfiguration: logConfigurationOf(spec, context),
  };
}

/** What Batch and ECS say in the same words; absent and empty are the same, so that they share a definition. */
const SAME_WORDS = [
  'mountPoints',
  'ulimits',
  'secrets',
  'user',
  'privileged',
  'readonlyRootFilesystem',
  'repositoryCredentials',
  'firelensConfiguration',
] as const satisfies readonly (keyof TaskMember['spec'] & keyof ContainerDefinition)[];

function statedMembers(spec: TaskMember['spec']): object {
  const stated = SAME_WORDS.flatMap((member) => {
    const value = spec[member];
    const isEmpty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    return isEmpty ? [] : [[member, value] as const];
  });
  const linuxParameters = linuxParametersOf(spec.linuxParameters);
  return { ...Object.fromEntries(stated), ...(linuxParameters === undefined ? {} : { linuxParameters }) };
}

function linuxParametersOf(stated: ContainerSpec['linuxParameters']): LinuxParameters | undefined {
  if (stated === undefined) return undefined;
  const entries = Object.entries(stated).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Into the service's log group, unless the job says otherwise; a stream is named prefix/container/task (contract §3.10). */
function logConfigurationOf(spec: ContainerSpec, { logs, prefix }: ContainerContext): object {
  const stated = spec.logConfiguration;
  if (stated && stated.logDriver !== 'awslogs') return stated;
  return {
    logDriver: 'awslogs',
    ...(stated?.secretOptions?.length ? { secretOptions: stated.secretOptions } : {}),
    options: {
      'awslogs-group': logs.logGroup,
      'awslogs-region': logs.region,
      'awslogs-stream-prefix': prefix.slice(0, NAME_MAX),
      ...stated?.options,
    },
  };
}
