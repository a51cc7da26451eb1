import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobId } from '../../../core/ids.ts';
import type { ChildMove } from '../../../core/job/array.ts';
import { childrenOf, foldChildren, unwrittenChildOf } from '../../../core/job/array.ts';
import type { Job, JobStatus } from '../../../core/job/job.ts';
import { JOB_STATUSES } from '../../../core/job/job.ts';
import { anArray } from './a-job.ts';

const OTHER = '00000000-0000-4000-8000-000000000002' as JobId;
const seq = (n: number): string => String(n).padStart(6, '0');

describe('children', () => {
  it('stand in line at once when they wait for nothing', () => {
    const parent = anArray(3);
    expect(childrenOf(parent, 1, 3, 2_000)).toMatchObject([
      {
        jobId: `${parent.jobId}:1`,
        arrayIndex: 1,
        status: 'RUNNABLE',
        createdAtMs: 2_000,
        parentId: parent.jobId,
      },
      { jobId: `${parent.jobId}:2`, arrayIndex: 2, status: 'RUNNABLE' },
    ]);
  });

  it('wait for their counterpart with N_TO_N and for the one before with SEQUENTIAL', () => {
    const parent = anArray(2, 'PENDING', {
      spec: { dependsOn: [{ jobId: OTHER, type: 'N_TO_N' }, { type: 'SEQUENTIAL' }] },
    });
    expect(childrenOf(parent, 0, 2, 0).map((child) => [child.status, child.awaiting])).toEqual([
      ['PENDING', [`${OTHER}:0`]],
      ['PENDING', [`${OTHER}:1`, `${parent.jobId}:0`]],
    ]);
  });
});

describe('ends of children from streams without names', () => {
  const end = (endedIndex: number, to: 'SUCCEEDED' | 'FAILED' = 'SUCCEEDED') => ({ endedIndex, to });

  it('are counted once each, in any order and however often they are told', () => {
    const half = foldChildren(anArray(3), [end(2), end(0), end(2)], 5_000) as Job;
    expect(half.children).toMatchObject({ SUBMITTED: 1, SUCCEEDED: 2 });
    expect(foldChildren(half, [end(0), end(2)], 6_000)).toBeUndefined();
    expect(foldChildren(half, [end(2), end(1)], 6_000)).toMatchObject({
      status: 'SUCCEEDED',
      children: { SUBMITTED: 0, SUCCEEDED: 3 },
    });
  });

  it('end the parent as FAILED when one of them failed', () => {
    expect(foldChildren(anArray(2), [end(1, 'FAILED'), end(0)], 5_000)).toMatchObject({ status: 'FAILED' });
  });

  it('keep a child whose row has expired from coming back as one that is not written yet', () => {
    const half = foldChildren(anArray(2), [end(1)], 5_000) as Job;
    expect(unwrittenChildOf(half, 0)).toBeDefined();
    expect(unwrittenChildOf(half, 1)).toBeUndefined();
  });
});

describe('a child that is not written yet', () => {
  it('can be told from its parent, as long as any child is unwritten', () => {
    const parent = anArray(3);
    expect(unwrittenChildOf(parent, 2)).toMatchObject({
      jobId: `${parent.jobId}:2`,
      status: 'SUBMITTED',
      arrayIndex: 2,
    });
    expect(unwrittenChildOf(parent, 3)).toBeUndefined();
    const all = [1, 2, 3].map((n): ChildMove => ({ stream: 's', seq: seq(n), to: 'RUNNABLE' }));
    expect(unwrittenChildOf(foldChildren(parent, all, 5_000) as Job, 2)).toBeUndefined();
  });
});

/** A complete history of an array's children: each one's statuses in order, interleaved at random. */
const histories = fc
  .array(fc.record({ end: fc.constantFrom<JobStatus>('SUCCEEDED', 'FAILED'), short: fc.boolean() }), {
    minLength: 2,
    maxLength: 6,
  })
  .chain((children) => {
    const paths = children.map(({ end, short }): JobStatus[] =>
      short ? ['RUNNABLE', end] : ['RUNNABLE', 'STARTING', 'RUNNING', end],
    );
    const order = paths.flatMap((path, child) => path.map(() => child));
    return fc
      .shuffledSubarray(order, { minLength: order.length, maxLength: order.length })
      .map((shuffled) => {
        const at = paths.map(() => 0);
        const moves = shuffled.map((child, index): ChildMove => {
          const step = at[child] ?? 0;
          at[child] = step + 1;
          const from = paths[child]?.[step - 1];
          return {
            stream: 's',
            seq: seq(index),
            to: paths[child]?.[step] ?? 'FAILED',
            ...(from ? { from } : {}),
          };
        });
        return {
          size: children.length,
          moves,
          failed: children.filter(({ end }) => end === 'FAILED').length,
        };
      });
  });

describe('folding', () => {
  it('counts each change once, in any batches, however often a batch is delivered', () => {
    fc.assert(
      fc.property(
        histories,
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 20 }),
        (history, cuts) => {
          let parent: Job = anArray(history.size);
          let start = 0;
          for (let cut = 0; start < history.moves.length; cut += 1) {
            const size = cuts[cut % cuts.length] ?? 1;
            const batch = history.moves.slice(start, start + size);
            parent = foldChildren(parent, batch, 5_000) ?? parent;
            expect(foldChildren(parent, batch, 6_000)).toBeUndefined();
            const counts = parent.children;
            const sum = JOB_STATUSES.reduce((total, status) => total + (counts?.[status] ?? 0), 0);
            expect(sum).toBe(history.size);
            for (const status of JOB_STATUSES) expect(counts?.[status]).toBeGreaterThanOrEqual(0);
            start += size;
          }
          expect(parent.status).toBe(history.failed > 0 ? 'FAILED' : 'SUCCEEDED');
          expect(parent.children).toMatchObject({
            FAILED: history.failed,
            SUCCEEDED: history.size - history.failed,
          });
        },
      ),
    );
  });

  it('ends the parent only when every child has ended, and says why it failed', () => {
    const one = foldChildren(anArray(2), [{ stream: 's', seq: seq(1), to: 'FAILED' }], 5_000) as Job;
    expect(one.status).toBe('PENDING');
    const both = foldChildren(one, [{ stream: 's', seq: seq(2), to: 'SUCCEEDED' }], 6_000);
    expect(both).toMatchObject({
      status: 'FAILED',
      statusReason: 'Array Child Job failed',
      stoppedAtMs: 6_000,
    });
  });
});
