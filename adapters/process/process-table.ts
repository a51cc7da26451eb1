// Looks at the processes of this host through /proc: who is alive, since when, and who belongs to a slot.
import { readFileSync, readdirSync } from 'node:fs';
import type { SlotIdentity } from './attempt-record.ts';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks from boot to its start: with the pid, its identity until the next boot. */
  readonly startTicks: number;
  readonly ended: boolean;
}

/** Reads /proc/<pid>/stat; the name in parentheses may itself hold spaces and parentheses. */
export function parseStat(pid: number, stat: string): ProcessEntry | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, , session] = fields;
  const startTicks = fields[19];
  if (state === undefined || parent === undefined || session === undefined || startTicks === undefined)
    return undefined;
  return {
    pid,
    parent: Number(parent),
    session: Number(session),
    startTicks: Number(startTicks),
    ended: state === 'Z' || state === 'X',
  };
}

/** `undefined`: there is no such process. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined; // gone, or never there: both read as absent
  }
}

export function listProcesses(): readonly ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** Everything that guards against a second run or a wrong signal rests on /proc; without it there is no such runtime. */
export function requireProcFs(): void {
  if (!readProcess(process.pid))
    throw new Error('the process runtime needs Linux: /proc/<pid>/stat cannot be read');
}

let knownBootId: string | undefined;
export function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return knownBootId;
}

/** Whether that very slot shell is still there. */
export function isAlive(slot: SlotIdentity): boolean {
  const entry = slot.bootId === bootId() ? readProcess(slot.pid) : undefined;
  return entry !== undefined && !entry.ended && entry.startTicks === slot.startTicks;
}

/**
 * What a slot shell started, without the shell: its session, and descendants that left the session. A process that did
 * both, leave the session and lose its parent, is not found; only a cgroup holds on to such a one.
 */
export function membersOf(slot: SlotIdentity, processes: readonly ProcessEntry[]): readonly ProcessEntry[] {
  if (slot.bootId !== bootId()) return [];
  const leader = processes.find(({ pid }) => pid === slot.pid);
  if (leader && leader.startTicks !== slot.startTicks) return []; // the pid is somebody else's now
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const found = new Map<number, ProcessEntry>();
  const visit = (entry: ProcessEntry): void => {
    if (entry.pid === slot.pid || found.has(entry.pid)) return;
    found.set(entry.pid, entry);
    children.get(entry.pid)?.forEach(visit);
  };
  children.get(slot.pid)?.forEach(visit);
  processes
    .filter((entry) => entry.session === slot.pid && entry.startTicks >= slot.startTicks)
    .forEach(visit);
  return [...found.values()].filter((entry) => !entry.ended);
}

/**
 * Members that an earlier attempt of this slot left behind. While a command runs in the slot, only what is older than
 * that command can be told apart from what the command itself started.
 */
export function leftoversOf(
  slot: SlotIdentity,
  busy: boolean,
  processes: readonly ProcessEntry[],
): readonly ProcessEntry[] {
  const members = membersOf(slot, processes);
  if (!busy) return members;
  const command = members.find(({ parent }) => parent === slot.pid);
  return command ? members.filter(({ startTicks }) => startTicks < command.startTicks) : [];
}
