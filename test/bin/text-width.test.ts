import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutTo, fitTo, widthOf, wrapTo } from '../../bin/text-width.ts';

describe('a text is as wide as', () => {
  it.each([
    ['its letters', 'Cutty Sark', 10],
    ['two columns for each letter of East Asia', '日本', 4],
    ['two columns for a picture', '🚢 1', 4],
    ['its letters without the marks on them', 'e\u0301', 1],
    ['it is without its colours', '\u001b[31mred\u001b[39m', 3],
  ])('%s', (_name, text, width) => expect(widthOf(text)).toBe(width));
});

describe('cutting', () => {
  it.each([
    ['leaves what fits', 'port', 4, 'port'],
    ['ends with an ellipsis', 'harbour', 4, 'har…'],
    ['never cuts a wide letter in two', '日本語', 4, '日…'],
    ['ends colours', '\u001b[31mharbour\u001b[39m', 4, '\u001b[31mhar…\u001b[0m'],
    ['leaves nothing of no room', 'harbour', 0, ''],
  ])('%s', (_name, text, width, cut) => expect(cutTo(text, width)).toBe(cut));
});

it('fits any text to any width exactly, but for half of a wide letter', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
      const fitted = fitTo(text, width);
      expect(widthOf(fitted)).toBe(width);
    }),
  );
});

it('wraps between words, and inside those that are too long', () => {
  expect(wrapTo('waits for 3 others', 9)).toEqual(['waits for', '3 others']);
  expect(wrapTo('abcdefgh ij', 3)).toEqual(['abc', 'def', 'gh', 'ij']);
});
