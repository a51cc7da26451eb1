// One reading for many who ask at the same time. Invariant: nobody is answered with what was read before they asked.
import { setTimeout as delay } from 'node:timers/promises';

export type SharedReading<Value> = () => Promise<Value>;

/** Readings begin at least `everyMs` apart; who asks in between waits for the next one, together with the others. */
export function shareReading<Value>(everyMs: number, read: () => Promise<Value>): SharedReading<Value> {
  let begunAtMs = Number.NEGATIVE_INFINITY;
  let next: Promise<Value> | undefined;

  const readNext = async (): Promise<Value> => {
    const waitMs = begunAtMs + everyMs - performance.now();
    // Even without a wait, those who ask in the same turn share it.
    await delay(Math.max(0, waitMs));
    begunAtMs = performance.now();
    next = undefined;
    return read();
  };
  return () => (next ??= readNext());
}
