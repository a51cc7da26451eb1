// Keeps a running container's log file up to date until it ends. Invariant: when `finish` resolves, everything the Engine
// kept of the container's output is in the file, or the failure was reported.
import type { LogCopy } from './log-copy.ts';
import type { Patience } from './patience.ts';

export interface LogFollower {
  /** Starts following; again: nothing. For a container that is running. */
  begin(): void;
  /** After the container's end: takes what is missing and closes the file. */
  finish(): Promise<void>;
  /** Gives up: what is missing is taken by whoever takes up the container next. */
  abandon(): Promise<void>;
}

/**
 * How long a stream may go on after its container's end. It usually ends by itself at once; cutting it loses nothing, as
 * the last reading goes on from its last byte.
 */
const TRAIL_MS = 1_000;
const LAST_READING_TRIES = 5;

export function createLogFollower(copy: LogCopy, patience: Patience, signal: AbortSignal): LogFollower {
  const cut = new AbortController();
  const ending = new AbortController();
  let following: Promise<void> | undefined;

  const follow = async (): Promise<void> => {
    const both = AbortSignal.any([signal, cut.signal]);
    const pausing = AbortSignal.any([both, ending.signal]);
    for (let failures = 0; !pausing.aborted; failures += 1) {
      try {
        await copy.read({ follow: true, signal: both });
      } catch (error) {
        if (!both.aborted) patience.report('docker.log.interrupted', error);
      }
      // A stream that ended before its container is taken up again.
      await patience.pause(failures, pausing);
    }
  };
  const settle = async (): Promise<void> => {
    ending.abort();
    if (!following) return;
    const timer = setTimeout(() => cut.abort(new Error('The container has ended.')), TRAIL_MS);
    await following;
    clearTimeout(timer);
  };
  const readTheRest = async (): Promise<void> => {
    for (let tries = 1; tries <= LAST_READING_TRIES; tries += 1) {
      try {
        return await copy.read({ follow: false, signal });
      } catch (error) {
        if (signal.aborted) throw error;
        // After the last try the exit is told all the same: it must not wait for a full disk.
        patience.report('docker.log.incomplete', error);
        await patience.pause(tries, signal);
      }
    }
  };
  return {
    begin() {
      following ??= follow();
    },
    async finish() {
      await settle();
      try {
        await readTheRest();
      } finally {
        await copy.close();
      }
    },
    async abandon() {
      cut.abort(new Error('The container is no longer followed.'));
      await settle();
      await copy.close();
    },
  };
}
