import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRowCache } from '../../../adapters/sqlite/row-cache.ts';
import type { HeldRow } from '../../../adapters/sqlite/row-codec.ts';

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e').map((pk) => ({ pk, sk: '#' }));
const step = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), key }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constant('read' as const), key }),
  fc.record({ kind: fc.constantFrom('commit' as const, 'roll back' as const) }),
);

/** A row that differs from every other one. */
function aHeldRow({ pk, sk }: { pk: string; sk: string }, version: number): HeldRow {
  return { row: { pk, sk, version, body: {}, indexes: {} }, image: '' };
}

test('whatever it answers is what the database holds, in the transaction and after it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(step, { maxLength: 60, size: 'max' }),
      (maxRows, steps) => {
        const cache = createRowCache(maxRows);
        let committed = new Map<string, HeldRow>();
        let open = new Map<string, HeldRow>();
        for (const [version, next] of steps.entries()) {
          switch (next.kind) {
            case 'write': {
              const held = aHeldRow(next.key, version);
              open.set(next.key.pk, held);
              cache.stage('jobs', next.key, held);
              break;
            }
            case 'delete':
              open.delete(next.key.pk);
              cache.stage('jobs', next.key, undefined);
              break;
            case 'read': {
              const answer = cache.get('jobs', next.key);
              if (answer) expect(answer).toBe(open.get(next.key.pk));
              break;
            }
            case 'commit':
              cache.committed();
              committed = new Map(open);
              break;
            case 'roll back':
              cache.rolledBack();
              open = new Map(committed);
              break;
          }
          expect(cache.get('queues', { pk: 'a', sk: '#' })).toBeUndefined();
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('keeps what is used and forgets what is not', () => {
  const cache = createRowCache(10);
  const hot = { pk: 'hot', sk: '#' };
  cache.remember('jobs', aHeldRow(hot, 1));
  for (let index = 0; index < 100; index += 1) {
    cache.remember('jobs', aHeldRow({ pk: `cold-${index}`, sk: '#' }, 1));
    expect(cache.get('jobs', hot)).toBeDefined();
  }
  const cold = Array.from({ length: 100 }, (_, index) => cache.get('jobs', { pk: `cold-${index}`, sk: '#' }));
  expect(cold.filter(Boolean).length).toBeLessThanOrEqual(10);
  expect(cold.at(-1)).toBeDefined();
});
