import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markLine, parseMarks, timesOf } from '../../../adapters/files/log-times.ts';

describe('timesOf', () => {
  test('lets time pass evenly with the bytes between the birth and the last growth', () => {
    const timeOf = timesOf({ madeAtMs: 1_000, grewAtMs: 2_000, bytes: 100 }, []);
    expect([0, 50, 100].map(timeOf)).toEqual([1_000, 1_500, 2_000]);
  });

  test('passes through what readers noted', () => {
    const timeOf = timesOf({ madeAtMs: 0, grewAtMs: 1_000, bytes: 100 }, [{ offset: 10, atMs: 900 }]);
    expect([5, 10, 55, 100].map(timeOf)).toEqual([450, 900, 950, 1_000]);
  });

  test('leaves the times of lines already shown as they were when the log grows', () => {
    const marks = [{ offset: 50, atMs: 1_500 }];
    const then = timesOf({ madeAtMs: 1_000, grewAtMs: 1_500, bytes: 50 }, marks);
    const later = timesOf({ madeAtMs: 1_000, grewAtMs: 9_000, bytes: 5_000 }, [
      ...marks,
      { offset: 5_000, atMs: 9_000 },
    ]);
    expect([0, 20, 50].map(later)).toEqual([0, 20, 50].map(then));
  });

  test('never goes back along the file, whatever the clock did', () => {
    const aTime = fc.nat(10_000);
    const aMark = fc.record({ offset: fc.nat(200), atMs: aTime });
    fc.assert(
      fc.property(aTime, aTime, fc.array(aMark), (madeAtMs, grewAtMs, marks) => {
        const timeOf = timesOf({ madeAtMs, grewAtMs, bytes: 200 }, marks);
        const times = Array.from({ length: 201 }, (_, offset) => timeOf(offset));
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times.every(Number.isInteger)).toBe(true);
      }),
    );
  });
});

test('notes are read back as written, and half a note is left out', () => {
  const marks = [
    { offset: 10, atMs: 5 },
    { offset: 20, atMs: 7 },
  ];
  expect(parseMarks(`${marks.map(markLine).join('')}30 `)).toEqual(marks);
});
