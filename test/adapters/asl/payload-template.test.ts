import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../adapters/asl/json.ts';
import { compileTemplate } from '../../../adapters/asl/payload-template.ts';
import { fixedAmbient } from './fixed-ambient.ts';

const AMBIENT = fixedAmbient({ Task: { Token: 'token-1' } });
const INPUT: Json = { name: 'Arnav', list: [1, 2, 3, 4, 5, 6, 7, 8, 9] };

describe('a payload template', () => {
  const build = (template: Json): Json => compileTemplate(template)(INPUT, AMBIENT);

  test('replaces its .$ fields at any depth and keeps the rest', () => {
    expect(
      build({
        flagged: true,
        parts: { 'first.$': '$.list[0]', 'last3.$': '$.list[6:]' },
        list: [{ 'name.$': '$.name' }, '$.name', 7],
        'token.$': '$$.Task.Token',
        'formatted.$': "States.Format('{}!', $.name)",
        null: null,
      }),
    ).toEqual({
      flagged: true,
      parts: { first: 1, last3: [7, 8, 9] },
      list: [{ name: 'Arnav' }, '$.name', 7],
      token: 'token-1',
      formatted: 'Arnav!',
      null: null,
    });
  });

  test.each<[Json, string]>([
    [{ 'a.$': 1 }, 'a.$: expected a path or an intrinsic function, got 1'],
    [{ 'a.$': 'text' }, 'a.$: expected a path or an intrinsic function, got "text"'],
    [{ a: 1, 'a.$': '$.x' }, '"a" is given twice'],
    [{ a: { b: [{ 'c.$': '$.' }] } }, 'a: b: c.$: expected a field name'],
    ['$.a', 'expected an object'],
    [JSON.parse('{"__proto__":1}') as Json, '"__proto__" cannot be the name'],
  ])('%j is refused', (template, problem) => {
    expect(() => compileTemplate(template)).toThrow(problem);
  });

  const plain = fc.letrec<{ value: Json; object: Json }>((tie) => ({
    object: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('value'), { maxKeys: 4 }),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)) as fc.Arbitrary<Json>,
      fc.array(tie('value'), { maxLength: 3 }),
      tie('object'),
    ),
  })).object;

  test('without .$ fields yields itself', () => {
    fc.assert(
      fc.property(plain, (template) => {
        expect(build(template)).toEqual(template);
      }),
    );
  });

  test('with every leaf taken by path from a document yields that document', () => {
    const pathsTo = (value: Json, path: string): Json => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return path;
      const fields = Object.entries(value).map(([name, inner]) => {
        const below = pathsTo(inner, `${path}['${name}']`);
        return [typeof below === 'string' ? `${name}.$` : name, below];
      });
      // fromEntries of JSON values is JSON.
      return Object.fromEntries(fields) as Json;
    };
    fc.assert(
      fc.property(plain, (document) => {
        expect(compileTemplate(pathsTo(document, '$'))(document, AMBIENT)).toEqual(document);
      }),
    );
  });
});
