// Attempts that an earlier server started. Their slot shells talk to nobody any more, so their records are looked at a few
// times a second; attempts of this server never are.
import type { EpochMs } from '../../core/ids.ts';
import type { Exit } from '../../engine/ports.ts';
import { fateOf } from './attempt-exit.ts';
import type { Fate } from './attempt-exit.ts';
import type { AttemptFiles } from './attempt-files.ts';
import type { AttemptRecord } from './attempt-record.ts';
import { isAlive } from './process-table.ts';
import type { Signals } from './signals.ts';
import type { SlotGroup, SlotGroups } from './slot-groups.ts';
import type { Stoppable, Stops } from './stops.ts';

export interface AdoptionOptions<A extends Stoppable> {
  readonly files: AttemptFiles;
  readonly groups: () => SlotGroups | undefined;
  readonly signals: Signals;
  readonly stops: Stops;
  readonly now: () => EpochMs;
  readonly onRunning: (attempt: A, startedAtMs: EpochMs) => void;
  readonly onEnded: (attempt: A, exit: Exit, atMs: EpochMs) => void;
  readonly lookEveryMs: number;
}

export interface Adoptions<A extends Stoppable> {
  /** `watched`: it lives, and its end will be told. `ended`: that has been told. `unknown`: it never ran. */
  take(attempt: A): 'watched' | 'ended' | 'unknown';
  close(): void;
}

interface Watched<A> {
  readonly attempt: A;
  readonly group: SlotGroup | undefined;
  running: boolean;
}

export function createAdoptions<A extends Stoppable>(options: AdoptionOptions<A>): Adoptions<A> {
  const { files, signals, stops } = options;
  const watched = new Set<Watched<A>>();
  let timer: NodeJS.Timeout | undefined;

  /** The shell writes the exit code and ends: a record read before it was seen to be gone may lack that line. */
  function readWithLife(
    taskId: string,
  ): { readonly record: AttemptRecord | undefined; readonly lives: boolean } | 'absent' {
    const first = files.read(taskId);
    if (first === 'absent' || !first?.slot)
      return first === 'absent' ? first : { record: first, lives: false };
    if (isAlive(first.slot)) return { record: first, lives: true };
    const again = files.read(taskId);
    return again === 'absent' ? again : { record: again, lives: false };
  }

  function look(
    attempt: A,
    group: SlotGroup | undefined,
  ): { readonly fate: Fate; readonly record?: AttemptRecord | undefined } {
    const read = readWithLife(attempt.taskId);
    if (read === 'absent') return { fate: { kind: 'never-ran' } };
    const { record, lives } = read;
    const openedAtMs = files.logOpenedAtMs(attempt.taskId);
    const fate = fateOf(record, lives, {
      hasLog: openedAtMs !== undefined,
      oomKilled: group !== undefined && group.oomKills() > (record?.slot?.oomKills ?? 0),
      ...(record?.ran && openedAtMs !== undefined ? { startedAtMs: openedAtMs } : {}),
    });
    return { fate, record };
  }

  function endedAtMs(attempt: A): EpochMs {
    return files.stat(attempt.taskId)?.changedAtMs ?? options.now();
  }

  /** Without a cgroup the shell could not kill what the command left behind; nor could it if it was killed itself. */
  function conclude(attempt: A, group: SlotGroup | undefined, exit: Exit): void {
    const atMs = exit.cause === 'host-lost' ? options.now() : endedAtMs(attempt);
    if (attempt.target) void signals.send(attempt.target, 'SIGKILL').then(() => group?.remove());
    options.onEnded(attempt, exit, atMs);
  }

  function announce(entry: Watched<A>): void {
    if (entry.running) return;
    entry.running = true;
    options.onRunning(entry.attempt, files.logOpenedAtMs(entry.attempt.taskId) ?? endedAtMs(entry.attempt));
  }

  function lookAgain(entry: Watched<A>): void {
    const { fate } = look(entry.attempt, entry.group);
    switch (fate.kind) {
      case 'not-yet':
        return;
      case 'running':
        announce(entry);
        return;
      case 'never-ran':
        watched.delete(entry);
        options.onEnded(entry.attempt, { cause: 'host-lost' }, options.now());
        return;
      case 'ended':
        watched.delete(entry);
        conclude(entry.attempt, entry.group, fate.exit);
    }
  }

  function watch(): void {
    timer ??= setInterval(() => {
      for (const entry of [...watched]) lookAgain(entry);
      if (watched.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    }, options.lookEveryMs);
  }

  function start(
    attempt: A,
    group: SlotGroup | undefined,
    record: AttemptRecord | undefined,
    running: boolean,
  ): void {
    const entry: Watched<A> = { attempt, group, running: false };
    watched.add(entry);
    if (running) announce(entry);
    if (record?.killAtMs !== undefined) stops.resume(attempt, record.killAtMs);
    watch();
  }

  return {
    take(attempt) {
      const record = files.read(attempt.taskId);
      if (record === 'absent' || !record) return 'unknown';
      const group = record.slot?.group === undefined ? undefined : options.groups()?.open(record.slot.group);
      if (record.slot) attempt.target = { identity: record.slot, group };
      const { fate } = look(attempt, group);
      switch (fate.kind) {
        case 'never-ran':
          return 'unknown';
        case 'ended':
          conclude(attempt, group, fate.exit);
          return 'ended';
        case 'running':
        case 'not-yet':
          start(attempt, group, record, fate.kind === 'running');
          return 'watched';
      }
    },
    close: () => clearInterval(timer),
  };
}
