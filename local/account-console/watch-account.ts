// What changes, for pages that are open: the service's events as they appear, or, where those cannot be read, what a look every few
// seconds finds. One watch serves all pages, and while none is open nothing is asked.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../api/errors.ts';
import type { Changes, Listener } from '../console/changes.ts';
import { createChanges } from '../console/changes.ts';
import { AwayError } from './away-error.ts';
import type { EventFeed, SeenState } from './event-feed.ts';

export interface Watched {
  /** Listens from now on; absent: there are no events to hear. */
  readonly listen?: () => Hear;
  /** What changed since the last call, found by asking. */
  readonly look: (followed: readonly string[]) => Promise<readonly SeenState[]>;
  /** Throws AwayError when the server is away, or does not know us any more. */
  readonly check: () => Promise<unknown>;
}

/** What was heard since the last call. Throws where events cannot be read. */
export type Hear = (signal: AbortSignal) => Promise<readonly SeenState[]>;

export interface WatchOptions {
  readonly feed: EventFeed;
  readonly watched: Watched;
  /** Before pages are told. */
  readonly onChange: () => void;
  /** Pages are to find out for themselves. */
  readonly onAway: () => void;
  readonly log: Log;
  readonly pace?: Partial<WatchPace>;
}

export interface WatchPace {
  readonly hearEveryMs: number;
  readonly lookEveryMs: number;
  /** How often a server is asked whether it is there while its events come from elsewhere. */
  readonly checkEveryMs: number;
  /** Events that could not be read are tried again after this. */
  readonly retryEventsMs: number;
  /** A page that opens another job hangs up for a moment. */
  readonly lingerMs: number;
}

export const WATCH_PACE: WatchPace = {
  hearEveryMs: 2_000,
  lookEveryMs: 5_000,
  checkEveryMs: 15_000,
  retryEventsMs: 60_000,
  lingerMs: 30_000,
};

export function watchAccount(options: WatchOptions): Changes {
  const { feed } = options;
  const changes = createChanges(feed);
  const listeners = new Set<Listener>();
  let watching: AbortController | undefined;
  let lingering: NodeJS.Timeout | undefined;
  /** Nobody watched before this. */
  let watchedFromSeq = 0;

  const start = (): void => {
    clearTimeout(lingering);
    if (watching) return;
    watching = new AbortController();
    void watch(options, () => followedBy(listeners), watching.signal);
  };
  const stop = (): void => {
    watching?.abort();
    watching = undefined;
    feed.skip();
    watchedFromSeq = feed.lastSeq();
  };
  return {
    lastSeq: () => changes.lastSeq(),
    since: (seq, interest) => (seq < watchedFromSeq ? undefined : changes.since(seq, interest)),
    listen(listener) {
      const end = changes.listen(listener);
      listeners.add(listener);
      start();
      return () => {
        end();
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(lingering);
        const { lingerMs } = { ...WATCH_PACE, ...options.pace };
        lingering = setTimeout(stop, lingerMs).unref();
      };
    },
    close() {
      clearTimeout(lingering);
      stop();
      changes.close();
    },
  };
}

function followedBy(listeners: ReadonlySet<Listener>): readonly string[] {
  return [...listeners].flatMap(({ interest }) => interest.follow ?? []);
}

/** Until it is stopped; what goes wrong in a round is not the end of it. */
async function watch(
  options: WatchOptions,
  followed: () => readonly string[],
  stopped: AbortSignal,
): Promise<void> {
  const pace = { ...WATCH_PACE, ...options.pace };
  const rounds = createRounds(options, pace, followed);
  while (!stopped.aborted) {
    let waitMs = pace.lookEveryMs;
    try {
      waitMs = await rounds.next(stopped);
    } catch (error) {
      if (stopped.aborted) return;
      if (error instanceof AwayError) options.onAway();
      else
        options.log('console.watch-failed', {
          error: error instanceof Error ? error.message : String(error),
        });
    }
    await pause(waitMs, stopped);
  }
}

interface Rounds {
  /** Resolves with how long to wait for the next. */
  next(stopped: AbortSignal): Promise<number>;
}

function createRounds(options: WatchOptions, pace: WatchPace, followed: () => readonly string[]): Rounds {
  const { feed, watched, onChange } = options;
  // Anew for each watch: what happened while no page was open nobody wants to hear, however much it is.
  const listening = watched.listen?.();
  let hearAgainAtMs = 0;
  let checkAtMs = performance.now() + pace.checkEveryMs;
  const tell = (seen: readonly SeenState[]): void => {
    if (seen.length === 0) return;
    onChange();
    feed.append(seen);
  };
  /** False: they cannot be read now. */
  const hear = async (stopped: AbortSignal): Promise<boolean> => {
    if (!listening || performance.now() < hearAgainAtMs) return false;
    try {
      tell(await listening(stopped));
      return true;
    } catch (error) {
      if (stopped.aborted || error instanceof AwayError) throw error;
      hearAgainAtMs = performance.now() + pace.retryEventsMs;
      return false;
    }
  };
  return {
    async next(stopped) {
      if (!(await hear(stopped))) {
        tell(await watched.look(followed()));
        return pace.lookEveryMs;
      }
      if (performance.now() >= checkAtMs) {
        await watched.check();
        checkAtMs = performance.now() + pace.checkEveryMs;
      }
      return pace.hearEveryMs;
    },
  };
}

async function pause(ms: number, stopped: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal: stopped, ref: false });
  } catch (error) {
    if (!stopped.aborted) throw error;
  }
}
