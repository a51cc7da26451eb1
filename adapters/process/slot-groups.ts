// One cgroup per slot shell. The shell is put into it once and every job inherits it: moving each job would cost more
// than starting it. Limits are rewritten only while the slot is idle and only when the next job asks for others.
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import type { Controller, Hierarchy } from './cgroup-hierarchies.ts';
import { CONTROLLERS } from './cgroup-hierarchies.ts';

export interface GroupLimits {
  readonly memoryMiB: number;
  readonly vcpus: number;
}

export interface SlotGroup {
  readonly name: string;
  /** The file that lists the group's processes, by which the slot shell finds what a job left behind. */
  readonly processesFile: string;
  /** Writing a pid to each of them moves that process into the group. */
  readonly joinFiles: readonly string[];
  add(pid: number): void;
  /** Returns what could not be limited. */
  limit(limits: GroupLimits): readonly Controller[];
  processes(): readonly number[];
  /** How many of its processes the kernel killed for memory since the group was made. */
  oomKills(): number;
  /** False while something still runs in it. */
  remove(): boolean;
}

export interface SlotGroups {
  create(name: string): SlotGroup;
  /** A group that an earlier server made; `undefined` when it is gone. */
  open(name: string): SlotGroup | undefined;
  /** Removes groups in which nothing runs any more, and ours as a whole when that was all; then true. */
  removeEmpty(): boolean;
}

/** A fork bomb ends in its own attempt; no job that behaves comes near. */
const MAX_PROCESSES = 16_384;
const CPU_PERIOD_US = 100_000;
/** The kernel takes no quota below one millisecond. */
const MIN_CPU_QUOTA_US = 1_000;

/** `cores`: a quota of as many or more would limit nothing. */
export function createSlotGroups(hierarchy: Hierarchy, dataDir: string, cores: number): SlotGroups {
  const ours = `slipway-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  const roots = rootsOf(hierarchy).map((root) => `${root}/${ours}`);
  const prepare = (): void => {
    for (const root of roots) mkdirSync(root, { recursive: true });
    if (hierarchy.version === 1) return;
    const handDown = hierarchy.controllers.map((name) => `+${name}`).join(' ');
    for (const folder of [hierarchy.parent, ...roots])
      writeFileSync(`${folder}/cgroup.subtree_control`, handDown);
  };
  return {
    create(name) {
      prepare();
      for (const root of roots) mkdirSync(`${root}/${name}`);
      const group = groupAt(hierarchy, ours, name, cores);
      write(hierarchy, ours, name, 'pids', 'pids.max', String(MAX_PROCESSES));
      return group;
    },
    open: (name) => (existsSync(`${roots[0]}/${name}`) ? groupAt(hierarchy, ours, name, cores) : undefined),
    removeEmpty() {
      for (const root of roots.filter((folder) => existsSync(folder))) {
        const names = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
        for (const { name } of names) removeFolder(`${root}/${name}`);
        removeFolder(root);
      }
      return !roots.some((folder) => existsSync(folder));
    },
  };
}

function rootsOf(hierarchy: Hierarchy): readonly string[] {
  return hierarchy.version === 2 ? [hierarchy.parent] : Object.values(hierarchy.parents);
}

/** The folder of a group for one controller; `undefined` when that controller is not ours to set. */
function folderOf(
  hierarchy: Hierarchy,
  ours: string,
  name: string,
  controller: Controller,
): string | undefined {
  const parent =
    hierarchy.version === 1
      ? hierarchy.parents[controller]
      : hierarchy.controllers.includes(controller)
        ? hierarchy.parent
        : undefined;
  return parent === undefined ? undefined : `${parent}/${ours}/${name}`;
}

/** False when the controller or its file is not there, or the kernel refuses the value. */
function write(
  h: Hierarchy,
  ours: string,
  name: string,
  controller: Controller,
  file: string,
  value: string,
): boolean {
  const folder = folderOf(h, ours, name, controller);
  if (folder === undefined) return false;
  try {
    writeFileSync(`${folder}/${file}`, value);
    return true;
  } catch {
    return false; // the attempt's note says so
  }
}

function removeFolder(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return !existsSync(folder); // busy: something still runs in it
  }
}

function groupAt(hierarchy: Hierarchy, ours: string, name: string, cores: number): SlotGroup {
  const folders = rootsOf(hierarchy).map((root) => `${root}/${ours}/${name}`);
  const joinFiles = folders.map((folder) => `${folder}/cgroup.procs`);
  const processesFile = `${folders[0]}/cgroup.procs`;
  const memoryFolder = folderOf(hierarchy, ours, name, 'memory');
  const events = openEvents(
    `${memoryFolder}/${hierarchy.version === 1 ? 'memory.oom_control' : 'memory.events'}`,
  );
  const set = (controller: Controller, file: string, value: string): boolean =>
    write(hierarchy, ours, name, controller, file, value);
  return {
    name,
    processesFile,
    joinFiles,
    add(pid) {
      for (const file of joinFiles) writeFileSync(file, String(pid));
    },
    limit({ memoryMiB, vcpus }) {
      const bytes = String(memoryMiB * 1024 * 1024);
      const quota =
        vcpus >= cores ? undefined : Math.max(MIN_CPU_QUOTA_US, Math.round(vcpus * CPU_PERIOD_US));
      const done: Record<Controller, boolean> =
        hierarchy.version === 1
          ? {
              memory: limitMemoryV1(set, bytes),
              cpu: set('cpu', 'cpu.cfs_quota_us', String(quota ?? -1)),
              pids: true,
            }
          : {
              memory: limitMemoryV2(set, bytes),
              cpu: set('cpu', 'cpu.max', `${quota ?? 'max'} ${CPU_PERIOD_US}`),
              pids: true,
            };
      return CONTROLLERS.filter((controller) => !done[controller]);
    },
    processes: () => readText(processesFile).split('\n').filter(Boolean).map(Number),
    oomKills: () => Number(/^oom_kill (\d+)$/m.exec(events.read())?.[1] ?? 0),
    remove() {
      events.close();
      return folders.map(removeFolder).every(Boolean);
    },
  };
}

/** Read before every attempt, hence kept open: that makes it a tenth of the cost. Reads as '' when there is no such file. */
function openEvents(file: string): { read(): string; close(): void } {
  const buffer = Buffer.alloc(512);
  let fd: number | undefined;
  return {
    read() {
      try {
        fd ??= openSync(file, 'r');
        return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
      } catch {
        return ''; // no memory controller, or the group is gone: no kills that we could know of
      }
    },
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // the group is gone: nothing runs in it
  }
}

type SetValue = (controller: Controller, file: string, value: string) => boolean;

/** No swap on top of memory. The sum of both may never be below memory alone, hence the detour; kernels without swap accounting lack it. */
function limitMemoryV1(set: SetValue, bytes: string): boolean {
  set('memory', 'memory.memsw.limit_in_bytes', '-1');
  const done = set('memory', 'memory.limit_in_bytes', bytes);
  set('memory', 'memory.memsw.limit_in_bytes', bytes);
  return done;
}

function limitMemoryV2(set: SetValue, bytes: string): boolean {
  set('memory', 'memory.swap.max', '0');
  return set('memory', 'memory.max', bytes);
}
