import { describe, expect, test } from 'vitest';
import {
  bootId,
  isAlive,
  leftoversOf,
  membersOf,
  parseStat,
  readProcess,
} from '../../../adapters/process/process-table.ts';
import type { ProcessEntry } from '../../../adapters/process/process-table.ts';

const aProcess = (pid: number, overrides: Partial<ProcessEntry> = {}): ProcessEntry => ({
  pid,
  parent: 1,
  session: 100,
  startTicks: 50,
  ended: false,
  ...overrides,
});
const SLOT = { pid: 100, startTicks: 10, bootId: bootId(), oomKills: 0 };
const SHELL = aProcess(100, { startTicks: 10 });
const pidsOf = (entries: readonly ProcessEntry[]): readonly number[] =>
  entries.map(({ pid }) => pid).toSorted((a, b) => a - b);

test('a name with spaces and parentheses does not shift the fields', () => {
  const fields = Array.from({ length: 50 }, (_, index) => index + 3);
  const stat = `7 (a) b (c)) S 5 6 77 ${fields.slice(4).join(' ')}`;
  expect(parseStat(7, stat)).toEqual({ pid: 7, parent: 5, session: 77, startTicks: 22, ended: false });
  expect(parseStat(7, stat.replace(' S ', ' Z '))).toMatchObject({ ended: true });
  expect(parseStat(7, '')).toBeUndefined();
});

test('this process is alive; another start time, another boot or no process is not', () => {
  const startTicks = readProcess(process.pid)?.startTicks ?? 0;
  const self = { pid: process.pid, startTicks, bootId: bootId(), oomKills: 0 };
  expect(isAlive(self)).toBe(true);
  expect(isAlive({ ...self, startTicks: startTicks + 1 })).toBe(false);
  expect(isAlive({ ...self, bootId: 'another' })).toBe(false);
  expect(isAlive({ ...self, pid: 2 ** 30 })).toBe(false);
});

describe('membersOf', () => {
  test('are its session and its descendants, without the shell and what has ended', () => {
    const processes = [
      SHELL,
      aProcess(101, { parent: 100 }),
      aProcess(102, { parent: 101, session: 102 }),
      aProcess(103, { parent: 102, session: 102 }),
      aProcess(104),
      aProcess(105, { ended: true }),
      aProcess(200, { session: 200 }),
    ];
    expect(pidsOf(membersOf(SLOT, processes))).toEqual([101, 102, 103, 104]);
  });

  test('are still found when the shell is gone', () => {
    expect(pidsOf(membersOf(SLOT, [aProcess(104)]))).toEqual([104]);
  });

  test('are nobody when the pid went to another process, or the machine was booted again', () => {
    const stranger = aProcess(100, { startTicks: 5_000 });
    expect(membersOf(SLOT, [stranger, aProcess(104, { parent: 100, startTicks: 6_000 })])).toEqual([]);
    expect(membersOf({ ...SLOT, bootId: 'another' }, [SHELL, aProcess(104)])).toEqual([]);
  });
});

describe('leftoversOf', () => {
  const processes = [
    SHELL,
    aProcess(101, { startTicks: 50 }),
    aProcess(102, { parent: 100, startTicks: 60 }),
    aProcess(103, { parent: 102, startTicks: 61 }),
    aProcess(104, { startTicks: 60 }),
  ];

  test('of an idle slot are all its members', () => {
    expect(pidsOf(leftoversOf(SLOT, false, processes))).toEqual([101, 102, 103, 104]);
  });

  test('of a busy slot are those surely older than the command it runs', () => {
    expect(pidsOf(leftoversOf(SLOT, true, processes))).toEqual([101]);
  });

  test('of a busy slot are nobody while its command is not to be seen', () => {
    expect(leftoversOf(SLOT, true, [SHELL, aProcess(101)])).toEqual([]);
  });
});
