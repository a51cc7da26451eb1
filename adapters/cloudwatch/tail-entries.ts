// What appears in a log group from now on, each entry once. CloudWatch Logs shows entries seconds after their time and not in its
// order, so each look begins a little before the end of the last, and now and then one begins far before it.
import type { EpochMs } from '../../core/ids.ts';
import type { EntryKind, NumberedEntry, Tail } from './group-entries.ts';
import { numberedEntries } from './group-entries.ts';
import type { EntryNumbers } from './entry-numbers.ts';
import type { GroupOptions, SpanContents } from './read-span.ts';
import { readSpan } from './read-span.ts';

/** How far back each look begins, and the long looks, which are for what came late. */
const OVERLAP_MS = 5_000;
const LONG_OVERLAP_MS = 120_000;
const LONG_EVERY_MS = 20_000;
/** Clocks differ: an entry may be from a little later than now. */
export const AHEAD_MS = 60_000;
const ENTRIES_MAX = 5_000;

export interface TailOptions<T, Query> {
  readonly group: GroupOptions;
  readonly kind: EntryKind<T, Query>;
  readonly numbers: EntryNumbers;
  readonly query: Query;
  /** Absent: nothing that is visible at the first call. */
  readonly fromMs?: EpochMs | undefined;
}

export interface NumberedTail<T> extends Tail<T> {
  next(signal?: AbortSignal): Promise<readonly NumberedEntry<T>[]>;
}

export function tailEntries<T, Query>(options: TailOptions<T, Query>): NumberedTail<T> {
  const { group, kind, numbers, query, fromMs } = options;
  const pattern = kind.patternOf(query);
  /** When entries happened that were told, or are not to be. */
  const told = new Map<string, EpochMs>();
  let doneMs: EpochMs | undefined;
  let lookedLongMs = group.nowMs();
  let isCaughtUp = false;

  const fresh = async (from: EpochMs, signal: AbortSignal | undefined) => {
    const span = { fromMs: Math.max(from, fromMs ?? 0), toMs: group.nowMs() + AHEAD_MS };
    let read = await readSpan(group, span, { pattern, maxEntries: ENTRIES_MAX, signal });
    // So many come in a few seconds that a portion does not even reach the end of the last.
    for (let maxEntries = 2 * ENTRIES_MAX; !read.isWhole && endOf(read) <= (doneMs ?? 0); maxEntries *= 2) {
      read = await readSpan(group, span, { pattern, maxEntries, signal });
    }
    const unknown = read.entries.filter(({ id }) => !told.has(id));
    for (const { id, atMs } of unknown) told.set(id, atMs);
    return { ...read, unknown };
  };
  const forgetBefore = (atMs: EpochMs): void => {
    for (const [id, happenedMs] of told) {
      if (happenedMs < atMs) told.delete(id);
    }
  };

  return {
    async next(signal) {
      const nowMs = group.nowMs();
      if (doneMs === undefined && fromMs === undefined) {
        await fresh(nowMs - LONG_OVERLAP_MS, signal);
        doneMs = nowMs;
        isCaughtUp = true;
        return [];
      }
      const start = doneMs === undefined ? (fromMs ?? nowMs) : doneMs - OVERLAP_MS;
      const look = await fresh(start, signal);
      // Cut off where the page ended: all up to that second is there, apart from what comes late.
      isCaughtUp = look.isWhole;
      doneMs = look.isWhole ? Math.max(nowMs, start) : endOf(look);
      const found = [...look.unknown];
      if (look.isWhole && nowMs - lookedLongMs >= LONG_EVERY_MS) {
        lookedLongMs = nowMs;
        found.push(...(await fresh(doneMs - LONG_OVERLAP_MS, signal)).unknown);
        forgetBefore(doneMs - 2 * LONG_OVERLAP_MS);
      }
      return numberedEntries(kind, numbers, found).filter(({ value }) => kind.matches(value, query));
    },
    isCaughtUp: () => isCaughtUp,
  };
}

function endOf({ entries }: SpanContents): EpochMs {
  return entries.at(-1)?.atMs ?? 0;
}
