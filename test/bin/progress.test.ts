import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createProgress, type Progress } from '../../bin/progress.ts';

let written: string;
beforeEach(() => {
  written = '';
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => vi.useRealTimers());

function progressOn(columns: number | undefined): Progress {
  return createProgress({ write: (text) => void (written += text), columns, colors: false });
}

describe('on a screen', () => {
  test('rewrites its line in place, and only when it changes', () => {
    const progress = progressOn(80);
    progress.update('1 of 2');
    progress.update('1 of 2');
    progress.update('2 of 2');
    progress.finish();
    expect(written).toBe('\r\u001b[K1 of 2\r\u001b[K2 of 2\n');
  });

  test('never fills the last column, where terminals wrap, and leaves room for the ^C of its end', () => {
    progressOn(10).update('0123456789abc');
    expect(written).toBe('\r\u001b[K012345…');
  });

  test('clears its line for something else and draws it again', () => {
    const progress = progressOn(80);
    progress.update('half');
    progress.clear();
    progress.clear();
    progress.update('half');
    expect(written).toBe('\r\u001b[Khalf\r\u001b[K\r\u001b[Khalf');
  });
});

describe('in a file', () => {
  test('writes a line at most every five seconds, and the last one always', () => {
    const progress = progressOn(undefined);
    progress.update('one');
    progress.update('two');
    vi.advanceTimersByTime(5_000);
    progress.update('three');
    progress.update('four');
    progress.finish();
    progress.finish();
    expect(written).toBe('one\nthree\nfour\n');
  });

  test('does not write what was cleared before its turn came', () => {
    const progress = progressOn(undefined);
    progress.update('waits');
    progress.update('waits still');
    progress.clear();
    progress.finish();
    expect(written).toBe('waits\n');
  });

  test('writes an hour in as many lines as somebody reads', () => {
    const progress = progressOn(undefined);
    for (let second = 0; second < 3_600; second += 1) {
      progress.update(`${second} s`);
      vi.advanceTimersByTime(1_000);
    }
    const lines = written.trim().split('\n');
    expect(lines.slice(0, 4)).toEqual(['0 s', '5 s', '15 s', '35 s']);
    expect(lines.length).toBeLessThan(70);
  });
});
