// Ends attempts: SIGTERM to everything they started, and SIGKILL when the grace is over, again and again until they have ended.
// The wish is in the record before the first signal, so that a server that starts meanwhile can finish the work.
import type { EpochMs } from '../../core/ids.ts';
import type { SignalTarget, Signals } from './signals.ts';

export interface Stoppable {
  readonly taskId: string;
  /** Absent while it waits for a slot. */
  target: SignalTarget | undefined;
  hasEnded: boolean;
  killAtMs?: EpochMs;
  stopTimer?: NodeJS.Timeout;
}

export interface StopOptions {
  readonly signals: Signals;
  readonly now: () => EpochMs;
  readonly recordStop: (taskId: string, killAtMs: EpochMs) => void;
}

/** A command that is just being started is not there yet to take a signal. */
const LOOK_AGAIN_MS = 20;
const KILL_AGAIN_MS = 50;

export interface Stops {
  /** Resolves when the first signal is sent. An earlier stop with less grace stays as it is. */
  stop(attempt: Stoppable, graceSeconds: number): Promise<void>;
  /** Takes up a stop that an earlier server began. */
  resume(attempt: Stoppable, killAtMs: EpochMs): void;
}

export function createStops({ signals, now, recordStop }: StopOptions): Stops {
  async function signal(attempt: Stoppable, name: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    return attempt.target && !attempt.hasEnded ? signals.send(attempt.target, name) : 0;
  }

  function later(attempt: Stoppable, delayMs: number, act: (attempt: Stoppable) => Promise<void>): void {
    clearTimeout(attempt.stopTimer);
    attempt.stopTimer = setTimeout(() => void act(attempt), delayMs);
  }

  async function killUntilEnded(attempt: Stoppable): Promise<void> {
    await signal(attempt, 'SIGKILL');
    if (!attempt.hasEnded) later(attempt, KILL_AGAIN_MS, killUntilEnded);
  }

  async function terminate(attempt: Stoppable): Promise<void> {
    const reached = await signal(attempt, 'SIGTERM');
    if (attempt.hasEnded) return;
    const leftMs = (attempt.killAtMs ?? 0) - now();
    if (reached > 0 || leftMs <= LOOK_AGAIN_MS) later(attempt, Math.max(0, leftMs), killUntilEnded);
    else later(attempt, LOOK_AGAIN_MS, terminate);
  }

  return {
    async stop(attempt, graceSeconds) {
      const killAtMs = now() + Math.max(0, graceSeconds) * 1000;
      const isFirst = attempt.killAtMs === undefined;
      if (!isFirst && (attempt.killAtMs ?? 0) <= killAtMs) return;
      attempt.killAtMs = killAtMs;
      recordStop(attempt.taskId, killAtMs);
      if (graceSeconds <= 0) await killUntilEnded(attempt);
      else if (isFirst) await terminate(attempt);
      else later(attempt, killAtMs - now(), killUntilEnded);
    },
    resume(attempt, killAtMs) {
      attempt.killAtMs = killAtMs;
      later(attempt, Math.max(0, killAtMs - now()), killUntilEnded);
    },
  };
}
