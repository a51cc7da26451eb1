// What the text means to a shell is tested by running it (process-launcher.test.ts, "hostile text"); here is what is refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quote, writeJobScript } from '../../../adapters/process/job-script.ts';

const aJob = (
  environment: Readonly<Record<string, string>>,
  command = '/bin/true',
): ReturnType<typeof writeJobScript> => writeJobScript({ argv: [command], environment, limits: [] });

test('outside of quotes stands no character of a value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      // What a shell makes of it: quoted parts verbatim, `\'` a quote, anything else would be ours.
      const outside = quote(value)
        .replaceAll(/'[^']*'/g, '')
        .replaceAll("\\'", '');
      expect(outside).toBe('');
      expect(quote(value).slice(1, -1).replaceAll("'\\''", "'")).toBe(value);
    }),
  );
});

describe('a job is refused', () => {
  test.each([
    ['a variable without a name', { '': 'x' }],
    ["a variable's name with =", { 'a=b': 'x' }],
  ])('for %s, which is told', (_, environment) => {
    expect(aJob(environment)).toMatchObject({
      ok: false,
      reason: expect.stringContaining(JSON.stringify(Object.keys(environment)[0])),
    });
  });

  test('for one string that is too long, or too many strings', () => {
    expect(aJob({ A: 'x'.repeat(131_071) })).toMatchObject({ ok: false });
    expect(aJob({ A: 'x'.repeat(131_069) })).toMatchObject({ ok: true });
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`A${index}`, 'x'.repeat(100_000)]),
    );
    expect(aJob(many)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('argument list too long'),
    });
  });

  test("for a path with '=' that env(1) would take for a variable, and only then", () => {
    expect(aJob({ 'a.b': '1' }, '/x=y/cmd')).toMatchObject({ ok: false });
    expect(aJob({ A: '1' }, '/x=y/cmd')).toMatchObject({ ok: true });
  });
});
