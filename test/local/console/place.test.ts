// Places as they come back from a page's address.
import { expect, it } from 'vitest';
import { parsePlace } from '../../../local/console/place.ts';

it.each([
  ['0', 0],
  ['17', 17],
  // A millisecond of this century and a place within it.
  ['1795000000000123', 1_795_000_000_000_123],
  ['9007199254740993', undefined],
  ['12345678901234567', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['end', undefined],
  ['', undefined],
])('%j is read as %s', (text, place) => {
  expect(parsePlace(text)).toBe(place);
});
