import { expect, it } from 'vitest';
import { isEnough, withStep } from '../../console/search-steps.ts';
import type { JobRow, JobsAnswer } from '../../api/console/wire.ts';

function anAnswer(rows: number, more: Partial<JobsAnswer> = {}): JobsAnswer {
  const jobs = Array.from({ length: rows }, (_, index): JobRow => ({
    jobId: `job-${index}`,
    name: 'job',
    status: 'FAILED',
    kind: 'single',
    createdAtMs: 1,
    attempts: 1,
    definition: 'd:1',
    queue: 'default',
  }));
  return { nowMs: 1, jobs, ...more };
}

it('goes on until a page is full, and says at how many jobs it has looked', () => {
  const first = withStep(undefined, anAnswer(60, { next: 'a', looked: 4_000, reachedMs: 9 }));
  expect(isEnough(first)).toBe(false);
  const second = withStep(first, anAnswer(45, { next: 'b', looked: 3_000, reachedMs: 5 }));
  expect([
    isEnough(second),
    second.rows.length,
    second.looked,
    second.reachedMs,
    second.next,
    second.steps,
  ]).toEqual([true, 105, 7_000, 5, 'b', 2]);
});

it('ends where there is nothing further, and says so', () => {
  const last = withStep(
    withStep(undefined, anAnswer(0, { next: 'a', looked: 10 })),
    anAnswer(3, { looked: 5 }),
  );
  expect([isEnough(last), last.next, last.looked]).toEqual([true, undefined, 15]);
});

it('asks once where an index answers', () => {
  expect(isEnough(withStep(undefined, anAnswer(2, { next: 'a' })))).toBe(true);
});
