// The jobs of a queue, newest first, by state; or what a search found. The first page is live; older pages stand still apart from
// the states of what they show.
import { useMemo } from 'preact/hooks';
import { formatCount } from '../format.ts';
import { useChanges, useLoaded, useTitle } from '../hooks.ts';
import { JobTable } from '../parts/job-table.tsx';
import { Empty, Failure, Loading } from '../parts/notices.tsx';
import { statusWord } from '../parts/status.tsx';
import { goTo, jobsHref } from '../route.ts';
import type { JobsRoute } from '../route.ts';
import { read } from '../server.ts';
import { JOB_STATUSES } from '../wire.ts';
import type { ChangesMessage, JobsAnswer, OverviewAnswer, QueueOverview } from '../wire.ts';

export function JobsPage({ route }: { readonly route: JobsRoute }) {
  useTitle(route.search ? `“${route.search}”` : 'Jobs');
  const overview = useLoaded('overview', (signal) => read<OverviewAnswer>('overview', signal));
  const queues = overview.value?.queues;
  const queue = route.queue ?? defaultQueue(queues);
  const isReady = route.search !== undefined || queue !== undefined;
  const path = isReady ? listPath(route, queue ?? '') : '';
  const jobs = useLoaded(path, async (signal) => (path === '' ? undefined : read<JobsAnswer>(path, signal)));
  const shown = useMemo(() => new Set(jobs.value?.jobs.map(({ jobId }) => jobId)), [jobs.value]);
  useChanges((message) => {
    if (concerns(message, route, shown)) jobs.reload();
    overview.reload();
  });
  const error = overview.error ?? jobs.error;
  return (
    <>
      <h1 class={route.search ? undefined : 'unseen'}>
        {route.search ? `Jobs like “${route.search}”` : 'Jobs'}
      </h1>
      {!route.search && queues && <Filters queues={queues} route={route} queue={queue ?? ''} />}
      {error !== undefined && <Failure message={error} again={jobs.reload} />}
      {error === undefined && !jobs.value && <Loading />}
      {jobs.value && <Found answer={jobs.value} route={{ ...route, ...(queue ? { queue } : {}) }} />}
    </>
  );
}

/** The one that new users have, or the first there is. */
function defaultQueue(queues: readonly QueueOverview[] | undefined): string | undefined {
  return queues?.find(({ name }) => name === 'default')?.name ?? queues?.[0]?.name;
}

function listPath({ status, search, after }: JobsRoute, queue: string): string {
  const query = new URLSearchParams(search === undefined ? { queue } : { search });
  if (status) query.set('status', status);
  if (after) query.set('after', after);
  return `jobs?${query.toString()}`;
}

function concerns(
  message: ChangesMessage | undefined,
  route: JobsRoute,
  shown: ReadonlySet<string>,
): boolean {
  if (!message) return true;
  if (message.wholes.some((id) => shown.has(id))) return true;
  return message.jobs.some(
    ([id]) => shown.has(id) || (route.after === undefined && route.search === undefined),
  );
}

interface FiltersProps {
  readonly queues: readonly QueueOverview[];
  readonly route: JobsRoute;
  readonly queue: string;
}

function Filters({ queues, route, queue }: FiltersProps) {
  const counts = queues.find(({ name }) => name === queue)?.byState;
  return (
    <div class="filters">
      <label>
        <span class="unseen">Queue</span>
        <select
          value={queue}
          onChange={(event) =>
            goTo(
              jobsHref({
                queue: event.currentTarget.value,
                ...(route.status ? { status: route.status } : {}),
              }),
            )
          }
        >
          {queues.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <nav class="tabs" aria-label="States">
        <a href={jobsHref({ queue })} aria-current={route.status === undefined ? 'page' : undefined}>
          All
        </a>
        {JOB_STATUSES.map((status) => {
          const count = counts?.[status];
          return (
            <a
              key={status}
              href={jobsHref({ queue, status })}
              aria-current={route.status === status ? 'page' : undefined}
            >
              {statusWord(status)}
              {count !== undefined && count.count > 0 && (
                <span class="quiet number">
                  {' '}
                  {formatCount(count.count)}
                  {count.more && '+'}
                </span>
              )}
            </a>
          );
        })}
      </nav>
    </div>
  );
}

function Found({ answer, route }: { readonly answer: JobsAnswer; readonly route: JobsRoute }) {
  const { jobs, next, looked } = answer;
  const { page: _, ...filters } = route;
  return (
    <>
      {jobs.length === 0 ? (
        <Empty title={route.search ? 'No job matches' : 'No jobs here'}>
          <p>{emptyHint(route)}</p>
        </Empty>
      ) : (
        <JobTable rows={jobs} label="Jobs" />
      )}
      {looked !== undefined && (
        <p class="quiet small">Searched the newest {formatCount(looked)} jobs. A whole id finds any job.</p>
      )}
      <nav class="pages" aria-label="Older and newer">
        {route.after && <a href={jobsHref({ ...filters, after: '' })}>Newest</a>}
        {next && <a href={jobsHref({ ...filters, after: next })}>Older</a>}
      </nav>
    </>
  );
}

function emptyHint({ search, status, queue }: JobsRoute): string {
  if (search) return 'Look for the beginning of an id, or a part of a name.';
  if (status)
    return `No job of queue ${queue ?? ''} is ${status} now. An array is PENDING while its children run.`;
  return 'Submit one with: npx slipway run -- echo hello';
}
