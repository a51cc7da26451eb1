// Who called what, and what came of it: the audit trail of the Region, newest first.
import { shortId, shortName } from '../format.ts';
import { useAccountEndpoint, useTitle } from '../hooks.ts';
import { useNumberedRows } from '../numbered-rows.ts';
import { TypedFilter } from '../parts/job-filters.tsx';
import { LoggedRows, type LoggedColumn } from '../parts/logged-rows.tsx';
import { Empty } from '../parts/notices.tsx';
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
      <LoggedRows
        log={log}
        label="Calls"
        opens="The record itself"
        path="audit"
        columns={COLUMNS}
        isNarrowed={kind !== 'all' || text !== undefined}
      >
        <Empty title={text ? 'No call matches' : 'No calls yet'}>
          <p>
            Every call of the API is written down here, with who made it.{' '}
            {isAccount ? 'It takes some seconds.' : 'Reads are kept for a day.'}
          </p>
        </Empty>
      </LoggedRows>
    </>
  );
}

const SHOWN_RESOURCES = 3;

const COLUMNS: readonly LoggedColumn<AuditRow>[] = [
  { title: 'Call', cell: ({ event }) => event },
  {
    title: 'By',
    cell: ({ user, source }) => (
      <>
        {shortName(user)} <span class="quiet small">{source}</span>
      </>
    ),
  },
  {
    title: 'On',
    look: 'remark',
    cell: ({ resources }) => (
      <>
        {resources.slice(0, SHOWN_RESOURCES).map((arn) => (
          <Resource key={arn} arn={arn} />
        ))}
        {resources.length > SHOWN_RESOURCES && `and ${resources.length - SHOWN_RESOURCES} more`}
      </>
    ),
  },
  {
    title: 'Outcome',
    look: 'remark',
    cell: ({ errorCode, errorMessage }) =>
      errorCode === undefined ? (
        'ok'
      ) : (
        <span class="bad" title={errorMessage}>
          {errorCode}: {errorMessage}
        </span>
      ),
  },
];

function Resource({ arn }: { readonly arn: string }) {
  const [, type = '', name = ''] = /:([a-z-]+)\/([^/]+)$/.exec(arn) ?? [];
  if (type === 'job') return <a href={jobHref(name)}>job {shortId(name)} </a>;
  return (
    <span title={arn}>
      {type} {name}{' '}
    </span>
  );
}
