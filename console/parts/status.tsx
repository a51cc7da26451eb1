// A job's state as a coloured word, and an array's children as a coloured bar.
import { formatCount } from '../format.ts';
import { JOB_STATUSES } from '../../api/console/wire.ts';
import type { JobRow, JobStatus } from '../../api/console/wire.ts';

const WORDS: Readonly<Record<JobStatus, string>> = {
  SUBMITTED: 'Submitted',
  PENDING: 'Pending',
  RUNNABLE: 'Runnable',
  STARTING: 'Starting',
  RUNNING: 'Running',
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
};

export function statusWord(status: JobStatus): string {
  return WORDS[status];
}

export function Status({
  status,
  stopping,
}: {
  readonly status: JobStatus;
  readonly stopping?: string | undefined;
}) {
  return (
    <span class={`status status-${status}`}>
      {WORDS[status]}
      {stopping && <span class="quiet"> · stopping</span>}
    </span>
  );
}

type Counts = Readonly<Record<JobStatus, number>>;

/** From what is done to what is far from it. */
const BAR_ORDER = ['FAILED', 'SUCCEEDED', 'RUNNING', 'STARTING', 'RUNNABLE', 'PENDING', 'SUBMITTED'] as const;

export function ChildrenBar({ counts }: { readonly counts: Counts }) {
  const told = BAR_ORDER.filter((status) => counts[status] > 0);
  const text = told
    .map((status) => `${formatCount(counts[status])} ${WORDS[status].toLowerCase()}`)
    .join(', ');
  return (
    <span class="bar" role="img" aria-label={text} title={text}>
      {told.map((status) => (
        <span key={status} class={`fill fill-${status}`} style={{ flexGrow: counts[status] }} />
      ))}
    </span>
  );
}

export function sizeOf(counts: Counts): number {
  return JOB_STATUSES.reduce((sum, status) => sum + counts[status], 0);
}

/** `40 / 96` for arrays. */
export function Progress({ row }: { readonly row: JobRow }) {
  if (!row.children) return null;
  const done = row.children.SUCCEEDED + row.children.FAILED;
  return (
    <span class="progress">
      <ChildrenBar counts={row.children} />
      <span class="number quiet">
        {formatCount(done)} / {formatCount(sizeOf(row.children))}
      </span>
    </span>
  );
}
