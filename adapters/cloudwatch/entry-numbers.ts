// Numbers for the entries of a log group, which have none: newer entries have larger ones, and the number alone tells the second,
// so that a page can be asked for again by it. Two entries of one process never share a number; an entry keeps its own.
import type { EpochMs } from '../../core/ids.ts';

/** 2020-01-01: keeps numbers at fifteen digits until 2051. */
const ORIGIN_SECOND = 1_577_836_800;
const PLACES = 1_000_000;
/** Entries that are remembered. A forgotten one gets the same number again unless it had to give way to another. */
const REMEMBERED = 50_000;

export interface EntryNumbers {
  /** `order`: 0 to 999, the place among entries of the same millisecond. */
  numberOf(entryId: string, atMs: EpochMs, order: number): number;
}

export function createEntryNumbers(): EntryNumbers {
  const numbers = new Map<string, number>();
  const owners = new Map<number, string>();
  return {
    numberOf(entryId, atMs, order) {
      const known = numbers.get(entryId);
      if (known !== undefined) return known;
      let number = firstNumberAt(atMs) + (atMs % 1000) * 1000 + order;
      while (owners.has(number)) number += 1;
      numbers.set(entryId, number);
      owners.set(number, entryId);
      if (numbers.size > REMEMBERED) forgetOldest(numbers, owners);
      return number;
    },
  };
}

function forgetOldest(numbers: Map<string, number>, owners: Map<number, string>): void {
  for (const [entryId, number] of numbers) {
    numbers.delete(entryId);
    owners.delete(number);
    return;
  }
}

/** The least number of an entry in the second of `atMs`. */
export function firstNumberAt(atMs: EpochMs): number {
  return (Math.floor(atMs / 1000) - ORIGIN_SECOND) * PLACES;
}

/** The beginning of the second that a number is in. */
export function secondOf(number: number): EpochMs {
  return (Math.floor(number / PLACES) + ORIGIN_SECOND) * 1000;
}
