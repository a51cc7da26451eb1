import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../core/access/evaluate.ts';
import type { Policy } from '../../../core/access/policy.ts';
import { parsePolicy } from '../../../core/access/policy.ts';
import type { AccessQuestion, ContextEntry } from '../../../core/access/question.ts';
import { entry } from '../../../core/access/question.ts';

const QUEUE = 'arn:aws:batch:eu-west-1:123456789012:job-queue/blue';

function aPolicy(statement: object, version = '2012-10-17'): Policy {
  const parsed = parsePolicy({ Version: version, Statement: statement });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join(' '));
  return parsed.policy;
}

function aQuestion(given: Partial<AccessQuestion> = {}): AccessQuestion {
  return { action: 'batch:SubmitJob', resource: QUEUE, context: [], ...given };
}

const allow = (more: object = {}) => ({ Effect: 'Allow', Action: 'batch:SubmitJob', Resource: '*', ...more });
const deny = (more: object = {}) => ({ ...allow(more), Effect: 'Deny' });

describe('what a statement is about', () => {
  it.each([
    ['its own action', {}, 'allowed'],
    ['an action in another case', { Action: 'BATCH:submitjob' }, 'allowed'],
    ['a star in an action', { Action: 'batch:Submit*' }, 'allowed'],
    ['a question mark in an action', { Action: 'batch:SubmitJo?' }, 'allowed'],
    ['a star for all actions', { Action: '*' }, 'allowed'],
    ['another action', { Action: 'batch:CancelJob' }, 'implicitDeny'],
    ['one of several actions', { Action: ['batch:CancelJob', 'batch:SubmitJob'] }, 'allowed'],
    ['all but another action', { Action: undefined, NotAction: 'batch:Delete*' }, 'allowed'],
    ['all but this action', { Action: undefined, NotAction: 'batch:Submit*' }, 'implicitDeny'],
    ['the very resource', { Resource: QUEUE }, 'allowed'],
    ['stars in the parts of an ARN', { Resource: 'arn:*:batch:*:*:job-queue/b*' }, 'allowed'],
    [
      'a star that would have to cross parts',
      { Resource: 'arn:aws:batch:*:job-queue/blue:*:x' },
      'implicitDeny',
    ],
    ['a resource in another case', { Resource: QUEUE.replace('blue', 'Blue') }, 'implicitDeny'],
    ['all but another resource', { Resource: undefined, NotResource: `${QUEUE}x` }, 'allowed'],
    ['all but this resource', { Resource: undefined, NotResource: 'arn:aws:batch:*:*:*' }, 'implicitDeny'],
  ])('counts %s', (_what, statement, decision) => {
    expect(evaluate([aPolicy(allow(statement))], aQuestion())).toBe(decision);
  });

  it('does not take a resource that only * stands for to be under an ARN', () => {
    const policy = aPolicy(allow({ Resource: 'arn:aws:batch:*:*:*' }));
    expect(evaluate([policy], aQuestion({ resource: '*' }))).toBe('implicitDeny');
  });
});

describe('several statements', () => {
  it('allow nothing that none of them allows', () => {
    expect(evaluate([], aQuestion())).toBe('implicitDeny');
  });

  it('deny what one denies, wherever it stands', () => {
    for (const statements of [
      [allow(), deny()],
      [deny(), allow()],
    ]) {
      expect(evaluate([aPolicy(statements)], aQuestion())).toBe('explicitDeny');
      expect(
        evaluate(
          statements.map((statement) => aPolicy(statement)),
          aQuestion(),
        ),
      ).toBe('explicitDeny');
    }
  });

  it('never allow more by another denial, nor less by another permission', () => {
    const statement = fc.record({
      Effect: fc.constantFrom('Allow', 'Deny'),
      Action: fc.constantFrom('*', 'batch:*', 'batch:SubmitJob', 'batch:CancelJob'),
      Resource: fc.constantFrom('*', QUEUE, 'arn:aws:batch:*:*:job/*'),
    });
    const rank = { explicitDeny: 0, implicitDeny: 1, allowed: 2 };
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 5 }), statement, (statements, more) => {
        const before = rank[evaluate([aPolicy(statements)], aQuestion())];
        const after = rank[evaluate([aPolicy([...statements, more])], aQuestion())];
        if (more.Effect === 'Deny') expect(after).toBeLessThanOrEqual(before);
        else expect(after).toBeGreaterThanOrEqual(before);
      }),
    );
  });
});

