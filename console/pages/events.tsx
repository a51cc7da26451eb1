// Every event of the Region as it was published: live at the top, older ones on request, narrowed by queue, state and text.
import { useState } from 'preact/hooks';
import { formatClock, formatTime, shortId } from '../format.ts';
import { useAccountEndpoint, useLoaded, useTitle } from '../hooks.ts';
import { useNumberedRows } from '../numbered-rows.ts';
import { TypedFilter } from '../parts/job-filters.tsx';
import { ORDINARY_REASON } from '../parts/job-table.tsx';
import { Empty, Failure, Loading } from '../parts/notices.tsx';
import { OlderRows, OpenedRow } from '../parts/row-pages.tsx';
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
  const { shown, error, again } = log;
  const isNarrowed = Boolean(route.queue ?? route.status ?? route.text);
  return (
    <>
      <h1 class="unseen">Events</h1>
      <EventFilters route={route} isPaused={isPaused} onPause={setPaused} />
      {error !== undefined && <Failure message={error} again={again} />}
      {error === undefined && !shown && <Loading />}
      {shown && shown.rows.length > 0 && <EventTable events={shown.rows} />}
      {shown?.rows.length === 0 && (
        <Empty title={isNarrowed ? 'No event matches' : 'No events yet'}>
          <p>
            Every change of a job’s state appears here{' '}
            {isAccount ? 'some seconds after it happens.' : 'the moment it happens.'}
          </p>
        </Empty>
      )}
      <OlderRows log={log} isNarrowed={isNarrowed} />
    </>
  );
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

function EventTable({ events }: { readonly events: readonly EventRow[] }) {
  const [opened, setOpened] = useState<number>();
  return (
    <div class="scroll">
      <table class="events" aria-label="Events">
        <thead>
          <tr>
            <th class="number">Time</th>
            <th>State</th>
            <th>Job</th>
            <th>Queue</th>
            <th>Remark</th>
            <th>
              <span class="unseen">The event itself</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <EventLine
              key={event.seq}
              event={event}
              isOpen={opened === event.seq}
              onToggle={() => setOpened(opened === event.seq ? undefined : event.seq)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface EventLineProps {
  readonly event: EventRow;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function EventLine({ event, isOpen, onToggle }: EventLineProps) {
  const { seq, atMs, type, jobId, name, queue, status, reason, exitCode } = event;
  const known = JOB_STATUSES.find((each) => each === status);
  const remarks = [
    exitCode === undefined || exitCode === 0 ? '' : `exit ${exitCode}`,
    reason === ORDINARY_REASON ? '' : (reason ?? ''),
  ];
  return (
    <>
      <tr>
        <td class="number" title={formatTime(atMs)}>
          {formatClock(atMs)}
        </td>
        <td>
          {known && type.endsWith('State Change') ? (
            <Status status={known} />
          ) : (
            <span class="warn">Blocked</span>
          )}
        </td>
        <td>
          {jobId !== undefined && (
            <>
              <a class="job-name" href={jobHref(jobId)}>
                {name}
              </a>{' '}
              <code class="quiet small">{shortId(jobId)}</code>
            </>
          )}
        </td>
        <td class="quiet">{queue}</td>
        <td class="remark">{remarks.filter((remark) => remark !== '').join(' · ')}</td>
        <td>
          <button type="button" class="plain" aria-expanded={isOpen} onClick={onToggle}>
            JSON
          </button>
        </td>
      </tr>
      {isOpen && <OpenedRow columns={6} path={`event-log/${seq}`} />}
    </>
  );
}
