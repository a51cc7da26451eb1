// The clock of a simulated cloud. Everything that happens later is a timer, rung one at a time; the next one rings when all
// that the last one set going has come to a wait again. So a seed repeats a history, whatever real time a step takes.
import timersPromises from 'node:timers/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { Clock } from '../../../engine/ports.ts';
import { installSimulatedTime, turnOfEventLoop } from '../simulated-time.ts';
import { currentInvocation, never, suspended } from './invocation.ts';

export interface CloudTime {
  readonly clock: Clock;
  readonly elapsedMs: () => number;
  /** For the world's own doings: they belong to no invocation. The answer calls it off. */
  after(delayMs: number, happen: () => void): () => void;
  /** Work whose end the clock must wait for. */
  busy<T>(work: () => Promise<T> | T): Promise<T>;
  /** Told whether any invocation is at work. */
  watchWorkers(isWorking: () => boolean): void;
  /** Until everything waits. */
  settle(): Promise<void>;
  /** Rings what is due within so long, in order; `onStep` follows each. */
  advance(ms: number, onStep: () => void): Promise<void>;
  uninstall(): void;
}

const START_MS = Date.UTC(2030, 0, 1);
/** Turns that real work, such as loading a module, may take. */
const PATIENT_TURNS = 200_000;

export function installCloudTime(): CloudTime {
  const time = installSimulatedTime(START_MS);
  const uninstallOwn = lendTimersToInvocations();
  const { setTimeout: ownTimer, clearTimeout: ownClear } = globalThis;
  let inProgress = 0;
  let isWorking = (): boolean => false;

  async function settle(): Promise<void> {
    for (let turns = 0; ; turns += 1) {
      if (turns > PATIENT_TURNS) throw new Error('something is at work without end, and waits for nothing');
      await turnOfEventLoop();
      if (inProgress === 0 && !isWorking()) return;
    }
  }

  return {
    clock: time.clock,
    elapsedMs: time.elapsedMs,
    after(delayMs, happen) {
      const timer = currentInvocation.exit(() => ownTimer(happen, delayMs));
      return () => ownClear(timer);
    },
    async busy(work) {
      inProgress += 1;
      try {
        return await work();
      } finally {
        inProgress -= 1;
      }
    },
    watchWorkers(given) {
      isWorking = given;
    },
    settle,
    async advance(ms, onStep) {
      await settle();
      const untilMs = time.elapsedMs() + ms;
      for (;;) {
        const atMs = time.nextTimerAtMs();
        if (atMs === undefined || atMs > untilMs) break;
        time.moveTo(atMs);
        time.ringOne();
        await settle();
        onStep();
      }
      time.moveTo(untilMs);
    },
    uninstall() {
      uninstallOwn();
      time.uninstall();
    },
  };
}

/** Pauses of a function are waits of its invocation, and end with it. Functions pause by promise only. */
function lendTimersToInvocations(): () => void {
  const pause = timersPromises.setTimeout;
  const lent = (ms?: number, value?: unknown): Promise<unknown> =>
    suspended(async (invocation) => {
      await pause(ms);
      return invocation?.alive === false ? never() : value;
    });
  Object.assign(timersPromises, { setTimeout: lent });
  syncBuiltinESMExports();
  return () => {
    Object.assign(timersPromises, { setTimeout: pause });
    syncBuiltinESMExports();
  };
}
