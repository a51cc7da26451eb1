import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptTimes } from '../../../core/job/attempt-stages.ts';
import { STAGES, stagesOf } from '../../../core/job/attempt-stages.ts';

const WHOLE: AttemptTimes = {
  runnableAtMs: 100,
  placedAtMs: 200,
  launch: { createdAtMs: 300, pullStartedAtMs: 500, pullStoppedAtMs: 800 },
  startedAtMs: 900,
  stoppedAtMs: 2_000,
};

describe('the stages of an attempt', () => {
  it.each<[string, AttemptTimes, string]>([
    [
      'all, when all is known',
      WHOLE,
      'queued 100, placed 100, provisioned 200, pulled 300, started 100, ran 1100',
    ],
    ['those that are over', { runnableAtMs: 100, placedAtMs: 200 }, 'queued 100'],
    ['none while it is in line', { runnableAtMs: 100 }, ''],
    [
      'together what a runtime does not tell apart',
      { placedAtMs: 200, startedAtMs: 900, stoppedAtMs: 1_000 },
      'started 700, ran 100',
    ],
    [
      'those up to a pull that failed',
      { placedAtMs: 200, launch: { createdAtMs: 300, pullStartedAtMs: 500 }, stoppedAtMs: 1_000 },
      'placed 100, provisioned 200',
    ],
    [
      'from its placement on, where nobody knows since when it was in line',
      { placedAtMs: 200, startedAtMs: 201 },
      'started 1',
    ],
  ])('are %s', (_, times, told) => {
    expect(
      stagesOf(times)
        .map(({ stage, fromMs, toMs }) => `${stage} ${toMs - fromMs}`)
        .join(', '),
    ).toBe(told);
  });

  it('follow one another without a gap and add up to the whole', () => {
    const subset = fc.subarray(['createdAtMs', 'pullStartedAtMs', 'pullStoppedAtMs'] as const);
    fc.assert(
      fc.property(subset, (steps) => {
        const launch = Object.fromEntries(steps.map((step) => [step, WHOLE.launch?.[step]]));
        const stages = stagesOf({ ...WHOLE, launch });
        expect(stages.map(({ fromMs }) => fromMs)).toEqual([
          100,
          ...stages.slice(0, -1).map(({ toMs }) => toMs),
        ]);
        expect(stages.at(-1)?.toMs).toBe(2_000);
        expect(stages.map(({ stage }) => stage)).toEqual(
          STAGES.filter((stage) => stages.some((one) => one.stage === stage)),
        );
      }),
    );
  });
});
