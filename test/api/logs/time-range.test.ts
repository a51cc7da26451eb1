import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seekTime } from '../../../api/logs/time-range.ts';
import { memoryLogs } from './memory-logs.ts';

describe('seeking a time in a log', () => {
  it('never skips a line of that time or later', async () => {
    const gaps = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 0, max: 3000 })), { maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.nat(200), async (lines, fromMs) => {
        const logs = memoryLogs();
        let atMs = 0;
        const written = lines.map(([gap, length]) => ({ atMs: (atMs += gap), text: 'x'.repeat(length) }));
        logs.write('t', ...written);
        const position = await seekTime(logs, 't', fromMs);
        const rest = await logs.read('t', position, 1000);
        const skipped = written.slice(0, written.length - (rest?.lines.length ?? 0));
        expect(skipped.filter((line) => line.atMs >= fromMs)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('reads a few lines of a long log and comes close', async () => {
    const logs = memoryLogs();
    logs.write('t', ...Array.from({ length: 20_000 }, (_, index) => ({ atMs: index, text: 'x'.repeat(99) })));
    let reads = 0;
    const counting = {
      ...logs,
      read: (...args: Parameters<typeof logs.read>) => logs.read(...args).finally(() => (reads += 1)),
    };
    const position = await seekTime(counting, 't', 15_000);
    expect(position).toBeLessThanOrEqual(15_000 * 100);
    expect(position).toBeGreaterThan(15_000 * 100 - 40_000);
    expect(reads).toBeLessThan(10);
  });

  it('stays at the head of a log that is not there', async () => {
    expect(await seekTime(memoryLogs(), 't', 5)).toBe(0);
  });
});
