// Runs scheduling passes one after the other for a home that has one process per domain. Wakes that come while a pass
// runs are folded into the next one; a wake is never lost while the process lives, and a restart always begins with one.
// Where a pass says when the next is due at the latest, a timer wakes it then.
import type { EpochMs } from '../core/ids.ts';
import type { Pass } from './schedule.ts';

/** The longest that a timer of Node can wait is 2^31 - 1 ms; a pass that comes early looks again. */
const LONGEST_TIMER_MS = 2_147_483_647;

export interface SerialScheduler {
  /** `ended`: attempts whose capacity is to be given back. */
  wake(ended?: readonly string[]): void;
  /** What may be scheduled has changed: the next pass first judges anew who was set aside. */
  reconsider(): void;
  /** Resolves when no pass runs and none is due. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface SerialSchedulerOptions {
  readonly pass: (ended: readonly string[]) => Promise<Pass>;
  /**
   * Puts who was set aside back in line. Never beside a pass: one under way may yet set jobs aside by what it has read
   * before the change, and nobody would look at them again.
   */
  readonly reconsider: () => Promise<void>;
  readonly onPass?: (pass: Pass) => void;
  readonly onError: (error: unknown) => void;
  readonly nowMs: () => EpochMs;
  /** Waits before a failed pass is repeated; doubles up to 64 times as long. */
  readonly retryDelayMs?: number;
}

export function createSerialScheduler(options: SerialSchedulerOptions): SerialScheduler {
  const ended = new Set<string>();
  let due = false;
  let isReconsiderationDue = false;
  let stopped = false;
  let running: Promise<void> | undefined;
  let alarm: NodeJS.Timeout | undefined;

  function wake(attemptIds: readonly string[] = []): void {
    for (const id of attemptIds) ended.add(id);
    due = true;
    if (!running && !stopped) running = Promise.resolve().then(run);
  }

  /** Each pass says anew when the next look is due; an earlier alarm is then void. */
  function setAlarm(atMs: EpochMs | undefined): void {
    clearTimeout(alarm);
    if (atMs === undefined || stopped) return;
    alarm = setTimeout(() => wake(), Math.min(LONGEST_TIMER_MS, Math.max(0, atMs - options.nowMs())));
    alarm.unref();
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (due && !stopped) {
      due = false;
      const batch = [...ended];
      ended.clear();
      const reconsiders = isReconsiderationDue;
      isReconsiderationDue = false;
      try {
        if (reconsiders) await options.reconsider();
        const pass = await options.pass(batch);
        failures = 0;
        if (pass.more) due = true;
        setAlarm(pass.nextLookAtMs);
        options.onPass?.(pass);
      } catch (error) {
        for (const id of batch) ended.add(id);
        isReconsiderationDue ||= reconsiders;
        due = true;
        options.onError(error);
        await delay((options.retryDelayMs ?? 20) * 2 ** Math.min(failures, 6));
        failures += 1;
      }
    }
    running = undefined;
  }

  return {
    wake,
    reconsider() {
      isReconsiderationDue = true;
      wake();
    },
    async idle() {
      while (running) await running;
    },
    async stop() {
      stopped = true;
      clearTimeout(alarm);
      await running;
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
