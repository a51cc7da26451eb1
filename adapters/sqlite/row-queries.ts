// Pages and counts of an index partition. Every statement is one range of one index, so its cost follows the rows it
// answers with, never the rows there are.
import type { IndexQuery, Page, Row } from '../../engine/ports.ts';
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
  const { sql, values } = rangeOf(query, nowS);
  const { sort } = columnsOf(query);
  const direction = query.descending ? 'DESC' : 'ASC';
  const order = query.index ? `${sort} ${direction}, pk ${direction}, sk ${direction}` : `sk ${direction}`;
  return {
    sql: `SELECT ${ROW_COLUMNS} FROM ${query.table} WHERE ${sql} ORDER BY ${order} ${LIMIT}`,
    values: [...values, query.limit + 1],
  };
}

export function countRows(
  prepare: Prepare,
  query: Omit<IndexQuery, 'after' | 'descending'>,
  nowS: number,
): number {
  const { sql, values } = countStatement(query, nowS);
  return Number(prepare(sql).get(...values)?.['n']);
}

export function countStatement(query: Omit<IndexQuery, 'after' | 'descending'>, nowS: number): Conditions {
  const { sql, values } = rangeOf(query, nowS);
  return {
    sql: `SELECT count(*) AS n FROM (SELECT 1 FROM ${query.table} WHERE ${sql} ${LIMIT})`,
    values: [...values, query.limit],
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

function rangeOf(query: IndexQuery, nowS: number): Conditions {
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
  if (query.after !== undefined) {
    const position = positionOf(query, query.after);
    const beyond = query.descending ? '<' : '>';
    terms.push(query.index ? `(${sort}, pk, sk) ${beyond} (?, ?, ?)` : `sk ${beyond} ?`);
    values.push(...(query.index ? [position.sort, position.pk, position.sk] : [position.sk]));
  }
  return { sql: terms.join(' AND '), values };
}
