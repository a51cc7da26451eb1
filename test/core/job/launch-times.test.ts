import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LaunchTimes } from '../../../core/job/launch-times.ts';
import { launchMember } from '../../../core/job/launch-times.ts';
import { onExit, onRunning } from '../../../core/job/attempt-steps.ts';
import { onNodeExit, onNodeRunning } from '../../../core/job/multi-node.ts';
import { aJob } from './a-job.ts';
import { aMultiNodeJob } from './a-multi-node-job.ts';

const PLACED_AT = 1_000_000;
const RAN_AT = 1_100_000;

describe('what an attempt keeps of its launch', () => {
  it.each<[string, LaunchTimes | undefined, LaunchTimes | undefined]>([
    ['times in order', aLaunch(10, 20, 30), aLaunch(10, 20, 30)],
    ['what it is told of, no more', { pullStoppedAtMs: PLACED_AT + 5 }, { pullStoppedAtMs: PLACED_AT + 5 }],
    ['nothing', {}, undefined],
    ['nothing where nothing was told', undefined, undefined],
    ['a clock that is a little behind, moved into order', aLaunch(-40, -20, 30), aLaunch(0, 0, 30)],
    ['an end before its beginning as an end with it', aLaunch(10, 30, 20), aLaunch(10, 30, 30)],
    ['a clock that is a little ahead, moved into order', aLaunch(10, 20, 100_040), aLaunch(10, 20, 100_000)],
    ['no time of another day', { createdAtMs: 0, pullStartedAtMs: RAN_AT + 86_400_000 }, undefined],
    ['nothing that is no number', { createdAtMs: Number.NaN, pullStartedAtMs: Infinity }, undefined],
  ])('is %s', (_, told, kept) => {
    expect(launchMember(told, PLACED_AT, RAN_AT)).toEqual(kept === undefined ? {} : { launch: kept });
  });

  it('lies in order between its placement and its run, whatever is told', () => {
    const anyTime = fc.option(fc.oneof(fc.integer({ min: 0, max: 2 * RAN_AT }), fc.double()), {
      nil: undefined,
    });
    const told = fc.record({ createdAtMs: anyTime, pullStartedAtMs: anyTime, pullStoppedAtMs: anyTime });
    fc.assert(
      fc.property(told, (times) => {
        const { launch = {} } = launchMember(times as LaunchTimes, PLACED_AT, RAN_AT);
        const known = [
          PLACED_AT,
          ...['createdAtMs', 'pullStartedAtMs', 'pullStoppedAtMs'].flatMap(
            (step) => launch[step as keyof LaunchTimes] ?? [],
          ),
          RAN_AT,
        ];
        expect(known).toEqual([...known].sort((left, right) => left - right));
      }),
    );
  });
});

function aLaunch(created: number, pullStarted: number, pullStopped: number): LaunchTimes {
  return {
    createdAtMs: PLACED_AT + created,
    pullStartedAtMs: PLACED_AT + pullStarted,
    pullStoppedAtMs: PLACED_AT + pullStopped,
  };
}

describe('an attempt', () => {
  const launch = { createdAtMs: 2_100, pullStartedAtMs: 2_200, pullStoppedAtMs: 2_900 };

  it('keeps what it is told when it runs, to its end and after it', () => {
    const running = onRunning(aJob('STARTING'), 1, 3_000, { launch });
    expect(running?.attempt.launch).toEqual(launch);
    const ended = running && onExit(running, 1, { cause: 'exited', exitCode: 0 }, 9_000);
    expect(ended?.attempts[0]).toMatchObject({ placedAtMs: 2_000, launch, startedAtMs: 3_000 });
  });

  it('is told at its end what nobody told before', () => {
    const running = onRunning(aJob('STARTING'), 1, 3_000, { launch: { createdAtMs: 2_100 } });
    const exit = { cause: 'exited', exitCode: 0, launch: { ...launch, createdAtMs: 2_500 } } as const;
    expect(running && onExit(running, 1, exit, 9_000)?.attempts[0]?.launch).toEqual(launch);
  });

  it('of a multi-node job keeps its main node’s', () => {
    const nodes = [
      { status: 'STARTING', attempts: [] },
      { status: 'RUNNABLE', attempts: [] },
    ] as const;
    const job = aMultiNodeJob('STARTING', { numNodes: 2, nodes });
    const running = onNodeRunning(job, 0, 1, 3_000, { launch });
    const both = running && onNodeRunning(running, 1, 1, 3_500, { launch: { createdAtMs: 3_100 } });
    const other = both && onNodeExit(both, 1, 1, { cause: 'exited', exitCode: 0 }, 8_000);
    const ended = other && onNodeExit(other, 0, 1, { cause: 'exited', exitCode: 0 }, 9_000);
    expect(ended?.attempts).toMatchObject([{ placedAtMs: 2_000, launch }]);
  });
});
