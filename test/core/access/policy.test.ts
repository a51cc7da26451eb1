import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../core/access/policy.ts';

const statement = { Effect: 'Allow', Action: 'batch:*', Resource: '*' };
const mistakesOf = (document: unknown): readonly string[] => {
  const parsed = parsePolicy(document);
  return parsed.ok ? [] : parsed.problems.map(({ message }) => message);
};

describe('a policy document', () => {
  it.each([
    ['one statement', { Statement: statement }],
    ['several', { Version: '2012-10-17', Id: 'x', Statement: [statement, { ...statement, Sid: 'Two' }] }],
    [
      'a resource with a variable',
      { Statement: { ...statement, Resource: 'arn:aws:batch:*:*:job-queue/${aws:username}' } },
    ],
    ['conditions', { Statement: { ...statement, Condition: { Bool: { 'batch:Privileged': false } } } }],
  ])('may have %s', (_what, document) => {
    expect(mistakesOf(document)).toEqual([]);
  });

  it.each([
    [null, 'policy must be a JSON object, but is null.'],
    [[], 'policy must be a JSON object, but is [].'],
    [{}, 'policy.Statement must have at least one statement.'],
    [{ Statement: [] }, 'policy.Statement must have at least one statement, but is [].'],
    [
      { Version: '2020-01-01', Statement: statement },
      'policy.Version must be one of 2012-10-17, 2008-10-17, but is "2020-01-01".',
    ],
    [
      { Statement: statement, Extra: 1 },
      'policy must have no members but Version, Id, Statement, but is "Extra".',
    ],
    [
      { Statement: { ...statement, Effect: 'allow' } },
      'policy.Statement.Effect must be Allow or Deny, but is "allow".',
    ],
    [
      { Statement: [{ ...statement, Effect: undefined }] },
      'policy.Statement[0].Effect must be Allow or Deny, but is null.',
    ],
    [
      { Statement: { ...statement, Sid: 'a b' } },
      'policy.Statement.Sid must have letters and digits only, but is "a b".',
    ],
    [
      {
        Statement: [
          { ...statement, Sid: 'A' },
          { ...statement, Sid: 'A' },
        ],
      },
      'policy.Statement[1].Sid must be unique, but is "A".',
    ],
    [
      { Statement: { ...statement, NotAction: 'x:y' } },
      'policy.Statement must have exactly one of Action and NotAction, but is ["Action","NotAction"].',
    ],
    [
      { Statement: { ...statement, Resource: undefined } },
      'policy.Statement must have exactly one of Resource and NotResource, but is [].',
    ],
    [{ Statement: { ...statement, Action: [] } }, 'policy.Statement.Action must not be empty, but is [].'],
    [
      { Statement: { ...statement, Action: ['batch:*', 'SubmitJob'] } },
      'policy.Statement.Action[1] must be * or an action such as batch:SubmitJob, but is "SubmitJob".',
    ],
    [
      { Statement: { ...statement, Resource: 'job-queue/x' } },
      'policy.Statement.Resource must be * or an ARN of six parts such as arn:aws:batch:*:*:job-queue/*, but is "job-queue/x".',
    ],
    [
      { Statement: { ...statement, Resource: 'arn:aws:batch:*' } },
      'policy.Statement.Resource must be * or an ARN of six parts such as arn:aws:batch:*:*:job-queue/*, but is "arn:aws:batch:*".',
    ],
    [
      { Statement: { ...statement, Principal: '*' } },
      'policy.Statement must not have a Principal: the policy belongs to the one who has it, but is "Principal".',
    ],
    [
      { Statement: { ...statement, Condition: { StringIs: { 'aws:username': 'x' } } } },
      'policy.Statement.Condition must name operators that IAM has, but is "StringIs".',
    ],
    [
      { Statement: { ...statement, Condition: { NullIfExists: { 'aws:username': 'true' } } } },
      'policy.Statement.Condition must name operators that IAM has, but is "NullIfExists".',
    ],
    [
      { Statement: { ...statement, Condition: { NumericEquals: { 'x:y': 'ten' } } } },
      'policy.Statement.Condition.NumericEquals.x:y must be a number, but is "ten".',
    ],
    [
      { Statement: { ...statement, Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/33'] } } } },
      'policy.Statement.Condition.IpAddress.aws:SourceIp[0] must be an IP address or range such as 203.0.113.0/24, but is "10.0.0.0/33".',
    ],
    [
      { Statement: { ...statement, Condition: { Bool: { 'x:y': 'yes' } } } },
      'policy.Statement.Condition.Bool.x:y must be "true" or "false", but is "yes".',
    ],
    [
      { Statement: { ...statement, Condition: { DateLessThan: { 'x:y': 'tomorrow' } } } },
      'policy.Statement.Condition.DateLessThan.x:y must be a date of ISO 8601 or seconds since 1970, but is "tomorrow".',
    ],
    [
      { Statement: { ...statement, Condition: { StringEquals: { username: 'x' } } } },
      'policy.Statement.Condition.StringEquals must name condition keys such as aws:RequestTag/team, but is "username".',
    ],
    [
      { Statement: { ...statement, Condition: { StringEquals: { 'x:y': [] } } } },
      'policy.Statement.Condition.StringEquals.x:y must not be empty, but is [].',
    ],
    [
      { Statement: { ...statement, Condition: { StringEquals: { 'x:y': { a: 1 } } } } },
      'policy.Statement.Condition.StringEquals.x:y must be a text, a number or true or false, but is {"a":1}.',
    ],
  ])('is refused for %j', (document, message) => {
    expect(mistakesOf(document)).toContain(message);
  });

  it('has a limit', () => {
    const document = {
      Statement: { ...statement, Action: Array.from({ length: 800 }, () => 'batch:SubmitJob') },
    };
    expect(mistakesOf(document)).toEqual([
      expect.stringMatching(/must have at most 6144 characters, but is \d+/),
    ]);
  });

  it('says whether the tags of resources matter to it', () => {
    const readsTags = (key: string, value: string): boolean => {
      const parsed = parsePolicy({
        Version: '2012-10-17',
        Statement: { ...statement, Condition: { StringEquals: { [key]: value } } },
      });
      return parsed.ok && parsed.policy.readsResourceTags;
    };
    expect(readsTags('aws:ResourceTag/team', 'blue')).toBe(true);
    expect(readsTags('AWS:resourceTag/team', 'blue')).toBe(true);
    expect(readsTags('aws:RequestTag/team', '${aws:ResourceTag/team}')).toBe(true);
    expect(readsTags('aws:RequestTag/team', 'blue')).toBe(false);
  });
});
