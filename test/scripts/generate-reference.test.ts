// docs/reference says what the sources say now: what differs is written anew by `npx node scripts/generate-reference.ts`.
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT_VARIABLES } from '../../bin/environment-variables.ts';
import { REFERENCE_FOLDER, referencePages } from '../../scripts/generate-reference.ts';
import { aProgram, commandsOf, helpOf } from '../../scripts/generate-reference/a-program.ts';

const pages = referencePages();
const pageOf = (name: string): string => pages.get(name) ?? '';

describe('docs/reference', () => {
  it.each([...pages.keys()])('%s is what the sources say', (name) => {
    expect(readFileSync(join(REFERENCE_FOLDER, name), 'utf8')).toBe(pageOf(name));
  });

  it('holds no other page', () => {
    expect(readdirSync(REFERENCE_FOLDER).sort()).toEqual([...pages.keys()].sort());
  });

  it('has every command with its options, examples and exit codes', () => {
    for (const command of commandsOf(aProgram())) {
      const section = pageOf('cli.md').split(`### slipway ${command.name()}\n`)[1]?.split('\n### ')[0] ?? '';
      expect(section).toContain(command.description());
      for (const { flags } of command.options) expect(section).toContain(`\`${flags}\``);
      expect(section, command.name()).toContain('Exit codes: ');
      expect(helpOf(command)).toContain('Examples:');
    }
  });

  it('has every kind of event', () => {
    const events = pageOf('events.md');
    for (const kind of ['Batch Job State Change', 'Batch Job Queue Blocked', 'AWS API Call via Slipway']) {
      expect(events).toContain(`## ${kind}\n`);
      expect(events).toContain(`"detail-type": "${kind}"`);
    }
  });

  it('has every environment variable that the command line reads, and no other', () => {
    const root = join(import.meta.dirname, '../..');
    const files = globSync('bin/**/*.ts', { cwd: root }).filter(
      (file) => file !== 'bin/app.ts' && file !== 'bin/environment-variables.ts',
    );
    const sources = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
    const read = [...sources.matchAll(/\benv\['([A-Z_]+)'\]/g)].map(([, name = '']) => name);
    const taken = [...sources.matchAll(/const \{ ([A-Z_, ]+) \} = process\.env/g)].flatMap(([, names = '']) =>
      names.split(', '),
    );
    // Looked up by its name.
    const named = sources.includes("['SLIPWAY_ENDPOINT', 'AWS_ENDPOINT_URL_BATCH']")
      ? ['SLIPWAY_ENDPOINT']
      : [];
    const known = ENVIRONMENT_VARIABLES.map(({ name }) => name).sort();
    expect([...new Set([...read, ...taken, ...named])].sort()).toEqual(known);
  });
});
