// A launcher whose observations are committed before a function ends: nothing goes on in a function after its answer.
import type { Launcher, Observation } from '../engine/launch-ports.ts';

export interface ObservedLauncher {
  readonly launcher: Launcher;
  /** Also for what somebody else than the launcher saw. */
  readonly take: (observation: Observation) => void;
  /** Resolves when everything that was seen is committed; throws when something could not be. */
  readonly settled: () => Promise<void>;
}

export function observeLauncher(
  launcher: Launcher,
  observe: (observation: Observation) => Promise<unknown>,
): ObservedLauncher {
  let pending: Promise<unknown>[] = [];
  const take = (observation: Observation): void => {
    const committed = observe(observation);
    // Its failure is thrown by settled(), which may come later than Node would wait for somebody to care.
    committed.catch(() => undefined);
    pending.push(committed);
  };
  launcher.onObservation(take);
  return {
    launcher,
    take,
    async settled() {
      while (pending.length > 0) {
        const now = pending;
        pending = [];
        const outcomes = await Promise.allSettled(now);
        const failed = outcomes.find((outcome) => outcome.status === 'rejected');
        if (failed) throw failed.reason;
      }
    },
  };
}
