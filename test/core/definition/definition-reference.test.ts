import { describe, expect, it } from 'vitest';
import {
  definitionArnOf,
  notFoundMessage,
  parseDefinitionReference,
} from '../../../core/definition/definition-reference.ts';

const SCOPE = { partition: 'aws', region: 'us-east-1', account: '123456789012' };
const ARN = 'arn:aws:batch:us-east-1:123456789012:job-definition/d';

describe('a reference to a job definition', () => {
  it.each([
    ['d', { form: 'name', name: 'd' }],
    ['d:3', { form: 'name', name: 'd', revision: 3 }],
    [ARN, { form: 'arn', name: 'd' }],
    [`${ARN}:12`, { form: 'arn', name: 'd', revision: 12 }],
  ])('%s is read', (text, expected) => {
    expect(parseDefinitionReference(SCOPE, text)).toEqual({
      kind: 'reference',
      reference: { text, ...expected },
    });
  });

  it.each([
    ['', 'JobDefinition name  does not exist or is not in ACTIVE status'],
    ['a b', 'JobDefinition name a b does not exist or is not in ACTIVE status'],
    ['d:0', 'JobDefinition name d:0 does not exist or is not in ACTIVE status'],
    ['d:x', 'JobDefinition name d:x does not exist or is not in ACTIVE status'],
    ['arn:aws:batch:nonsense', 'JobDefinition arn:aws:batch:nonsense not found.'],
    [`${ARN}:1:2`, `JobDefinition ${ARN}:1:2 not found.`],
  ])('%j names nothing', (text, because) => {
    expect(parseDefinitionReference(SCOPE, text)).toEqual({ kind: 'malformed', because });
  });

  it.each([
    'arn:aws:batch:eu-west-1:123456789012:job-definition/d:1',
    'arn:aws:batch:us-east-1:999999999999:job-definition/d:1',
    'arn:aws:batch:us-east-1:123456789012:job-queue/d',
  ])('%s is not one of this account and Region', (text) => {
    expect(parseDefinitionReference(SCOPE, text)).toMatchObject({ kind: 'foreign' });
  });

  it('has its ARN with the revision', () => {
    expect(definitionArnOf(SCOPE, 'd', 4)).toBe(`${ARN}:4`);
    expect(notFoundMessage({ text: `${ARN}:4`, form: 'arn' })).toBe(`JobDefinition ${ARN}:4 not found.`);
  });
});
