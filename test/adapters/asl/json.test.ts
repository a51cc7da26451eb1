import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AslError } from '../../../adapters/asl/asl-error.ts';
import { admitJson, checkSize, DATA_LIMIT_BYTES, jsonEquals } from '../../../adapters/asl/json.ts';
import type { Json } from '../../../adapters/asl/json.ts';

// fast-check's JSON values are JSON.
const json = fc.jsonValue() as fc.Arbitrary<Json>;

describe('a value from outside', () => {
  test('is admitted as the JSON it would be on a wire', () => {
    expect(admitJson({ a: undefined, b: new Date(0), c: [undefined], d: NaN }, 'it')).toEqual({
      b: '1970-01-01T00:00:00.000Z',
      c: [null],
      d: null,
    });
    expect(admitJson(undefined, 'it')).toBeNull();
  });

  test('that has no JSON text is refused by name', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => admitJson(circle, 'the result of X')).toThrow(
      'States.Runtime: the result of X cannot be written as JSON',
    );
    expect(() => admitJson(1n, 'it')).toThrow(AslError);
  });

  test('is measured in UTF-8 bytes of its JSON text, quotes included', () => {
    const fits = 'é'.repeat(DATA_LIMIT_BYTES / 2 - 1);
    expect(admitJson(fits, 'it')).toBe(fits);
    expect(() => admitJson(`${fits}.`, 'it')).toThrow('States.DataLimitExceeded: it has 262145 bytes');
    expect(() => checkSize([fits], 'it')).toThrow('it has 262146 bytes');
    expect(() => checkSize(fits, 'it')).not.toThrow();
  });
});

describe('equality', () => {
  test('holds between a value and its copy, however its keys are ordered', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (value) => {
        const reordered = Object.fromEntries(Object.entries(structuredClone(value)).toReversed());
        expect(jsonEquals(value, reordered)).toBe(true);
      }),
    );
  });

  test('holds exactly when the values have the same JSON text, keys sorted', () => {
    const sorted = (value: Json): string =>
      JSON.stringify(value, (_key, inner: Json) =>
        typeof inner === 'object' && inner !== null && !Array.isArray(inner)
          ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
          : inner,
      );
    const small = fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>;
    fc.assert(
      fc.property(small, small, (left, right) => {
        expect(jsonEquals(left, right)).toBe(sorted(left) === sorted(right));
      }),
    );
  });

  test.each<[Json, Json]>([
    [[], {}],
    [[1], [1, 2]],
    [{ a: 1 }, { b: 1 }],
    [{ a: null }, { b: null }],
    [null, {}],
    ['1', 1],
  ])('does not hold between %j and %j', (left, right) => {
    expect(jsonEquals(left, right)).toBe(false);
  });
});
