import { describe, expect, it } from 'vitest';
import type { Job } from '../../../core/job/job.ts';
import { fail, onHeadBlocked, onHeadFree, onPlaced } from '../../../core/job/lifecycle.ts';
import { reactionsTo } from '../../../core/job/reactions.ts';
import { aJob, anAttempt } from './a-job.ts';

const kinds = (before: Job | undefined, after: Job): string[] =>
  reactionsTo(before, after, { stream: 's', seq: '1' }).map(({ kind }) => kind);
const TEXT = 'ACTION_REQUIRED - CE(s) associated with the job queue are disabled.';

describe('what follows', () => {
  it('from leaving a line without being placed is a look at those behind', () => {
    const waiting = aJob('RUNNABLE');
    expect(kinds(waiting, fail(waiting, 'cancelled', 2_000) as Job)).toContain('schedule');
    expect(kinds(waiting, onPlaced(waiting, anAttempt()))).not.toContain('schedule');
  });

  it('from being found blocked is one event, however often the row is written after that', () => {
    const waiting = aJob('RUNNABLE');
    const blocked = onHeadBlocked(waiting, TEXT, 2_000) as Job;
    expect(kinds(waiting, blocked)).toEqual(['publish-blocked']);
    expect(kinds(blocked, { ...blocked, spec: { ...blocked.spec, tags: { a: 'b' } } })).toEqual([]);
    const free = onHeadFree(blocked) as Job;
    expect(kinds(blocked, free)).toEqual([]);
    expect(kinds(free, onHeadBlocked(free, TEXT, 3_000) as Job)).toEqual(['publish-blocked']);
  });
});
