import { describe, expect, it } from 'vitest';
import {
  allowsStart,
  awaitedByChild,
  awaitedByJob,
  edgesOf,
  judgeDependencies,
  wantedEnd,
} from '../../../core/job/dependencies.ts';
import type { JobStatus } from '../../../core/job/job.ts';
import {
  DEPENDENCY_FAILED,
  DEPENDENCY_SUCCEEDED,
  onDependenciesKnown,
  onDependencyEnded,
} from '../../../core/job/lifecycle.ts';
import type { JobSpec } from '../../../core/job/spec.ts';
import type { JobId } from '../../../core/ids.ts';
import { aJob, aSpec } from './a-job.ts';

const [A, B, C, D] = ['a', 'b', 'c', 'd'] as JobId[] as [JobId, JobId, JobId, JobId];
const SPEC: JobSpec = {
  ...aSpec(),
  dependsOn: [{ jobId: A }],
  after: [
    { jobId: B, end: 'ANY' },
    { jobId: C, end: 'FAILURE' },
    { jobId: D, end: 'SUCCESS' },
  ],
};
const waiting = aJob('SUBMITTED', { spec: SPEC });

it('makes an edge of its own type for each job that is followed', () => {
  expect(edgesOf('me' as JobId, SPEC).map(({ on, type }) => [on, type])).toEqual([
    [A, 'ALL'],
    [B, 'AFTER_ANY'],
    [C, 'AFTER_FAILURE'],
    [D, 'ALL'],
  ]);
  expect(awaitedByJob(waiting)).toEqual([A, B, C, D]);
});

it('leaves children out: their array follows for all of them', () => {
  const parent = aJob('PENDING', { kind: 'array', spec: { ...SPEC, arraySize: 3 } });
  expect(awaitedByChild(parent, 1)).toEqual([]);
  expect(wantedEnd(aJob('PENDING', { kind: 'child', spec: SPEC }), B)).toBe('SUCCESS');
});

describe.each([
  ['SUCCESS', true, true],
  ['SUCCESS', false, false],
  ['ANY', true, true],
  ['ANY', false, true],
  ['FAILURE', true, false],
  ['FAILURE', false, true],
] as const)('a job that follows the %s of another', (end, succeeded, starts) => {
  it(`${starts ? 'starts' : 'ends'} when that one has ${succeeded ? 'succeeded' : 'failed'}`, () => {
    expect(allowsStart(end, succeeded)).toBe(starts);
    const job = aJob('PENDING', { spec: { ...aSpec(), after: [{ jobId: B, end }] }, awaiting: [B] });
    const statusReason = end === 'FAILURE' ? DEPENDENCY_SUCCEEDED : DEPENDENCY_FAILED;
    const expected = starts ? { status: 'RUNNABLE' } : { status: 'FAILED', statusReason };
    // Told when it ends, or seen on arrival: the same.
    expect(onDependencyEnded(job, B, succeeded, 2_000)).toMatchObject(expected);
    const { outstanding, broken } = judgeDependencies(job, [B], () => (succeeded ? 'SUCCEEDED' : 'FAILED'));
    expect(onDependenciesKnown(job, outstanding, broken, 2_000)).toMatchObject(expected);
  });
});

it.each<[Partial<Record<JobId, JobStatus>>, object]>([
  [
    { [A]: 'RUNNING', [B]: 'FAILED', [C]: 'FAILED', [D]: 'SUCCEEDED' },
    { outstanding: [A], broken: false },
  ],
  [
    { [A]: 'SUCCEEDED', [B]: 'PENDING', [C]: 'RUNNABLE', [D]: 'STARTING' },
    { outstanding: [B, C, D], broken: false },
  ],
  [
    { [A]: 'SUCCEEDED', [B]: 'SUCCEEDED', [C]: 'SUCCEEDED', [D]: 'SUCCEEDED' },
    { outstanding: [], broken: 'FAILURE' },
  ],
  // Their records are gone: that counts as failed.
  [{ [D]: 'SUCCEEDED' }, { outstanding: [], broken: 'SUCCESS' }],
])('judges %j', (statuses, expected) => {
  expect(judgeDependencies(waiting, awaitedByJob(waiting), (of) => statuses[of])).toEqual(expected);
});
