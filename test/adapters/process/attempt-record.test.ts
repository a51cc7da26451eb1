import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  exitLine,
  failedRecordText,
  parseRecord,
  recordText,
  stopLine,
} from '../../../adapters/process/attempt-record.ts';

const SLOT = { pid: 42, startTicks: 1_000, bootId: 'b-1', group: 'g-1', oomKills: 2 };

function parse(text: string): ReturnType<typeof parseRecord> {
  return parseRecord(Buffer.from(text));
}

test('a record tells who runs the attempt and that nothing has happened', () => {
  expect(parse(recordText("set -- 'true'\n", SLOT))).toEqual({ slot: SLOT, ran: false, refused: false });
  const { group: _, ...withoutGroup } = SLOT;
  expect(parse(recordText('', withoutGroup))?.slot).toEqual(withoutGroup);
});

test.each([
  ['run\n', { ran: true }],
  ['run\nexit 7\n', { ran: true, exitCode: 7 }],
  [`run\n${stopLine(123)}${exitLine(137)}`, { ran: true, killAtMs: 123, exitCode: 137 }],
  [`run\n${stopLine(200)}${stopLine(100)}`, { ran: true, killAtMs: 100 }],
  ['run\nrefused\nexit 125\n', { ran: true, refused: true, exitCode: 125 }],
])('the lines %j after the script are facts', (lines, facts) => {
  expect(parse(recordText('x\n', SLOT) + lines)).toMatchObject(facts);
});

test('half a line is no fact yet', () => {
  expect(parse(`${recordText('x\n', SLOT)}run\nexit 13`)).toEqual({ slot: SLOT, ran: true, refused: false });
});

test('an attempt that could not start has no slot', () => {
  expect(parse(failedRecordText('no "x"\nat all'))).toEqual({
    ran: false,
    refused: false,
    failed: 'no "x"\nat all',
  });
});

test('no value in the script is taken for a fact', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const script = `set -- '${value}'\nrun\nexit 0\n`;
      expect(parse(recordText(script, SLOT))).toEqual({ slot: SLOT, ran: false, refused: false });
    }),
  );
});

test('a record cut short anywhere in its script is no record', () => {
  const whole = Buffer.from(recordText("set -- 'ünï'\n", SLOT));
  for (let length = 0; length < whole.length; length += 1)
    expect(parseRecord(whole.subarray(0, length))).toBeUndefined();
  expect(parseRecord(whole)).toBeDefined();
});
