// The rows of a log that are on the page: the newest first, without a gap.
import type { RowPage } from '../api/console/wire.ts';

export interface Numbered {
  readonly seq: number;
}

/** Rows that stay on the page while new ones come. */
const KEPT = 500;

/** With what came since. More than a page came at once: then what was shown does not follow on it, and is left out. */
export function newer<Row extends Numbered>(shown: RowPage<Row>, answer: RowPage<Row>): RowPage<Row> {
  if (answer.before !== undefined) return answer;
  const rows = inOrder([...answer.rows, ...shown.rows]);
  const last = rows[KEPT - 1];
  if (rows.length <= KEPT || !last) return { ...shown, rows, after: answer.after };
  return { ...shown, rows: rows.slice(0, KEPT), after: answer.after, before: last.seq };
}

export function older<Row extends Numbered>(shown: RowPage<Row>, answer: RowPage<Row>): RowPage<Row> {
  const { before: _reached, ...kept } = shown;
  return {
    ...kept,
    rows: inOrder([...shown.rows, ...answer.rows]),
    looked: shown.looked + answer.looked,
    ...(answer.before === undefined ? {} : { before: answer.before }),
  };
}

/** Where entries appear late, some are told again, and some belong below what is shown already. */
function inOrder<Row extends Numbered>(rows: readonly Row[]): readonly Row[] {
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return [...bySeq.values()].sort((left, right) => right.seq - left.seq);
}
