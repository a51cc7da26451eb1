// Names of groups and streams, resolved as CloudWatch Logs resolves them and refused in its words.
import type { Scope } from '../../core/ids.ts';
import type { Logs } from '../../engine/log-ports.ts';
import { InvalidParameterException, ResourceNotFoundException } from '../errors.ts';
import { DEFAULT_LOG_GROUP, type LogCatalog, type LogGroup, type LogStream } from './catalog.ts';

export interface LogsDeps {
  readonly logs: Logs;
  readonly catalog: LogCatalog;
}

export interface GroupInput {
  readonly logGroupName?: string;
  /** A name or an ARN. */
  readonly logGroupIdentifier?: string;
}

const GROUP_ARN = /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)(?::\*)?$/;

/** The group a request is about. Throws when it names none, or two. */
export function groupName({ logGroupName, logGroupIdentifier }: GroupInput): string {
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    throw new InvalidParameterException('Exactly one of logGroupName and logGroupIdentifier must be given.');
  }
  const given = logGroupName ?? logGroupIdentifier ?? '';
  return GROUP_ARN.exec(given)?.[1] ?? given;
}

/** All groups by name, the default one among them. */
export async function listGroups({ catalog }: LogsDeps, scope: Scope): Promise<readonly LogGroup[]> {
  const groups = await catalog.listGroups(scope);
  const all = groups.some((group) => group.name === DEFAULT_LOG_GROUP)
    ? groups
    : [...groups, { name: DEFAULT_LOG_GROUP, createdAtMs: 0 }];
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Throws `ResourceNotFoundException` unless the group exists. */
export async function assertGroup(deps: LogsDeps, scope: Scope, group: string): Promise<void> {
  if (group === DEFAULT_LOG_GROUP) return;
  const groups = await deps.catalog.listGroups(scope);
  if (groups.some(({ name }) => name === group)) return;
  throw new ResourceNotFoundException('The specified log group does not exist.');
}

/** Throws `ResourceNotFoundException` unless the stream exists: known, and not ended with its lines deleted. */
export async function requireStream(
  deps: LogsDeps,
  scope: Scope,
  group: string,
  streamName: string,
): Promise<LogStream> {
  const stream = await deps.catalog.findStream(scope, group, streamName);
  if (stream && (await isKept(deps, stream))) return stream;
  await assertGroup(deps, scope, group);
  throw new ResourceNotFoundException('The specified log stream does not exist.');
}

/** A stream that ended and has no lines was deleted, by a client or by age. */
export async function isKept({ logs }: LogsDeps, stream: LogStream): Promise<boolean> {
  return !stream.ended || (await logs.size(stream.taskId)) !== undefined;
}
