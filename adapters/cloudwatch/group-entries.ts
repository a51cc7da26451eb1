// Entries of a log group that hold JSON, read and numbered: what events and the audit trail have in common.
import type { EpochMs } from '../../core/ids.ts';
import type { EntryNumbers } from './entry-numbers.ts';
import type { RawEntry } from './read-span.ts';

export interface Entry<T> {
  /** Its own for good; newer ones have larger numbers, and the number tells the second. */
  readonly seq: number;
  readonly atMs: EpochMs;
  readonly value: T;
  /** As it is in the group. */
  readonly text: string;
}

export interface EntryPage<T> {
  /** Newest first. */
  readonly entries: readonly Entry<T>[];
  /** Older ones are before this; absent: there are none. */
  readonly before?: number;
  /** What appears from now on is after this. */
  readonly after: number;
  /** Entries that were read for these. */
  readonly looked: number;
}

export interface Older {
  /** A number; absent: from the newest. */
  readonly before?: number | undefined;
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Newer {
  /** What an earlier page said. */
  readonly after: number;
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface EntryReader<T, Query> {
  readBefore(query: Query, place?: Older): Promise<EntryPage<T>>;
  /** What appeared since: each entry once, also one that came late. Has `before` where more came than fit, or nobody can tell: then it is a page of the newest. */
  readAfter(query: Query, place: Newer): Promise<EntryPage<T>>;
  /** One entry by its number. */
  read(seq: number, signal?: AbortSignal): Promise<Entry<T> | undefined>;
  /** For whoever follows; `fromMs` absent: from now on. */
  tail(query: Query, options?: { readonly fromMs?: EpochMs }): Tail<T>;
}

/** Of whoever follows. */
export interface Tail<T> {
  /** What has appeared since the last call, oldest first; at most some thousand, the rest with the next call. One call after the other. */
  next(signal?: AbortSignal): Promise<readonly Entry<T>[]>;
  /** Whether the last call came to the end of what there was. */
  isCaughtUp(): boolean;
}

/** One kind of entries, and how they are asked for. */
export interface EntryKind<T, Query> {
  /** `undefined`: something else that got into the group. */
  parse(text: string): T | undefined;
  /** When it happened. */
  momentOf(value: T, raw: RawEntry): EpochMs;
  /** 0 to 999: its place among those of the same moment. */
  orderOf(value: T): number;
  patternOf(query: Query): string | undefined;
  matches(value: T, query: Query): boolean;
}

export interface NumberedEntry<T> extends Entry<T> {
  readonly id: string;
}

/** Newest last. */
export function numberedEntries<T>(
  kind: EntryKind<T, never>,
  numbers: EntryNumbers,
  raws: readonly RawEntry[],
): readonly NumberedEntry<T>[] {
  const entries = raws.flatMap((raw): NumberedEntry<T>[] => {
    const value = kind.parse(raw.text);
    if (value === undefined) return [];
    const atMs = kind.momentOf(value, raw);
    // The number has to say where in the group the entry is, which may be under a later second than it happened in.
    const seq = numbers.numberOf(raw.id, withinSecond(raw.atMs, atMs), kind.orderOf(value));
    return [{ id: raw.id, seq, atMs, value, text: raw.text }];
  });
  return entries.sort((one, other) => one.seq - other.seq);
}

/** The moment, or the nearest to it in the second of `secondMs`. */
export function withinSecond(secondMs: EpochMs, momentMs: EpochMs): EpochMs {
  const second = Math.floor(secondMs / 1000) * 1000;
  return Math.min(second + 999, Math.max(second, momentMs));
}

export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    // An object has members by name.
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not JSON, so none of ours
  }
}
