// Pages of a log group, newest first, although FilterLogEvents only reads forwards: windows of time, each before the last, which grow
// while they hold little and shrink where they hold much. One call looks for some seconds only, and says where to go on.
import type { EpochMs } from '../../core/ids.ts';
import type { EntryKind, EntryPage, EntryReader, NumberedEntry, Older } from './group-entries.ts';
import { numberedEntries } from './group-entries.ts';
import { createEntryNumbers, firstNumberAt, secondOf } from './entry-numbers.ts';
import type { GroupOptions, Span, SpanContents } from './read-span.ts';
import { readSpan } from './read-span.ts';
import { createRecentEntries } from './recent-entries.ts';
import { AHEAD_MS, tailEntries } from './tail-entries.ts';

const PAGE = 100;
const SECOND_MS = 1_000;
const FIRST_WINDOW_MS = 60_000;
const GROWTH = 4;
/** No group keeps what is read here for longer. */
const OLDEST_MS = 400 * 24 * 3_600_000;
/** A window that holds more is cut. */
const WINDOW_ENTRIES = 4_000;
const LOOK_MS = 5_000;
/** A window that took longer is not followed by a larger one. */
const SLOW_MS = 1_000;

export function createEntryReader<T, Query>(
  group: GroupOptions,
  kind: EntryKind<T, Query>,
  everything: Query,
): EntryReader<T, Query> {
  const numbers = createEntryNumbers();
  const number = (contents: SpanContents): readonly NumberedEntry<T>[] =>
    numberedEntries(kind, numbers, contents.entries);
  const recent = createRecentEntries<T>({
    nowMs: group.nowMs,
    openTail: () => tailEntries({ group, kind, numbers, query: everything }),
  });
  const look = async (
    query: Query,
    { before, limit = PAGE, signal }: Older,
  ): Promise<Omit<EntryPage<T>, 'after'>> => {
    const found: NumberedEntry<T>[] = [];
    let looked = 0;
    const reached = await walkBack(
      { ...group, pattern: kind.patternOf(query), signal },
      before === undefined ? group.nowMs() + AHEAD_MS : secondOf(before) + SECOND_MS - 1,
      (contents) => {
        const fitting = number(contents).filter(
          ({ seq, value }) => seq < (before ?? Infinity) && kind.matches(value, query),
        );
        found.push(...fitting.toReversed());
        looked += contents.entries.length;
        return found.length >= limit;
      },
    );
    const entries = found.slice(0, limit);
    const next =
      found.length > limit ? entries.at(-1)?.seq : reached === undefined ? undefined : firstNumberAt(reached);
    return { entries, looked, ...(next === undefined ? {} : { before: next }) };
  };

  return {
    async readBefore(query, place = {}) {
      if (place.before !== undefined) return { ...(await look(query, place)), after: recent.place() };
      // What appears while the page is read has to be told of afterwards.
      await recent.refresh('soon');
      const page = await look(query, place);
      await recent.refresh('now');
      return { ...page, after: recent.place() };
    },
    async readAfter(query, { after, limit = PAGE, signal }) {
      await recent.refresh('soon');
      const place = recent.place();
      const appeared = recent.since(after);
      if (!appeared) {
        const page = await this.readBefore(query, { limit, signal });
        // It stands for all that was shown before, also where it is the whole group.
        return { ...page, before: page.before ?? page.entries.at(-1)?.seq ?? firstNumberAt(group.nowMs()) };
      }
      const fitting = appeared.filter(({ value }) => kind.matches(value, query));
      const entries = fitting.slice(-limit).reverse();
      const oldest = Math.min(...entries.map(({ seq }) => seq));
      return {
        entries,
        after: place,
        looked: appeared.length,
        ...(fitting.length > limit ? { before: oldest } : {}),
      };
    },
    async read(seq, signal) {
      const second = secondOf(seq);
      // An entry that had to give way to many others may have got a number of the next second.
      const span = { fromMs: second - SECOND_MS, toMs: second + SECOND_MS - 1 };
      const contents = await readSpan(group, span, { maxEntries: Infinity, signal });
      return number(contents).find((entry) => entry.seq === seq);
    },
    tail: (query, { fromMs } = {}) => tailEntries({ group, kind, numbers, query, fromMs }),
  };
}

/** Hands over windows, each before the last, until enough was seen; answers where it stopped, or nothing at the end of all. */
async function walkBack(
  group: GroupOptions & { readonly pattern: string | undefined; readonly signal: AbortSignal | undefined },
  endMs: EpochMs,
  isEnough: (contents: SpanContents) => boolean,
): Promise<EpochMs | undefined> {
  const oldestMs = group.nowMs() - OLDEST_MS;
  const deadlineMs = performance.now() + LOOK_MS;
  let toMs = endMs;
  for (let windowMs = FIRST_WINDOW_MS; toMs >= oldestMs;) {
    const span: Span = { fromMs: startOfWindow(toMs, windowMs), toMs };
    const startedMs = performance.now();
    const isShort = span.toMs - span.fromMs < SECOND_MS;
    const contents = await readSpan(group, span, {
      ...group,
      maxEntries: isShort ? Infinity : WINDOW_ENTRIES,
    });
    if (!contents.isWhole) {
      // Read from its beginning, and its end is what is wanted.
      windowMs /= GROWTH;
      continue;
    }
    toMs = span.fromMs - 1;
    if (isEnough(contents)) return toMs + 1;
    if (performance.now() >= deadlineMs) return toMs + 1;
    if (performance.now() - startedMs < SLOW_MS) windowMs *= GROWTH;
  }
  return undefined;
}

/** Windows hold whole seconds: the entries of one are numbered together. */
function startOfWindow(toMs: EpochMs, windowMs: number): EpochMs {
  return Math.max(0, Math.floor((toMs - Math.max(SECOND_MS, windowMs) + SECOND_MS) / SECOND_MS) * SECOND_MS);
}
