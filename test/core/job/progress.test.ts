import { describe, expect, test } from 'vitest';
import type { Progress, Wait } from '../../../core/job/progress.ts';
import { endOfWait, goneProgress, NO_TIMEOUT_SECONDS } from '../../../core/job/progress.ts';

const at = (status: Progress['status'], attempt = 1): Progress => ({
  jobId: 'j',
  attempt,
  status,
  timeoutSeconds: NO_TIMEOUT_SECONDS,
});
const output = (progress: Progress) => ({ kind: 'output', output: progress });
const error = (name: string) => expect.objectContaining({ kind: 'error', error: name });

describe('the end of a wait', () => {
  test.each<[Wait['state'], Progress]>([
    ['STARTING', at('STARTING')],
    ['RUNNING', at('RUNNING')],
    ['TIMED_OUT', at('RUNNING')],
    ['RUNNABLE', at('RUNNABLE', 3)],
  ])('has not come while %s describes the job', (state, progress) => {
    expect(endOfWait({ state, attempt: 1 }, progress)).toBeUndefined();
  });

  test.each<[Wait['state'], Progress]>([
    ['STARTING', at('RUNNING')],
    ['STARTING', at('FAILED')],
    ['STARTING', at('RUNNABLE')],
    ['STARTING', at('STARTING', 2)],
    ['TIMED_OUT', at('FAILED')],
    ['RUNNABLE', at('STARTING', 2)],
    ['RUNNABLE', at('FAILED')],
    ['RUNNING', at('SUCCEEDED')],
  ])('gives %s all that its next state needs', (state, progress) => {
    expect(endOfWait({ state, attempt: 1 }, progress)).toEqual(output(progress));
  });

  test.each<[string, Progress]>([
    ['Batch.Failed', at('FAILED')],
    ['Batch.Moved', at('RUNNABLE')],
    ['Batch.Moved', at('STARTING', 2)],
    ['Batch.Moved', at('RUNNING', 2)],
    ['Batch.Failed', goneProgress('j', 1)],
  ])('is %s to RUNNING when the job did not succeed', (name, progress) => {
    expect(endOfWait({ state: 'RUNNING', attempt: 1 }, progress)).toEqual(error(name));
  });

  test('leads out of every state, whatever has become of the job', () => {
    const statuses = ['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED'] as const;
    for (const state of ['STARTING', 'RUNNING', 'TIMED_OUT', 'RUNNABLE'] as const) {
      const stuck = statuses.filter((status) => !endOfWait({ state, attempt: 1 }, at(status)));
      expect(stuck, state).toEqual([state === 'TIMED_OUT' ? 'RUNNING' : state]);
    }
  });
});
