import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileChecker, compileParser, InvalidInput } from '../../../api/shapes/parse.ts';
import {
  boolean,
  integer,
  list,
  long,
  oneOf,
  optional,
  required,
  string,
  structure,
  type Shape,
} from '../../../api/shapes/shape.ts';

function refusal(shape: Shape, value: unknown): string {
  try {
    compileChecker(shape)(value, 'Op');
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  throw new Error('The value was accepted.');
}

const nested = structure({ items: optional(list(structure({ value: required(string()) }))) });
const tags: Shape = { kind: 'map', key: string({ min: 1, max: 3 }), value: string({ max: 2 }), max: 2 };

describe('a refused value', () => {
  it.each<{ shape: Shape; value: unknown; message: string }>([
    { shape: nested, value: { items: [{ value: 'a' }, {}] }, message: 'Op.items[1].value is required.' },
    { shape: nested, value: { items: [{ value: null }] }, message: 'Op.items[0].value is required.' },
    { shape: nested, value: { items: [null] }, message: 'Op.items[0] must be an object; received null.' },
    { shape: nested, value: { items: {} }, message: 'Op.items must be a list; received an object.' },
    { shape: nested, value: [], message: 'Op must be an object; received a list of 0.' },
    { shape: string(), value: 5, message: 'Op must be a string; received 5.' },
    {
      shape: string({ min: 1 }),
      value: '',
      message: 'Op must have at least 1 characters; received 0 characters.',
    },
    {
      shape: string({ min: 1, max: 2 }),
      value: 'abc',
      message: 'Op must have 1 to 2 characters; received 3 characters.',
    },
    { shape: oneOf(['A', 'B']), value: 'a', message: 'Op must be one of A, B; received "a".' },
    { shape: boolean(), value: 'true', message: 'Op must be true or false; received "true".' },
    { shape: integer(), value: '3', message: 'Op must be a whole number; received "3".' },
    { shape: integer(), value: 1.5, message: 'Op must be a whole number; received 1.5.' },
    {
      shape: integer(),
      value: 2 ** 31,
      message: 'Op must be a whole number from -2147483648 to 2147483647; received 2147483648.',
    },
    {
      shape: integer({ min: 1, max: 9 }),
      value: 0,
      message: 'Op must be a whole number from 1 to 9; received 0.',
    },
    {
      shape: long(),
      value: 2 ** 53,
      message: `Op must be a whole number from ${-(2 ** 53) + 1} to ${2 ** 53 - 1}; received ${2 ** 53}.`,
    },
    {
      shape: { kind: 'number', number: 'double' },
      value: 'NaN',
      message: 'Op must be a number; received "NaN".',
    },
    {
      shape: list(string(), { max: 1 }),
      value: ['a', 'b'],
      message: 'Op must have at most 1 entries; received 2 entries.',
    },
    {
      shape: tags,
      value: { a: '', b: '', c: '' },
      message: 'Op must have at most 2 entries; received 3 entries.',
    },
    {
      shape: tags,
      value: { abcd: '' },
      message: 'Op.abcd must have 1 to 3 characters; received 4 characters.',
    },
    {
      shape: tags,
      value: { 'a b': 'xyz' },
      message: 'Op["a b"] must have at most 2 characters; received 3 characters.',
    },
  ])('is named with path, rule and value: $message', ({ shape, value, message }) => {
    expect(refusal(shape, value)).toBe(message);
  });

  it('is shown in part when it is long', () => {
    expect(refusal(oneOf(['A']), 'x'.repeat(10_000)).length).toBeLessThan(150);
  });
});

describe('an accepted value', () => {
  it('loses unknown and null members and nothing else', () => {
    const shape = structure({ a: optional(string()), b: optional(integer()), c: optional(list(string())) });
    expect(compileParser(shape)({ a: null, b: 0, c: [], d: 'unknown' }, 'Op')).toEqual({ b: 0, c: [] });
  });

  it('keeps its own case where case does not matter', () => {
    const shape = { kind: 'string', values: ['RETRY', 'EXIT'], anyCase: true } as const;
    expect(compileParser(shape)('Retry', 'Op')).toBe('Retry');
  });

  it('cannot reach the prototype through a map', () => {
    const parsed = compileParser({ kind: 'map', key: string(), value: string() })(
      JSON.parse('{"__proto__":"x","constructor":"y","gone":null}'),
      'Op',
    );
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(Object.entries(parsed)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it('is parsed again to itself, and never changed in place', () => {
    const shape = structure({
      name: required(string()),
      list: optional(list(structure({ n: optional(long()) }))),
    });
    const parse = compileParser(shape);
    const values = fc.record({
      name: fc.string(),
      list: fc.array(
        fc.record({ n: fc.option(fc.maxSafeInteger()), x: fc.anything() }, { requiredKeys: [] }),
      ),
    });
    fc.assert(
      fc.property(values, (value) => {
        const before = structuredClone(value.name);
        const parsed = parse(Object.freeze(value), 'Op');
        expect(parse(parsed, 'Op')).toEqual(parsed);
        expect(parsed.list).toHaveLength(value.list.length);
        expect(parsed.name).toBe(before);
      }),
      { numRuns: 200 },
    );
  });
});
