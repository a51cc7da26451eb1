// State machines as graphs, and where jobs stand in them.
import { describe, expect, it } from 'vitest';
import { machinePlaceOf, readMachine } from '../../../local/console/machines.ts';
import { aJob } from '../../core/job/a-job.ts';
import { aMultiNodeJob } from '../../core/job/a-multi-node-job.ts';
import type { TimelineStep } from '../../../local/console/wire.ts';

describe.each(['job', 'multi-node-job'] as const)('%s', (name) => {
  it('leads from its start to every state, and ends where a job ends', async () => {
    const { start, states } = await readMachine(name);
    const nextOf = new Map(states.map((state) => [state.name, state.next.map(({ to }) => to)]));
    const reached = new Set([start]);
    for (const state of reached) for (const next of nextOf.get(state) ?? []) reached.add(next);
    expect([...reached].sort()).toEqual(states.map((state) => state.name).sort());
    const ends = states.filter(({ next }) => next.length === 0).map((state) => state.name);
    expect(ends.sort()).toEqual(['FAILED', 'SUCCEEDED']);
  });
});

const steps = (...statuses: TimelineStep['status'][]): TimelineStep[] =>
  statuses.map((status, index) => ({ status, atMs: index }));

it.each([
  ['waits', aJob('RUNNABLE'), steps('SUBMITTED', 'RUNNABLE'), undefined, []],
  [
    'runs',
    aJob('RUNNING'),
    steps('SUBMITTED', 'RUNNABLE', 'STARTING', 'RUNNING'),
    'RUNNING',
    ['STARTING', 'RUNNING'],
  ],
  [
    'is retried',
    aJob('STARTING'),
    steps('SUBMITTED', 'RUNNABLE', 'STARTING', 'RUNNING', 'RUNNABLE', 'STARTING'),
    'STARTING',
    ['STARTING', 'RUNNING', 'RUNNABLE', 'Outcome', 'STARTING'],
  ],
  [
    'succeeded',
    aJob('SUCCEEDED'),
    steps('RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED'),
    'SUCCEEDED',
    ['STARTING', 'RUNNING', 'SUCCEEDED'],
  ],
  [
    'could not start',
    aJob('FAILED'),
    steps('RUNNABLE', 'STARTING', 'FAILED'),
    'FAILED',
    ['STARTING', 'RUNNING', 'FAILED'],
  ],
  [
    'timed out',
    aJob('FAILED', { stopRequest: { kind: 'timeout', reason: 'late', atMs: 1 } }),
    steps('SUBMITTED', 'STARTING', 'RUNNING', 'FAILED'),
    'FAILED',
    ['STARTING', 'RUNNING', 'TIMED_OUT', 'Outcome', 'FAILED'],
  ],
  [
    'is stopped because its time is up',
    aJob('RUNNING', { stopRequest: { kind: 'timeout', reason: 'late', atMs: 1 } }),
    steps('STARTING', 'RUNNING'),
    'TIMED_OUT',
    ['STARTING', 'RUNNING', 'TIMED_OUT'],
  ],
])('a job that %s', (_what, job, timeline, current, path) => {
  expect(machinePlaceOf(job, timeline)).toEqual({ name: 'job', path, ...(current ? { current } : {}) });
});

it('a multi-node job has a machine of its own', () => {
  const job = aMultiNodeJob('RUNNING');
  const { name, path } = machinePlaceOf(job, steps('STARTING', 'RUNNING'));
  expect([name, path.slice(0, 3)]).toEqual(['multi-node-job', ['STARTING', 'NODES_STARTING', 'RUNNING']]);
});
