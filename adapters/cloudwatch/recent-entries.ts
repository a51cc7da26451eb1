// The entries that came lately, in the order in which they appeared, for pages that ask again and again for what is new: one reading of
// the log group serves them all, and each is told of an entry once, however late it came.
import type { EpochMs } from '../../core/ids.ts';
import type { NumberedEntry } from './group-entries.ts';
import { firstNumberAt } from './entry-numbers.ts';
import type { NumberedTail } from './tail-entries.ts';

export interface RecentEntries<T> {
  /** Reads on, for all who ask; `soon`: unless that was done just now. */
  refresh(when: 'now' | 'soon'): Promise<void>;
  /** The place behind all that has appeared. */
  place(): number;
  /** What appeared behind a place, oldest first; `undefined` when that is too long ago to tell. */
  since(place: number): readonly NumberedEntry<T>[] | undefined;
}

const KEPT = 5_000;
const EVERY_MS = 900;
/** Nobody asked for so long: what came meanwhile is not read, and pages begin anew. */
const ABANDONED_MS = 120_000;

export function createRecentEntries<T>(options: {
  readonly nowMs: () => EpochMs;
  readonly openTail: () => NumberedTail<T>;
}): RecentEntries<T> {
  const { nowMs, openTail } = options;
  // Later than any place of an earlier process, so that a page of that one begins anew.
  let last = firstNumberAt(nowMs());
  let floor = last;
  let kept: { readonly place: number; readonly entry: NumberedEntry<T> }[] = [];
  let tail: NumberedTail<T> | undefined;
  let refreshedMs = nowMs();
  let refreshing: Promise<void> | undefined;

  const beginAnew = (): void => {
    tail = undefined;
    kept = [];
    last = Math.max(last + 1, firstNumberAt(nowMs()));
    floor = last;
  };
  const append = (entries: readonly NumberedEntry<T>[]): void => {
    for (const entry of entries) kept.push({ place: (last += 1), entry });
    // Cut in one go now and then.
    if (kept.length <= 2 * KEPT) return;
    floor = kept.at(-KEPT - 1)?.place ?? floor;
    kept = kept.slice(-KEPT);
  };
  const readOn = async (): Promise<void> => {
    if (nowMs() - refreshedMs > ABANDONED_MS) beginAnew();
    const reading = tail ?? openTail();
    append(await reading.next());
    tail = reading;
    refreshedMs = nowMs();
  };
  const start = (): Promise<void> => {
    refreshing = readOn().finally(() => (refreshing = undefined));
    return refreshing;
  };

  return {
    async refresh(when) {
      if (when === 'soon') {
        if (!refreshing && tail && nowMs() - refreshedMs < EVERY_MS) return;
        await (refreshing ?? start());
        return;
      }
      // One that is under way may have read before what the caller has seen; whether it failed is its own caller's concern.
      while (refreshing) await refreshing.catch(() => undefined);
      await start();
    },
    place: () => last,
    since(place) {
      if (place < floor || place > last) return undefined;
      let from = kept.length;
      while (from > 0 && (kept[from - 1]?.place ?? 0) > place) from -= 1;
      return kept.slice(from).map(({ entry }) => entry);
    },
  };
}
