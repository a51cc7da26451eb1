// Pages and counts of index partitions. Every statement is one range of one index, or several that SQLite merges as it reads
// them, so its cost follows the rows it answers with, never the rows there are.
import type { IndexQuery, IndexRange, Page, Row } from '../../engine/table-ports.ts';
import { partitionsOf } from '../../engine/table-rules.ts';
import { pageToken, positionOf } from './page-token.ts';
import type { RowCache } from './row-cache.ts';
import type { ColumnValue, RowColumns } from './row-codec.ts';
import { heldRowOfColumns, INDEX_COLUMNS, ROW_COLUMNS, rowOfColumns } from './row-codec.ts';
import type { Prepare } from './statements.ts';

interface Conditions {
  readonly sql: string;
  readonly values: readonly ColumnValue[];
}

export function queryPage(prepare: Prepare, cache: RowCache, query: IndexQuery, nowS: number): Page {
  const { sql, values } = pageStatement(query, nowS);
  const found = prepare(sql).all(...values) as unknown as readonly RowColumns[]; // ROW_COLUMNS
  const rows = found.slice(0, query.limit).map((columns) => rowAtHand(cache, query, columns));
  const last = found.length > query.limit ? found[query.limit - 1] : undefined;
  if (!last) return { rows };
  const sort = last[columnsOf(query).sort] as string; // a row is in the index, so it has the index's sort value
  return { rows, next: pageToken(query, { sort, pk: last.pk, sk: last.sk }) };
}

/** A row at hand saves its parsing. What is read to be acted on is read again soon, so it stays at hand; a listing does not. */
function rowAtHand(cache: RowCache, { table, index }: IndexQuery, columns: RowColumns): Row {
  const known = cache.get(table, columns);
  if (known) return known.row;
  if (index !== 'work') return rowOfColumns(table, columns);
  const held = heldRowOfColumns(table, columns);
  cache.remember(table, held);
  return held.row;
}

/**
 * The plus means nothing to the answer: SQLite plans a bare `LIMIT ?` by the bound number, and so anew each time the statement
 * is run, which costs more than running it.
 */
const LIMIT = 'LIMIT +?';

/** One row more than asked for tells whether there is a next page. */
export function pageStatement(query: IndexQuery, nowS: number): Conditions {
  const beyond = query.after === undefined ? undefined : beyondPage(query, query.after);
  const ranges = partitionsOf(query).map((partition) => rangeOf({ ...query, partition }, nowS, beyond));
  const rows = ranges.map(({ sql }) => `SELECT ${ROW_COLUMNS} FROM ${query.table} WHERE ${sql}`);
  const { sort } = columnsOf(query);
  const direction = query.descending ? 'DESC' : 'ASC';
  const order = query.index ? `${sort} ${direction}, pk ${direction}, sk ${direction}` : `sk ${direction}`;
  return {
    sql: `${rows.join(' UNION ALL ')} ORDER BY ${order} ${LIMIT}`,
    values: [...ranges.flatMap(({ values }) => values), query.limit + 1],
  };
}

export function countRows(prepare: Prepare, range: IndexRange, nowS: number): number {
  const { sql, values } = countStatement(range, nowS);
  return Number(prepare(sql).get(...values)?.['n']);
}

export function countStatement(range: IndexRange, nowS: number): Conditions {
  const { sql, values } = rangeOf(range, nowS);
  return {
    sql: `SELECT count(*) AS n FROM (SELECT 1 FROM ${range.table} WHERE ${sql} ${LIMIT})`,
    values: [...values, range.limit],
  };
}

function columnsOf({ index }: Pick<IndexQuery, 'index'>): {
  partition: keyof RowColumns;
  sort: keyof RowColumns;
} {
  if (!index) return { partition: 'pk', sort: 'sk' };
  const [partition, sort] = INDEX_COLUMNS[index];
  return { partition, sort };
}

/** `more`: a further term. */
function rangeOf(query: IndexRange, nowS: number, more?: Conditions): Conditions {
  const { partition, sort } = columnsOf(query);
  const terms = [`${partition} = ?`, '(expires IS NULL OR expires > ?)'];
  const values: ColumnValue[] = [query.partition, nowS];
  if (query.from !== undefined) {
    terms.push(`${sort} >= ?`);
    values.push(query.from);
  }
  if (query.to !== undefined) {
    terms.push(`${sort} <= ?`);
    values.push(query.to);
  }
  if (more) {
    terms.push(more.sql);
    values.push(...more.values);
  }
  return { sql: terms.join(' AND '), values };
}

/** A page of several partitions ended at one place, which is the same in each of them. */
function beyondPage(query: IndexQuery, token: string): Conditions {
  const { sort, pk, sk } = positionOf(query, token);
  const beyond = query.descending ? '<' : '>';
  if (!query.index) return { sql: `sk ${beyond} ?`, values: [sk] };
  return { sql: `(${columnsOf(query).sort}, pk, sk) ${beyond} (?, ?, ?)`, values: [sort, pk, sk] };
}
