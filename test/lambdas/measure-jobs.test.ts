import { expect, it } from 'vitest';
import { onExit } from '../../core/job/attempt-steps.ts';
import type { Job } from '../../core/job/job.ts';
import { measureChange } from '../../lambdas/measure-jobs.ts';
import { aJob } from '../core/job/a-job.ts';

function pace(before: Job, after: Job): readonly (readonly unknown[])[] {
  const measured: (readonly unknown[])[] = [];
  measureChange({ measure: (...given) => void measured.push(given) }, before, after);
  return measured.filter(([metric]) => metric === 'startTime' || metric === 'jobsEnded');
}

const [starting, running] = [aJob('STARTING'), aJob('RUNNING')];
const endOf = (exitCode: number): Job => onExit(running, 1, { cause: 'exited', exitCode }, 9_000) as Job;

it('the time from its submission is that of a job’s first start only', () => {
  const startedAtMs = 'startedAtMs' in running ? (running.startedAtMs ?? 0) : 0;
  expect(pace(starting, running)).toEqual([['startTime', startedAtMs - running.createdAtMs]]);
  const [attempt] = endOf(0).attempts;
  const again = { ...running, attempts: attempt ? [attempt] : [] };
  expect(pace({ ...starting, attempts: again.attempts }, again)).toEqual([]);
});

it.each([
  [0, 'succeeded'],
  [3, 'failed'],
])('an end with exit code %i counts as %s, once', (exitCode, outcome) => {
  const ended = endOf(exitCode);
  expect(pace(running, ended)).toEqual([['jobsEnded', 1, outcome]]);
  expect(pace(ended, ended)).toEqual([]);
});

it('an array’s children count, and the array does not', () => {
  const ended = endOf(0);
  expect(pace({ ...running, kind: 'array' }, { ...ended, kind: 'array' })).toEqual([]);
  expect(pace({ ...running, kind: 'child' }, { ...ended, kind: 'child' })).toHaveLength(1);
});
