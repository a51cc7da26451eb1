import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComputeEnvironmentArn, QueueArn } from '../../core/ids.ts';
import { inWrites, loadAccounts } from '../../engine/accounts.ts';
import type { PlacementRecord } from '../../engine/store/ledger.ts';
import { placementPut } from '../../engine/store/ledger.ts';
import { aStore } from '../adapters/sqlite/a-store.ts';

const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/q' as QueueArn;
const ce = (n: number) =>
  `arn:aws:batch:us-east-1:123456789012:compute-environment/${n}` as ComputeEnvironmentArn;
const consumable = (n: number) => `arn:aws:batch:us-east-1:123456789012:consumable-resource/${n}`;

const records = fc
  .array(
    fc.record({
      ce: fc.integer({ min: 0, max: 3 }),
      share: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
      consumables: fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 40 }),
      vcpus: fc.constantFrom(0.25, 0.5, 1, 4),
    }),
    { maxLength: 60 },
  )
  .map((list) =>
    list.map((one, n): PlacementRecord => ({
      attemptId: `job-${n}/1`,
      taskId: `task-${n}`,
      queueArn: QUEUE,
      ...(one.share === undefined ? {} : { shareIdentifier: `s${one.share}` }),
      ...(one.consumables.length === 0
        ? {}
        : {
            consumables: one.consumables.map((c) => ({
              arn: consumable(c),
              quantity: c + 1,
              comesBack: true,
            })),
          }),
      ceArn: ce(one.ce),
      demand: { vcpus: one.vcpus, memoryMiB: 10, gpus: 0 },
      gpuIds: [],
    })),
  );

const LIMITS = { opsEach: 2, maxElements: 40, maxOps: 100 };
const DOMAIN = {
  queues: [{ queueArn: QUEUE, priority: 1, environments: [], fairShare: {} }],
  environments: [],
};

describe('placements', () => {
  it('are cut into writes that each fit, and none is lost', () => {
    fc.assert(
      fc.property(records, (list) => {
        const parts = inWrites(list, (record) => record, LIMITS);
        expect(parts.flat()).toEqual(list);
        for (const part of parts) {
          const rows = new Set(
            part.flatMap((record) => [
              record.ceArn,
              'host',
              ...(record.shareIdentifier === undefined ? [] : [record.shareIdentifier]),
              ...(record.consumables ?? []).map(({ arn }) => arn),
            ]),
          );
          expect(part.length * LIMITS.opsEach + rows.size).toBeLessThanOrEqual(LIMITS.maxOps);
          expect(part.length).toBeLessThanOrEqual(LIMITS.maxElements);
        }
      }),
    );
  });

  it('leave every account as it was when all that was taken is given back', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (list) => {
        const { table } = aStore();
        const accounts = await loadAccounts(table, DOMAIN, list, true);
        for (const part of inWrites(list, (record) => record, LIMITS)) {
          for (const record of part) accounts.take(record, 1_000);
          const written = await table.write([...part.map(placementPut), ...accounts.writes()]);
          expect(written.ok).toBe(true);
          accounts.committed();
        }
        const again = await loadAccounts(table, DOMAIN, list, true);
        for (const record of list) again.give(record, 2_000);
        expect(again.ledgers.entry('host')).toMatchObject({
          placements: 0,
          used: { vcpus: 0, memoryMiB: 0 },
        });
        for (const { shareIdentifier } of list) {
          if (shareIdentifier !== undefined) expect(again.shares.use(QUEUE, shareIdentifier).vcpus).toBe(0);
        }
        await table.close();
      }),
      { numRuns: 25 },
    );
  });
});
