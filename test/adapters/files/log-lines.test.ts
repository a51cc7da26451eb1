import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Lines, Stretch } from '../../../adapters/files/log-lines.ts';
import { linesBefore, linesFrom } from '../../../adapters/files/log-lines.ts';

const SMALL = 8;

function aStretch(text: string | Buffer, ended = true): Stretch {
  const bytes = Buffer.from(text as string);
  return { maxLineBytes: SMALL, at: 0, bytes, fileBytes: bytes.length, ended };
}

function textsOf(stretch: Stretch, lines: Lines): readonly string[] {
  return lines.pieces.map(({ from, textTo }) => stretch.bytes.toString('utf8', from, textTo));
}

describe('linesFrom', () => {
  test.each([
    ['whole lines', 'ab\ncd\n', ['ab', 'cd']],
    ['empty lines', '\n\na\n', ['', '', 'a']],
    ['a last line without newline', 'ab\ncd', ['ab', 'cd']],
    ['a line of exactly the maximum', '12345678\nx\n', ['12345678', 'x']],
    [
      'a long line, cut at multiples of the maximum',
      'ab\n1234567890123456\n',
      ['ab', '12345', '67890123', '456'],
    ],
    ['no character in two', `ab\n1234€€€€\n`, ['ab', '1234', '€€€', '€']],
  ])('gives %s', (_, text, expected) => {
    const stretch = aStretch(text);
    expect(textsOf(stretch, linesFrom(stretch, 0, 100, 1_000))).toEqual(expected);
  });

  test('keeps a last line without newline back while the task runs', () => {
    const stretch = aStretch('ab\ncd', false);
    expect(linesFrom(stretch, 0, 100, 1_000)).toMatchObject({ from: 0, to: 3 });
  });

  test('begins at the next line when asked for the middle of one', () => {
    const stretch = aStretch('abc\ndef\n');
    expect(textsOf(stretch, linesFrom(stretch, 1, 100, 1_000))).toEqual(['def']);
  });

  test('ends a page at its number of bytes, but never before its first line', () => {
    const stretch = aStretch('aaaa\nbbbb\ncccc\n');
    expect(textsOf(stretch, linesFrom(stretch, 0, 100, 6))).toEqual(['aaaa', 'bbbb']);
    expect(textsOf(stretch, linesFrom(stretch, 0, 100, 1))).toEqual(['aaaa']);
  });
});

const aText = fc
  .array(fc.oneof(fc.constantFrom('\n', 'a', 'é', '€', '😀'), fc.string({ maxLength: 20 })), {
    maxLength: 40,
  })
  .map((parts) => parts.join(''));
const aLog = fc.oneof(
  aText.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
);

describe('paging', () => {
  test('forward pages of any size meet, and hold every byte but the newlines', () => {
    fc.assert(
      fc.property(aLog, fc.integer({ min: 1, max: 5 }), (log, limit) => {
        const stretch = aStretch(log);
        const all = linesFrom(stretch, 0, 1_000, 10_000);
        let at = 0;
        const paged = [];
        for (
          let page = linesFrom(stretch, at, limit, 10_000);
          page.pieces.length > 0;
          page = linesFrom(stretch, at, limit, 10_000)
        ) {
          expect(page.from).toBe(at);
          paged.push(...page.pieces);
          at = page.to;
        }
        expect(paged).toEqual(all.pieces);
        expect(at).toBe(log.length);
        for (const { from, textTo, to } of all.pieces) {
          expect(textTo - from).toBeLessThanOrEqual(SMALL + 4);
          expect(to - textTo).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('backward pages hold the same lines as forward pages', () => {
    fc.assert(
      fc.property(aLog, fc.integer({ min: 1, max: 5 }), fc.boolean(), (log, limit, ended) => {
        const stretch = aStretch(log, ended);
        const all = linesFrom(stretch, 0, 1_000, 10_000);
        let at = log.length;
        const paged = [];
        for (
          let page = linesBefore(stretch, at, limit, 10_000);
          page.pieces.length > 0;
          page = linesBefore(stretch, at, limit, 10_000)
        ) {
          paged.unshift(...page.pieces);
          at = page.from;
        }
        expect(paged).toEqual(all.pieces);
      }),
      { numRuns: 500 },
    );
  });

  test('a page from any byte is a part of the whole', () => {
    fc.assert(
      fc.property(aLog, fc.nat(100), (log, from) => {
        const stretch = aStretch(log);
        const all = linesFrom(stretch, 0, 1_000, 10_000).pieces;
        expect(linesFrom(stretch, from, 1_000, 10_000).pieces).toEqual(
          all.filter((piece) => piece.from >= from),
        );
        const before = Math.min(from, log.length);
        expect(linesBefore(stretch, before, 1_000, 10_000).pieces).toEqual(
          all.filter((piece) => piece.to <= before),
        );
      }),
      { numRuns: 500 },
    );
  });
});
