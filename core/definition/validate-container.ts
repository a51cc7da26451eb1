// Rules of one container: those that every ECS container answers to, and those of `containerProperties`.
import type { NameValue } from '../job/spec.ts';
import { resourcesProblems } from './demand.ts';
import { EPHEMERAL_STORAGE_GIB, IMAGE_MAX } from './limits.ts';
import {
  NO_PROBLEMS,
  absentProblems,
  eachProblems,
  oneOfProblems,
  problem,
  requiredProblems,
  wholeNumberProblems,
  type Problems,
} from './problem.ts';
import { linuxParametersProblems, ulimitsProblems } from './validate-linux.ts';
import { mountPointsProblems, volumesProblems } from './validate-volumes.ts';
import type { ContainerProperties, LogConfiguration, Platform, RuntimePlatform, Volume } from './wire.ts';

const IMAGE = /^[A-Za-z0-9\-_:./#@]+$/;
const EC2_LOG_DRIVERS = ['awslogs', 'fluentd', 'gelf', 'journald', 'json-file', 'splunk', 'syslog'];
const FARGATE_LOG_DRIVERS = ['awslogs', 'splunk'];
const CPU_ARCHITECTURES = ['X86_64', 'ARM64'];
const OPERATING_SYSTEMS = [
  'LINUX',
  'WINDOWS_SERVER_2019_CORE',
  'WINDOWS_SERVER_2019_FULL',
  'WINDOWS_SERVER_2022_CORE',
  'WINDOWS_SERVER_2022_FULL',
];

/** Where a container is declared: it changes what the container may say. */
export interface ContainerContext {
  readonly platform: Platform;
  readonly volumes: readonly Volume[] | undefined;
  /** FireLens routes the logs of multi-container tasks only. */
  readonly extraLogDrivers: readonly string[];
}

export function imageProblems(field: string, image: string | undefined): Problems {
  const missing = requiredProblems(field, image);
  if (image === undefined || missing.length > 0) return missing;
  if (image.length > IMAGE_MAX) return problem(field, `must have at most ${IMAGE_MAX} characters`, image);
  return IMAGE.test(image)
    ? NO_PROBLEMS
    : problem(field, 'must be letters, digits, hyphens, underscores and : . / # @ only', image);
}

/** Of definitions and of overrides. Names that begin with AWS_BATCH are the service's own. */
export function environmentProblems(field: string, variables: readonly NameValue[] | undefined): Problems {
  return eachProblems(field, variables, (path, { name }) => {
    if (name === undefined || name === '') return requiredProblems(`${path}.name`, name);
    if (name.includes('=')) return problem(`${path}.name`, 'must not contain =', name);
    return name.startsWith('AWS_BATCH')
      ? problem(`${path}.name`, 'must not begin with AWS_BATCH, which is reserved', name)
      : NO_PROBLEMS;
  });
}

/** The rules that `containerProperties` and a container of `ecsProperties` share. */
export function ecsContainerProblems(
  field: string,
  container: ContainerProperties,
  { platform, volumes, extraLogDrivers }: ContainerContext,
): Problems {
  return [
    ...imageProblems(`${field}.image`, container.image),
    ...environmentProblems(`${field}.environment`, container.environment),
    ...mountPointsProblems(`${field}.mountPoints`, container.mountPoints, volumes),
    ...eachProblems(`${field}.secrets`, container.secrets, secretProblems),
    ...ulimitsProblems(`${field}.ulimits`, container.ulimits, platform),
    ...linuxParametersProblems(`${field}.linuxParameters`, container.linuxParameters, platform),
    ...logConfigurationProblems(`${field}.logConfiguration`, container.logConfiguration, [
      ...(platform === 'FARGATE' ? FARGATE_LOG_DRIVERS : EC2_LOG_DRIVERS),
      ...extraLogDrivers,
    ]),
    ...(container.repositoryCredentials
      ? requiredProblems(
          `${field}.repositoryCredentials.credentialsParameter`,
          container.repositoryCredentials.credentialsParameter,
        )
      : NO_PROBLEMS),
    ...(platform === 'FARGATE' && container.privileged === true
      ? problem(`${field}.privileged`, 'must not be true on Fargate', true)
      : NO_PROBLEMS),
  ];
}

function secretProblems(
  field: string,
  secret: { readonly name: string; readonly valueFrom: string },
): Problems {
  return [
    ...requiredProblems(`${field}.name`, secret.name),
    ...requiredProblems(`${field}.valueFrom`, secret.valueFrom),
  ];
}

function logConfigurationProblems(
  field: string,
  logs: LogConfiguration | undefined,
  drivers: readonly string[],
): Problems {
  if (logs === undefined) return NO_PROBLEMS;
  return [
    ...oneOfProblems(`${field}.logDriver`, logs.logDriver, drivers),
    ...eachProblems(`${field}.secretOptions`, logs.secretOptions, secretProblems),
  ];
}

/** `containerProperties`, of a single-node definition or of a node range. */
export function containerPropertiesProblems(
  field: string,
  container: ContainerProperties,
  { platform, isNode }: { readonly platform: Platform; readonly isNode: boolean },
): Problems {
  const { volumes } = container;
  return [
    ...ecsContainerProblems(field, container, { platform, volumes, extraLogDrivers: [] }),
    ...volumesProblems(`${field}.volumes`, volumes, platform),
    ...resourcesProblems(field, container, platform),
    ...fargateSettingsProblems(field, container, platform),
    ...(isNode
      ? NO_PROBLEMS
      : absentProblems(field, { instanceType: container.instanceType }, 'outside multi-node definitions')),
    ...(platform === 'FARGATE'
      ? NO_PROBLEMS
      : absentProblems(
          field,
          { fargatePlatformConfiguration: container.fargatePlatformConfiguration },
          'outside Fargate',
        )),
  ];
}

type FargateSettings = Pick<
  ContainerProperties,
  'executionRoleArn' | 'networkConfiguration' | 'runtimePlatform' | 'ephemeralStorage'
>;

/** The members that only Fargate takes, and the one it demands; the same for a task of `ecsProperties`. */
export function fargateSettingsProblems(
  field: string,
  settings: FargateSettings,
  platform: Platform,
): Problems {
  const { executionRoleArn, networkConfiguration, runtimePlatform, ephemeralStorage } = settings;
  if (platform !== 'FARGATE') {
    const isManaged = platform === 'MANAGED_INSTANCES';
    return [
      ...absentProblems(field, { networkConfiguration, ephemeralStorage }, 'outside Fargate'),
      ...(isManaged
        ? runtimePlatformProblems(`${field}.runtimePlatform`, runtimePlatform, ['LINUX'])
        : absentProblems(field, { runtimePlatform }, 'outside Fargate')),
    ];
  }
  const size = ephemeralStorage?.sizeInGiB;
  const assignPublicIp = networkConfiguration?.assignPublicIp;
  return [
    ...requiredProblems(`${field}.executionRoleArn`, executionRoleArn),
    ...oneOfProblems(`${field}.networkConfiguration.assignPublicIp`, assignPublicIp, ['ENABLED', 'DISABLED']),
    ...runtimePlatformProblems(`${field}.runtimePlatform`, runtimePlatform, OPERATING_SYSTEMS),
    ...wholeNumberProblems(`${field}.ephemeralStorage.sizeInGiB`, size, EPHEMERAL_STORAGE_GIB),
  ];
}

function runtimePlatformProblems(
  field: string,
  runtime: RuntimePlatform | undefined,
  systems: readonly string[],
): Problems {
  const { operatingSystemFamily = 'LINUX', cpuArchitecture } = runtime ?? {};
  return [
    ...oneOfProblems(`${field}.operatingSystemFamily`, operatingSystemFamily, systems),
    ...oneOfProblems(`${field}.cpuArchitecture`, cpuArchitecture, CPU_ARCHITECTURES),
    ...(operatingSystemFamily !== 'LINUX' && cpuArchitecture === 'ARM64'
      ? problem(`${field}.cpuArchitecture`, 'must be X86_64 for Windows', cpuArchitecture)
      : NO_PROBLEMS),
  ];
}
