import { expect, it } from 'vitest';
import { newer, older } from '../../console/row-window.ts';

const aPage = (from: number, to: number, more: object = {}) => ({
  rows: Array.from({ length: from - to + 1 }, (_, index) => ({ seq: from - index })),
  after: from,
  looked: from - to + 1,
  ...more,
});
const seqs = ({ rows }: { readonly rows: readonly { readonly seq: number }[] }): number[] =>
  rows.map(({ seq }) => seq);

it('shows what came above what was there', () => {
  const page = newer(aPage(5, 3, { before: 3 }), aPage(7, 6));
  expect([seqs(page), page.after, page.before]).toEqual([[7, 6, 5, 4, 3], 7, 3]);
});

it('leaves out what would not follow on what came', () => {
  const page = newer(aPage(5, 3), aPage(900, 801, { before: 801 }));
  expect([seqs(page)[0], seqs(page).at(-1), page.before]).toEqual([900, 801, 801]);
});

it('lets go of the oldest when it has grown long, and knows where to find them', () => {
  const page = newer(aPage(495, 1), aPage(510, 496));
  expect([page.rows.length, seqs(page).at(-1), page.before]).toEqual([500, 11, 11]);
});

it('shows older ones below, down to the oldest there is', () => {
  const page = older(aPage(9, 7, { before: 7 }), aPage(6, 1));
  expect([seqs(page).at(-1), page.before, page.looked, page.after]).toEqual([1, undefined, 9, 9]);
});

it('shows once what is told again, and puts what came late where it belongs', () => {
  const page = newer({ ...aPage(9, 7), rows: [{ seq: 9 }, { seq: 7 }] }, { ...aPage(10, 8), after: 11 });
  expect([seqs(page), page.after]).toEqual([[10, 9, 8, 7], 11]);
});
