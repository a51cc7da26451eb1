// Without cgroups a slot shell cannot see what a command left behind. Soon after one has ended, a look at the process table
// finds it, by session and descent, and kills it; a look serves all commands that ended meanwhile.
import type { SlotIdentity } from './attempt-record.ts';
import { leftoversOf, listProcesses } from './process-table.ts';
import { sendAll } from './signals.ts';

export interface Leftovers {
  lookSoon(): void;
  /** A last look, if one is due. */
  close(): void;
}

const LOOK_AFTER_MS = 300;

export function createLeftovers(
  slots: () => readonly { readonly identity: SlotIdentity; readonly busy: boolean }[],
): Leftovers {
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    timer = undefined;
    const processes = listProcesses();
    for (const { identity, busy } of slots())
      sendAll(
        leftoversOf(identity, busy, processes).map(({ pid }) => pid),
        'SIGKILL',
      );
  }

  return {
    lookSoon() {
      timer ??= setTimeout(look, LOOK_AFTER_MS).unref();
    },
    close() {
      if (!timer) return;
      clearTimeout(timer);
      look();
    },
  };
}
