import { expect, it } from 'vitest';
import { appended, endOf, prepended, startOf } from '../../console/log-window.ts';
import { partsAround } from '../../console/parts-around.ts';
import type { LogAnswer } from '../../api/console/wire.ts';

function aPage(from: number, lines: number, more: Partial<LogAnswer> = {}): LogAnswer {
  const texts = Array.from({ length: lines }, (_, index) => ({ atMs: 0, text: `line ${from + index}` }));
  return { lines: texts, from, to: from + lines, size: 100_000, ended: false, ...more };
}

it('grows at its end, and lets go of its beginning when it has grown long', () => {
  let window = appended(undefined, aPage(0, 1_000));
  for (let from = 1_000; from < 9_000; from += 1_000) window = appended(window, aPage(from, 1_000));
  expect([startOf(window), endOf(window)]).toEqual([3_000, 9_000]);
});

it('has no gap between its pages, whatever was asked for', () => {
  const window = prepended(appended(appended(undefined, aPage(50, 10)), aPage(60, 5)), aPage(20, 30));
  const { pages } = window;
  expect(pages.map(({ from, to }) => [from, to])).toEqual([
    [20, 50],
    [50, 60],
    [60, 65],
  ]);
});

it('knows its beginning when there is nothing before it, wherever that is, until it lets go of it', () => {
  let window = prepended(appended(undefined, aPage(70, 10)), aPage(0, 0));
  expect(startOf(window)).toBe(0);
  for (let from = 80; from < 9_000; from += 1_000) window = appended(window, aPage(from, 1_000));
  expect(startOf(window)).toBeGreaterThan(80);
});

it('remembers that nothing more will come, also from a page without lines', () => {
  const window = appended(appended(undefined, aPage(0, 3)), aPage(3, 0, { ended: true, size: 3 }));
  expect([window.ended, window.size, window.pages.length]).toEqual([true, 3, 1]);
});

it.each([
  ['An error, another ERROR', 'error', ['An ', 'error', ', another ', 'ERROR', '']],
  ['aaa', 'aa', ['', 'aa', 'a']],
  ['nothing', 'x', ['nothing']],
  ['İstanbul', 'i', ['İstanbul']],
  ['a.b', '.', ['a', '.', 'b']],
])('marks in %j each %j', (text, wanted, parts) => {
  expect(partsAround(text, wanted)).toEqual(parts);
});
