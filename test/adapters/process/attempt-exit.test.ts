import { describe, expect, test } from 'vitest';
import {
  exitFrom,
  failedToStart,
  fateOf,
  killedExit,
  OUT_OF_MEMORY,
} from '../../../adapters/process/attempt-exit.ts';
import type { AttemptRecord } from '../../../adapters/process/attempt-record.ts';

const FACTS = { hasLog: true, oomKilled: false, startedAtMs: 5 };
const SLOT = { pid: 1, startTicks: 1, bootId: 'b', oomKills: 0 };
const aRecord = (overrides: Partial<AttemptRecord> = {}): AttemptRecord => ({
  slot: SLOT,
  ran: true,
  refused: false,
  ...overrides,
});

describe('exitFrom', () => {
  test.each([
    ['success', { exitCode: 0 }, { cause: 'exited', exitCode: 0, startedAtMs: 5 }],
    ['failure', { exitCode: 3 }, { cause: 'exited', exitCode: 3, startedAtMs: 5 }],
    ['failure for memory', { exitCode: 1, oomKilled: true }, { exitCode: 1, reason: OUT_OF_MEMORY }],
    [
      'success though a child was killed for memory',
      { exitCode: 0, oomKilled: true },
      { cause: 'exited', exitCode: 0, startedAtMs: 5 },
    ],
    ['125 of the program itself', { exitCode: 125 }, { cause: 'exited', exitCode: 125 }],
    ['refusal', { exitCode: 125, refused: true }, { cause: 'failed-to-start' }],
    ['a log that could not be opened', { exitCode: 2, hasLog: false }, { cause: 'failed-to-start' }],
  ])('%s', (_, facts, expected) => {
    expect(exitFrom({ ...FACTS, refused: false, ...facts })).toMatchObject(expected);
  });

  test('success gives no reason', () => {
    expect(exitFrom({ ...FACTS, exitCode: 0, refused: false, oomKilled: true })).not.toHaveProperty('reason');
  });
});

describe('fateOf', () => {
  test.each([
    ['no whole record', undefined, false, { kind: 'never-ran' }],
    ['could not start', aRecord({ failed: 'why' }), false, { kind: 'ended', exit: failedToStart('why') }],
    ['exited, shell still there', aRecord({ exitCode: 4 }), true, { kind: 'ended', exit: { exitCode: 4 } }],
    ['exited, shell gone', aRecord({ exitCode: 4 }), false, { kind: 'ended', exit: { exitCode: 4 } }],
    ['running', aRecord(), true, { kind: 'running' }],
    ['handed to a shell that has yet to read it', aRecord({ ran: false }), true, { kind: 'not-yet' }],
    ['handed to a shell that died first', aRecord({ ran: false }), false, { kind: 'never-ran' }],
    ['ran, shell gone', aRecord(), false, { kind: 'ended', exit: { cause: 'host-lost', startedAtMs: 5 } }],
    [
      'was to be killed, shell gone',
      aRecord({ killAtMs: 1 }),
      false,
      { kind: 'ended', exit: { exitCode: 137 } },
    ],
  ])('%s', (_, record, shellLives, expected) => {
    expect(fateOf(record, shellLives, FACTS)).toMatchObject(expected);
  });

  test('a shell that the kernel killed for memory is no lost host', () => {
    expect(fateOf(aRecord(), false, { ...FACTS, oomKilled: true })).toMatchObject({
      exit: { cause: 'exited', exitCode: 137, reason: OUT_OF_MEMORY },
    });
  });
});

test('an attempt that took its slot shell down was killed', () => {
  expect(killedExit(false, 5)).toEqual({ cause: 'exited', exitCode: 137, startedAtMs: 5 });
  expect(killedExit(true, undefined)).toEqual({ cause: 'exited', exitCode: 137, reason: OUT_OF_MEMORY });
});
