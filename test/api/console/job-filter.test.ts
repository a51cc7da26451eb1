// What narrows the list of jobs, and how far a walk through it goes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobRow, JobsAnswer } from '../../../api/console/wire.ts';
import { listJobs } from '../../../api/console/job-lists.ts';
import { namedLike, readFilter, taggedLike } from '../../../api/console/job-filter.ts';
import { aJob } from '../../core/job/a-job.ts';
import type { ALocalEngine } from '../../engine/a-local-engine.ts';
import { aLocalEngine, SCOPE } from '../../engine/a-local-engine.ts';

const job = aJob('RUNNABLE');
const named = (jobName: string) => ({ ...job, spec: { ...job.spec, jobName } });
const tagged = (tags: Record<string, string>) => ({ ...job, spec: { ...job.spec, tags } });

it.each([
  ['render', 'Render-17', true],
  ['ender-1', 'render-17', true],
  ['render*', 'pre-render', false],
  ['*RENDER*7', 'pre-render-17', true],
  ['*', '', true],
  ['a*b*c', 'a-c-b', false],
  ['a\\*', 'a\\b', true],
  [job.jobId.slice(0, 6), 'other', true],
  ['4000-8000', 'other', false],
])('the name %j finds %j: %s', (text, name, finds) => {
  expect(namedLike(text)(named(name))).toBe(finds);
});

it.each([
  ['team', { team: 'blue' }, true],
  ['team=blue', { team: 'blue' }, true],
  ['team=red', { team: 'blue' }, false],
  ['t*=b*', { team: 'blue' }, true],
  ['Team', { team: 'blue' }, false],
  ['team=', { team: '' }, true],
  ['a=b=c', { a: 'b=c' }, true],
  ['*', {}, false],
])('the tag %j finds %j: %s', (text, tags, finds) => {
  expect(taggedLike(text)(tagged(tags))).toBe(finds);
});

it.each([
  ['status=DONE', /^status must be one of SUBMITTED, .*, but is "DONE"\.$/],
  ['from=noon', /^from must be a time in milliseconds, but is "noon"\.$/],
  ['after=17', /^after must come from an earlier page, but is "17"\.$/],
])('refuses %s', (query, message) => {
  expect(() => readFilter(new URLSearchParams(query))).toThrow(message);
});

it('a pattern of many stars is judged as fast as any: else this would not end', () => {
  expect(namedLike(`${'*a'.repeat(100)}b`)(named('a'.repeat(128)))).toBe(false);
});

describe('the list', () => {
  let home: ALocalEngine;
  let nowMs = 1_700_000_000_000;
  beforeAll(async () => {
    // Nothing ends: jobs stay where they are.
    home = await aLocalEngine({ vcpus: 1, now: () => nowMs, onStart: () => undefined });
    for (let index = 0; index < 250; index += 1) {
      nowMs += 1_000;
      await home.submit({ jobName: `job-${index}`, tags: index % 50 === 0 ? { fifty: 'yes' } : {} });
    }
    nowMs += 1_000;
    await home.until(await home.submit({ jobName: 'last' }), ({ status }) => status === 'RUNNABLE');
  });
  afterAll(() => home.close());

  const ask = (query: string): Promise<Omit<JobsAnswer, 'nowMs'>> =>
    listJobs(home.engine.store, SCOPE, new URLSearchParams(query));
  const namesOf = (rows: readonly JobRow[]): string[] => rows.map(({ name }) => name);

  async function all(query: string): Promise<string[]> {
    const names: string[] = [];
    for (let after = ''; ;) {
      const { jobs, next } = await ask(`${query}&after=${encodeURIComponent(after)}`);
      names.push(...namesOf(jobs));
      if (next === undefined) return names;
      after = next;
    }
  }

  it('of all queues or one, of any state or one, is whole and without a repetition', async () => {
    const newestFirst = ['last', ...Array.from({ length: 250 }, (_, index) => `job-${249 - index}`)];
    expect(await all('')).toEqual(newestFirst);
    expect(await all('queue=default')).toEqual(newestFirst);
    expect(await all('status=RUNNABLE')).toEqual(newestFirst.slice(0, -1));
    expect(await all('status=RUNNING')).toEqual(['job-0']);
    expect(await all('status=FAILED')).toEqual([]);
  });

  it('says nothing of how far it looked where an index answers', async () => {
    const { jobs, next, looked } = await ask('status=RUNNABLE');
    expect([jobs.length, next !== undefined, looked]).toEqual([100, true, undefined]);
  });

  it('by name and tag says at how many jobs it looked, and ends where the jobs end', async () => {
    const { jobs, looked, next, reachedMs } = await ask('tag=fifty%3Dy*');
    expect(namesOf(jobs)).toEqual(['job-200', 'job-150', 'job-100', 'job-50', 'job-0']);
    expect([looked, next, reachedMs]).toEqual([251, undefined, 1_700_000_001_000]);
    expect(await all('name=job-*&tag=fifty')).toHaveLength(5);
    expect(await all('name=b-24')).toHaveLength(11);
  });

  it('between two moments has what was submitted from the one up to the other', async () => {
    const from = 1_700_000_000_000 + 10_000;
    expect(namesOf((await ask(`from=${from}&to=${from + 2_000}`)).jobs)).toEqual([
      'job-11',
      'job-10',
      'job-9',
    ]);
    expect(namesOf((await ask(`from=${from}&to=${from + 2_000}&name=*-10`)).jobs)).toEqual(['job-10']);
  });

  it('finds a job by its whole id or ARN, wherever it stands', async () => {
    const { jobs } = await ask('name=job-7&status=RUNNABLE');
    const id = jobs.find(({ name }) => name === 'job-7')?.jobId ?? '';
    expect(namesOf((await ask(`name=${id.toUpperCase()}`)).jobs)).toEqual(['job-7']);
    expect(namesOf((await ask(`name=arn:aws:batch:us-east-1:123456789012:job/${id}`)).jobs)).toEqual([
      'job-7',
    ]);
  });

  it('marks what is held', async () => {
    const { jobs } = await ask('name=job-9');
    expect(jobs.every((row) => row.held === undefined && row.queue === 'default')).toBe(true);
  });
});
