// A clock and its timers that move only when a test says so.
import type { Clock } from '../../../engine/ports.ts';
import type { Timer } from '../../../adapters/asl/alarm-queue.ts';

export interface FakeTime {
  readonly clock: Clock;
  readonly timer: Timer;
  /** How many timers are set at the moment. */
  readonly armed: () => number;
  /** Lets everything run that is ready, without moving the clock. */
  settle(): Promise<void>;
  /** Moves the clock, ringing every timer at its own instant and letting its consequences run. */
  advance(ms: number): Promise<void>;
}

export const START_MS = Date.UTC(2030, 0, 1);

export function createFakeTime(startMs = START_MS): FakeTime {
  let nowMs = startMs;
  const timers = new Set<{ readonly atMs: number; readonly ring: () => void }>();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    clock: { now: () => nowMs },
    timer: {
      set(delayMs, ring) {
        // Node would ring such a timer at once.
        if (delayMs > 2 ** 31 - 1) throw new RangeError(`${delayMs} ms do not fit into a timer`);
        const entry = { atMs: nowMs + delayMs, ring };
        timers.add(entry);
        return () => timers.delete(entry);
      },
    },
    armed: () => timers.size,
    settle,
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (;;) {
        const due = [...timers].filter((entry) => entry.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        const [first] = due;
        if (first === undefined) break;
        timers.delete(first);
        nowMs = Math.max(nowMs, first.atMs);
        first.ring();
        await settle();
      }
      nowMs = untilMs;
      await settle();
    },
  };
}
