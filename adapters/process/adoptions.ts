// Attempts that an earlier server started. Their slot shells talk to nobody any more, so their records are looked at a few
// times a second; attempts of this server never are.
import type { EpochMs } from '../../core/ids.ts';
import type { Exit } from '../../engine/launch-ports.ts';
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
  told: 'nothing' | 'running' | 'ended';
}

interface Seen {
  readonly fate: Fate;
  readonly lives: boolean;
  readonly record: AttemptRecord | undefined;
}

export function createAdoptions<A extends Stoppable>(options: AdoptionOptions<A>): Adoptions<A> {
  const { files, signals, stops } = options;
  const watched = new Set<Watched<A>>();
  let timer: NodeJS.Timeout | undefined;

  /** The shell writes the exit code and ends: a record read before the shell was seen to be gone may lack that line. */
  function readWithLife(taskId: string): {
    readonly record: AttemptRecord | undefined;
    readonly lives: boolean;
  } {
    const first = files.read(taskId);
    if (first === 'absent' || !first?.slot)
      return { record: first === 'absent' ? undefined : first, lives: false };
    if (isAlive(first.slot)) return { record: first, lives: true };
    const again = files.read(taskId);
    return { record: again === 'absent' ? undefined : again, lives: false };
  }

  function look(attempt: A, group: SlotGroup | undefined): Seen {
    const { record, lives } = readWithLife(attempt.taskId);
    const openedAtMs = files.logOpenedAtMs(attempt.taskId);
    const fate = fateOf(record, lives, {
      hasLog: openedAtMs !== undefined,
      oomKilled: group !== undefined && group.oomKills() > (record?.slot?.oomKills ?? 0),
      ...(record?.ran && openedAtMs !== undefined ? { startedAtMs: openedAtMs } : {}),
    });
    return { fate, lives, record };
  }

  function tellEnd(attempt: A, exit: Exit): void {
    const changedAtMs = files.stat(attempt.taskId)?.changedAtMs;
    options.onEnded(
      attempt,
      exit,
      exit.cause === 'host-lost' ? options.now() : (changedAtMs ?? options.now()),
    );
  }

  /** Its shell is gone, so whatever is left of it belongs to nobody else. */
  function sweep({ attempt, group }: Pick<Watched<A>, 'attempt' | 'group'>): void {
    if (attempt.target) void signals.send(attempt.target, 'SIGKILL').then(() => group?.remove());
  }

  function lookAgain(entry: Watched<A>): void {
    const { fate, lives } = look(entry.attempt, entry.group);
    if (fate.kind === 'running' && entry.told === 'nothing') {
      entry.told = 'running';
      const atMs = files.logOpenedAtMs(entry.attempt.taskId) ?? files.stat(entry.attempt.taskId)?.changedAtMs;
      options.onRunning(entry.attempt, atMs ?? options.now());
    }
    if (lives && fate.kind !== 'ended') return;
    if (entry.told !== 'ended') {
      entry.told = 'ended';
      // Never ran: the shell that was to run it is gone. To start it again is for those who know whether it is still wanted.
      tellEnd(entry.attempt, fate.kind === 'ended' ? fate.exit : { cause: 'host-lost' });
    }
    if (lives) return;
    sweep(entry);
    watched.delete(entry);
  }

  function watch(entry: Watched<A>): void {
    watched.add(entry);
    lookAgain(entry);
    timer ??= setInterval(() => {
      watched.forEach(lookAgain);
      if (watched.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    }, options.lookEveryMs);
  }

  return {
    take(attempt) {
      const first = files.read(attempt.taskId);
      const slot = first === 'absent' ? undefined : first?.slot;
      const group = slot?.group === undefined ? undefined : options.groups()?.open(slot.group);
      if (slot) attempt.target = { identity: slot, group };
      const { fate, lives, record } = look(attempt, group);
      switch (fate.kind) {
        case 'never-ran':
          attempt.target = undefined;
          return 'unknown';
        case 'ended':
          if (!lives) sweep({ attempt, group });
          tellEnd(attempt, fate.exit);
          return 'ended';
        case 'running':
        case 'not-yet':
          if (record?.killAtMs !== undefined) stops.resume(attempt, record.killAtMs);
          watch({ attempt, group, told: 'nothing' });
          return 'watched';
      }
    },
    close: () => clearInterval(timer),
  };
}
