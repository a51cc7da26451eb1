import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGlob } from '../../core/glob.ts';

describe('StringMatches', () => {
  test.each([
    ['foo*.log', 'foo23.log', true],
    ['foo*.log', 'zebra.log', false],
    ['*.log', 'zebra.log', true],
    ['foo*.*', 'foobar.zebra', true],
    ['a*a', 'a', false],
    ['a**a', 'aa', true],
    ['*', '', true],
    ['', '', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['log-\\**', 'log-*1', true],
    ['a\\\\*', 'a\\b', true],
    ['*ab*ab', 'ab', false],
    ['*ab*ab', 'xabyab', true],
  ])('%s against %j is %s', (pattern, text, verdict) => {
    expect(compileGlob(pattern)(text)).toBe(verdict);
  });

  test('agrees with the same pattern as a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    fc.assert(
      fc.property(letters, texts, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 's');
        expect(compileGlob(pattern)(text)).toBe(expression.test(text));
      }),
      { numRuns: 500 },
    );
  });
});
