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

  test('never fills the last column, where terminals wrap', () => {
    progressOn(10).update('0123456789abc');
    expect(written).toBe('\r\u001b[K01234567…');
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
});
