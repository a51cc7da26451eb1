// Sends a signal to everything an attempt started, never to its slot shell, which has to live to write the exit code.
// Requests of one moment share one look at the process table: ending a thousand jobs must not read it a thousand times.
import type { SlotIdentity } from './attempt-record.ts';
import { listProcesses, membersOf } from './process-table.ts';
import type { ProcessEntry } from './process-table.ts';
import type { SlotGroup } from './slot-groups.ts';

export interface SignalTarget {
  readonly identity: SlotIdentity;
  /** Finds every process exactly; without it the process table finds those of the slot's session and their descendants. */
  readonly group?: SlotGroup | undefined;
}

export interface Signals {
  /** Resolves to the number of processes that were there to take it. */
  send(target: SignalTarget, signal: 'SIGTERM' | 'SIGKILL'): Promise<number>;
}

export function createSignals(): Signals {
  let batch: {
    readonly target: SignalTarget;
    readonly signal: NodeJS.Signals;
    readonly done: (count: number) => void;
  }[] = [];

  function flush(): void {
    const requests = batch;
    batch = [];
    const processes = requests.some(({ target }) => !target.group) ? listProcesses() : [];
    for (const { target, signal, done } of requests) done(sendAll(pidsOf(target, processes), signal));
  }

  return {
    send: (target, signal) =>
      new Promise((done) => {
        if (batch.length === 0) setImmediate(flush);
        batch.push({ target, signal, done });
      }),
  };
}

function pidsOf({ identity, group }: SignalTarget, processes: readonly ProcessEntry[]): readonly number[] {
  if (group) return group.processes().filter((pid) => pid !== identity.pid);
  return membersOf(identity, processes).map(({ pid }) => pid);
}

/** How many of them were still there. */
export function sendAll(pids: readonly number[], signal: NodeJS.Signals): number {
  return pids.filter((pid) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false; // ended meanwhile, or changed to a user we may not signal
    }
  }).length;
}
