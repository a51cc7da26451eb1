import { describe, expect, test } from 'vitest';
import { countChildren, formatCounts, formatDuration, plain, shortId, shortName } from '../../bin/wording.ts';

describe('formatDuration', () => {
  test.each([
    [-5, '0ms'],
    [0, '0ms'],
    [850, '850ms'],
    [1_000, '1.0s'],
    [9_949, '9.9s'],
    [9_950, '10s'],
    [59_400, '59s'],
    [59_600, '1m00s'],
    [185_000, '3m05s'],
    [3_600_000, '1h00m'],
    [7_499_000, '2h04m'],
    [273_600_000, '3d04h'],
  ])('%i ms reads %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});

describe('shortId', () => {
  test.each([
    ['3f2a1c9e-0000-4000-8000-000000000000', '3f2a1c9e'],
    ['3f2a1c9e-0000-4000-8000-000000000000:17', '3f2a1c9e:17'],
    ['3f2a1c9e-0000-4000-8000-000000000000#2', '3f2a1c9e#2'],
  ])('%s reads %s', (id, short) => {
    expect(shortId(id)).toBe(short);
  });
});

test('shortName keeps what follows the last slash of an ARN', () => {
  expect(shortName('arn:aws:batch:us-east-1:123456789012:job-queue/default')).toBe('default');
  expect(shortName('default')).toBe('default');
});

test('plain takes the power over the terminal out of a text', () => {
  expect(plain('red \u001b[31mreason\u001b]0;title\u0007\nnext')).toBe('red  [31mreason ]0;title next');
});

describe('an array', () => {
  test('counts the children that are not written yet as waiting', () => {
    expect(countChildren({ size: 64, statusSummary: {} })).toEqual({
      size: 64,
      waiting: 64,
      running: 0,
      succeeded: 0,
      failed: 0,
    });
  });

  test.each([
    [
      { SUCCEEDED: 60, FAILED: 1, STARTING: 1, RUNNING: 1, RUNNABLE: 1 },
      '61 of 64 done, 1 failed, 2 running, 1 waiting',
    ],
    [{ SUCCEEDED: 64 }, '64 of 64 done'],
    [{ RUNNABLE: 64 }, '0 of 64 done, 64 waiting'],
  ])('%j reads %s', (statusSummary, text) => {
    expect(formatCounts(countChildren({ size: 64, statusSummary }))).toBe(text);
  });
});
