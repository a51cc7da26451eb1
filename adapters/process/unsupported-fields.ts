// What a process of this host cannot be given. It runs all the same; the attempt's note names what it went without.
import type { ContainerSpec } from '../../core/job/spec.ts';
import { unsupportedUlimits } from './resource-limits.ts';

type Asked = (spec: ContainerSpec) => boolean;

const CHECKS: readonly (readonly [field: string, asked: Asked])[] = [
  ['image', ({ image }) => image !== undefined && image !== ''],
  ['user', ({ user }) => user !== undefined && user !== ''],
  ['privileged', ({ privileged }) => privileged === true],
  ['readonlyRootFilesystem', ({ readonlyRootFilesystem }) => readonlyRootFilesystem === true],
  ['volumes', ({ volumes }) => (volumes ?? []).length > 0],
  ['mountPoints', ({ mountPoints }) => (mountPoints ?? []).length > 0],
  ['linuxParameters', ({ linuxParameters }) => Object.keys(linuxParameters ?? {}).length > 0],
  ['secrets', ({ secrets }) => (secrets ?? []).length > 0],
  ['runtimePlatform', ({ runtimePlatform }) => Object.keys(runtimePlatform ?? {}).length > 0],
  ['ephemeralStorage', ({ ephemeralStorage }) => ephemeralStorage !== undefined],
  ['repositoryCredentials', ({ repositoryCredentials }) => repositoryCredentials !== undefined],
];

/** The names of the container's fields that the process runtime does not honour, in a fixed order. */
export function unsupportedFields(spec: ContainerSpec): string[] {
  const fields = CHECKS.filter(([, asked]) => asked(spec)).map(([field]) => field);
  return [...fields, ...unsupportedUlimits(spec.ulimits ?? []).map((name) => `ulimits.${name}`)];
}

/** The sentences for `Observation.running.note`; `undefined` when nothing was left out. */
export function processNote(
  unsupported: readonly string[],
  unlimited: readonly string[],
): string | undefined {
  const sentences: string[] = [];
  if (unsupported.length > 0)
    sentences.push(`Runs as a process of this host, without: ${unsupported.join(', ')}.`);
  if (unlimited.length > 0) sentences.push(`Not limited by cgroup: ${unlimited.join(', ')}.`);
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}
