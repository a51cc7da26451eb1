import { expect, test } from 'vitest';
import { printTable, type Column } from '../../bin/table.ts';

interface Ship {
  readonly name: string;
  readonly port: string;
  readonly knots: number;
}

const columns: readonly Column<Ship>[] = [
  { title: 'NAME', cell: (ship) => ship.name, shrinks: true },
  { title: 'KNOTS', cell: (ship) => String(ship.knots) },
  { title: 'PORT', cell: (ship) => ship.port, shrinks: true },
];
const ships: readonly Ship[] = [
  { name: 'Cutty Sark', port: 'Greenwich', knots: 17 },
  { name: 'Queen Elizabeth the Second', port: 'Southampton', knots: 32 },
];

function print(screenColumns: number | undefined, rows: readonly Ship[] = ships): string[] {
  let text = '';
  printTable({ write: (part) => void (text += part), columns: screenColumns, colors: false }, columns, rows);
  return text.split('\n').slice(0, -1);
}

test('aligns columns to their longest cell and leaves no trailing blanks', () => {
  expect(print(undefined)).toEqual([
    'NAME                        KNOTS  PORT',
    'Cutty Sark                  17     Greenwich',
    'Queen Elizabeth the Second  32     Southampton',
  ]);
});

test('cuts the widest column first to fit the screen', () => {
  expect(print(40)).toEqual([
    'NAME                  KNOTS  PORT',
    'Cutty Sark            17     Greenwich',
    'Queen Elizabeth the…  32     Southampton',
  ]);
});

test.each([30, 60, 80, 200])('never exceeds a screen of %i columns', (width) => {
  for (const line of print(width)) expect(line.length).toBeLessThanOrEqual(width);
});

test('stays readable on a screen that is too narrow for anything', () => {
  expect(print(5)[1]).toBe('Cutty…  17     Green…');
});

test('shows texts of others on one line, without their control characters', () => {
  expect(print(undefined, [{ name: 'two\nlines', port: '\u001b[2J', knots: 1 }])[1]).toBe(
    'two lines  1       [2J',
  );
});

test('leaves out what can be done without before it cuts below readability', () => {
  const lines: string[] = [];
  const output = { write: (text: string) => void lines.push(text.trimEnd()), columns: 20, colors: false };
  const [name, knots, port] = columns as [Column<Ship>, Column<Ship>, Column<Ship>];
  printTable(output, [name, { ...knots, dispensable: 2 }, { ...port, dispensable: 1 }], ships);
  expect(lines).toEqual(['NAME       PORT', 'Cutty Sa…  Greenwich', 'Queen El…  Southamp…']);
});

test('counts the columns of wide letters', () => {
  const rows = [{ name: '日本丸', port: '横浜', knots: 13 }, ...ships];
  expect(print(undefined, rows)[1]).toBe('日本丸                      13     横浜');
});
