// What stands below the rows of a log: how far was looked, and the way to older ones. And one entry as it is stored.
import { formatPlural } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import type { NumberedRows } from '../numbered-rows.ts';
import { withoutSecrets } from '../secrets.ts';
import { read } from '../server.ts';
import { Failure } from './notices.tsx';

interface OlderRowsProps<Row> {
  readonly log: NumberedRows<Row>;
  readonly isNarrowed: boolean;
}

export function OlderRows<Row>({ log: { shown, readOlder }, isNarrowed }: OlderRowsProps<Row>) {
  if (!shown) return null;
  return (
    <nav class="pages" aria-label="Older">
      {isNarrowed && (
        <span class="quiet small">Looked at the newest {formatPlural(shown.looked, 'entry', 'entries')}</span>
      )}
      {shown.before !== undefined && (
        <button type="button" onClick={readOlder}>
          {isNarrowed ? 'Look further back' : 'Older'}
        </button>
      )}
    </nav>
  );
}

/** `path`: of its route. Values that look secret are told on the job's page, on request. */
export function Entry({ path }: { readonly path: string }) {
  const { value, error, reload } = useLoaded(path, (signal) => read<object>(path, signal));
  if (error !== undefined) return <Failure message={error} again={reload} />;
  return <pre class="json">{value ? JSON.stringify(withoutSecrets(value), undefined, 2) : '…'}</pre>;
}

interface OpenedRowProps {
  readonly columns: number;
  readonly path: string;
}

export function OpenedRow({ columns, path }: OpenedRowProps) {
  return (
    <tr class="opened">
      <td colSpan={columns}>
        <Entry path={path} />
      </td>
    </tr>
  );
}