const KEYS: readonly ContextEntry[] = [
  entry('aws:username', 'ada'),
  entry('aws:RequestTag/team', 'blue'),
  { key: 'aws:TagKeys', type: 'stringList', values: ['team', 'cost'] },
  entry('aws:SourceIp', '203.0.113.7', 'ip'),
  entry('aws:CurrentTime', '2026-11-21T10:00:00Z', 'date'),
  entry('aws:EpochTime', '1795255200', 'date'),
  entry('aws:PrincipalArn', 'arn:aws:iam::123456789012:role/path/ci', 'string'),
  entry('batch:Privileged', 'false', 'boolean'),
  entry('batch:EKSRunAsUser', '1000', 'numeric'),
];

describe('a condition', () => {
  it.each([
    ['StringEquals', 'aws:RequestTag/team', 'blue', true],
    ['StringEquals', 'AWS:requesttag/TEAM', 'blue', true],
    ['StringEquals', 'aws:RequestTag/team', ['red', 'blue'], true],
    ['StringEquals', 'aws:RequestTag/team', 'Blue', false],
    ['StringEquals', 'aws:RequestTag/none', 'blue', false],
    ['StringEqualsIfExists', 'aws:RequestTag/none', 'blue', true],
    ['StringNotEquals', 'aws:RequestTag/team', ['red', 'blue'], false],
    ['StringNotEquals', 'aws:RequestTag/team', ['red', 'green'], true],
    ['StringNotEquals', 'aws:RequestTag/none', 'blue', true],
    ['StringEqualsIgnoreCase', 'aws:RequestTag/team', 'BLUE', true],
    ['StringNotEqualsIgnoreCase', 'aws:RequestTag/team', 'BLUE', false],
    ['StringLike', 'aws:RequestTag/team', 'b*e', true],
    ['StringLike', 'aws:RequestTag/team', 'b?e', false],
    ['StringNotLike', 'aws:RequestTag/team', 'b*', false],
    ['StringEquals', 'aws:RequestTag/team', 'b*e', false],
    ['NumericEquals', 'batch:EKSRunAsUser', 1000, true],
    ['NumericNotEquals', 'batch:EKSRunAsUser', '1000', false],
    ['NumericLessThan', 'batch:EKSRunAsUser', '1000', false],
    ['NumericLessThanEquals', 'batch:EKSRunAsUser', '1000', true],
    ['NumericGreaterThan', 'batch:EKSRunAsUser', '999.5', true],
    ['NumericGreaterThanEquals', 'batch:EKSRunAsUser', '1001', false],
    ['NumericGreaterThan', 'aws:username', '0', false],
    ['Bool', 'batch:Privileged', 'false', true],
    ['Bool', 'batch:Privileged', true, false],
    ['BoolIfExists', 'batch:EKSPrivileged', 'false', true],
    ['DateGreaterThan', 'aws:CurrentTime', '2026-01-01T00:00:00Z', true],
    ['DateLessThan', 'aws:CurrentTime', '2026-01-01T00:00:00Z', false],
    ['DateLessThanEquals', 'aws:EpochTime', '1795255200', true],
    ['DateEquals', 'aws:EpochTime', '2026-11-21T10:00:00Z', true],
    ['DateNotEquals', 'aws:CurrentTime', '2026-11-21', true],
    ['IpAddress', 'aws:SourceIp', '203.0.113.0/24', true],
    ['IpAddress', 'aws:SourceIp', ['198.51.100.0/24', '203.0.113.7'], true],
    ['NotIpAddress', 'aws:SourceIp', '203.0.113.0/24', false],
    ['IpAddress', 'aws:SourceIp', '2001:db8::/32', false],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/path/*', true],
    ['ArnEquals', 'aws:PrincipalArn', 'arn:aws:iam::*:role/*', true],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam:*:role/path/ci', false],
    ['ArnNotLike', 'aws:PrincipalArn', 'arn:aws:iam::*:user/*', true],
    ['ArnNotEquals', 'aws:PrincipalArn', 'arn:aws:iam::*:role/*', false],
    ['BinaryEquals', 'aws:username', 'ada', true],
    ['Null', 'aws:RequestTag/team', 'true', false],
    ['Null', 'aws:RequestTag/team', 'false', true],
    ['Null', 'aws:RequestTag/none', 'true', true],
    ['ForAllValues:StringEquals', 'aws:TagKeys', ['team', 'cost', 'more'], true],
    ['ForAllValues:StringEquals', 'aws:TagKeys', ['team'], false],
    ['ForAllValues:StringEquals', 'aws:none', ['team'], true],
    ['ForAllValues:StringNotEquals', 'aws:TagKeys', ['secret'], true],
    ['ForAllValues:StringNotEquals', 'aws:TagKeys', ['cost'], false],
    ['ForAnyValue:StringEquals', 'aws:TagKeys', ['cost'], true],
    ['ForAnyValue:StringEquals', 'aws:TagKeys', ['secret'], false],
    ['ForAnyValue:StringEquals', 'aws:none', ['team'], false],
    ['ForAnyValue:StringLike', 'aws:TagKeys', ['co*'], true],
    ['ForAnyValue:StringNotEquals', 'aws:TagKeys', ['team'], true],
    ['StringEquals', 'aws:TagKeys', 'cost', true],
  ])('%s %s %j is %s', (operator, key, values, expected) => {
    const statement = allow({ Condition: { [operator]: { [key]: values } } });
    const decision = evaluate([aPolicy(statement)], aQuestion({ context: KEYS }));
    expect(decision === 'allowed').toBe(expected);
  });

  it('holds only when all of its tests do', () => {
    const both = { StringEquals: { 'aws:RequestTag/team': 'blue', 'aws:username': 'bob' } };
    expect(evaluate([aPolicy(allow({ Condition: both }))], aQuestion({ context: KEYS }))).toBe(
      'implicitDeny',
    );
  });
});

describe('a policy variable', () => {
  const policyOf = (resource: string, version?: string, more: object = {}) =>
    aPolicy(allow({ Resource: `arn:aws:batch:*:*:job-queue/${resource}`, ...more }), version);
  const asked = (name: string, user = 'ada') =>
    aQuestion({ resource: QUEUE.replace('blue', name), context: [entry('aws:username', user)] });

  it.each([
    ['is the value of its key', '${aws:username}-*', 'ada-1', 'allowed'],
    ['knows no case', '${AWS:UserName}', 'ada', 'allowed'],
    ['has a default', "${aws:PrincipalTag/team, 'blue'}", 'blue', 'allowed'],
    ['without a value matches nothing', '${aws:PrincipalTag/team}', 'blue', 'implicitDeny'],
    ['stands for a star that is one', 'x${*}', 'x*', 'allowed'],
    ['stands for a star that is no wildcard', 'x${*}', 'xy', 'implicitDeny'],
  ])('%s', (_what, resource, name, decision) => {
    expect(evaluate([policyOf(resource)], asked(name))).toBe(decision);
  });

  it('is plain text in the old version of the language', () => {
    expect(evaluate([policyOf('${aws:username}', '2008-10-17')], asked('ada'))).toBe('implicitDeny');
  });

  it('brings no wildcards in by its value', () => {
    expect(evaluate([policyOf('${aws:username}')], asked('blue', '*'))).toBe('implicitDeny');
  });

  it('without a value widens no permission, and narrows no denial', () => {
    const resource = 'arn:aws:batch:*:*:job-queue/${aws:PrincipalTag/team}';
    const not = { Resource: undefined, NotResource: resource };
    expect(evaluate([aPolicy(allow(not))], aQuestion())).toBe('implicitDeny');
    expect(evaluate([aPolicy([allow(), deny(not)])], aQuestion())).toBe('explicitDeny');
    const negated = { Condition: { StringNotEquals: { 'aws:username': '${aws:PrincipalTag/team}' } } };
    expect(evaluate([aPolicy(allow(negated))], asked('blue'))).toBe('implicitDeny');
    expect(evaluate([aPolicy([allow(), deny(negated)])], asked('blue'))).toBe('explicitDeny');
  });
});
