import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameJson } from '../../../core/placement/same-json.ts';

describe('isSameJson', () => {
  it('holds for every value and its copy', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => isSameJson(value, structuredClone(value))));
  });
  it('does not look at the order of members', () => {
    expect(isSameJson({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
  });
  it.each([
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: undefined }, {}],
    [[], {}],
    [null, {}],
    [1, '1'],
    [undefined, null],
  ])('tells %j from %j', (left, right) => {
    expect(isSameJson(left, right)).toBe(false);
    expect(isSameJson(right, left)).toBe(false);
  });
});
