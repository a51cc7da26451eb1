// Which page the address names. The address lives behind the #, so that the server serves one page and a link says where in it.
import { useEffect, useState } from 'preact/hooks';
import { JOB_STATUSES } from './wire.ts';
import type { JobStatus } from './wire.ts';

export interface JobsRoute {
  readonly page: 'jobs';
  readonly queue?: string;
  readonly status?: JobStatus;
  readonly search?: string;
  /** Where an earlier page ended. */
  readonly after?: string;
}

export type Route =
  | { readonly page: 'overview' }
  | JobsRoute
  | { readonly page: 'job'; readonly jobId: string }
  | { readonly page: 'unknown' };

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  if (path === '' || path === '/') return { page: 'overview' };
  if (path === '/jobs') return jobsRoute(new URLSearchParams(query));
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
  const queue = query.get('queue');
  const search = query.get('search');
  const after = query.get('after');
  const status = JOB_STATUSES.find((known) => known === query.get('status'));
  return {
    page: 'jobs',
    ...(queue ? { queue } : {}),
    ...(status ? { status } : {}),
    ...(search ? { search } : {}),
    ...(after ? { after } : {}),
  };
}

export function jobsHref({ queue, status, search, after }: Omit<JobsRoute, 'page'>): string {
  const query = new URLSearchParams();
  if (queue) query.set('queue', queue);
  if (status) query.set('status', status);
  if (search) query.set('search', search);
  if (after) query.set('after', after);
  const text = query.toString();
  return text === '' ? '#/jobs' : `#/jobs?${text}`;
}

export function jobHref(jobId: string): string {
  return `#/jobs/${encodeURIComponent(jobId)}`;
}

export function goTo(href: string): void {
  location.hash = href;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = (): void => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', follow);
    // It may have changed between the first drawing and now.
    follow();
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}
