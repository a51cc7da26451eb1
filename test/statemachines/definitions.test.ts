// What every definition in statemachines/ must be: valid for a validator that is not ours, plain JSONPath, and explained.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import validate from 'asl-validator';
import { describe, expect, test } from 'vitest';
import { parseMachine, targetsOf } from '../../adapters/asl/parse-machine.ts';

const folder = join(import.meta.dirname, '../../statemachines');
const files = readdirSync(folder).filter((name) => name.endsWith('.asl.json'));

interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, { readonly Type: string; readonly Comment?: string }>>;
}

test('there are definitions to check', () => {
  expect(files).toContain('job.asl.json');
});

describe.each(files)('%s', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  // The files are ours; their shape is checked below and by both parsers.
  const definition = JSON.parse(text) as Definition;
  const placeholders = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  const substitutions = Object.fromEntries(placeholders.map((name) => [name, `arn:${name}`]));

  test('is valid for an independent validator', () => {
    const verdict = validate(JSON.parse(text));
    expect(verdict.errorsText('\n')).toBe('');
    expect(verdict.isValid).toBe(true);
  });

  test('is understood by our own engine', () => {
    const machine = parseMachine(file, text, substitutions);
    expect([...machine.states.keys()]).toEqual(Object.keys(definition.States));
  });

  test('keeps to JSONPath without variables', () => {
    expect(text).not.toMatch(/JSONata|"Assign"|"Arguments"|"Output"|\{%/);
  });

  test('has no state that cannot be reached', () => {
    const { startAt, states } = parseMachine(file, text, substitutions);
    const reached = new Set([startAt]);
    for (const name of reached) {
      const state = states.get(name);
      if (state !== undefined) for (const [, target] of targetsOf(state)) reached.add(target);
    }
    expect([...reached].sort()).toEqual([...states.keys()].sort());
  });

  test('explains each state in one sentence', () => {
    for (const [name, { Comment: comment }] of Object.entries(definition.States)) {
      expect(comment, name).toMatch(/^[A-Z].*\.$/);
      expect(comment?.match(/\.(?= |$)/g), name).toHaveLength(1);
    }
  });
});
