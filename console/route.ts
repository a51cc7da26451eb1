// Which page the address names. The address lives behind the #, so that the server serves one page and a link says where in it.
import { JOB_STATUSES } from '../api/console/wire.ts';
import type { JobStatus } from '../api/console/wire.ts';

/** The last so many minutes, as they are named in an address. */
export const SPANS = { '15m': 15, '1h': 60, '24h': 24 * 60, '7d': 7 * 24 * 60 } as const;
export type Span = keyof typeof SPANS;

/** All of it may be absent: every job of every queue, newest first. */
export interface JobsRoute {
  readonly page: 'jobs';
  readonly queue?: string;
  readonly status?: JobStatus;
  readonly name?: string;
  readonly tag?: string;
  /** Submitted in the last so many minutes; or between two moments, in milliseconds. */
  readonly since?: Span;
  readonly from?: string;
  readonly to?: string;
  /** Where an earlier page ended. */
  readonly after?: string;
}

export interface EventsRoute {
  readonly page: 'events';
  readonly queue?: string;
  readonly status?: string;
  readonly text?: string;
}

export interface AuditRoute {
  readonly page: 'audit';
  readonly text?: string;
  readonly kind?: string;
}

export type Route =
  | { readonly page: 'overview' }
  | JobsRoute
  | { readonly page: 'job'; readonly jobId: string }
  | EventsRoute
  | AuditRoute
  | { readonly page: 'unknown' };

const JOB_FIELDS = ['queue', 'name', 'tag', 'from', 'to', 'after'] as const;

export function parseRoute(hash: string): Route {
  const [path = '', text = ''] = hash.replace(/^#/, '').split('?', 2);
  const query = new URLSearchParams(text);
  switch (path) {
    case '':
    case '/':
      return { page: 'overview' };
    case '/jobs':
      return jobsRoute(query);
    case '/events':
      return { page: 'events', ...givenIn(query, ['queue', 'status', 'text']) };
    case '/audit':
      return { page: 'audit', ...givenIn(query, ['text', 'kind']) };
    default:
      return jobRoute(path);
  }
}

function jobRoute(path: string): Route {
  const jobId = /^\/jobs\/([^/]+)$/.exec(path)?.[1];
  if (jobId === undefined) return { page: 'unknown' };
  try {
    return { page: 'job', jobId: decodeURIComponent(jobId) };
  } catch (error) {
    if (error instanceof URIError) return { page: 'unknown' };
    throw error;
  }
}

function jobsRoute(query: URLSearchParams): JobsRoute {
  const status = JOB_STATUSES.find((known) => known === query.get('status'));
  const since = (Object.keys(SPANS) as Span[]).find((known) => known === query.get('since')); // its own keys
  return {
    page: 'jobs',
    ...givenIn(query, JOB_FIELDS),
    ...(status ? { status } : {}),
    ...(since ? { since } : {}),
  };
}

function givenIn<Name extends string>(
  query: URLSearchParams,
  names: readonly Name[],
): { readonly [name in Name]?: string } {
  const found = names.flatMap((name) => {
    const value = query.get(name);
    return value ? [[name, value]] : [];
  });
  return Object.fromEntries(found) as { readonly [name in Name]?: string }; // entries of these names
}

type Given<Page extends Route> = Omit<Page, 'page'> & { readonly page?: Page['page'] };

export function jobsHref(given: Given<JobsRoute>): string {
  return hrefOf('#/jobs', given);
}

export function eventsHref(given: Given<EventsRoute>): string {
  return hrefOf('#/events', given);
}

export function auditHref(given: Given<AuditRoute>): string {
  return hrefOf('#/audit', given);
}

function hrefOf(path: string, given: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value && name !== 'page') query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

export function jobHref(jobId: string): string {
  return `#/jobs/${encodeURIComponent(jobId)}`;
}
