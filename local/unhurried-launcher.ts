// The launcher as reactions and state machines use it. A stop takes as long as its grace and a clean-up as long as the runtime
// likes: neither holds up what else is to be done, and neither is given up while this process lives; the next start asks for
// stops again. An attempt that was forgotten has ended, so it is never started, also by a call that comes late.
import type { Launcher } from '../engine/launch-ports.ts';
import { BoundedCache } from '../engine/store/bounded-cache.ts';

export interface UnhurriedOptions {
  readonly launcher: Launcher;
  /** Makes the task of an attempt that is being started findable. */
  readonly recordTask: (attemptId: string) => Promise<void>;
  /** Does the work after a while, and again until it succeeds. */
  readonly later: (delayMs: number, work: () => Promise<unknown>) => void;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

const AGAIN_MS = 1_000;
/** A call that was under way when an attempt was forgotten comes within moments. */
const FORGOTTEN_KEPT = 10_000;

export function createUnhurriedLauncher({ launcher, recordTask, later, log }: UnhurriedOptions): Launcher {
  const starting = new Map<string, Set<Promise<unknown>>>();
  const forgotten = new BoundedCache<string, true>(FORGOTTEN_KEPT);

  /** An earlier call may still be under way when a machine tries again. */
  function noteStart(attemptId: string, started: Promise<unknown>): void {
    const underWay = starting.get(attemptId) ?? new Set();
    starting.set(attemptId, underWay.add(started));
    const isOver = (): void => {
      underWay.delete(started);
      if (underWay.size === 0) starting.delete(attemptId);
    };
    started.then(isOver, isOver);
  }

  function unhurried(name: string, attempt: string, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      log(`${name}.failed`, { attempt, error: error instanceof Error ? error.message : String(error) });
      later(AGAIN_MS, work);
    });
  }

  return {
    ...launcher,
    async start(task) {
      const { attemptId } = task;
      if (forgotten.get(attemptId)) return { started: false, reason: 'The attempt has ended' };
      const started = launcher.start(task);
      noteStart(attemptId, started);
      const [outcome] = await Promise.all([started, recordTask(attemptId)]);
      return outcome;
    },
    async stop(attempt, graceSeconds) {
      unhurried('stop', attempt, () => launcher.stop(attempt, graceSeconds));
    },
    async forget(attempt, taskId) {
      forgotten.set(attempt, true);
      unhurried('forget', attempt, async () => {
        // Forgotten under its hands, a start of what has run already would start it once more. How it goes is its caller's.
        await Promise.allSettled(starting.get(attempt) ?? []);
        await launcher.forget(attempt, taskId);
      });
    },
  };
}
