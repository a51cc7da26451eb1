// The page's one line to the server: changes as they happen, whether it is up, and when to load everything again. A hidden tab
// hangs up, because browsers allow a server six lines in all; it takes up where it was when it is looked at.
import { SignedOutError, UnreachableBehindError, read } from './server.ts';
import type { ChangesMessage, SessionAnswer } from '../api/console/wire.ts';

export type LineState = 'connecting' | 'live' | 'away' | 'signed-out';

export interface Line {
  state(): LineState;
  /** Why nobody answers; absent: this page's own server does not. */
  whyAway(): string | undefined;
  /** Told of each change of the state. */
  onState(listener: () => void): () => void;
  /** Told of changes; `undefined`: some may have been missed, everything is to be loaded again. */
  onChanges(listener: (message: ChangesMessage | undefined) => void): () => void;
  /** Changes of the parts of this job are told too. */
  follow(jobId: string | undefined): void;
  /** Something was refused or did not answer: find out which. */
  check(): void;
  open(): void;
  /** For good. */
  close(): void;
}

const RETRY_MS = 1_000;
const HIDDEN_MS = 20_000;

export function createLine(): Line {
  const stateListeners = new Set<() => void>();
  const changeListeners = new Set<(message: ChangesMessage | undefined) => void>();
  let state: LineState = 'connecting';
  let reason: string | undefined;
  /** Something did not answer while the line stood: it may be loaded in vain until something changes. */
  let isDoubted = false;
  let source: EventSource | undefined;
  let followed: string | undefined;
  let lastSeq: string | undefined;
  let isClosed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let hanging: ReturnType<typeof setTimeout> | undefined;

  const setState = (next: LineState, why?: string): void => {
    if (state === next && reason === why) return;
    state = next;
    reason = why;
    for (const listener of stateListeners) listener();
  };
  const tell = (message: ChangesMessage | undefined): void => {
    for (const listener of changeListeners) listener(message);
  };
  const hangUp = (): void => {
    source?.close();
    source = undefined;
    clearTimeout(retry);
  };
  const connect = (): void => {
    hangUp();
    if (isClosed) return;
    const query = new URLSearchParams();
    if (followed !== undefined) query.set('follow', followed);
    const after = lastSeq;
    if (after !== undefined) query.set('after', after);
    const opened = new EventSource(`/_console/events?${query.toString()}`);
    source = opened;
    const hear = (name: string, act: (text: string) => void): void => {
      opened.addEventListener(name, (event) => {
        lastSeq = event.lastEventId;
        act(String(event.data));
      });
    };
    hear('hello', () => {
      const hasGap = state === 'away' || after === undefined || isDoubted;
      isDoubted = false;
      setState('live');
      // What was loaded before the line stood may have changed since.
      if (hasGap) tell(undefined);
    });
    hear('changes', (text) => tell(JSON.parse(text) as ChangesMessage)); // what the server's stream sends
    hear('lost', () => tell(undefined));
    opened.addEventListener('error', () => {
      if (source === opened) findOut();
    });
  };
  /** A closed line says nothing about why. */
  const findOut = (): void => {
    hangUp();
    if (isClosed) return;
    read<SessionAnswer>('session').then(connect, (error: unknown) => {
      if (error instanceof SignedOutError) {
        setState('signed-out');
        return;
      }
      setState('away', error instanceof UnreachableBehindError ? error.message : undefined);
      retry = setTimeout(findOut, RETRY_MS);
    });
  };
  const mind = (): void => {
    clearTimeout(hanging);
    if (document.hidden) hanging = setTimeout(hangUp, HIDDEN_MS);
    else if (!source && state !== 'signed-out') findOut();
  };

  return {
    state: () => state,
    whyAway: () => reason,
    onState(listener) {
      stateListeners.add(listener);
      return () => void stateListeners.delete(listener);
    },
    onChanges(listener) {
      changeListeners.add(listener);
      return () => void changeListeners.delete(listener);
    },
    follow(jobId) {
      if (jobId === followed) return;
      followed = jobId;
      if (source) connect();
    },
    check() {
      if (state !== 'live') return;
      isDoubted = true;
      findOut();
    },
    open() {
      isClosed = false;
      document.addEventListener('visibilitychange', mind);
      connect();
    },
    close() {
      isClosed = true;
      document.removeEventListener('visibilitychange', mind);
      clearTimeout(hanging);
      hangUp();
    },
  };
}
