import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { missingLine, readPage } from './page.ts';

const PAGES = readdirSync(join(import.meta.dirname, '../../docs/clients'))
  .map((file) => file.replace(/\.md$/, ''))
  .filter((name) => name !== 'README');

describe('a page', () => {
  test.each(PAGES)('%s has a server, commands, and what they print', (name) => {
    const { server, steps } = readPage(name);
    expect(server).toMatch(/^npx slipway local/);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.some(({ output }) => output.length > 0)).toBe(true);
  });

  it('says which commands must fail, and names its files', () => {
    const { files, steps } = readPage('luigi');
    expect(files.map(({ name }) => name)).toEqual(['item.json', 'items.py', 'luigi.cfg']);
    expect(steps.filter(({ fails }) => fails).map(({ text }) => text)).toEqual([
      'python -m luigi --module items Item --item bad --local-scheduler\n',
    ]);
  });
});

describe('what a command must print', () => {
  const PRINTED = 'warning: x\n{\n  "id": "7"\n}\n  done. \n';
  test.each<[string, string[], string | undefined]>([
    ['is there, among other lines', ['{', '"id": "7"', '}'], undefined],
    ['has … for what differs', ['"id": "…"', '…', 'd…e.'], undefined],
    ['is a whole line', ['warning'], 'warning'],
    ['is taken literally', ['"id": "."'], '"id": "."'],
    ['comes in this order', ['done.', '}'], '}'],
    ['comes as often as it is written', ['}', '}'], '}'],
  ])('%s', (_rule, output, missing) => {
    expect(missingLine(output, PRINTED)).toBe(missing);
  });
});
