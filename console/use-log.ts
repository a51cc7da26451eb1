// A job's log as a page reads it: followed at its end while it grows, or a window anywhere in it that is moved on request.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLine } from './hooks.ts';
import type { LogWindow } from './log-window.ts';
import { appended, endOf, prepended, startOf } from './log-window.ts';
import { RefusedError, read } from './server.ts';
import type { LogAnswer } from '../api/console/wire.ts';

const RETRY_MS = 1_000;

/** Where reading begins: at the end, or with the line at a place. */
export type LogPlace = 'end' | number;

export interface Log {
  readonly shown: LogWindow | undefined;
  readonly error: string | undefined;
  /** It reaches the end and grows with it. */
  readonly isAtEnd: boolean;
  readonly readEarlier: () => void;
  readonly readLater: () => void;
}

export function useLog(jobId: string, task: string, place: LogPlace): Log {
  const line = useLine();
  const [shown, setShown] = useState<LogWindow>();
  const [error, setError] = useState<string>();
  const [isAtEnd, setAtEnd] = useState(place === 'end');
  const path = `jobs/${encodeURIComponent(jobId)}/log?task=${task}`;

  useEffect(() => {
    const left = new AbortController();
    const reader: LogReader = {
      path,
      left: left.signal,
      onPage: (page) => setShown((before) => appended(before, page)),
      onRefused: setError,
      onAway: () => line.check(),
    };
    setShown(undefined);
    setAtEnd(place === 'end');
    if (place === 'end') void followLog(reader, 'end');
    else {
      void openAt(reader, place).then((window) => {
        if (!window || left.signal.aborted) return undefined;
        setShown(window);
        return undefined;
      });
    }
    return () => left.abort();
  }, [path, place, line]);

  // A window that was moved to the end follows it from there.
  const [followFrom, setFollowFrom] = useState<number>();
  useEffect(() => {
    if (followFrom === undefined) return undefined;
    const left = new AbortController();
    void followLog(
      {
        path,
        left: left.signal,
        onPage: (page) => setShown((before) => appended(before, page)),
        onRefused: setError,
        onAway: () => line.check(),
      },
      followFrom,
    );
    return () => left.abort();
  }, [followFrom]);
  useEffect(() => setFollowFrom(undefined), [path, place]);

  // Asked for twice it would stand there twice.
  const isMoving = useRef(false);
  const move = (query: string, take: (window: LogWindow, page: LogAnswer) => LogWindow): void => {
    if (isMoving.current) return;
    isMoving.current = true;
    read<LogAnswer>(`${path}&${query}`).then(
      (page) => {
        isMoving.current = false;
        setShown((before) => before && take(before, page));
        if (query.startsWith('from=') && page.to >= page.size) {
          setAtEnd(true);
          setFollowFrom(page.to);
        }
      },
      () => {
        isMoving.current = false;
        line.check();
      },
    );
  };
  return {
    shown,
    error,
    isAtEnd,
    readEarlier() {
      if (shown) move(`before=${startOf(shown)}`, prepended);
    },
    readLater() {
      if (shown) move(`from=${endOf(shown)}`, appended);
    },
  };
}

interface LogReader {
  readonly path: string;
  readonly left: AbortSignal;
  readonly onPage: (page: LogAnswer) => void;
  readonly onRefused: (message: string) => void;
  readonly onAway: () => void;
}

/** The line at the place stands first in a page of its own, so that it can be found again. */
async function openAt(reader: LogReader, place: number): Promise<LogWindow | undefined> {
  const { path, left } = reader;
  const pages = await retried(reader, () =>
    Promise.all([
      read<LogAnswer>(`${path}&before=${place}`, left),
      read<LogAnswer>(`${path}&from=${place}`, left),
    ]),
  );
  if (!pages) return undefined;
  const [before, from] = pages;
  return prepended(appended(undefined, from), before);
}

/** Until the job has ended and all of it is read, or the reader leaves. */
async function followLog(reader: LogReader, start: LogPlace): Promise<void> {
  let place = start;
  while (!reader.left.aborted) {
    const wait = place === 'end' ? '' : '&wait=1';
    const page = await retried(reader, () =>
      read<LogAnswer>(`${reader.path}&from=${place}${wait}`, reader.left),
    );
    if (!page) return;
    reader.onPage(page);
    place = page.to;
    if (page.ended && page.to >= page.size) return;
  }
}

/** Asks until the server answers; `undefined`: it refused, or the reader left. */
async function retried<Value>(
  { left, onRefused, onAway }: LogReader,
  ask: () => Promise<Value>,
): Promise<Value | undefined> {
  while (!left.aborted) {
    try {
      return await ask();
    } catch (error) {
      if (left.aborted) return undefined;
      if (error instanceof RefusedError) {
        onRefused(error.message);
        return undefined;
      }
      onAway();
      await new Promise((resume) => setTimeout(resume, RETRY_MS));
    }
  }
  return undefined;
}
