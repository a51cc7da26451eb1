// The states a job went through, as far as its row remembers them.
import { expect, it } from 'vitest';
import { stepsOfRow, timelineOf } from '../../../api/console/timeline.ts';
import type { JobId } from '../../../core/ids.ts';
import type { EndedAttempt } from '../../../core/job/attempt.ts';
import { aJob, anArray, anAttempt, CE_ARN } from '../../core/job/a-job.ts';

const OTHER = '00000000-0000-4000-8000-000000000009' as JobId;
const AFTER_OTHER = { spec: { dependsOn: [{ jobId: OTHER }] } };

function ended(placedAtMs: number, startedAtMs: number | undefined, stoppedAtMs: number): EndedAttempt {
  return {
    taskId: 'a'.repeat(32),
    ceArn: CE_ARN,
    clusterName: 'cluster',
    placedAtMs,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    stoppedAtMs,
    statusReason: 'gone',
  };
}

it.each([
  ['was just submitted', aJob('SUBMITTED'), ['SUBMITTED 1000']],
  ['waits for another', aJob('PENDING', AFTER_OTHER), ['SUBMITTED 1000', 'PENDING 1000']],
  ['stands in line', aJob('RUNNABLE'), ['SUBMITTED 1000', 'RUNNABLE 1500']],
  [
    'stands in line after another',
    aJob('RUNNABLE', AFTER_OTHER),
    ['SUBMITTED 1000', 'PENDING 1000', 'RUNNABLE 1500'],
  ],
  ['starts', aJob('STARTING'), ['SUBMITTED 1000', 'RUNNABLE 1000', 'STARTING 2000']],
  ['runs', aJob('RUNNING'), ['SUBMITTED 1000', 'RUNNABLE 1000', 'STARTING 2000', 'RUNNING 3000']],
  [
    'runs after another',
    { ...aJob('RUNNING', AFTER_OTHER), attempt: { ...anAttempt(), runnableAtMs: 1_700 } },
    ['SUBMITTED 1000', 'PENDING 1000', 'RUNNABLE 1700', 'STARTING 2000', 'RUNNING 3000'],
  ],
  [
    'runs after another, by a row of an earlier version',
    aJob('RUNNING', AFTER_OTHER),
    ['SUBMITTED 1000', 'PENDING 1000', 'RUNNABLE', 'STARTING 2000', 'RUNNING 3000'],
  ],
  [
    'ended at its second attempt',
    aJob('SUCCEEDED', { attempts: [ended(2_000, 3_000, 4_000), ended(5_000, 6_000, 9_000)] }),
    [
      'SUBMITTED 1000',
      'RUNNABLE 1000',
      'STARTING 2000',
      'RUNNING 3000',
      'RUNNABLE 4000',
      'STARTING 5000',
      'RUNNING 6000',
      'SUCCEEDED 9000',
    ],
  ],
  [
    'is back in line after an attempt that never ran',
    aJob('RUNNABLE', { attempts: [ended(2_000, undefined, 2_500)], runnableAtMs: 2_500 }),
    ['SUBMITTED 1000', 'RUNNABLE 1000', 'STARTING 2000', 'RUNNABLE 2500'],
  ],
  ['was cancelled before it was placed', aJob('FAILED'), ['SUBMITTED 1000', 'FAILED 9000']],
  ['is an array', anArray(3), ['SUBMITTED 1000', 'PENDING 1000']],
  [
    'was an array',
    aJob('SUCCEEDED', { kind: 'array' }),
    ['SUBMITTED 1000', 'PENDING 1000', 'SUCCEEDED 9000'],
  ],
  [
    'is a child of an array that waited for another',
    aJob('STARTING', { ...AFTER_OTHER, kind: 'child' }),
    ['SUBMITTED 1000', 'RUNNABLE 1000', 'STARTING 2000'],
  ],
])('a job that %s', (_what, job, expected) => {
  const told = stepsOfRow(job).map(({ status, atMs }) => (atMs === undefined ? status : `${status} ${atMs}`));
  expect(told).toEqual(expected);
});

it('is told in the order of time', () => {
  const timeline = timelineOf(stepsOfRow(aJob('RUNNING', AFTER_OTHER)));
  expect(timeline.map(({ status }) => status)).toEqual(['SUBMITTED', 'PENDING', 'STARTING', 'RUNNING']);
  expect(timeline.map(({ atMs }) => atMs)).toEqual([1_000, 1_000, 2_000, 3_000]);
});
