// Jobs as rows: state, name, how far it is, how long it took, and what there is to say about it.
import { formatAge, formatDuration, formatTime, shortId } from '../format.ts';
import { useNow } from '../hooks.ts';
import { jobHref } from '../route.ts';
import type { JobRow } from '../../api/console/wire.ts';
import { Progress, Status } from './status.tsx';

/** What Batch says of every container that ended by itself: it tells nothing. */
export const ORDINARY_REASON = 'Essential container in task exited';

interface JobTableProps {
  readonly rows: readonly JobRow[];
  readonly label: string;
  /** Whether each row says which queue it is of. */
  readonly hasQueue?: boolean;
}

export function JobTable({ rows, label, hasQueue = false }: JobTableProps) {
  const nowMs = useNow();
  return (
    <div class="scroll">
      <table class="jobs" aria-label={label}>
        <thead>
          <tr>
            <th>State</th>
            <th>Job</th>
            <th>Progress</th>
            <th class="number">Submitted</th>
            <th class="number">Took</th>
            <th>Remark</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.jobId}>
              <td>
                <Status status={row.status} stopping={row.stopping} />
              </td>
              <th scope="row">
                <a href={jobHref(row.jobId)} class="job-name">
                  {row.name}
                </a>{' '}
                <code class="quiet small">{shortId(row.jobId)}</code>
                {hasQueue && <span class="quiet small in-queue"> in {row.queue}</span>}
              </th>
              <td>
                <Progress row={row} />
              </td>
              <td class="number" title={formatTime(row.createdAtMs)}>
                {formatAge(nowMs - row.createdAtMs)}
              </td>
              <td class="number">{tookOf(row, nowMs)}</td>
              <td class="remark">{remarkOf(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function tookOf({ startedAtMs, stoppedAtMs, createdAtMs, children }: JobRow, nowMs: number): string {
  const from = startedAtMs ?? (children ? createdAtMs : undefined);
  return from === undefined ? '' : formatDuration((stoppedAtMs ?? nowMs) - from);
}

function remarkOf({ status, statusReason, exitCode, attempts, stopping, held }: JobRow): string {
  const parts: string[] = [];
  if (held) parts.push('held');
  if (stopping) parts.push(stopping === 'cancel' ? 'is being cancelled' : 'is being terminated');
  if (exitCode !== undefined && exitCode !== 0) parts.push(`exit ${exitCode}`);
  if (attempts > 1) parts.push(`attempt ${attempts}`);
  if (statusReason && statusReason !== ORDINARY_REASON && status !== 'SUCCEEDED') parts.push(statusReason);
  return parts.join(' · ');
}
