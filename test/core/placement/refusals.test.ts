import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../../../core/ids.ts';
import { NOTHING } from '../../../core/placement/capacity.ts';
import type { Snapshot } from '../../../core/placement/snapshot.ts';
import { planPlacements } from '../../../core/placement/plan.ts';
import {
  FIRST_WAIT_MS,
  firstEndMs,
  LONGEST_WAIT_MS,
  refusalsAt,
  withRefusal,
} from '../../../core/placement/refusals.ts';
import type { Refusals } from '../../../core/placement/refusals.ts';
import { statusReasonText } from '../../../core/placement/waiting-reason.ts';

const arn = (name: string) =>
  `arn:aws:batch:us-east-1:123456789012:compute-environment/${name}` as ComputeEnvironmentArn;
const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/q' as QueueArn;
const asked = (name: string, reason = 'RESOURCE:CPU') => ({ ceArn: arn(name), reason });

describe('an environment that refused a job', () => {
  it('is passed over twice as long each time, up to five minutes', () => {
    let refusals: Refusals | undefined;
    let atMs = 1_000;
    const waits: number[] = [];
    for (let time = 0; time < 6; time += 1) {
      refusals = withRefusal(refusals, asked('a'), atMs);
      const untilMs = refusals.by[0]?.untilMs ?? 0;
      waits.push(untilMs - atMs);
      atMs = untilMs;
    }
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
    expect(refusals?.count).toBe(6);
  });

  it('counts from the beginning again when it had not refused for long', () => {
    const first = withRefusal(withRefusal(undefined, asked('a'), 0), asked('a'), 30_000);
    const late = withRefusal(first, asked('a'), 10_000_000);
    expect(late).toEqual({
      count: 3,
      by: [{ ...asked('a'), untilMs: 10_000_000 + FIRST_WAIT_MS, times: 1 }],
    });
  });

  it('is remembered beside others, each for its own time', () => {
    const both = withRefusal(withRefusal(undefined, asked('a'), 0), asked('b', 'AGENT'), 10_000);
    expect(refusalsAt(both, 35_000)).toMatchObject([{ ceArn: arn('b'), reason: 'AGENT' }]);
    expect(refusalsAt(both, 40_000)).toBeUndefined();
    expect(firstEndMs(both.by)).toBe(30_000);
  });

  it('is never passed over longer than the limit, and each refusal is counted', () => {
    const history = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), afterMs: fc.nat(1_000_000) }));
    fc.assert(
      fc.property(history, (steps) => {
        let refusals: Refusals | undefined;
        let atMs = 0;
        for (const { name, afterMs } of steps) {
          atMs += afterMs;
          refusals = withRefusal(refusals, asked(name), atMs);
          const own = refusals.by.filter(({ ceArn }) => ceArn === arn(name));
          expect(own).toHaveLength(1);
          expect(own[0]?.untilMs).toBeGreaterThan(atMs);
          expect(own[0]?.untilMs).toBeLessThanOrEqual(atMs + LONGEST_WAIT_MS);
        }
        expect(refusals?.count ?? 0).toBe(steps.length);
      }),
    );
  });
});

describe('a plan for a job that was refused', () => {
  const max = { vcpus: 4, memoryMiB: 8_192, gpus: 0 };
  const environment = (name: string) =>
    [arn(name), { ceArn: arn(name), clusterName: name, usable: true, max, used: NOTHING }] as const;
  const refusals = [{ ...asked('a', 'RESOURCE:MEMORY'), untilMs: 50_000, times: 1 }];
  const demand = { vcpus: 1, memoryMiB: 128, gpus: 0 };
  const snapshot = (environments: readonly string[]): Snapshot => ({
    environments: new Map([environment('a'), environment('b')]),
    queues: [
      {
        queueArn: QUEUE,
        priority: 1,
        environments: environments.map(arn),
        heads: [
          { jobId: 'refused' as JobId, demand, refusals },
          { jobId: 'other' as JobId, demand: { ...demand } },
        ],
      },
    ],
  });

  it('tries the next environment of its queue; others still go where it was refused', () => {
    const { placements } = planPlacements(snapshot(['a', 'b']));
    expect(placements.map(({ jobId, ceArn }) => [jobId, ceArn])).toEqual([
      ['refused', arn('b')],
      ['other', arn('a')],
    ]);
  });

  it('lets it wait, and says who refused it and in which words, when there is no other', () => {
    const { placements, blocked, unplaceable } = planPlacements(snapshot(['a']));
    expect(placements).toEqual([]);
    expect(unplaceable).toEqual([]);
    expect(blocked).toMatchObject([
      {
        jobId: 'refused',
        reason: {
          code: 'CAPACITY_REFUSED',
          message: 'waits for capacity: compute environment a refused it: RESOURCE:MEMORY',
          refusals,
        },
      },
    ]);
    expect(blocked[0] && statusReasonText(blocked[0].reason)).toMatch(
      /^CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - .*\[a\]$/,
    );
  });
});
