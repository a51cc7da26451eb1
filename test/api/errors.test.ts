import { describe, expect, it } from 'vitest';
import {
  AccessDeniedException,
  ClientException,
  ServerException,
  renderError,
  toApiError,
} from '../../api/errors.ts';
import { StoreUnavailableError } from '../../engine/table-ports.ts';

function logged(error: unknown): { readonly type: string; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const log = (event: string, fields: object): void => void lines.push(`${event} ${JSON.stringify(fields)}`);
  return { type: toApiError(error, 'id-1', log).type, lines };
}

describe('an error on the wire', () => {
  it('has its type in a header and its text in the body, for REST clients', () => {
    expect(renderError(new ClientException('Object already exists'), 'rest-json', 'id-1')).toEqual({
      status: 400,
      headers: {
        'content-type': 'application/json',
        'x-amzn-RequestId': 'id-1',
        'x-amzn-ErrorType': 'ClientException',
      },
      body: '{"message":"Object already exists"}',
    });
  });

  it('has its type in the body too, for clients of AWS JSON 1.1', () => {
    expect(renderError(new ServerException('no'), 'json-1.1', 'id-1')).toMatchObject({
      status: 500,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: '{"__type":"ServerException","message":"no"}',
    });
  });

  it('says a refusal in IAM’s words', () => {
    const error = new AccessDeniedException('arn:aws:iam::1:user/a', 'batch:SubmitJob', 'arn:q');
    expect(error.message).toBe(
      'User: arn:aws:iam::1:user/a is not authorized to perform: batch:SubmitJob on resource: arn:q',
    );
    expect(error.status).toBe(403);
  });
});

describe('the operator’s log', () => {
  it('holds nothing about a caller’s mistake', () => {
    expect(logged(new ClientException('x'))).toEqual({ type: 'ClientException', lines: [] });
  });

  it('holds the whole chain of causes of a failure of ours, under the request’s id', () => {
    const cause = new Error('connect ECONNREFUSED');
    const { type, lines } = logged(new StoreUnavailableError('table', { cause }));
    expect(type).toBe('ServerException');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^call\.failed .*"requestId":"id-1".*StoreUnavailableError.*caused by .*ECONNREFUSED/,
    );
  });

  it.each([undefined, null, 'text', 7, { a: 1 }])('survives that %o was thrown', (thrown) => {
    expect(logged(thrown)).toMatchObject({ type: 'ServerException', lines: [expect.any(String)] });
  });
});
