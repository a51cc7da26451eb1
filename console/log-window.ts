// The part of a log that is on the page: whole pages as they came, one after the other without a gap, at its end or anywhere in it.
import type { LogAnswer } from '../api/console/wire.ts';

export type LogPage = Pick<LogAnswer, 'from' | 'to' | 'lines'>;

export interface LogWindow {
  /** Oldest first; each begins where the one before it ends. */
  readonly pages: readonly LogPage[];
  readonly size: number;
  readonly ended: boolean;
  /** Positions are no bytes. */
  readonly isUnmeasured?: true;
  /** Where the first page of the log begins, once nothing was found before it: it need not be 0. */
  readonly beginsAt?: number;
}

/** Lines that stay on the page while it grows; what leaves it is a click away. */
const KEPT_LINES = 6_000;

export function appended(before: LogWindow | undefined, page: LogAnswer): LogWindow {
  const shown = before?.pages ?? [];
  return windowOf(cutFront(page.lines.length === 0 ? shown : [...shown, page]), page, before?.beginsAt);
}

/** Nothing is cut: whoever asks for more wants to see more, and the end may be growing. */
export function prepended(window: LogWindow, page: LogAnswer): LogWindow {
  if (page.lines.length === 0) return windowOf(window.pages, page, window.pages[0]?.from);
  return windowOf([page, ...window.pages], page, undefined);
}

function windowOf(
  pages: LogWindow['pages'],
  { size, ended, isUnmeasured }: LogAnswer,
  beginsAt: number | undefined,
): LogWindow {
  return {
    pages,
    size,
    ended,
    ...(isUnmeasured ? { isUnmeasured } : {}),
    ...(beginsAt === undefined ? {} : { beginsAt }),
  };
}

/** Where it begins, and ends; 0: at the beginning of the log. */
export function startOf({ pages, beginsAt }: LogWindow): number {
  const first = pages[0]?.from ?? 0;
  return first === beginsAt ? 0 : first;
}

export function endOf({ pages, size }: LogWindow): number {
  return pages.at(-1)?.to ?? size;
}

function cutFront(pages: readonly LogPage[]): readonly LogPage[] {
  let kept = pages;
  while (kept.length > 1 && countLines(kept) > KEPT_LINES) kept = kept.slice(1);
  return kept;
}

function countLines(pages: readonly LogPage[]): number {
  return pages.reduce((sum, { lines }) => sum + lines.length, 0);
}
