// A clock and all of Node's timers, moved by the simulation alone. The engine under test runs as it is: it calls the real
// `setTimeout`, which for the length of a history is this one. A process that dies takes its timers with it.
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import type { Clock } from '../../engine/ports.ts';

export interface SimulatedTime {
  /** What the server and the runtime take for the time of day. */
  readonly clock: Clock;
  /** What timers go by. */
  readonly elapsedMs: () => number;
  /** Sets the time of day to so much before or after what it would be, as NTP does; timers do not notice. */
  setClockOff(ms: number): void;
  /** When the next timer rings that is worth waiting for: neither repeated for ever nor days away. */
  nextTimerAtMs(): number | undefined;
  /** Rings the earliest timer that is due by now; false when none is. */
  ringOne(): boolean;
  moveTo(elapsedMs: number): void;
  /** The process is gone, and its timers with it. */
  dropTimers(): void;
  /** Puts Node's own timers back. */
  uninstall(): void;
}

interface Entry {
  atMs: number;
  readonly order: number;
  readonly everyMs?: number;
  readonly ring: () => void;
}

/** What waits longer than this waits for a day that no history reaches. */
const FAR_MS = 24 * 3_600_000;

export function installSimulatedTime(startMs: number): SimulatedTime {
  let nowMs = 0;
  let offMs = 0;
  let order = 0;
  let timers = new Set<Entry>();

  function add(delayMs: number | undefined, ring: () => void, repeats: boolean): NodeJS.Timeout {
    // As Node does: at least a millisecond, and a fraction is dropped.
    const everyMs = Math.max(1, Math.trunc(delayMs ?? 1));
    const entry: Entry = {
      atMs: nowMs + everyMs,
      order: (order += 1),
      ring,
      ...(repeats ? { everyMs } : {}),
    };
    timers.add(entry);
    const handle = { entry, unref: () => handle, ref: () => handle };
    return handle as unknown as NodeJS.Timeout; // what the engine uses of one
  }
  const remove = (handle: unknown): void => {
    const { entry } = (handle ?? {}) as { entry?: Entry }; // made by `add`, or nothing
    if (entry) timers.delete(entry);
  };
  const first = (isWanted: (entry: Entry) => boolean): Entry | undefined => {
    let found: Entry | undefined;
    for (const entry of timers) {
      if (!isWanted(entry)) continue;
      if (!found || entry.atMs < found.atMs || (entry.atMs === found.atMs && entry.order < found.order))
        found = entry;
    }
    return found;
  };

  const uninstall = replaceNodeTimers({
    setTimeout: (ring, delayMs) => add(delayMs, ring, false),
    setInterval: (ring, delayMs) => add(delayMs, ring, true),
    clear: remove,
  });

  return {
    clock: { now: () => startMs + nowMs + offMs },
    elapsedMs: () => nowMs,
    setClockOff(ms) {
      offMs = ms;
    },
    nextTimerAtMs: () => first((entry) => entry.everyMs === undefined && entry.atMs - nowMs < FAR_MS)?.atMs,
    ringOne() {
      const due = first((entry) => entry.atMs <= nowMs);
      if (!due) return false;
      if (due.everyMs === undefined) timers.delete(due);
      else due.atMs += due.everyMs;
      due.ring();
      return true;
    },
    moveTo(elapsedMs) {
      nowMs = Math.max(nowMs, elapsedMs);
    },
    dropTimers() {
      timers = new Set();
    },
    uninstall,
  };
}

interface Replacement {
  readonly setTimeout: (ring: () => void, delayMs?: number) => NodeJS.Timeout;
  readonly setInterval: (ring: () => void, delayMs?: number) => NodeJS.Timeout;
  readonly clear: (handle: unknown) => void;
}

function replaceNodeTimers(replacement: Replacement): () => void {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  const pause = timersPromises.setTimeout;
  const fakes = {
    setTimeout: replacement.setTimeout,
    setInterval: replacement.setInterval,
    clearTimeout: replacement.clear,
    clearInterval: replacement.clear,
  };
  Object.assign(globalThis, fakes);
  Object.assign(timersPromises, { setTimeout: pauseWith(replacement) });
  syncBuiltinESMExports();
  return () => {
    Object.assign(globalThis, { setTimeout, setInterval, clearTimeout, clearInterval });
    Object.assign(timersPromises, { setTimeout: pause });
    syncBuiltinESMExports();
  };
}

/** `setTimeout` of node:timers/promises. */
function pauseWith(timers: Replacement) {
  return (delayMs?: number, value?: unknown, options?: { readonly signal?: AbortSignal }): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const signal = options?.signal;
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const handle = timers.setTimeout(() => resolve(value), delayMs);
      signal?.addEventListener('abort', () => {
        timers.clear(handle);
        reject(signal.reason);
      });
    });
}

/** One turn of the event loop, in which everything that is ready runs. */
export function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
