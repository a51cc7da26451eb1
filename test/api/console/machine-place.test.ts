// Where jobs stand in their state machines.
import { expect, it } from 'vitest';
import { machinePlaceOf } from '../../../api/console/machine-place.ts';
import { aJob } from '../../core/job/a-job.ts';
import { aMultiNodeJob } from '../../core/job/a-multi-node-job.ts';

it.each([
  ['waits', aJob('RUNNABLE'), ['SUBMITTED', 'RUNNABLE'], undefined, []],
  [
    'runs',
    aJob('RUNNING'),
    ['SUBMITTED', 'RUNNABLE', 'STARTING', 'RUNNING'],
    'RUNNING',
    ['STARTING', 'RUNNING'],
  ],
  [
    'is retried',
    aJob('STARTING'),
    ['SUBMITTED', 'RUNNABLE', 'STARTING', 'RUNNING', 'RUNNABLE', 'STARTING'],
    'STARTING',
    ['STARTING', 'RUNNING', 'RUNNABLE', 'Outcome', 'STARTING'],
  ],
  [
    'succeeded',
    aJob('SUCCEEDED'),
    ['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED'],
    'SUCCEEDED',
    ['STARTING', 'RUNNING', 'SUCCEEDED'],
  ],
  [
    'could not start',
    aJob('FAILED'),
    ['RUNNABLE', 'STARTING', 'FAILED'],
    'FAILED',
    ['STARTING', 'RUNNING', 'FAILED'],
  ],
  [
    'timed out',
    aJob('FAILED', { stopRequest: { kind: 'timeout', reason: 'late', atMs: 1 } }),
    ['SUBMITTED', 'STARTING', 'RUNNING', 'FAILED'],
    'FAILED',
    ['STARTING', 'RUNNING', 'TIMED_OUT', 'Outcome', 'FAILED'],
  ],
  [
    'is stopped because its time is up',
    aJob('RUNNING', { stopRequest: { kind: 'timeout', reason: 'late', atMs: 1 } }),
    ['STARTING', 'RUNNING'],
    'TIMED_OUT',
    ['STARTING', 'RUNNING', 'TIMED_OUT'],
  ],
] as const)('a job that %s', (_what, job, statuses, current, path) => {
  expect(machinePlaceOf(job, statuses)).toEqual({ name: 'job', path, ...(current ? { current } : {}) });
});

it('a multi-node job has a machine of its own', () => {
  const job = aMultiNodeJob('RUNNING');
  const { name, path } = machinePlaceOf(job, ['STARTING', 'RUNNING']);
  expect([name, path.slice(0, 3)]).toEqual(['multi-node-job', ['STARTING', 'NODES_STARTING', 'RUNNING']]);
});
