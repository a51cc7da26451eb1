// How this adapter bears an Engine that does not answer: growing pauses, and a line in the server's own log.
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Waits before the next try; `failures` 0 is the first pause. Returns at once when the signal is or gets aborted. */
  pause(failures: number, signal: AbortSignal): Promise<void>;
  report(event: string, error: unknown): void;
}

export type Report = (event: string, fields: Readonly<Record<string, string>>) => void;

export interface Pauses {
  readonly firstMs: number;
  readonly longestMs: number;
}

export function createPatience(
  pauses: Pauses,
  report: Report,
  fields: Readonly<Record<string, string>>,
): Patience {
  return {
    async pause(failures, signal) {
      const delayMs = Math.min(pauses.longestMs, pauses.firstMs * 2 ** failures);
      try {
        await sleep(delayMs, undefined, { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    report(event, error) {
      report(event, { ...fields, error: error instanceof Error ? error.message : String(error) });
    },
  };
}
