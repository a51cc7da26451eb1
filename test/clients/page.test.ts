// The documentation runs: no command of it is left out in silence, and none names what there is not.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { aProgram, commandsOf } from '../../scripts/generate-reference/a-program.ts';
import { blocksOf, missingLine, NOT_RUN, readPage } from './page.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && !path.startsWith('test/'));
/** Compared with the sources, word for word, by test/scripts/generate-reference.test.ts. */
const isGenerated = (path: string): boolean => path.startsWith('docs/reference/');
const WRITTEN = PAGES.filter((path) => !isGenerated(path));
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('the documentation', () => {
  it('is all there', () => {
    expect(PAGES).toEqual(
      expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/operations.md', 'docs/clients/luigi.md']),
    );
  });

  it.each(WRITTEN)('%s: every block is run, or says why not', (path) => {
    expect(() => readPage(path)).not.toThrow();
    // Fences of another kind would go unseen.
    expect(text(path).match(/^[ >\t]*(```|~~~)/gm)?.length ?? 0).toBe(2 * blocksOf(path).length);
  });

  it('is run by a test, page by page', () => {
    const tests = globSync('test/clients/**/*.clients.test.ts', { cwd: ROOT }).map(text).join('\n');
    const notRun = WRITTEN.filter((path) => readPage(path).steps.length > 0 && !tests.includes(`'${path}'`));
    expect(notRun).toEqual([]);
  });

  it('gives no reason that nothing has', () => {
    const given = WRITTEN.flatMap(blocksOf).flatMap(({ marks }) =>
      marks.flatMap((mark) => (mark.startsWith('not-run=') ? [mark.slice('not-run='.length)] : [])),
    );
    expect([...new Set(given)].sort()).toEqual(Object.keys(NOT_RUN).sort());
    for (const word of Object.keys(NOT_RUN)) expect(text('docs/testing.md')).toContain(`| \`${word}\` |`);
  });

  const clients = WRITTEN.filter((path) => path.startsWith('docs/clients/') && !path.endsWith('README.md'));
  it.each(clients)('%s has a server, commands, and what they print', (path) => {
    const { server, steps } = readPage(path);
    expect(server).toMatch(/^npx slipway local/);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.some(({ output }) => output.length > 0)).toBe(true);
  });

  it('says which commands must fail, and names its files', () => {
    const { files, steps } = readPage('docs/clients/luigi.md');
    expect(files.map(({ name }) => name)).toEqual(['item.json', 'items.py', 'luigi.cfg']);
    expect(steps.filter(({ fails }) => fails).map(({ text }) => text)).toEqual([
      'python -m luigi --module items Item --item bad --local-scheduler\n',
    ]);
  });
});

describe('what a text names', () => {
  const program = aProgram();
  /** Code in the text and lines of blocks, each with where it stands. */
  const said = PAGES.flatMap((path) => {
    const inText = [...text(path).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
    const inBlocks = blocksOf(path).flatMap((block) => block.text.replaceAll('\\\n', ' ').split('\n'));
    return [...inText, ...inBlocks].map((code) => ({ path, code }));
  });

  it('as a script of npm is one', () => {
    const named = said.flatMap(({ path, code }) =>
      [...code.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = '']) => ({ path, name })),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ name }) => !(name in packageJson.scripts))).toEqual([]);
  });

  it('as a command of slipway is one, with options that it has', () => {
    const called = said.flatMap(({ path, code }) =>
      [...code.matchAll(/(?:^|[\s("])slipway ((?:(?!["`|;)]| #| && | \$ ).)+)/g)].map(([, line = '']) => ({
        path,
        line,
      })),
    );
    expect(called.length).toBeGreaterThan(150);
    const wrong = called.filter(({ line }) => mistakeIn(line, program) !== undefined);
    expect(wrong).toEqual([]);
  });
});

/** The first word of a command line that the program does not know: a command, or a long option. */
function mistakeIn(line: string, program: Command): string | undefined {
  const words = line.trim().split(/\s+/);
  const [name = ''] = words;
  if (!/^[a-z]/.test(name)) return undefined;
  const command = commandsOf(program).find((each) => each.name() === name);
  if (!command) return name;
  const sub = commandsOf(command).find((each) => each.name() === words[1]) ?? command;
  const end = words.indexOf('--');
  const options = words.slice(1, end < 0 ? undefined : end).filter((word) => /^--[a-z]/.test(word));
  const known = new Set(['--help', ...sub.options.map(({ long }) => long)]);
  return options.map((option) => option.replace(/[=,.:].*/, '')).find((option) => !known.has(option));
}

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
