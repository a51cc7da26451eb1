// What pages are built from: the line to the server, values that are loaded and kept fresh, and the time.
import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { Line, LineState } from './live.ts';
import { RefusedError, SignedOutError, UnreachableError } from './server.ts';
import type { ChangesMessage, SessionAnswer } from '../api/console/wire.ts';

export const LineContext = createContext<Line | undefined>(undefined);

export function useLine(): Line {
  const line = useContext(LineContext);
  if (!line) throw new Error('a page stands inside LineContext');
  return line;
}

export function useLineState(): LineState {
  const line = useLine();
  const [state, setState] = useState(line.state());
  useEffect(() => {
    // It may have changed between the first drawing and now.
    setState(line.state());
    return line.onState(() => setState(line.state()));
  }, [line]);
  return state;
}

/** Of a line that is away: see `Line.whyAway`. */
export function useWhyAway(): string | undefined {
  const line = useLine();
  const [reason, setReason] = useState(line.whyAway());
  useEffect(() => {
    setReason(line.whyAway());
    return line.onState(() => setReason(line.whyAway()));
  }, [line]);
  return reason;
}

/** What the page was told when it was signed in; absent where it stands in no frame. */
export const SessionContext = createContext<SessionAnswer | undefined>(undefined);

/** Where the jobs are, when that is not the server of the page: in an AWS account. */
export function useAccountEndpoint(): string | undefined {
  return useContext(SessionContext)?.endpoint;
}

/** `undefined`: changes may have been missed. */
export function useChanges(hear: (message: ChangesMessage | undefined) => void): void {
  const line = useLine();
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => line.onChanges((message) => latest.current(message)), [line]);
}

export interface Loaded<Value> {
  /** The last value that came, kept while it is loaded again. */
  readonly value?: Value;
  /** Why the last load brought none. */
  readonly error?: string;
  /** Soon, and once for many calls. */
  readonly reload: () => void;
}

const RELOAD_EVERY_MS = 500;

/** Loads at once and whenever `key` changes. A server that is away is the line's to tell, and no error of the value. */
export function useLoaded<Value>(
  key: string,
  load: (signal: AbortSignal) => Promise<Value>,
  reloadEveryMs: number = RELOAD_EVERY_MS,
): Loaded<Value> {
  const line = useLine();
  const [loaded, setLoaded] = useState<{ key: string; value?: Value; error?: string }>({ key });
  const reload = useRef<() => void>(() => undefined);
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const left = new AbortController();
    let isLoading = false;
    let isWanted = false;
    let pause: ReturnType<typeof setTimeout> | undefined;

    const run = async (): Promise<void> => {
      isLoading = true;
      isWanted = false;
      try {
        const value = await latest.current(left.signal);
        if (!left.signal.aborted) setLoaded({ key, value });
      } catch (error) {
        if (left.signal.aborted) return;
        if (error instanceof UnreachableError || error instanceof SignedOutError) line.check();
        else if (error instanceof RefusedError) setLoaded({ key, error: error.message });
        else throw error;
      } finally {
        pause = setTimeout(() => {
          isLoading = false;
          if (isWanted) void run();
        }, reloadEveryMs);
      }
    };
    reload.current = () => {
      isWanted = true;
      if (!isLoading) void run();
    };
    void run();
    return () => {
      left.abort();
      clearTimeout(pause);
      reload.current = () => undefined;
    };
  }, [key, line, reloadEveryMs]);

  const { value, error } = loaded.key === key ? loaded : { value: undefined, error: undefined };
  return {
    ...(value === undefined ? {} : { value }),
    ...(error === undefined ? {} : { error }),
    reload: () => reload.current(),
  };
}

/** The server's clock may differ from this machine's: it may be at the far end of a tunnel. */
let serverAheadMs = 0;

export function setServerTime(nowMs: number): void {
  serverAheadMs = nowMs - Date.now();
}

/** The time at the server. */
export function serverNow(): number {
  return Date.now() + serverAheadMs;
}

/** The time at the server, anew every so often. */
export function useNow(everyMs = 1_000): number {
  const [nowMs, setNowMs] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Slipway' : `${title} · Slipway`;
  }, [title]);
}
