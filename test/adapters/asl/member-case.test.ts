import { describe, expect, test } from 'vitest';
import { toCamelCase, toPascalCase } from '../../../adapters/asl/member-case.ts';
import type { Json } from '../../../adapters/asl/json.ts';

/** The same value as a state writes it and as Batch does. */
const CASES: readonly [string, Json, Json][] = [
  ['members, however deep', { A: { BCd: [{ Ef: 1 }] } }, { a: { bCd: [{ ef: 1 }] } }],
  ['nothing but names', ['Text', 1, null, true], ['Text', 1, null, true]],
  ['tags with their own keys', { Tags: { team: 'x', Team: 'y' } }, { tags: { team: 'x', Team: 'y' } }],
  [
    'parameters with their own keys',
    { Parameters: { inputFile: 'Ref' } },
    { parameters: { inputFile: 'Ref' } },
  ],
  [
    'log options with their own keys',
    { LogConfiguration: { LogDriver: 'awslogs', Options: { 'awslogs-group': 'G' } } },
    { logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'G' } } },
  ],
  [
    'an array with its counts',
    { ArrayProperties: { Size: 2, StatusSummary: { FAILED: 2 } } },
    { arrayProperties: { size: 2, statusSummary: { FAILED: 2 } } },
  ],
];

describe.each(CASES)('renames %s', (_what, pascal, camel) => {
  test('for Batch', () => expect(toCamelCase(pascal)).toEqual(camel));
  test('for a state', () => expect(toPascalCase(camel)).toEqual(pascal));
});
