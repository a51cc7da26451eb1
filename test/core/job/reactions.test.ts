import { describe, expect, it } from 'vitest';
import type { Job } from '../../../core/job/job.ts';
import { onExit } from '../../../core/job/attempt-steps.ts';
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

  it('from a child’s move in a stream without a name is counted at its end only', () => {
    const child = { kind: 'child' as const, parentId: aJob('RUNNING').jobId, arrayIndex: 4 };
    const running = aJob('RUNNING', child);
    const ended = onExit(running, 1, { cause: 'exited', exitCode: 0 }, 4_000) as Job;
    const folds = (before: Job, after: Job) =>
      reactionsTo(before, after, { seq: '1' }).filter(({ kind }) => kind === 'fold');
    expect(folds(aJob('STARTING', child), running)).toEqual([]);
    expect(folds(running, ended)).toMatchObject([{ move: { endedIndex: 4, to: 'SUCCEEDED' } }]);
  });

  it('from coming into line is a look that names who came; one that is held stands in none', () => {
    const waiting = aJob('RUNNABLE');
    const { queueArn } = waiting.spec;
    const looks = (before: Job, after: Job) =>
      reactionsTo(before, after, { stream: 's', seq: '1' }).filter(({ kind }) => kind === 'schedule');
    expect(looks(aJob('SUBMITTED'), waiting)).toEqual([
      { kind: 'schedule', queueArn, arrived: waiting.jobId },
    ]);
    expect(looks(aJob('SUBMITTED'), { ...waiting, heldAtMs: 1 })).toEqual([{ kind: 'schedule', queueArn }]);
  });

  it('from the end of an attempt is that its queue’s capacity comes back', () => {
    const running = aJob('RUNNING');
    const ended = onExit(running, 1, { cause: 'exited', exitCode: 0 }, 4_000) as Job;
    expect(reactionsTo(running, ended, { stream: 's', seq: '1' })).toContainEqual({
      kind: 'release',
      placementId: `${running.jobId}/1`,
      taskId: running.attempt.taskId,
      queueArn: running.spec.queueArn,
    });
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
