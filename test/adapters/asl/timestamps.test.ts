import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTimestamp } from '../../../adapters/asl/timestamps.ts';

test.each([
  ['2016-03-14T01:59:00Z', Date.UTC(2016, 2, 14, 1, 59)],
  ['2016-03-14T01:59:00.25+05:30', Date.UTC(2016, 2, 13, 20, 29, 0, 250)],
  ['2024-02-29T00:00:00-00:30', Date.UTC(2024, 1, 29, 0, 30)],
  ['0001-01-01T00:00:00Z', -62135596800000],
  ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
])('%s is %d', (text, expected) => {
  expect(parseTimestamp(text)).toBe(expected);
});

test.each([
  '2016-03-14t01:59:00Z',
  '2016-03-14T01:59:00z',
  '2016-03-14 01:59:00Z',
  '2016-03-14T01:59:00',
  '2016-03-14T01:59Z',
  '2016-02-30T00:00:00Z',
  '2016-13-01T00:00:00Z',
  '2016-01-01T24:00:00Z',
  '2016-01-01T00:00:00+0100',
  'x2016-01-01T00:00:00Z',
])('%s is no timestamp', (text) => {
  expect(parseTimestamp(text)).toBeUndefined();
});

test('every instant survives its own rendering', () => {
  const instants = fc.date({
    min: new Date('0000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(instants, (date) => {
      expect(parseTimestamp(date.toISOString())).toBe(date.getTime());
    }),
  );
});
