import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComputeEnvironmentArn, JobId, QueueArn } from '../../../core/ids.ts';
import { NOTHING } from '../../../core/placement/capacity.ts';
import type { Snapshot } from '../../../core/placement/snapshot.ts';
import { planPlacements } from '../../../core/placement/plan.ts';
import type { ConsumableStock } from '../../../core/queue/consumable-resource.ts';

const CE = 'arn:aws:batch:us-east-1:123456789012:compute-environment/ce' as ComputeEnvironmentArn;
const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/q' as QueueArn;
const arn = (name: string) => `arn:aws:batch:us-east-1:123456789012:consumable-resource/${name}`;

interface Wanted {
  readonly vcpus?: number;
  readonly takes?: Readonly<Record<string, number>>;
}

function aSnapshot(
  vcpus: number,
  stocks: Readonly<Record<string, ConsumableStock>>,
  jobs: readonly Wanted[],
): Snapshot {
  const max = { vcpus, memoryMiB: Number.POSITIVE_INFINITY, gpus: 0 };
  const heads = jobs.map(({ vcpus: wanted = 1, takes }, n) => ({
    jobId: `j${n}` as JobId,
    demand: { vcpus: wanted, memoryMiB: 0, gpus: 0 },
    ...(takes && {
      consumables: Object.entries(takes).map(([name, quantity]) => ({ arn: arn(name), quantity })),
    }),
  }));
  return {
    environments: new Map([[CE, { ceArn: CE, clusterName: 'ce', usable: true, max, used: NOTHING }]]),
    queues: [{ queueArn: QUEUE, priority: 1, environments: [CE], heads }],
    consumables: new Map(Object.entries(stocks).map(([name, stock]) => [arn(name), stock])),
  };
}

const placed = (snapshot: Snapshot) => planPlacements(snapshot).placements.map(({ jobId }) => jobId);
const full = (amount: number): ConsumableStock => ({ available: amount, atMost: amount });

describe('a plan with consumable resources', () => {
  it('hands out what there is, and stops at the head that lacks one', () => {
    const jobs = [{ takes: { a: 2 } }, { takes: { a: 2 } }, { takes: { b: 1 } }];
    const plan = planPlacements(aSnapshot(8, { a: full(3), b: full(1) }, jobs));
    expect(plan.placements.map(({ jobId }) => jobId)).toEqual(['j0']);
    expect(plan.blocked).toMatchObject([
      { jobId: 'j1', reason: { code: 'CONSUMABLE', lacks: [{ wanted: 2, available: 1, atMost: 3 }] } },
    ]);
  });

  it('takes all that a job needs or nothing', () => {
    const stocks = { a: full(1), b: { available: 0, atMost: 1 } };
    expect(placed(aSnapshot(8, stocks, [{ takes: { a: 1, b: 1 } }]))).toEqual([]);
  });

  it('leaves out a job that needs more than there can ever be', () => {
    const plan = planPlacements(aSnapshot(8, { a: full(1) }, [{ takes: { a: 2 } }, { takes: { a: 1 } }]));
    expect(plan.unplaceable).toMatchObject([
      { jobId: 'j0', reason: { code: 'CONSUMABLE', untilRaised: true } },
    ]);
    expect(plan.placements).toMatchObject([{ jobId: 'j1' }]);
  });

  it('says that room is lacking before it says that a resource is', () => {
    const snapshot = aSnapshot(1, { a: { available: 0, atMost: 1 } }, [{}, { takes: { a: 1 } }]);
    expect(planPlacements(snapshot).blocked).toMatchObject([
      { jobId: 'j1', reason: { code: 'NO_CAPACITY' } },
    ]);
  });

  it('never hands out more than is available', () => {
    const names = ['a', 'b', 'c'];
    const stocks = fc.record({
      a: fc.integer({ min: 0, max: 6 }),
      b: fc.integer({ min: 0, max: 6 }),
      c: fc.integer({ min: 0, max: 6 }),
    });
    const jobs = fc.array(
      fc.record({ takes: fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 1, max: 4 })) }),
      { maxLength: 15 },
    );
    fc.assert(
      fc.property(stocks, jobs, (amounts, list) => {
        const snapshot = aSnapshot(
          8,
          Object.fromEntries(
            Object.entries(amounts).map(([name, available]) => [name, { available, atMost: 9 }]),
          ),
          list,
        );
        const chosen = placed(snapshot).map((jobId) => list[Number(jobId.slice(1))]?.takes ?? {});
        for (const [name, available] of Object.entries(amounts)) {
          const taken = chosen.reduce((sum, takes) => sum + (takes[name] ?? 0), 0);
          expect(taken).toBeLessThanOrEqual(available);
        }
      }),
    );
  });
});
