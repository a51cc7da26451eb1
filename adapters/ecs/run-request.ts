// A task as a RunTask request: what is laid over the shared definition, and where it may run. Pure. Always RunTask, also for a
// named instance: StartTask takes no clientToken, so a repeated one would start a second task, and its startedBy ends at 36
// characters, which hold no attempt. A placement constraint names the instance instead.
import type { ContainerOverride, RunTaskCommandInput, TaskOverride } from '@aws-sdk/client-ecs';
import type { ContainerTask } from '../../engine/launch-ports.ts';
import type { EcsEnvironment } from './ecs-environment.ts';
import { startedByOf } from './started-by.ts';
import type { DefinitionContent, Embedded, LogSettings, TaskMember } from './task-definition.ts';
import {
  definitionName,
  definitionOf,
  familyOf,
  isOfAttempt,
  membersOf,
  onFargate,
  propertiesOf,
} from './task-definition.ts';

export interface Launch {
  readonly family: string;
  readonly definition: DefinitionContent;
  readonly request: Omit<RunTaskCommandInput, 'taskDefinition'>;
}

/**
 * ECS takes 8,192 characters of overrides, the characters of their JSON included (API Reference, RunTask). How it spells that
 * JSON is not said, so a part is kept in hand.
 */
export const OVERRIDES_MAX = 7_680;

/** What does not fit into the overrides moves into the definition, step by step. */
const EMBEDDINGS: readonly Embedded[] = ['nothing', 'environment', 'environment-and-command'];

/** The smallest step that fits; the last one is taken as it is, for ECS to refuse. */
export function launchOf(task: ContainerTask, environment: EcsEnvironment, logs: LogSettings): Launch {
  const steps = EMBEDDINGS.map((embedded) => ({
    embedded,
    overrides: overridesOf(task, environment, embedded),
  }));
  const step = steps.find(({ overrides }) => sizeOf(overrides) <= OVERRIDES_MAX) ?? steps.at(-1);
  if (!step) throw new Error('there is a way to embed');
  const definition = definitionOf(task, environment, logs, step.embedded);
  return {
    family: familyOf(definitionName(task), definition),
    definition,
    request: requestOf(task, environment, step.overrides, definition),
  };
}

/** In bytes: more than characters where text is not ASCII, which errs on the safe side. */
function sizeOf(overrides: TaskOverride): number {
  return Buffer.byteLength(JSON.stringify(overrides));
}

/** ECS counts a vCPU as 1,024 units. */
const UNITS_PER_VCPU = 1_024;

function overridesOf(task: ContainerTask, environment: EcsEnvironment, embedded: Embedded): TaskOverride {
  const isFargate = onFargate(environment);
  const members = membersOf(task);
  const { ephemeralStorage } = members[0]?.spec ?? {};
  return {
    // On Fargate the task has a size, and containers share in it; on instances each container reserves its own.
    ...(isFargate ? { cpu: String(units(task.demand.vcpus)), memory: String(task.demand.memoryMiB) } : {}),
    ...(isFargate && ephemeralStorage !== undefined ? { ephemeralStorage } : {}),
    containerOverrides: members.map((member) =>
      containerOverrideOf(member, embedded, !isFargate || members.length > 1),
    ),
  };
}

function containerOverrideOf(
  { name, command, environment, demand }: TaskMember,
  embedded: Embedded,
  hasOwnSize: boolean,
): ContainerOverride {
  const variables = Object.entries(environment)
    .filter(([key]) => embedded === 'nothing' || isOfAttempt(key))
    .map(([key, value]) => ({ name: key, value }));
  return {
    name,
    ...(embedded !== 'environment-and-command' && command.length > 0 ? { command: [...command] } : {}),
    environment: variables,
    ...(hasOwnSize ? { cpu: units(demand.vcpus), memory: demand.memoryMiB } : {}),
  };
}

function units(vcpus: number): number {
  return Math.round(vcpus * UNITS_PER_VCPU);
}

