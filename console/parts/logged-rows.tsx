// A log that grows, as a page shows it: a table whose lines open to what is stored, or what its children say where there are none.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatClock, formatTime } from '../format.ts';
import type { NumberedRows } from '../numbered-rows.ts';
import { Failure, Loading } from './notices.tsx';
import { OlderRows, OpenedRow } from './row-pages.tsx';

/** Behind the time, which every row has. */
export interface LoggedColumn<Row> {
  readonly title: string;
  readonly look?: 'quiet' | 'remark';
  readonly cell: (row: Row) => ComponentChildren;
}

interface TableProps<Row> {
  /** What the rows are. */
  readonly label: string;
  /** What a row opens to, for those who hear the page. */
  readonly opens: string;
  /** The route of one row, without its number. */
  readonly path: string;
  readonly columns: readonly LoggedColumn<Row>[];
}

interface LoggedRowsProps<Row> extends TableProps<Row> {
  readonly log: NumberedRows<Row>;
  readonly isNarrowed: boolean;
  readonly children: ComponentChildren;
}

interface Logged {
  readonly seq: number;
  readonly atMs: number;
}

export function LoggedRows<Row extends Logged>(props: LoggedRowsProps<Row>) {
  const { log, isNarrowed, children } = props;
  const { shown, error, again } = log;
  return (
    <>
      {error !== undefined && <Failure message={error} again={again} />}
      {error === undefined && !shown && <Loading />}
      {shown && shown.rows.length > 0 && <RowTable {...props} rows={shown.rows} />}
      {shown?.rows.length === 0 && children}
      <OlderRows log={log} isNarrowed={isNarrowed} />
    </>
  );
}

interface RowTableProps<Row> extends TableProps<Row> {
  readonly rows: readonly Row[];
}

function RowTable<Row extends Logged>({ label, opens, path, columns, rows }: RowTableProps<Row>) {
  const [opened, setOpened] = useState<number>();
  return (
    <div class="scroll">
      <table class="events" aria-label={label}>
        <thead>
          <tr>
            <th class="number">Time</th>
            {columns.map(({ title }) => (
              <th key={title}>{title}</th>
            ))}
            <th>
              <span class="unseen">{opens}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line
              key={row.seq}
              row={row}
              columns={columns}
              path={`${path}/${row.seq}`}
              isOpen={opened === row.seq}
              onToggle={() => setOpened(opened === row.seq ? undefined : row.seq)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface LineProps<Row> {
  readonly row: Row;
  readonly columns: readonly LoggedColumn<Row>[];
  readonly path: string;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function Line<Row extends Logged>({ row, columns, path, isOpen, onToggle }: LineProps<Row>) {
  return (
    <>
      <tr>
        <td class="number" title={formatTime(row.atMs)}>
          {formatClock(row.atMs)}
        </td>
        {columns.map(({ title, look, cell }) => (
          <td key={title} class={look}>
            {cell(row)}
          </td>
        ))}
        <td>
          <button type="button" class="plain" aria-expanded={isOpen} onClick={onToggle}>
            JSON
          </button>
        </td>
      </tr>
      {isOpen && <OpenedRow columns={columns.length + 2} path={path} />}
    </>
  );
}
