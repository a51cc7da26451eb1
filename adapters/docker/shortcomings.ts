// What a container of this machine cannot give a job that asks for AWS: refusals where the job could only go wrong, and
// sentences, shown with the running job, where it can run all the same. Pure.
import type { ContainerSpec } from '../../core/job/spec.ts';

/** Drivers whose output Slipway takes over: both mean "to the job's log" for whoever reads it. */
const OWN_LOG_DRIVERS: readonly string[] = ['awslogs', 'json-file'];

/** Why no container can be made for this spec at all; `undefined` when one can. */
export function unsupportedBy(spec: ContainerSpec): string | undefined {
  if (!spec.image) return 'CannotCreateContainerError: the job names no image.';
  const family = spec.runtimePlatform?.operatingSystemFamily;
  if (family !== undefined && family !== 'LINUX') {
    return `CannotCreateContainerError: operatingSystemFamily must be LINUX on this machine, not ${family}.`;
  }
  return undefined;
}

export function shortcomingsOf(spec: ContainerSpec): readonly string[] {
  const notes: string[] = [];
  const driver = spec.logConfiguration?.logDriver;
  if (driver !== undefined && !OWN_LOG_DRIVERS.includes(driver)) {
    notes.push(`Output goes to the job's log here, not to the log driver ${driver}.`);
  }
  if (spec.secrets?.length) {
    const names = spec.secrets.map((secret) => secret.name).join(', ');
    notes.push(`Secrets of AWS are not read on this machine; not set: ${names}.`);
  }
  if (spec.jobRoleArn) {
    notes.push(`The job role ${spec.jobRoleArn} gives no credentials on this machine.`);
  }
  if (spec.repositoryCredentials) {
    notes.push('Images are pulled with the registry logins of this machine, not with repositoryCredentials.');
  }
  if (spec.ephemeralStorage) {
    notes.push(`Ephemeral storage is not limited to ${spec.ephemeralStorage.sizeInGiB} GiB on this machine.`);
  }
  return notes;
}
