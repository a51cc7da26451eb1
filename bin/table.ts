// Tables for people: columns as wide as their longest cell, and, on a screen, never wider than it.
import { paint, type Output } from './terminal.ts';
import { plain } from './wording.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** May be cut with an ellipsis when the screen is narrow; the widest such column is cut first. */
  readonly shrinks?: boolean;
  /** Colours a cell after it has been padded. */
  readonly paint?: (row: Row, text: string) => string;
}

const gap = '  ';
const narrowest = 6;

export function printTable<Row>(output: Output, columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const cells = rows.map((row) => columns.map((column) => plain(column.cell(row))));
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  if (output.columns !== undefined) shrink(columns, widths, output.columns);
  const fit = (text: string, at: number): string => {
    const width = widths[at] ?? 0;
    const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
    return at === columns.length - 1 ? cut : cut.padEnd(width);
  };
  const titles = columns.map((column, at) => fit(column.title, at)).join(gap);
  output.write(`${paint(output, 'bold', titles.trimEnd())}\n`);
  rows.forEach((row, line) => {
    const painted = columns.map((column, at) => {
      const text = fit(cells[line]?.[at] ?? '', at);
      return column.paint ? column.paint(row, text) : text;
    });
    output.write(`${painted.join(gap).trimEnd()}\n`);
  });
}

function shrink<Row>(columns: readonly Column<Row>[], widths: number[], available: number): void {
  let excess = widths.reduce((sum, width) => sum + width, gap.length * (columns.length - 1)) - available;
  while (excess > 0) {
    const widest = columns.reduce((best, column, at) => {
      const width = widths[at] ?? 0;
      return column.shrinks && width > narrowest && width > (widths[best] ?? 0) ? at : best;
    }, -1);
    if (widest < 0) return; // cannot be made to fit: better complete than unreadable
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
}
