// Rules of a task's volumes and of the mount points that refer to them.
import { EFS_ROOT_DIRECTORY_MAX, PORT_MAX, VOLUME_NAME_MAX } from './limits.ts';
import {
  NO_PROBLEMS,
  eachProblems,
  oneOfProblems,
  problem,
  requiredProblems,
  uniqueProblems,
  wholeNumberProblems,
  type Problems,
} from './problem.ts';
import type { EfsVolumeConfiguration, MountPoint, Platform, Volume } from './wire.ts';

const VOLUME_NAME = new RegExp(`^[A-Za-z0-9_-]{1,${VOLUME_NAME_MAX}}$`);
const SWITCH = ['ENABLED', 'DISABLED'];

export function volumesProblems(
  field: string,
  volumes: readonly Volume[] | undefined,
  platform: Platform,
): Problems {
  return [
    ...eachProblems(field, volumes, (path, volume) => volumeProblems(path, volume, platform)),
    ...uniqueProblems(
      `${field}.name`,
      (volumes ?? []).map(({ name }) => name),
    ),
  ];
}

function volumeProblems(field: string, volume: Volume, platform: Platform): Problems {
  const { name, host, efsVolumeConfiguration: efs, s3filesVolumeConfiguration: s3files } = volume;
  const kinds = [host, efs, s3files].filter((kind) => kind !== undefined);
  return [
    ...requiredProblems(`${field}.name`, name),
    ...(name !== undefined && name !== '' && !VOLUME_NAME.test(name)
      ? problem(
          `${field}.name`,
          `must be 1 to ${VOLUME_NAME_MAX} letters, digits, hyphens or underscores`,
          name,
        )
      : NO_PROBLEMS),
    ...(kinds.length > 1
      ? problem(
          field,
          'must have only one of host, efsVolumeConfiguration, s3filesVolumeConfiguration',
          volume,
        )
      : NO_PROBLEMS),
    ...(platform === 'FARGATE' && host?.sourcePath !== undefined
      ? problem(`${field}.host.sourcePath`, 'is not allowed on Fargate', host.sourcePath)
      : NO_PROBLEMS),
    ...(efs ? efsProblems(`${field}.efsVolumeConfiguration`, efs) : NO_PROBLEMS),
    ...(s3files
      ? [
          ...requiredProblems(`${field}.s3filesVolumeConfiguration.fileSystemArn`, s3files.fileSystemArn),
          ...portProblems(`${field}.s3filesVolumeConfiguration`, s3files.transitEncryptionPort),
        ]
      : NO_PROBLEMS),
  ];
}

function efsProblems(field: string, efs: EfsVolumeConfiguration): Problems {
  const { rootDirectory = '/', transitEncryption, authorizationConfig: authorization } = efs;
  const usesIam = authorization?.iam === 'ENABLED';
  const usesAccessPoint = authorization?.accessPointId !== undefined;
  return [
    ...requiredProblems(`${field}.fileSystemId`, efs.fileSystemId),
    ...(rootDirectory.length > EFS_ROOT_DIRECTORY_MAX
      ? problem(
          `${field}.rootDirectory`,
          `must have at most ${EFS_ROOT_DIRECTORY_MAX} characters`,
          rootDirectory,
        )
      : NO_PROBLEMS),
    ...(usesAccessPoint && rootDirectory !== '/'
      ? problem(`${field}.rootDirectory`, 'must be absent or / with an access point', rootDirectory)
      : NO_PROBLEMS),
    ...oneOfProblems(`${field}.transitEncryption`, transitEncryption, SWITCH),
    ...oneOfProblems(`${field}.authorizationConfig.iam`, authorization?.iam, SWITCH),
    ...((usesIam || usesAccessPoint) && transitEncryption !== 'ENABLED'
      ? problem(
          `${field}.transitEncryption`,
          'must be ENABLED with an authorizationConfig',
          transitEncryption ?? 'DISABLED',
        )
      : NO_PROBLEMS),
    ...portProblems(field, efs.transitEncryptionPort),
  ];
}

function portProblems(field: string, port: number | undefined): Problems {
  return wholeNumberProblems(`${field}.transitEncryptionPort`, port, { min: 0, max: PORT_MAX });
}

/** Every mount point names a path and a volume that the task declares. */
export function mountPointsProblems(
  field: string,
  mountPoints: readonly MountPoint[] | undefined,
  volumes: readonly Volume[] | undefined,
): Problems {
  const declared = new Set((volumes ?? []).map(({ name }) => name));
  return eachProblems(field, mountPoints, (path, { containerPath, sourceVolume }) => [
    ...requiredProblems(`${path}.containerPath`, containerPath),
    ...requiredProblems(`${path}.sourceVolume`, sourceVolume),
    ...(sourceVolume !== undefined && sourceVolume !== '' && !declared.has(sourceVolume)
      ? problem(`${path}.sourceVolume`, 'must be the name of a declared volume', sourceVolume)
      : NO_PROBLEMS),
  ]);
}
