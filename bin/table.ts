// Tables for people: columns as wide as their longest cell, and, on a screen, never wider than it: first long columns are cut,
// then those that can be done without are left out.
import { paint, type Output } from './terminal.ts';
import { cutTo, fitTo, widthOf } from './text-width.ts';
import { plain } from './wording.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** May be cut with an ellipsis when the screen is narrow; the widest such column is cut first. */
  readonly shrinks?: boolean;
  /** Left out when the screen is too narrow for all; the highest number first. */
  readonly dispensable?: number;
  /** Colours a cell after it has been padded. */
  readonly paint?: (row: Row, text: string) => string;
}

const gap = '  ';
const narrowest = 6;

export function printTable<Row>(output: Output, columns: readonly Column<Row>[], rows: readonly Row[]): void {
  for (const line of tableLines(output, columns, rows)) output.write(`${line}\n`);
}

/** The table's lines, titles first; `width` stands in for the screen's. */
export function tableLines<Row>(
  output: Output,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined = output.columns,
): readonly string[] {
  const { shown, widths } = layOut(columns, rows, width);
  const fit = (text: string, at: number): string =>
    at === shown.length - 1 ? cutTo(text, widths[at] ?? 0) : fitTo(text, widths[at] ?? 0);
  const titles = shown.map((column, at) => fit(column.title, at)).join(gap);
  const lines = rows.map((row) => {
    const painted = shown.map((column, at) => {
      const text = fit(plain(column.cell(row)), at);
      return column.paint ? column.paint(row, text) : text;
    });
    return painted.join(gap).trimEnd();
  });
  return [paint(output, 'bold', titles.trimEnd()), ...lines];
}

interface Layout<Row> {
  readonly shown: readonly Column<Row>[];
  readonly widths: readonly number[];
}

function layOut<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined,
): Layout<Row> {
  const widest = (column: Column<Row>): number =>
    rows.reduce((most, row) => Math.max(most, widthOf(plain(column.cell(row)))), widthOf(column.title));
  let shown = columns.map((column) => ({ column, width: widest(column) }));
  while (width !== undefined && leastWidth(shown) > width) {
    const last = leastNeeded(shown);
    if (last === undefined) break; // cannot be made to fit: better complete than unreadable
    shown = shown.filter((other) => other !== last);
  }
  if (width !== undefined) shrink(shown, width);
  return { shown: shown.map(({ column }) => column), widths: shown.map((each) => each.width) };
}

interface Measured<Row> {
  readonly column: Column<Row>;
  width: number;
}

function leastWidth<Row>(shown: readonly Measured<Row>[]): number {
  return totalWidth(shown.map(({ column, width }) => (column.shrinks ? Math.min(width, narrowest) : width)));
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
}

function leastNeeded<Row>(shown: readonly Measured<Row>[]): Measured<Row> | undefined {
  const dispensable = shown.filter(({ column }) => column.dispensable !== undefined);
  return dispensable.toSorted(
    (left, right) => (right.column.dispensable ?? 0) - (left.column.dispensable ?? 0),
  )[0];
}

function shrink<Row>(shown: readonly Measured<Row>[], available: number): void {
  let excess = totalWidth(shown.map(({ width }) => width)) - available;
  while (excess > 0) {
    const widest = shown.reduce<Measured<Row> | undefined>(
      (best, each) =>
        each.column.shrinks && each.width > narrowest && each.width > (best?.width ?? 0) ? each : best,
      undefined,
    );
    if (!widest) return;
    widest.width -= 1;
    excess -= 1;
  }
}
