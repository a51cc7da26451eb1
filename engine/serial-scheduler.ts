// Runs scheduling passes one after the other for a home that has one process per domain. Wakes that come while a pass
// runs are folded into the next one; a wake is never lost while the process lives, and a restart always begins with one.
import type { Pass } from './schedule.ts';

export interface SerialScheduler {
  /** `ended`: attempts whose capacity is to be given back. */
  wake(ended?: readonly string[]): void;
  /** Resolves when no pass runs and none is due. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface SerialSchedulerOptions {
  readonly pass: (ended: readonly string[]) => Promise<Pass>;
  readonly onPass?: (pass: Pass) => void;
  readonly onError: (error: unknown) => void;
  /** Waits before a failed pass is repeated; doubles up to 64 times as long. */
  readonly retryDelayMs?: number;
}

export function createSerialScheduler(options: SerialSchedulerOptions): SerialScheduler {
  const ended = new Set<string>();
  let due = false;
  let stopped = false;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    let failures = 0;
    while (due && !stopped) {
      due = false;
      const batch = [...ended];
      ended.clear();
      try {
        const pass = await options.pass(batch);
        failures = 0;
        if (pass.more) due = true;
        options.onPass?.(pass);
      } catch (error) {
        for (const id of batch) ended.add(id);
        due = true;
        options.onError(error);
        await delay((options.retryDelayMs ?? 20) * 2 ** Math.min(failures, 6));
        failures += 1;
      }
    }
    running = undefined;
  }

  return {
    wake(attemptIds = []) {
      for (const id of attemptIds) ended.add(id);
      due = true;
      if (!running && !stopped) running = Promise.resolve().then(run);
    },
    async idle() {
      while (running) await running;
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
