// One slot: a shell that runs one job after the other, the leader of its own session so that no signal meant for the
// server reaches it. It ends when its stdin closes, and not before the job it is running.
import { spawn } from 'node:child_process';
import type { Controller } from './cgroup-hierarchies.ts';
import { readProcess } from './process-table.ts';
import type { GroupLimits, SlotGroup } from './slot-groups.ts';
import { SLOT_NAME, SLOT_SCRIPT } from './slot-script.ts';

export interface SlotOptions {
  /** The shell and its first arguments, such as `['/bin/sh']` or `['/bin/busybox', 'sh']`. */
  readonly shell: readonly [string, ...string[]];
  /** Of env(1). */
  readonly envPath: string;
  readonly attemptsRoot: string;
  readonly logsRoot: string;
  readonly group?: SlotGroup;
  /** The shell joins its group itself, which may take milliseconds; otherwise this is done here, and a refusal is thrown. */
  readonly joinsItself: boolean;
}

export interface SlotListener {
  /** The command is about to be executed. */
  running(): void;
  /** `dirty`: something it left behind could not be killed. */
  exited(exitCode: number, dirty: boolean): void;
  /** The shell itself has ended, or could not be started. */
  gone(): void;
}

export interface Slot {
  readonly pid: number;
  readonly startTicks: number;
  readonly group?: SlotGroup;
  /** Who hears of the job in this slot; set before `run`. */
  listener: SlotListener | undefined;
  /** Limits the idle slot, if it is not limited so already. Returns what could not be limited. */
  limit(limits: GroupLimits): readonly Controller[];
  isLimitedTo(limits: GroupLimits): boolean;
  /** Processes of its group killed for memory so far; what comes on top belongs to the job that is given now. */
  oomKillsBefore(): number;
  /** How many have come on top. */
  takeOomKills(): number;
  /** `name`: `<2 hex>/<taskId>`, whose record is written. */
  run(name: string): void;
  /** Closes its stdin: it ends after the job it may be running. */
  retire(): void;
  /** Stops listening and lets the server end without it. */
  abandon(): void;
  /** Resolves when the shell has ended. */
  readonly ended: Promise<void>;
}

const EVERYTHING: readonly Controller[] = ['memory', 'cpu', 'pids'];

/** Throws when the shell cannot be started. */
export function openSlot(options: SlotOptions): Slot {
  const { shell, group } = options;
  const child = spawn(
    shell[0],
    [
      ...shell.slice(1),
      '-c',
      SLOT_SCRIPT,
      SLOT_NAME,
      options.attemptsRoot,
      options.logsRoot,
      group?.processesFile ?? '',
      options.envPath,
      ...(options.joinsItself ? (group?.joinFiles ?? []) : []),
    ],
    { cwd: '/', env: {}, detached: true, stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`slot shell ${shell.join(' ')} could not be started`);
  try {
    if (!options.joinsItself) group?.add(pid);
  } catch (cause) {
    child.kill('SIGKILL');
    throw new Error('slot shell could not be put into its cgroup', { cause });
  }
  let limitedTo: { readonly limits: GroupLimits; readonly missing: readonly Controller[] } | undefined;
  let rest = '';
  let oomKills = 0;
  const slot: Slot = {
    pid,
    startTicks: readProcess(pid)?.startTicks ?? 0,
    ...(group ? { group } : {}),
    listener: undefined,
    isLimitedTo: ({ memoryMiB, vcpus }) =>
      limitedTo?.limits.memoryMiB === memoryMiB && limitedTo.limits.vcpus === vcpus,
    limit(limits) {
      if (!group) return EVERYTHING;
      if (!slot.isLimitedTo(limits)) limitedTo = { limits, missing: group.limit(limits) };
      return limitedTo?.missing ?? EVERYTHING;
    },
    oomKillsBefore() {
      oomKills = group?.oomKills() ?? 0;
      return oomKills;
    },
    takeOomKills: () => (group?.oomKills() ?? 0) - oomKills,
    run: (name) => void child.stdin.write(`${name}\n`),
    retire: () => void child.stdin.end(),
    abandon() {
      slot.listener = undefined;
      child.stdin.end();
      child.stdout.destroy();
      child.unref();
    },
    ended,
  };
  // A shell that died shows by its exit; writing to it then fails as well, which adds nothing.
  child.stdin.on('error', () => undefined);
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hear(slot, line);
  });
  void ended.then(() => slot.listener?.gone());
  return slot;
}

function hear(slot: Slot, line: string): void {
  if (line === 'r') {
    slot.listener?.running();
    return;
  }
  const [, exitCode, dirty] = line.split(' ');
  slot.listener?.exited(Number(exitCode), dirty === 'dirty');
}
