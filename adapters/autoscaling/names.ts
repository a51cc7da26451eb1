// What the AWS resources behind an environment are called: by its name, so that people find them, and by its uuid, so that an
// environment of the same name has others.
import type { ComputeEnvironment } from '../../core/placement/compute-environment.ts';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A launch template's name has 128 characters at most, and ends with the variant's. */
const NAME_MAX = 60;

/** Also the prefix of the launch templates' names. */
export function groupNameOf({ name, uuid }: Pick<ComputeEnvironment, 'name' | 'uuid'>): string {
  return `slipway-${name.slice(0, NAME_MAX)}-${uuid}`;
}

export function templateNameOf(
  environment: Pick<ComputeEnvironment, 'name' | 'uuid'>,
  variant: string,
): string {
  return `${groupNameOf(environment)}-${variant}`;
}

/** `undefined` for a group of somebody else's. */
export function uuidOfGroup(groupName: string): string | undefined {
  return groupName.startsWith('slipway-') ? UUID.exec(groupName)?.[0] : undefined;
}

export function clusterNameOf(clusterArn: string): string {
  return clusterArn.slice(clusterArn.lastIndexOf('/') + 1);
}
