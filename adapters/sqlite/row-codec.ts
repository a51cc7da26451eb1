// A row as the database holds it, as the port shows it, and as the change log writes it down. The body is stored as the JSON
// text that was current when the write was asked for; a text that is no JSON object is damage and is reported, never guessed at.
import type { IndexEntry, IndexName, NewRow, Row, TableName } from '../../engine/table-ports.ts';
import { StoreCorruptError } from '../../engine/table-ports.ts';

export type ColumnValue = string | number | null;

/** One SELECT of ROW_COLUMNS. */
export interface RowColumns {
  readonly pk: string;
  readonly sk: string;
  readonly version: number;
  readonly body: string;
  readonly lp: string | null;
  readonly ls: string | null;
  readonly wp: string | null;
  readonly ws: string | null;
  readonly expires: number | null;
}
export const ROW_COLUMNS = 'pk, sk, version, body, lp, ls, wp, ws, expires';

export const INDEX_COLUMNS = {
  listing: ['lp', 'ls'],
  work: ['wp', 'ws'],
} as const satisfies {
  readonly [name in IndexName]: readonly [partition: keyof RowColumns, sort: keyof RowColumns];
};

/** A row to write, its body already a text: what the caller does to the object later cannot change what is stored. */
export interface RowToWrite {
  readonly row: NewRow;
  readonly bodyText: string;
}

/** A stored row with its `image`: the JSON text of the whole row, as the change log keeps it. */
export interface HeldRow {
  readonly row: Row;
  readonly image: string;
}

const NO_INDEXES: Row['indexes'] = {};

export function rowToWrite(row: NewRow): RowToWrite {
  return { row, bodyText: JSON.stringify(row.body) };
}

export function heldRowOf({ row, bodyText }: RowToWrite, version: number): HeldRow {
  const { pk, sk, body, expiresAtS, indexes = NO_INDEXES } = row;
  const stored: Row =
    expiresAtS === undefined
      ? { pk, sk, version, body, indexes }
      : { pk, sk, version, body, indexes, expiresAtS };
  return { row: stored, image: imageOf(stored, bodyText) };
}

/** The body's text is pasted in: it is the bulk of the row, and writing it out a second time would be most of the cost. */
function imageOf({ pk, sk, version, indexes, expiresAtS }: Row, bodyText: string): string {
  return `${JSON.stringify({ pk, sk, version, indexes, expiresAtS }).slice(0, -1)},"body":${bodyText}}`;
}

export function heldRowOfColumns(table: TableName, columns: RowColumns): HeldRow {
  const row = rowOfColumns(table, columns);
  return { row, image: imageOf(row, columns.body) };
}

export function rowOfColumns(table: TableName, columns: RowColumns): Row {
  const { pk, sk, version, lp, ls, wp, ws, expires } = columns;
  const listing = entryOf(lp, ls);
  const work = entryOf(wp, ws);
  return {
    pk,
    sk,
    version,
    body: parseBody(table, columns),
    indexes: { ...(listing && { listing }), ...(work && { work }) },
    ...(expires === null ? {} : { expiresAtS: expires }),
  };
}

function entryOf(partition: string | null, sort: string | null): IndexEntry | undefined {
  return partition === null || sort === null ? undefined : { partition, sort };
}

function parseBody(table: TableName, { pk, sk, body }: RowColumns): object {
  let parsed: unknown;
  let cause: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    cause = error;
  }
  if (typeof parsed === 'object' && parsed !== null) return parsed;
  throw new StoreCorruptError(
    `the row ${JSON.stringify({ table, pk, sk })} is damaged: its body is not a JSON object`,
    cause === undefined ? {} : { cause },
  );
}

/** Lets the row vanish from reads at the second it names. */
export function isExpired(row: Pick<Row, 'expiresAtS'>, nowS: number): boolean {
  return row.expiresAtS !== undefined && row.expiresAtS <= nowS;
}

/** The values of lp … ws in the order of ROW_COLUMNS. */
export function indexValuesOf(indexes: Row['indexes'] | undefined): ColumnValue[] {
  const listing = indexes?.listing;
  const work = indexes?.work;
  return [listing?.partition ?? null, listing?.sort ?? null, work?.partition ?? null, work?.sort ?? null];
}
