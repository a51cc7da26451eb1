import { describe, expect, it } from 'vitest';
import { AwayError, NotLetInError } from '../../../local/account-console/away-error.ts';
import {
  errorOf,
  isTransient,
  isUnknownCaller,
  noCredentials,
  readRefusal,
  unreachable,
} from '../../../local/account-console/remote-errors.ts';

const ENDPOINT = 'https://abc123.execute-api.eu-west-1.amazonaws.com';

describe('what the server answered', () => {
  it.each([
    [403, 'ExpiredTokenException:http://x', '{"message":"ended"}', 'ExpiredTokenException', 'ended'],
    [400, undefined, '{"__type":"com.amazon#ClientException","Message":"wrong"}', 'ClientException', 'wrong'],
    [503, undefined, '<html>busy</html>', '', ''],
    [500, undefined, '', '', ''],
  ])('%d %s %s is read as the code %s', (status, type, body, code, message) => {
    expect(readRefusal(status, type, body)).toEqual({ status, code, message });
  });
});

const refusal = (status: number, code: string, message: string) => ({ status, code, message });

describe('a caller who is not known', () => {
  it.each([
    refusal(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
    refusal(403, 'ExpiredTokenException', 'The security token included in the request is expired'),
    refusal(403, '', 'The security token included in the request is expired'),
    refusal(403, 'InvalidSignatureException', 'The request signature we calculated does not match'),
    refusal(403, '', 'Forbidden'),
    refusal(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'),
  ])('is told by $code $message, and the page waits', (said) => {
    expect(isUnknownCaller(said)).toBe(true);
    const error = errorOf(ENDPOINT, said);
    expect(error).toBeInstanceOf(AwayError);
    expect(error.status).toBe(424);
    expect(error.message).toContain('aws sso login');
    expect(error.message).toContain(said.message);
  });

  it('may also be one whom the gateway does not let in, which it does not tell apart', () => {
    const error = errorOf(ENDPOINT, refusal(403, '', 'Forbidden'));
    expect(error).toBeInstanceOf(NotLetInError);
    expect(error.message).toContain('execute-api:Invoke');
  });

  it('is not told what was signed: AWS repeats it, session token and all', () => {
    const said =
      'The request signature does not match.\n\nThe Canonical String was\nx-amz-security-token:IQoJb3JpZ2luX2Vj';
    expect(errorOf(ENDPOINT, refusal(403, 'InvalidSignatureException', said)).message).not.toContain('IQoJ');
  });
});

describe('a refusal of the service', () => {
  it('comes to the page as it is', () => {
    const said = refusal(
      403,
      'AccessDeniedException',
      'User: a is not authorized to perform: batch:ListJobs',
    );
    expect(isUnknownCaller(said)).toBe(false);
    expect(errorOf(ENDPOINT, said)).toMatchObject({ status: 403, message: said.message });
    expect(errorOf(ENDPOINT, said)).not.toBeInstanceOf(AwayError);
  });

  it('never signs the page out', () => {
    expect(errorOf(ENDPOINT, refusal(401, '', 'who?')).status).toBe(403);
  });

  it.each([
    [429, '', true, 429],
    [400, 'ThrottlingException', true, 400],
    [503, '', true, 429],
    [504, '', true, 429],
    [500, 'ServerException', false, 502],
    [404, 'ClientException', false, 404],
  ])('%d %s: worth asking again is %s, told as %d', (status, code, again, told) => {
    const said = refusal(status, code, 'said');
    expect(isTransient(said)).toBe(again);
    expect(errorOf(ENDPOINT, said).status).toBe(told);
    expect(errorOf(ENDPOINT, said).message).toContain('said');
  });
});

describe('nobody there', () => {
  it('is told with what the system said, of each address that was tried', () => {
    const both = new AggregateError([
      new Error('connect ECONNREFUSED ::1:80'),
      new Error('connect ECONNREFUSED 127.0.0.1:80'),
    ]);
    expect(unreachable(ENDPOINT, both).message).toBe(
      `${ENDPOINT} does not answer: connect ECONNREFUSED ::1:80. connect ECONNREFUSED 127.0.0.1:80.`,
    );
  });

  it('is told apart from having no keys', () => {
    expect(noCredentials(new Error('Could not load credentials from any providers')).message).toMatch(
      /^There are no AWS credentials to sign calls with: Could not load credentials from any providers\. Sign in again/,
    );
  });
});
