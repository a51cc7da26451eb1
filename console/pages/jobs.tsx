// Jobs by queue, state, name, tag and time, newest first. The first page is live; older pages stand still apart from the states
// of what they show.
import { useMemo } from 'preact/hooks';
import { formatCount, formatPlural, formatTime } from '../format.ts';
import type { FoundJobsState } from '../found-jobs.ts';
import { useFoundJobs } from '../found-jobs.ts';
import { serverNow, useAccountEndpoint, useChanges, useLoaded, useTitle } from '../hooks.ts';
import { JobFilters } from '../parts/job-filters.tsx';
import { JobTable } from '../parts/job-table.tsx';
import { Empty, Failure, Loading } from '../parts/notices.tsx';
import { jobsHref, SPANS } from '../route.ts';
import type { JobsRoute } from '../route.ts';
import { read } from '../server.ts';
import type { ChangesMessage } from '../../api/console/wire.ts';
import type { OverviewAnswer } from '../../api/console/wire.ts';

export function JobsPage({ route }: { readonly route: JobsRoute }) {
  useTitle(route.name ? `“${route.name}”` : 'Jobs');
  const overview = useLoaded('overview', (signal) => read<OverviewAnswer>('overview', signal));
  const search = useFoundJobs(jobsHref(route), () => queryOf(route));
  const rows = search.found?.rows;
  const shown = useMemo(() => new Set(rows?.map(({ jobId }) => jobId)), [rows]);
  useChanges((message) => {
    if (concerns(message, route, shown)) search.reload();
    overview.reload();
  });
  return (
    <>
      <h1 class="unseen">Jobs</h1>
      <JobFilters queues={overview.value?.queues ?? []} route={route} />
      {search.error !== undefined && <Failure message={search.error} again={search.reload} />}
      {search.error === undefined && !search.found && <Loading />}
      {search.found && <Found search={search} route={route} />}
    </>
  );
}

function queryOf(route: JobsRoute): URLSearchParams {
  const { page: _page, since, ...given } = route;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value) query.set(name, value);
  if (since) query.set('from', String(Math.max(0, serverNow() - SPANS[since] * 60_000)));
  return query;
}

function concerns(
  message: ChangesMessage | undefined,
  route: JobsRoute,
  shown: ReadonlySet<string>,
): boolean {
  if (!message) return true;
  if (message.wholes.some((id) => shown.has(id))) return true;
  return message.jobs.some(([id]) => route.after === undefined || shown.has(id));
}

function Found({ search, route }: { readonly search: FoundJobsState; readonly route: JobsRoute }) {
  const { found, isLooking, isStale } = search;
  if (!found) return null;
  const isAnyQueue = route.queue === undefined;
  return (
    <>
      {found.rows.length > 0 && (
        <div class={isStale ? 'stale' : undefined}>
          <JobTable rows={found.rows} label="Jobs" hasQueue={isAnyQueue} />
        </div>
      )}
      {found.rows.length === 0 && !isLooking && <NoJobs route={route} />}
      {!isStale && <Progress search={search} />}
      <nav class="pages" aria-label="Older and newer">
        {route.after && <a href={jobsHref({ ...route, after: '' })}>Newest</a>}
        {!isLooking && found.next && <a href={jobsHref({ ...route, after: found.next })}>Older</a>}
      </nav>
    </>
  );
}

/** How far a search has come that has to look at jobs one by one. */
function Progress({ search: { found, isLooking, stop, goOn } }: { readonly search: FoundJobsState }) {
  if (found?.looked === undefined) return null;
  const reached = found.reachedMs === undefined ? '' : `, back to ${formatTime(found.reachedMs)}`;
  const isShort = !isLooking && found.next !== undefined && found.rows.length < 100;
  return (
    <p class="looked quiet small" role="status">
      {isLooking && <span class="spinner" aria-hidden="true" />}
      {isLooking ? 'Looking: ' : 'Looked at '}
      {formatPlural(found.looked, 'job')}
      {reached}; {formatCount(found.rows.length)} found
      {!isLooking && found.next === undefined && ', and there are no more'}.{' '}
      {isLooking && (
        <button type="button" class="plain" onClick={stop}>
          Stop
        </button>
      )}
      {isShort && (
        <button type="button" class="plain" onClick={goOn}>
          Look further
        </button>
      )}
    </p>
  );
}

function NoJobs({ route }: { readonly route: JobsRoute }) {
  const endpoint = useAccountEndpoint();
  const { page: _, ...filters } = route;
  const isFiltered = Object.keys(filters).some((name) => name !== 'queue');
  if (!isFiltered) {
    return (
      <Empty title="No jobs here">
        <p>
          Submit one with{' '}
          <code>npx slipway run {endpoint !== undefined && `--endpoint ${endpoint} `}-- echo hello</code>
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="No job matches">
      <p>{hintOf(route)}</p>
      <p>
        <a href={jobsHref({})}>Show all jobs</a>
      </p>
    </Empty>
  );
}

function hintOf({ name, tag, status }: JobsRoute): string {
  if (tag) return 'A tag is looked for as key or key=value; * stands for anything.';
  if (name)
    return 'A name is found by a part of it, or as a pattern with *; a job also by the beginning of its id.';
  if (status === 'PENDING')
    return 'An array is PENDING while its children run; so is a job that waits for others.';
  return 'Not with these filters, not now.';
}
