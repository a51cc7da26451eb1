// The jobs that a filter finds. Where the server has to look at jobs one by one it answers in bounded steps; this asks on until a
// page is full, and says meanwhile how far it has looked.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLine } from './hooks.ts';
import type { FoundJobs } from './search-steps.ts';
import { isEnough, PAGE_ROWS, withStep } from './search-steps.ts';
import { RefusedError, SignedOutError, UnreachableError, read } from './server.ts';
import type { JobsAnswer } from '../api/console/wire.ts';

const PAUSE_MS = 500;

interface Search {
  readonly key: string;
  readonly found?: FoundJobs;
  readonly error?: string;
  readonly isLooking: boolean;
}

export interface FoundJobsState extends Omit<Search, 'key'> {
  /** What is shown was found for what was asked before: it stays until the first of what is asked now is there. */
  readonly isStale: boolean;
  /** Soon, and once for many calls: what is shown as it is now, and what is new where that costs one step. */
  readonly reload: () => void;
  readonly stop: () => void;
  readonly goOn: () => void;
}

/** `queryNow`: made anew for each reading, because a span of time that ends now moves on. */
export function useFoundJobs(key: string, queryNow: () => URLSearchParams): FoundJobsState {
  const line = useLine();
  const [search, setSearch] = useState<Search>({ key, isLooking: true });
  const acts = useRef({ reload: () => {}, stop: () => {}, goOn: () => {} });
  const query = useRef(queryNow);
  query.current = queryNow;

  useEffect(() => {
    const left = new AbortController();
    const finder = createFinder({
      query: () => query.current(),
      signal: left.signal,
      show: (next) => {
        if (!left.signal.aborted) setSearch({ key, ...next });
      },
      onAway: () => line.check(),
    });
    acts.current = finder;
    finder.start();
    return () => left.abort();
  }, [key, line]);

  const isStale = search.key !== key;
  const before = search.found ? { found: search.found } : {};
  const shown: Omit<Search, 'key'> = isStale ? { ...before, isLooking: true } : search;
  return {
    ...shown,
    isStale,
    reload: () => acts.current.reload(),
    stop: () => acts.current.stop(),
    goOn: () => acts.current.goOn(),
  };
}

interface FinderOptions {
  readonly query: () => URLSearchParams;
  readonly signal: AbortSignal;
  readonly show: (search: Omit<Search, 'key'>) => void;
  readonly onAway: () => void;
}

function createFinder({ query, signal, show, onAway }: FinderOptions) {
  let found: FoundJobs | undefined;
  let isBusy = false;
  let isStopped = false;
  let isWanted = false;

  const readStep = (after: string | undefined): Promise<JobsAnswer> => {
    const asked = query();
    if (after !== undefined) asked.set('after', after);
    return read<JobsAnswer>(`jobs?${asked.toString()}`, signal);
  };
  const look = async (from: FoundJobs | undefined): Promise<void> => {
    let next = withStep(from, await readStep(from?.next));
    while (!isEnough(next) && !isStopped) {
      // What a reload finds replaces what is shown at once; a search shows each step.
      found = next;
      show({ found, isLooking: true });
      next = withStep(next, await readStep(next.next));
    }
    found = next;
  };
  const refresh = async (): Promise<void> => {
    if (!found || found.steps === 1) return look(undefined);
    const ids = found.rows.slice(0, PAGE_ROWS).map(({ jobId }) => jobId);
    if (ids.length === 0) return undefined;
    const { jobs } = await read<JobsAnswer>(`jobs?ids=${encodeURIComponent(ids.join(','))}`, signal);
    const wanted = query().get('status');
    const now = new Map(jobs.map((row) => [row.jobId, row]));
    const rows = found.rows.flatMap((row) => now.get(row.jobId) ?? []);
    found = { ...found, rows: wanted === null ? rows : rows.filter(({ status }) => status === wanted) };
    return undefined;
  };
  const run = async (work: () => Promise<void>): Promise<void> => {
    isBusy = true;
    isWanted = false;
    try {
      await work();
      show({ ...(found ? { found } : {}), isLooking: false });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof UnreachableError || error instanceof SignedOutError) onAway();
      else if (error instanceof RefusedError) show({ error: error.message, isLooking: false });
      else throw error;
    } finally {
      setTimeout(() => {
        isBusy = false;
        if (isWanted && !signal.aborted) void run(refresh);
      }, PAUSE_MS);
    }
  };
  return {
    start: () => void run(() => look(undefined)),
    reload() {
      isWanted = true;
      if (!isBusy) void run(refresh);
    },
    stop: () => void (isStopped = true),
    goOn() {
      isStopped = false;
      if (found) show({ found, isLooking: true });
      void run(() => look(found));
    },
  };
}
