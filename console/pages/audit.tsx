// Who called what, and what came of it: the audit trail of the Region, newest first.
import { useState } from 'preact/hooks';
import { formatClock, formatTime, shortId, shortName } from '../format.ts';
import { useAccountEndpoint, useTitle } from '../hooks.ts';
import { useNumberedRows } from '../numbered-rows.ts';
import { TypedFilter } from '../parts/job-filters.tsx';
import { Empty, Failure, Loading } from '../parts/notices.tsx';
import { OlderRows, OpenedRow } from '../parts/row-pages.tsx';
import { changeTo, goTo } from '../address.ts';
import { auditHref, jobHref } from '../route.ts';
import type { AuditRoute } from '../route.ts';
import type { AuditRow } from '../../api/console/wire.ts';

/** Calls that only read change no job, so nothing tells of them. */
const LOOK_MS = 5_000;

export function AuditPage({ route }: { readonly route: AuditRoute }) {
  useTitle('Audit');
  const isAccount = useAccountEndpoint() !== undefined;
  const { text, kind = 'changes' } = route;
  const query = new URLSearchParams({ kind, ...(text ? { text } : {}) });
  const log = useNumberedRows<AuditRow>({
    path: `audit?${query.toString()}`,
    isPaused: false,
    everyMs: LOOK_MS,
  });
  const { shown, error, again } = log;
  return (
    <>
      <h1 class="unseen">Audit</h1>
      <div class="filters">
        <div class="fields">
          <select
            aria-label="Calls"
            value={kind}
            onChange={(event) => goTo(auditHref({ ...route, kind: event.currentTarget.value }))}
          >
            <option value="changes">Changes</option>
            <option value="errors">Refused and failed</option>
            <option value="all">All calls</option>
          </select>
          <TypedFilter
            label="User, call, address or resource"
            placeholder="User, call, address or resource"
            value={text ?? ''}
            onTyped={(typed) => changeTo(auditHref({ ...route, text: typed }))}
          />
        </div>
      </div>
      {error !== undefined && <Failure message={error} again={again} />}
      {error === undefined && !shown && <Loading />}
      {shown && shown.rows.length > 0 && <AuditTable rows={shown.rows} />}
      {shown?.rows.length === 0 && (
        <Empty title={text ? 'No call matches' : 'No calls yet'}>
          <p>
            Every call of the API is written down here, with who made it.{' '}
            {isAccount ? 'It takes some seconds.' : 'Reads are kept for a day.'}
          </p>
        </Empty>
      )}
      <OlderRows log={log} isNarrowed={kind !== 'all' || text !== undefined} />
    </>
  );
}

function AuditTable({ rows }: { readonly rows: readonly AuditRow[] }) {
  const [opened, setOpened] = useState<number>();
  return (
    <div class="scroll">
      <table class="events" aria-label="Calls">
        <thead>
          <tr>
            <th class="number">Time</th>
            <th>Call</th>
            <th>By</th>
            <th>On</th>
            <th>Outcome</th>
            <th>
              <span class="unseen">The record itself</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <AuditLine
              key={row.seq}
              row={row}
              isOpen={opened === row.seq}
              onToggle={() => setOpened(opened === row.seq ? undefined : row.seq)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface AuditLineProps {
  readonly row: AuditRow;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

const SHOWN_RESOURCES = 3;

function AuditLine({ row, isOpen, onToggle }: AuditLineProps) {
  const { seq, atMs, event, user, source, errorCode, errorMessage, resources } = row;
  return (
    <>
      <tr>
        <td class="number" title={formatTime(atMs)}>
          {formatClock(atMs)}
        </td>
        <td>{event}</td>
        <td>
          {shortName(user)} <span class="quiet small">{source}</span>
        </td>
        <td class="remark">
          {resources.slice(0, SHOWN_RESOURCES).map((arn) => (
            <Resource key={arn} arn={arn} />
          ))}
          {resources.length > SHOWN_RESOURCES && `and ${resources.length - SHOWN_RESOURCES} more`}
        </td>
        <td class="remark">
          {errorCode === undefined ? (
            'ok'
          ) : (
            <span class="bad" title={errorMessage}>
              {errorCode}: {errorMessage}
            </span>
          )}
        </td>
        <td>
          <button type="button" class="plain" aria-expanded={isOpen} onClick={onToggle}>
            JSON
          </button>
        </td>
      </tr>
      {isOpen && <OpenedRow columns={6} path={`audit/${seq}`} />}
    </>
  );
}

function Resource({ arn }: { readonly arn: string }) {
  const [, type = '', name = ''] = /:([a-z-]+)\/([^/]+)$/.exec(arn) ?? [];
  if (type === 'job') return <a href={jobHref(name)}>job {shortId(name)} </a>;
  return (
    <span title={arn}>
      {type} {name}{' '}
    </span>
  );
}
