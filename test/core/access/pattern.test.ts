import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matches, patternOf } from '../../../core/access/pattern.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*', '?', '/', '.'), maxLength: 12 });

function byRegExp(pattern: string, subject: string): boolean {
  const source = Array.from(pattern, (character) =>
    character === '*' ? '.*' : character === '?' ? '.' : character.replace(/[.:/]/, String.raw`\$&`),
  ).join('');
  return new RegExp(`^${source}$`, 's').test(subject);
}

it('matches as a regular expression with the same wildcards does', () => {
  fc.assert(
    fc.property(text, text, (pattern, subject) => {
      expect(matches(patternOf(pattern, undefined) ?? [], subject)).toBe(byRegExp(pattern, subject));
    }),
    { numRuns: 2_000 },
  );
});

it('takes no longer for patterns that make others take for ever', () => {
  const pattern = patternOf(`${'a*'.repeat(200)}b`, undefined) ?? [];
  const started = performance.now();
  expect(matches(pattern, 'a'.repeat(2_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1_000);
});

it('matches a value against itself, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      expect(matches(patternOf('${x:y}', () => value) ?? [], value)).toBe(true);
    }),
  );
});
