// Pages of a log whose entries are numbered and can only be read forwards: the newest, older than a place, or what came after one.
// One call looks at a bounded number of entries, whatever is kept of them.
import { quoted } from '../../api/console/job-filter.ts';
import { nextTurn } from '../../api/console/walk-jobs.ts';
import { ClientException } from '../../api/errors.ts';
import { parsePlace } from './place.ts';
import type { RowPage } from '../../api/console/wire.ts';

export interface NumberedLog<Row extends { readonly seq: number }> {
  readonly newest: number;
  /** Up to `limit` entries after a number, oldest first, as rows; `undefined` for those that are not to be shown. */
  read(
    afterSeq: number,
    limit: number,
  ): Promise<readonly { readonly seq: number; readonly row?: Row | undefined }[]>;
}

const PAGE = 100;
/** Entries that one read takes, and one call. */
const WINDOW = 500;
const LOOKED = 5_000;

/** Query: `before` or `after` a number, or neither for the newest. */
export async function readRows<Row extends { readonly seq: number }>(
  log: NumberedLog<Row>,
  query: URLSearchParams,
): Promise<RowPage<Row>> {
  const after = readSeq('after', query.get('after'));
  // A number that is not there yet is of a store that was emptied since.
  if (after !== undefined && after <= log.newest) return newerThan(log, after);
  return olderThan(log, readSeq('before', query.get('before')) ?? log.newest + 1);
}

export function readSeq(field: string, text: string | null): number | undefined {
  if (text === null) return undefined;
  const seq = parsePlace(text);
  if (seq !== undefined) return seq;
  throw new ClientException(`${field} must be the number of an entry, but is ${quoted(text)}.`);
}

/** At most a page, the newest of what came: a page that follows is told what it cannot show. */
async function newerThan<Row extends { readonly seq: number }>(
  log: NumberedLog<Row>,
  after: number,
): Promise<RowPage<Row>> {
  const from = Math.max(after, log.newest - LOOKED);
  const rows: Row[] = [];
  let reached = from;
  while (reached < log.newest) {
    const entries = await log.read(reached, WINDOW);
    rows.push(...entries.flatMap(({ row }) => row ?? []));
    const last = entries.at(-1)?.seq;
    if (last === undefined) break;
    reached = last;
    await nextTurn();
  }
  const shown = rows.slice(-PAGE).reverse();
  const oldest = rows.length > PAGE || from > after ? shown.at(-1)?.seq : undefined;
  return {
    rows: shown,
    after: Math.max(reached, log.newest),
    looked: log.newest - from,
    ...(oldest === undefined ? {} : { before: oldest }),
  };
}

async function olderThan<Row extends { readonly seq: number }>(
  log: NumberedLog<Row>,
  before: number,
): Promise<RowPage<Row>> {
  const rows: Row[] = [];
  let reached = before;
  while (reached > 1 && before - reached < LOOKED && rows.length < PAGE) {
    const from = Math.max(0, reached - 1 - WINDOW);
    const bound = reached;
    const entries = (await log.read(from, WINDOW)).filter(({ seq }) => seq < bound);
    rows.push(...entries.flatMap(({ row }) => row ?? []).reverse());
    // Older ones than the oldest there is were pruned.
    reached = entries.length === 0 ? 1 : from + 1;
    await nextTurn();
  }
  const shown = rows.slice(0, PAGE);
  const next = rows.length > PAGE ? (shown.at(-1)?.seq ?? 1) : reached;
  return {
    rows: shown,
    after: log.newest,
    looked: before - reached,
    ...(next > 1 ? { before: next } : {}),
  };
}
