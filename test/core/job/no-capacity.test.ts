import { describe, expect, it } from 'vitest';
import type { Job } from '../../../core/job/job.ts';
import { placementId } from '../../../core/job/job.ts';
import { onExit, onRunning } from '../../../core/job/attempt-steps.ts';
import { onPlaced } from '../../../core/job/lifecycle.ts';
import { onNoCapacity } from '../../../core/job/no-capacity.ts';
import { nodesOf, isMultiNode } from '../../../core/job/node.ts';
import { endOfWait, progressFrom } from '../../../core/job/progress.ts';
import { reactionsTo } from '../../../core/job/reactions.ts';
import { aJob, anAttempt, CE_ARN, JOB_ID } from './a-job.ts';
import { aMultiNodeJob } from './a-multi-node-job.ts';

const REASON = 'Capacity is unavailable at this time.';
const refused = (job: Job, atMs = 5_000) =>
  onNoCapacity(job, job.status === 'STARTING' ? job.attempt : anAttempt(), REASON, atMs);
const kinds = (before: Job, after: Job) =>
  reactionsTo(before, after, { stream: 's', seq: '1' }).map(({ kind }) => kind);

describe('a job whose environment had no capacity', () => {
  it('is back in line with the reason, and has used no attempt', () => {
    const back = refused(aJob('STARTING'));
    expect(back).toMatchObject({
      status: 'RUNNABLE',
      statusReason: REASON,
      attempts: [],
      runnableAtMs: 5_000,
      refusals: { count: 1, by: [{ ceArn: CE_ARN, reason: REASON, untilMs: 35_000 }] },
    });
    expect(back).not.toHaveProperty('attempt');
  });

  it('gives its capacity back, tells of its return, and wakes the execution that waits for it', () => {
    const before = aJob('STARTING');
    const back = refused(before) as Job;
    expect(kinds(before, back)).toEqual(expect.arrayContaining(['publish', 'release', 'wake', 'schedule']));
    expect(kinds(before, back)).not.toContain('forget');
    expect(endOfWait({ state: 'STARTING', attempt: 1 }, progressFrom(back, 5_000))).toMatchObject({
      output: { status: 'RUNNABLE', attempt: 1 },
    });
  });

  it('wakes that execution again when it is placed anew, under the same attempt but as another placement', () => {
    const back = refused(aJob('STARTING'));
    if (back?.status !== 'RUNNABLE') throw new Error('it is back in line');
    const placed = onPlaced(back, { ...anAttempt(), placementNumber: 1 });
    expect(placed).not.toHaveProperty('statusReason');
    expect(kinds(back, placed)).toEqual(expect.arrayContaining(['drive', 'wake']));
    expect(placementId(JOB_ID, placed.attempt)).toBe(`${JOB_ID}/1~1`);
    const release = reactionsTo(placed, refused(placed) as Job, { seq: '2' }).find(
      ({ kind }) => kind === 'release',
    );
    expect(release).toMatchObject({ placementId: `${JOB_ID}/1~1` });
  });

  it('stays as it is when the refusal is of an earlier placement, or comes after it ran or ended', () => {
    const again = aJob('STARTING', { attempt: { ...anAttempt(), placementNumber: 1 } } as object);
    const running = onRunning(aJob('STARTING'), 1, 3_000) as Job;
    const ended = onExit(running, 1, { cause: 'exited', exitCode: 0 }, 4_000) as Job;
    for (const job of [again, running, ended, aJob('RUNNABLE')]) {
      expect(onNoCapacity(job, anAttempt(), REASON, 5_000)).toBeUndefined();
    }
  });

  it('ends with no attempt when somebody asked for its end meanwhile', () => {
    const stopRequest = { kind: 'terminate' as const, reason: 'enough', atMs: 2_500 };
    expect(refused(aJob('STARTING', { stopRequest }))).toMatchObject({
      status: 'FAILED',
      statusReason: 'enough',
      attempts: [],
    });
  });

  it('has all its nodes wait again, but for one that was stopped for good', () => {
    const stopRequest = { kind: 'terminate' as const, reason: 'not this one', atMs: 2_500 };
    const job = aMultiNodeJob('STARTING', {
      nodes: [
        { status: 'STARTING', attempts: [] },
        { status: 'RUNNABLE', attempts: [] },
        { status: 'FAILED', attempts: [], stoppedAtMs: 2_500, stopRequest },
      ],
    });
    const back = refused(job);
    if (!back || !isMultiNode(back)) throw new Error('it is back in line');
    expect(nodesOf(back).map(({ status }) => status)).toEqual(['RUNNABLE', 'RUNNABLE', 'FAILED']);
    expect(kinds(job, back)).not.toContain('forget');
  });
});
