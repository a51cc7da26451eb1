// How fast an array goes and when it will be done, told from looks at its counters. The rate is that of the last half minute:
// a long array speeds up and slows down with the capacity it gets.
import type { ArrayCounts } from './wording.ts';

export interface Pace {
  /** Children ended per second; absent until there is something to tell. */
  readonly perSecond?: number;
  readonly leftMs?: number;
}

const WINDOW_MS = 30_000;

export function createArrayPace(): { look(counts: ArrayCounts, atMs: number): Pace } {
  let looks: { readonly atMs: number; readonly ended: number }[] = [];
  return {
    look(counts, atMs) {
      const ended = counts.succeeded + counts.failed;
      looks = [...looks.filter((look) => look.atMs >= atMs - WINDOW_MS), { atMs, ended }];
      const [first] = looks;
      const seconds = first ? (atMs - first.atMs) / 1000 : 0;
      if (!first || seconds <= 0 || ended <= first.ended) return {};
      const perSecond = (ended - first.ended) / seconds;
      return { perSecond, leftMs: ((counts.size - ended) / perSecond) * 1000 };
    },
  };
}

/** `[#####>....]`: ended, running and waiting in `width` characters; what has begun shows, what is left too. */
export function arrayBar(counts: ArrayCounts, width: number): string {
  const inner = Math.max(1, width - 2);
  const cells = (count: number): number => Math.floor((count / Math.max(1, counts.size)) * inner);
  const ended = cells(counts.succeeded + counts.failed);
  const begun = Math.max(ended, cells(counts.succeeded + counts.failed + counts.running));
  return `[${'#'.repeat(ended)}${'>'.repeat(begun - ended)}${'.'.repeat(inner - begun)}]`;
}
