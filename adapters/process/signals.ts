// Sends a signal to everything an attempt started, never to its slot shell, which has to live to write the exit code.
// Requests of one moment share one look at the process table: ending a thousand jobs must not read it a thousand times.
import { readFileSync } from 'node:fs';
import type { SlotIdentity } from './attempt-record.ts';
import { listProcesses, membersOf } from './process-table.ts';
import type { ProcessEntry } from './process-table.ts';
import type { SlotGroup } from './slot-groups.ts';
import { SLOT_NAME } from './slot-script.ts';

export interface SignalTarget {
  readonly identity: SlotIdentity;
  /** Finds every process exactly; without it the process table finds those of the slot's session and their descendants. */
  readonly group?: SlotGroup | undefined;
}

export interface Signals {
  /** Resolves to the number of processes that took it. A command that is only being started does not take SIGTERM yet. */
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
    for (const { target, signal, done } of requests) {
      const pids = pidsOf(target, processes);
      done(sendAll(signal === 'SIGTERM' ? pids.filter((pid) => !isStarting(pid)) : pids, signal));
    }
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
  if (group) return group.processes().filter((pid) => pid > 0 && pid !== identity.pid);
  return membersOf(identity, processes).map(({ pid }) => pid);
}

/**
 * Between its fork and its exec a command is still the slot shell, down to the trap that shrugs SIGTERM off: a signal sent
 * then would be lost. The command line tells, because it changes with the exec.
 */
function isStarting(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`\0${SLOT_NAME}\0`);
  } catch {
    return false; // ended meanwhile: the signal will find nobody
  }
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