function requestOf(
  task: ContainerTask,
  environment: EcsEnvironment,
  overrides: TaskOverride,
  { networkMode }: DefinitionContent,
): Launch['request'] {
  const tags = Object.entries(task.tags ?? {}).map(([key, value]) => ({ key, value }));
  const platformVersion = membersOf(task)[0]?.spec.fargatePlatformConfiguration?.platformVersion;
  return {
    cluster: environment.clusterArn,
    count: 1,
    clientToken: clientTokenOf(task),
    startedBy: startedByOf(task.attemptId),
    // Events carry both; whoever speaks ECS's API with less in its events has this one.
    group: startedByOf(task.attemptId),
    overrides,
    enableExecuteCommand: asksForExec(task),
    ...capacityOf(environment),
    ...placementOf(task, environment),
    ...(networkMode === 'awsvpc' ? { networkConfiguration: networkOf(task, environment) } : {}),
    ...(onFargate(environment) && platformVersion !== undefined ? { platformVersion } : {}),
    ...(tags.length === 0 ? {} : { tags }),
  };
}

/** Off unless the definition asks for it. */
function asksForExec(task: ContainerTask): boolean {
  const [first] = membersOf(task);
  return (propertiesOf(task).enableExecuteCommand ?? first?.spec.enableExecuteCommand) === true;
}

/**
 * One start, one token (at most 64 characters). A placement that found no capacity was a request, too: the attempt's next
 * placement must not be answered with its refusal.
 */
export function clientTokenOf({ taskId, placedAtMs }: Pick<ContainerTask, 'taskId' | 'placedAtMs'>): string {
  return placedAtMs === undefined ? taskId : `${taskId}-${placedAtMs.toString(36)}`;
}

function capacityOf(
  environment: EcsEnvironment,
): Pick<RunTaskCommandInput, 'launchType' | 'capacityProviderStrategy'> {
  switch (environment.kind) {
    // By provider for On-Demand Fargate, too, so that a task says in the same words what it runs on.
    case 'FARGATE':
    case 'FARGATE_SPOT':
      return { capacityProviderStrategy: [{ capacityProvider: environment.kind, weight: 1 }] };
    case 'MANAGED_INSTANCES':
      return { capacityProviderStrategy: [{ capacityProvider: environment.capacityProvider, weight: 1 }] };
    case 'EC2':
    case 'SPOT': {
      const { capacityProvider } = environment;
      if (capacityProvider === undefined) return { launchType: 'EC2' };
      return { capacityProviderStrategy: [{ capacityProvider, weight: 1 }] };
    }
    case 'UNMANAGED':
      return { launchType: environment.launchType };
  }
}

/** What instance ids of EC2 look like; a name that is none of them is no instance that ECS knows. */
const INSTANCE_ID = /^m?i-[0-9a-f]+$/;

/** Where ECS chooses the instance itself it fills one up before the next, so that others fall idle and can go. */
function placementOf(
  { instanceId }: Pick<ContainerTask, 'instanceId'>,
  environment: EcsEnvironment,
): Pick<RunTaskCommandInput, 'placementConstraints' | 'placementStrategy'> {
  switch (environment.kind) {
    case 'FARGATE':
    case 'FARGATE_SPOT':
    case 'MANAGED_INSTANCES':
      return {};
    case 'EC2':
    case 'SPOT':
    case 'UNMANAGED':
      return instanceId !== undefined && INSTANCE_ID.test(instanceId)
        ? { placementConstraints: [{ type: 'memberOf', expression: `ec2InstanceId == ${instanceId}` }] }
        : { placementStrategy: [{ type: 'binpack', field: 'memory' }] };
  }
}

function networkOf(
  task: ContainerTask,
  environment: EcsEnvironment,
): NonNullable<RunTaskCommandInput['networkConfiguration']> {
  const { subnets, securityGroupIds } = environment;
  const stated = membersOf(task)[0]?.spec.networkConfiguration?.assignPublicIp;
  const byEnvironment = 'assignPublicIp' in environment ? environment.assignPublicIp : undefined;
  // Tasks on instances can have no public address (API Reference, AwsVpcConfiguration).
  const isPublic = onFargate(environment) && (stated ?? byEnvironment) === 'ENABLED';
  return {
    awsvpcConfiguration: {
      subnets: [...subnets],
      ...(securityGroupIds.length === 0 ? {} : { securityGroups: [...securityGroupIds] }),
      ...(onFargate(environment) ? { assignPublicIp: isPublic ? 'ENABLED' : 'DISABLED' } : {}),
    },
  };
}
