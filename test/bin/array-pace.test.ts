import { describe, expect, it } from 'vitest';
import { arrayBar, createArrayPace } from '../../bin/array-pace.ts';
import type { ArrayCounts } from '../../bin/wording.ts';

function counts(given: Partial<ArrayCounts>): ArrayCounts {
  return { size: 100, waiting: 0, running: 0, succeeded: 0, failed: 0, ...given };
}

describe('the pace of an array', () => {
  it('is told from the second look that saw something end', () => {
    const pace = createArrayPace();
    expect(pace.look(counts({ succeeded: 10 }), 0)).toEqual({});
    expect(pace.look(counts({ succeeded: 10 }), 1_000)).toEqual({});
    expect(pace.look(counts({ succeeded: 14, failed: 6 }), 2_000)).toEqual({ perSecond: 5, leftMs: 16_000 });
  });

  it('is that of the last half minute', () => {
    const pace = createArrayPace();
    pace.look(counts({}), 0);
    pace.look(counts({ succeeded: 50 }), 1_000);
    expect(pace.look(counts({ succeeded: 80 }), 31_000)).toEqual({ perSecond: 1, leftMs: 20_000 });
  });

  it('of one that is done leaves nothing', () => {
    const pace = createArrayPace();
    pace.look(counts({}), 0);
    expect(pace.look(counts({ succeeded: 100 }), 1_000)).toEqual({ perSecond: 100, leftMs: 0 });
  });
});

it.each([
  [counts({}), '[..........]'],
  [counts({ succeeded: 25, failed: 5, running: 20 }), '[###>>.....]'],
  [counts({ succeeded: 100 }), '[##########]'],
  [counts({ succeeded: 99, running: 1 }), '[#########>]'],
])('a bar of %j', (given, bar) => {
  expect(arrayBar(given, 12)).toBe(bar);
});
