import { describe, expect, it } from 'vitest';
import type { AttemptStage, TimelineStep } from '../../api/console/wire.ts';
import { timelineParts } from '../../console/timeline-parts.ts';

const STEPS: readonly TimelineStep[] = [
  { status: 'SUBMITTED', atMs: 100 },
  { status: 'RUNNABLE', atMs: 100 },
  { status: 'STARTING', atMs: 200 },
  { status: 'RUNNING', atMs: 900 },
  { status: 'SUCCEEDED', atMs: 1_900 },
];
const STAGES: readonly AttemptStage[] = [
  { stage: 'queued', fromMs: 100, toMs: 200 },
  { stage: 'placed', fromMs: 200, toMs: 200 },
  { stage: 'provisioned', fromMs: 200, toMs: 500 },
  { stage: 'pulled', fromMs: 500, toMs: 800 },
  { stage: 'started', fromMs: 800, toMs: 900 },
  { stage: 'ran', fromMs: 900, toMs: 1_900 },
];

const told = (steps: readonly TimelineStep[], stages: readonly AttemptStage[]): string =>
  timelineParts(steps, stages, 2_000)
    .map(({ status, stage, lastedMs, isNow }) => `${stage ?? status} ${lastedMs}${isNow ? ' so far' : ''}`)
    .join(', ');

describe('the parts of a timeline', () => {
  it.each<[string, readonly TimelineStep[], readonly AttemptStage[], string]>([
    ['are the states', STEPS, [], 'RUNNABLE 100, STARTING 700, RUNNING 1000'],
    [
      'have the stages until it ran, where they are told apart',
      STEPS,
      STAGES,
      'RUNNABLE 100, provisioned 300, pulled 300, started 100, RUNNING 1000',
    ],
    [
      'have no stage for what is one in all',
      STEPS,
      [{ stage: 'started', fromMs: 200, toMs: 900 }],
      'RUNNABLE 100, STARTING 700, RUNNING 1000',
    ],
    [
      'last until now where nothing follows',
      STEPS.slice(0, 3),
      STAGES.slice(0, 1),
      'RUNNABLE 100, STARTING 1800 so far',
    ],
    ['are there for a job that was only submitted', STEPS.slice(0, 1), [], 'SUBMITTED 1900 so far'],
  ])('%s', (_, steps, stages, parts) => {
    expect(told(steps, stages)).toBe(parts);
  });

  it('of a retried job are those of each attempt', () => {
    const again = [
      ...STEPS.slice(0, 4),
      { status: 'RUNNABLE', atMs: 1_000 },
      { status: 'STARTING', atMs: 1_100 },
      { status: 'FAILED', atMs: 1_500 },
    ] as const;
    const stages: readonly AttemptStage[] = [
      ...STAGES.slice(0, 5),
      { stage: 'placed', fromMs: 1_100, toMs: 1_150 },
      { stage: 'provisioned', fromMs: 1_150, toMs: 1_250 },
    ];
    expect(told(again, stages)).toBe(
      'RUNNABLE 100, provisioned 300, pulled 300, started 100, RUNNING 100, RUNNABLE 100, placed 50, provisioned 100',
    );
  });
});
