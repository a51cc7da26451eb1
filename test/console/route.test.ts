// Addresses are links that people share: each page's address leads back to the same page.
import { describe, expect, it } from 'vitest';
import { auditHref, eventsHref, jobHref, jobsHref, parseRoute } from '../../console/route.ts';

describe('an address', () => {
  it.each([
    ['', { page: 'overview' }],
    ['#/', { page: 'overview' }],
    ['#/jobs', { page: 'jobs' }],
    ['#/jobs?status=NONSENSE&since=1y', { page: 'jobs' }],
    ['#/jobs/a%3A3', { page: 'job', jobId: 'a:3' }],
    ['#/jobs/%', { page: 'unknown' }],
    ['#/jobs/a/b', { page: 'unknown' }],
    ['#/events', { page: 'events' }],
    ['#/audit?kind=errors', { page: 'audit', kind: 'errors' }],
    ['#javascript:alert(1)', { page: 'unknown' }],
  ])('%s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  it.each([
    [{}],
    [
      {
        queue: 'a b',
        status: 'FAILED',
        name: 'x*&y=1',
        tag: 'team=blue',
        since: '1h',
        after: '0#1',
      } as const,
    ],
    [{ from: '1', to: '2' }],
  ])('of jobs %j says all of it', (given) => {
    expect(parseRoute(jobsHref(given))).toEqual({ page: 'jobs', ...given });
  });

  it('of a job, of events and of the audit trail leads back there', () => {
    const id = '12345678-1234-4234-8234-123456789012#3';
    expect(parseRoute(jobHref(id))).toEqual({ page: 'job', jobId: id });
    expect(parseRoute(eventsHref({ page: 'events', text: '<b>' }))).toEqual({ page: 'events', text: '<b>' });
    expect(parseRoute(auditHref({ kind: 'all' }))).toEqual({ page: 'audit', kind: 'all' });
  });
});
