// Finds the cgroup folder below which this server may make groups of its own: v2 with the memory controller handed down,
// else v1. Invariant: a group of ours lies below the group the server itself is in, or beside it, so that limits set from
// outside on the server hold for its jobs too.
import { accessSync, constants, readFileSync } from 'node:fs';
import { posix } from 'node:path';

export type Controller = 'memory' | 'cpu' | 'pids';
export const CONTROLLERS: readonly Controller[] = ['memory', 'cpu', 'pids'];

export type Hierarchy =
  /** Each controller has a tree of its own. */
  | { readonly version: 1; readonly parents: Readonly<Partial<Record<Controller, string>>> }
  | { readonly version: 2; readonly parent: string; readonly controllers: readonly Controller[] };

const splitWords = (text: string): readonly string[] => text.split(/\s+/).filter(Boolean);

interface Mount {
  readonly version: 1 | 2;
  readonly at: string;
  /** The part of the tree that the mount shows. */
  readonly root: string;
  readonly options: readonly string[];
}

function parseMounts(mountInfo: string): readonly Mount[] {
  return mountInfo.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const [, , , root, at] = before?.split(' ') ?? [];
    const [type, , options] = after?.split(' ') ?? [];
    if (root === undefined || at === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
    return [{ version: type === 'cgroup' ? 1 : 2, at, root, options: options?.split(',') ?? [] } as const];
  });
}

/** `/proc/self/cgroup`: the group of the server, by controller; '' is v2. */
function parseOwnGroups(text: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    for (const name of match?.[1]?.split(',') ?? []) groups.set(name, match?.[2] ?? '/');
  }
  return groups;
}

/** Where the server's own group is in the mounted tree; `undefined` when the mount does not show it. */
function ownFolder(mount: Mount, group: string | undefined): string | undefined {
  if (group === undefined) return undefined;
  const below = posix.relative(mount.root, group);
  return below.startsWith('..') ? undefined : posix.join(mount.at, below);
}

/** Is it there, and may we make groups in it? */
export type Writable = (folder: string) => boolean;
export type ReadText = (file: string) => string;

export interface HierarchySources {
  /** `/proc/self/mountinfo` and `/proc/self/cgroup`. */
  readonly mountInfo: string;
  readonly ownGroups: string;
  readonly isWritable: Writable;
  readonly read: ReadText;
}

export function findHierarchy(sources: HierarchySources): Hierarchy | undefined {
  const mounts = parseMounts(sources.mountInfo);
  const groups = parseOwnGroups(sources.ownGroups);
  return findV2(mounts, groups, sources) ?? findV1(mounts, groups, sources);
}

/**
 * The nearest group, from ours upwards, that hands the memory controller to its children, or may do so because it holds
 * no processes itself (v2's rule). That is usually our parent: a systemd slice, or a unit with Delegate= and DelegateSubgroup=.
 */
function findV2(
  mounts: readonly Mount[],
  groups: ReadonlyMap<string, string>,
  { isWritable, read }: HierarchySources,
): Hierarchy | undefined {
  const mount = mounts.find(({ version }) => version === 2);
  let folder = mount && ownFolder(mount, groups.get(''));
  while (mount && folder !== undefined) {
    const file = (name: string): string => posix.join(folder ?? mount.at, name);
    const available = splitWords(
      read(file(read(file('cgroup.procs')) === '' ? 'cgroup.controllers' : 'cgroup.subtree_control')),
    );
    const controllers = CONTROLLERS.filter((name) => available.includes(name));
    if (controllers.includes('memory') && isWritable(folder) && isWritable(file('cgroup.procs')))
      return { version: 2, parent: folder, controllers };
    folder = folder === mount.at ? undefined : posix.dirname(folder);
  }
  return undefined;
}

function findV1(
  mounts: readonly Mount[],
  groups: ReadonlyMap<string, string>,
  { isWritable }: HierarchySources,
): Hierarchy | undefined {
  const parents: Partial<Record<Controller, string>> = {};
  for (const controller of CONTROLLERS) {
    const mount = mounts.find(({ version, options }) => version === 1 && options.includes(controller));
    const folder = mount && ownFolder(mount, groups.get(controller));
    if (folder !== undefined && isWritable(folder)) parents[controller] = folder;
  }
  return Object.keys(parents).length > 0 ? { version: 1, parents } : undefined;
}

/** What this host offers. Reading what is not there, or not ours to read, offers nothing. */
export function hostHierarchy(): Hierarchy | undefined {
  const read: ReadText = (file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  const isWritable: Writable = (path) => {
    try {
      accessSync(path, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  };
  return findHierarchy({
    mountInfo: read('/proc/self/mountinfo'),
    ownGroups: read('/proc/self/cgroup'),
    isWritable,
    read,
  });
}
