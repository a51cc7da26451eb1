// Rows of a log that grows: the newest live, older ones on request.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useChanges, useLine } from './hooks.ts';
import { RefusedError, SignedOutError, UnreachableError, read } from './server.ts';
import type { Numbered } from './row-window.ts';
import { newer, older } from './row-window.ts';
import type { RowPage } from '../api/console/wire.ts';

const PAUSE_MS = 500;

export interface NumberedRows<Row> {
  readonly shown?: RowPage<Row> | undefined;
  readonly error?: string | undefined;
  readonly readOlder: () => void;
  readonly again: () => void;
}

interface RowsOptions {
  /** The route, with what narrows it. */
  readonly path: string;
  readonly isPaused: boolean;
  /** Looked at so often also while no job changes; absent: only when one does. */
  readonly everyMs?: number;
}

export function useNumberedRows<Row extends Numbered>({
  path,
  isPaused,
  everyMs,
}: RowsOptions): NumberedRows<Row> {
  const line = useLine();
  const [found, setFound] = useState<{
    readonly path: string;
    readonly shown?: RowPage<Row>;
    readonly error?: string;
  }>({ path });
  const [round, setRound] = useState(0);
  const { shown, error } = found.path === path ? found : { shown: undefined, error: undefined };
  const latest = useRef({ path, shown, isPaused, isReading: false, isWanted: false });
  latest.current = { ...latest.current, path, shown, isPaused };

  const ask = async (place: string, take: (answer: RowPage<Row>) => RowPage<Row>): Promise<void> => {
    try {
      const answer = await read<RowPage<Row>>(`${path}${path.includes('?') ? '&' : '?'}${place}`);
      if (latest.current.path === path) setFound({ path, shown: take(answer) });
    } catch (failure) {
      if (failure instanceof UnreachableError || failure instanceof SignedOutError) line.check();
      else if (failure instanceof RefusedError) setFound({ path, error: failure.message });
      else throw failure;
    }
  };
  const readNewer = async (): Promise<void> => {
    const now = latest.current.shown;
    if (!now || latest.current.isPaused) return;
    latest.current.isReading = true;
    latest.current.isWanted = false;
    await ask(`after=${now.after}`, (answer) => newer(now, answer));
    setTimeout(() => {
      latest.current.isReading = false;
      if (latest.current.isWanted) void readNewer();
    }, PAUSE_MS);
  };
  const look = (): void => {
    latest.current.isWanted = true;
    if (!latest.current.isReading) void readNewer();
  };
  useEffect(() => {
    void ask('', (answer) => answer);
  }, [path, round]);
  useEffect(() => {
    if (!isPaused) look();
  }, [isPaused]);
  const again = (): void => setRound((before) => before + 1);
  useChanges((message) => (message ? look() : again()));
  const soon = useRef(look);
  soon.current = look;
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => soon.current(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return {
    shown,
    error,
    again,
    readOlder() {
      if (shown?.before !== undefined) void ask(`before=${shown.before}`, (answer) => older(shown, answer));
    },
  };
}
