// Every event of the Region as it was published: live at the top, older ones on request, narrowed by queue, state and text.
import { useState } from 'preact/hooks';
import { shortId } from '../format.ts';
import { useAccountEndpoint, useLoaded, useTitle } from '../hooks.ts';
import { useNumberedRows } from '../numbered-rows.ts';
import { TypedFilter } from '../parts/job-filters.tsx';
import { ORDINARY_REASON } from '../parts/job-table.tsx';
import { LoggedRows, type LoggedColumn } from '../parts/logged-rows.tsx';
import { Empty } from '../parts/notices.tsx';
import { Status, statusWord } from '../parts/status.tsx';
import { changeTo, goTo } from '../address.ts';
import { eventsHref, jobHref } from '../route.ts';
import type { EventsRoute } from '../route.ts';
import { read } from '../server.ts';
import { JOB_STATUSES } from '../../api/console/wire.ts';
import type { EventRow } from '../../api/console/wire.ts';
import type { OverviewAnswer } from '../../api/console/wire.ts';

const ACCOUNT_LOOK_MS = 3_000;

export function EventsPage({ route }: { readonly route: EventsRoute }) {
  useTitle('Events');
  const isAccount = useAccountEndpoint() !== undefined;
  const [isPaused, setPaused] = useState(false);
  const log = useNumberedRows<EventRow>({
    path: eventsHref(route).replace('#/events', 'event-log'),
    isPaused,
    // Some appear in the log after the change that they tell of was heard of.
    ...(isAccount ? { everyMs: ACCOUNT_LOOK_MS } : {}),
  });
  const isNarrowed = Boolean(route.queue ?? route.status ?? route.text);
  return (
    <>
      <h1 class="unseen">Events</h1>
      <EventFilters route={route} isPaused={isPaused} onPause={setPaused} />
      <LoggedRows
        log={log}
        label="Events"
        opens="The event itself"
        path="event-log"
        columns={COLUMNS}
        isNarrowed={isNarrowed}
      >
        <Empty title={isNarrowed ? 'No event matches' : 'No events yet'}>
          <p>
            Every change of a job’s state appears here{' '}
            {isAccount ? 'some seconds after it happens.' : 'the moment it happens.'}
          </p>
        </Empty>
      </LoggedRows>
    </>
  );
}

const COLUMNS: readonly LoggedColumn<EventRow>[] = [
  { title: 'State', cell: (event) => <State event={event} /> },
  {
    title: 'Job',
    cell: ({ jobId, name }) =>
      jobId !== undefined && (
        <>
          <a class="job-name" href={jobHref(jobId)}>
            {name}
          </a>{' '}
          <code class="quiet small">{shortId(jobId)}</code>
        </>
      ),
  },
  { title: 'Queue', look: 'quiet', cell: ({ queue }) => queue },
  { title: 'Remark', look: 'remark', cell: remark },
];

function State({ event: { status, type } }: { readonly event: EventRow }) {
  const known = JOB_STATUSES.find((each) => each === status);
  if (known && type.endsWith('State Change')) return <Status status={known} />;
  return <span class="warn">Blocked</span>;
}

function remark({ exitCode, reason }: EventRow): string {
  const remarks = [
    exitCode === undefined || exitCode === 0 ? '' : `exit ${exitCode}`,
    reason === ORDINARY_REASON ? '' : (reason ?? ''),
  ];
  return remarks.filter((each) => each !== '').join(' · ');
}

interface EventFiltersProps {
  readonly route: EventsRoute;
  readonly isPaused: boolean;
  readonly onPause: (isPaused: boolean) => void;
}

function EventFilters({ route, isPaused, onPause }: EventFiltersProps) {
  const overview = useLoaded('overview', (signal) => read<OverviewAnswer>('overview', signal));
  const choose = (name: 'queue' | 'status', value: string): void =>
    goTo(eventsHref({ ...route, [name]: value }));
  return (
    <div class="filters">
      <div class="fields">
        <select
          aria-label="Queue"
          value={route.queue ?? ''}
          onChange={(event) => choose('queue', event.currentTarget.value)}
        >
          <option value="">All queues</option>
          {overview.value?.queues.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <select
          aria-label="State"
          value={route.status ?? ''}
          onChange={(event) => choose('status', event.currentTarget.value)}
        >
          <option value="">All states</option>
          {JOB_STATUSES.map((status) => (
            <option key={status} value={status}>
              {statusWord(status)}
            </option>
          ))}
        </select>
        <TypedFilter
          label="Job, id or reason"
          placeholder="Job, id or reason"
          value={route.text ?? ''}
          onTyped={(text) => changeTo(eventsHref({ ...route, text }))}
        />
        <button type="button" aria-pressed={isPaused} onClick={() => onPause(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </button>
      </div>
    </div>
  );
}
