import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFileLogs } from '../../../adapters/files/file-logs.ts';
import { MAX_LINE_BYTES } from '../../../adapters/files/log-lines.ts';
import { logFileOf, logMarksFileOf, recordFileOf } from '../../../adapters/files/task-paths.ts';
import type { LogPage } from '../../../engine/log-ports.ts';

const TASK = 'ab'.repeat(16);
let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'slipway-logs-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

function write(text: string | Buffer): void {
  const file = logFileOf(dataDir, TASK);
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, text);
}
function writeRecord(text: string): void {
  const file = recordFileOf(dataDir, TASK);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
const textsOf = (page: LogPage | undefined): readonly string[] | undefined =>
  page?.lines.map(({ text }) => text);

describe('a stream', () => {
  test('that does not exist, or whose name is no task id, reads as undefined', async () => {
    const logs = createFileLogs(dataDir);
    for (const taskId of [TASK, '../../etc/passwd', '']) {
      expect(await logs.read(taskId, 0, 10)).toBeUndefined();
      expect(await logs.readBefore(taskId, 10, 10)).toBeUndefined();
      expect(await logs.size(taskId)).toBeUndefined();
      await logs.remove(taskId);
    }
  });

  test('is read forward, backward and from its end', async () => {
    write('one\ntwo\nthree\n');
    const logs = createFileLogs(dataDir);
    expect(await logs.read(TASK, 0, 2)).toMatchObject({
      from: 0,
      to: 8,
      lines: [{ text: 'one' }, { text: 'two' }],
    });
    expect(textsOf(await logs.read(TASK, 8, 10))).toEqual(['three']);
    expect(textsOf(await logs.read(TASK, 'end', 2))).toEqual(['two', 'three']);
    expect(await logs.readBefore(TASK, 8, 1)).toMatchObject({ from: 4, to: 8, lines: [{ text: 'two' }] });
    expect(await logs.read(TASK, 14, 10)).toEqual({ lines: [], from: 14, to: 14 });
    expect(await logs.read(TASK, 9_999, 10)).toEqual({ lines: [], from: 14, to: 14 });
    expect(await logs.readBefore(TASK, 0, 10)).toEqual({ lines: [], from: 0, to: 0 });
    expect(await logs.size(TASK)).toBe(14);
  });

  test('that is empty has no lines', async () => {
    write('');
    expect(await createFileLogs(dataDir).read(TASK, 'end', 10)).toEqual({ lines: [], from: 0, to: 0 });
  });

  test('of a gigabyte opens at its end at once', async () => {
    write('');
    truncateSync(logFileOf(dataDir, TASK), 2 ** 30);
    write('\nlast line\n');
    const logs = createFileLogs(dataDir);
    const startedAt = performance.now();
    expect(textsOf(await logs.read(TASK, 'end', 1))).toEqual(['last line']);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test('is gone after remove, with all that was noted about it', async () => {
    write('x\n');
    const logs = createFileLogs(dataDir, { isLive: () => true });
    await logs.read(TASK, 0, 1);
    expect(readFileSync(logMarksFileOf(dataDir, TASK), 'utf8')).not.toBe('');
    await logs.remove(TASK);
    expect(await logs.size(TASK)).toBeUndefined();
    expect(() => readFileSync(logMarksFileOf(dataDir, TASK))).toThrow('ENOENT');
  });
});

describe('a last line without newline', () => {
  test.each([
    ['counts when there is no record of the attempt', undefined, ['a', 'b']],
    ['counts when the attempt has ended', "set -- 'x'\nrun\nexit 0\n", ['a', 'b']],
    ['does not count while it runs', "set -- 'x'\nrun\n", ['a']],
    ['does not count because the command speaks of an exit', "set -- '\nexit 0\n'\n", ['a']],
  ])('%s', async (_, record, expected) => {
    write('a\nb');
    if (record !== undefined) writeRecord(record);
    const logs = createFileLogs(dataDir);
    expect(textsOf(await logs.read(TASK, 0, 10))).toEqual(expected);
    expect(textsOf(await logs.read(TASK, 'end', 10))).toEqual(expected);
  });
});

test('pages of real size meet in both directions, long lines and all', async () => {
  const pieces = Array.from({ length: 60 }, (_, index) =>
    index % 7 === 3 ? '€'.repeat(MAX_LINE_BYTES / 2 + index) : `line ${index} ${'x'.repeat(index * 97)}`,
  );
  write(`${pieces.join('\n')}\n`);
  const logs = createFileLogs(dataDir);
  const size = (await logs.size(TASK)) ?? 0;
  const forward: string[] = [];
  for (let at = 0; at < size;) {
    const page = await logs.read(TASK, at, 7);
    forward.push(...(textsOf(page) ?? []));
    at = page?.to ?? size;
  }
  const backward: string[] = [];
  for (let before = size; before > 0;) {
    const page = await logs.readBefore(TASK, before, 5);
    backward.unshift(...(textsOf(page) ?? []));
    before = page?.from ?? 0;
  }
  expect(backward).toEqual(forward);
  expect(forward.join('')).toBe(pieces.join(''));
  expect(Math.max(...forward.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(MAX_LINE_BYTES + 3);
});

describe('the times of lines', () => {
  test('that a follower was shown do not change when the log grows and ends', async () => {
    let live = true;
    const logs = createFileLogs(dataDir, { isLive: () => live });
    const shown: number[] = [];
    for (let round = 1; round <= 3; round += 1) {
      write('a\nb\nc\n');
      utimesSync(logFileOf(dataDir, TASK), new Date(), new Date(Date.now() + round * 10_000));
      const page = await logs.read(TASK, (round - 1) * 6, 10);
      shown.push(...(page?.lines ?? []).map(({ atMs }) => atMs));
    }
    write('end\n');
    live = false;
    const all = ((await logs.read(TASK, 0, 100))?.lines ?? []).map(({ atMs }) => atMs);
    expect(all.slice(0, 9)).toEqual(shown);
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
    expect(((await createFileLogs(dataDir).read(TASK, 0, 100))?.lines ?? []).map(({ atMs }) => atMs)).toEqual(
      all,
    );
  });
});
