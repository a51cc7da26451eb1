import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../../core/job/job.ts';
import { JOB_STATUSES } from '../../../core/job/job.ts';
import { childrenOf } from '../../../core/job/array.ts';
import { onHeadBlocked, onPlaceabilityKnown } from '../../../core/job/lifecycle.ts';
import {
  alignedWith,
  HELD_REASON,
  inheritedQueueing,
  isQueued,
  onHeld,
  onPriority,
  onReleased,
} from '../../../core/job/queued.ts';
import { reactionsTo } from '../../../core/job/reactions.ts';
import { aJob, anArray } from './a-job.ts';

const POSITION = { stream: 's', seq: '1' };
const reason = { code: 'NEVER_FITS', message: 'never', lacks: [] } as const;
const kindsOf = (before: Job, after: Job): string[] =>
  reactionsTo(before, after, POSITION).map(({ kind }) => kind);
const changed = (job: Job | undefined): Job => {
  if (!job) throw new Error('nothing changed');
  return job;
};

describe('a job that waits', () => {
  const job = aJob('RUNNABLE');

  it('is held, with a reason that everybody sees, and is as before once released', () => {
    const held = onHeld(job, 5_000);
    expect(held).toMatchObject({ status: 'RUNNABLE', heldAtMs: 5_000, statusReason: HELD_REASON });
    expect(onHeld(changed(held), 6_000)).toBeUndefined();
    expect(onReleased(changed(held))).toEqual(job);
    expect(onReleased(job)).toBeUndefined();
  });

  it('is judged anew when it is released', () => {
    const aside = changed(onPlaceabilityKnown(job, reason, 1));
    const held = changed(onHeld(aside, 2));
    expect(held).not.toHaveProperty('unplaceable');
    // The plan of a scheduler that did not see the hold.
    expect(onPlaceabilityKnown(held, reason, 3)).toBeUndefined();
    expect(onHeadBlocked(held, 'blocked', 3)).toBeUndefined();
  });

  it('has the scheduler look again when it leaves its line, comes back, or moves in it', () => {
    const held = changed(onHeld(job, 1));
    expect(kindsOf(job, held)).toEqual(['schedule']);
    expect(kindsOf(held, changed(onReleased(held)))).toEqual(['schedule']);
    expect(kindsOf(job, changed(onPriority(job, 7)))).toEqual(['schedule']);
  });

  it('takes a priority once', () => {
    const urgent = changed(onPriority(job, 7));
    expect(urgent.priority).toBe(7);
    expect(onPriority(urgent, 7)).toBeUndefined();
  });
});

describe('an array', () => {
  const array = anArray(2);

  it('passes on what it is told', () => {
    const held = changed(onHeld(array, 5_000));
    expect(kindsOf(array, held)).toEqual(['align-children']);
    expect(kindsOf(held, changed(onReleased(held)))).toEqual(['align-children']);
    const child = aJob('RUNNABLE', { kind: 'child' });
    expect(alignedWith(held, child, 'heldAtMs', 9_000)).toMatchObject({ heldAtMs: 9_000 });
    expect(alignedWith(array, changed(onHeld(child, 9_000)), 'heldAtMs', 9_000)).toEqual(child);
    expect(alignedWith({ ...array, priority: 3 }, child, 'priority', 9)).toMatchObject({ priority: 3 });
    expect(alignedWith(array, { ...child, priority: 3 }, 'priority', 9)).toBeUndefined();
  });

  it('makes children that are as it is', () => {
    const held = { ...changed(onHeld(array, 5_000)), priority: 3 };
    expect(inheritedQueueing(held)).toEqual({ heldAtMs: 5_000, statusReason: HELD_REASON, priority: 3 });
    expect(childrenOf(held, 0, 2, 5)).toMatchObject([
      { heldAtMs: 5_000, priority: 3 },
      { heldAtMs: 5_000, priority: 3 },
    ]);
    expect(childrenOf(array, 0, 1, 5)[0]).not.toHaveProperty('heldAtMs');
  });
});

it('changes nothing of a job that is placed or has ended', () => {
  fc.assert(
    fc.property(fc.constantFrom(...JOB_STATUSES), fc.nat({ max: 9_999 }), (status, priority) => {
      const job = aJob(status);
      for (const next of [onHeld(job, 5_000), onReleased(job), onPriority(job, priority)]) {
        if (next) expect(isQueued(job)).toBe(true);
        expect(next?.status ?? status).toBe(status);
      }
    }),
  );
});
