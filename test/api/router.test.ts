import {
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type BatchClient,
} from '@aws-sdk/client-batch';
import { describe, expect, it } from 'vitest';
import { AccessDeniedException, ClientException, type ApiError } from '../../api/errors.ts';
import type { Call, CallRecord, OperationRegistry } from '../../api/operation.ts';
import type { ApiRequest } from '../../api/request.ts';
import type { ApiResponse } from '../../api/response.ts';
import { createRouter } from '../../api/router.ts';
import { StoreFullError, StoreUnavailableError } from '../../engine/table-ports.ts';
import { IDENTITY, batchClient, routerOptions, throughSdk, trustingOptions } from './sdk-roundtrip.ts';

const ARN = 'arn:aws:batch:us-east-1:123456789012:job-definition/with space/ünï:3';
const REQUEST_ID = '6f6e7c0e-0000-4000-8000-000000000001';

function aRequest(overrides: Partial<ApiRequest> = {}): ApiRequest {
  const headers = { 'content-type': 'application/json' };
  return {
    method: 'POST',
    rawPath: '/v1/describejobs',
    rawQuery: '',
    headers,
    body: Buffer.from(''),
    ...overrides,
  };
}

function describing(handle: (input: object) => object): OperationRegistry<object> {
  return {
    DescribeJobs: {
      name: 'DescribeJobs',
      handle: (_context, input) => Promise.resolve(handle(input)),
    },
  };
}

const echo = createRouter(trustingOptions({ operations: describing((input) => ({ ...input })) }));

function messageOf(response: ApiResponse): unknown {
  return (JSON.parse(response.body) as { message?: unknown }).message;
}

describe('finding the operation', () => {
  it('decodes the ARN of a tag operation once, however the client wrote it', async () => {
    const received: object[] = [];
    const operations: OperationRegistry<object> = {
      ListTagsForResource: {
        name: 'ListTagsForResource',
        handle: (_context, input) => Promise.resolve({ tags: { seen: String(received.push(input)) } }),
      },
    };
    const router = createRouter(trustingOptions({ operations }));
    for (const path of [encodeURIComponent(ARN), encodeURI(ARN), encodeURI(ARN).replaceAll('%20', ' ')]) {
      const response = await router(aRequest({ method: 'GET', rawPath: `/v1/tags/${path}` }));
      expect(response.status).toBe(200);
    }
    expect(received).toEqual([{ resourceArn: ARN }, { resourceArn: ARN }, { resourceArn: ARN }]);
  });

  it('gives TagResource and UntagResource their members from path, query and body', async () => {
    const received: object[] = [];
    const handle = (_context: object, input: object): Promise<object> => {
      received.push(input);
      return Promise.resolve({});
    };
    const operations: OperationRegistry<object> = {
      TagResource: { name: 'TagResource', handle },
      UntagResource: { name: 'UntagResource', handle },
    };
    const client = batchClient(createRouter(routerOptions({ operations })));
    await client.send(new TagResourceCommand({ resourceArn: ARN, tags: { 'a+b': 'c d' } }));
    await client.send(
      new UntagResourceCommand({ resourceArn: ARN, tagKeys: ['a+b', 'metaflow.user', 'x&y'] }),
    );
    expect(received).toEqual([
      { resourceArn: ARN, tags: { 'a+b': 'c d' } },
      { resourceArn: ARN, tagKeys: ['a+b', 'metaflow.user', 'x&y'] },
    ]);
  });

  it.each([
    { why: 'an unknown operation', request: { rawPath: '/v1/describeworld' }, status: 404 },
    { why: 'the tags path without an ARN', request: { rawPath: '/v1/tags/' }, status: 404 },
    { why: 'a wrong verb', request: { method: 'GET' }, status: 405 },
    { why: 'a root path without target', request: { rawPath: '/' }, status: 404 },
    { why: 'a verb on the root path', request: { method: 'GET', rawPath: '/' }, status: 405 },
    {
      why: 'an unknown target',
      request: { rawPath: '/', headers: { 'x-amz-target': 'DynamoDB_20120810.GetItem' } },
      status: 400,
    },
  ])('answers UnknownOperationException to $why', async ({ request, status }) => {
    const response = await echo(aRequest(request));
    expect(response.status).toBe(status);
    expect(response.headers['x-amzn-ErrorType']).toBe('UnknownOperationException');
  });

  it('says of an operation without handler that it is not offered', async () => {
    const response = await echo(
      aRequest({ rawPath: '/v1/canceljob', body: Buffer.from('{"jobId":"x","reason":"y"}') }),
    );
    expect(response.status).toBe(400);
    expect(messageOf(response)).toBe('The CancelJob operation is not offered by Slipway yet.');
  });

  it.each([
    ['describequotashare', { quotaShareArn: 'arn:x' }],
    ['describeservicejob', { jobId: 'x' }],
    ['deleteserviceenvironment', { serviceEnvironment: 'x' }],
  ])('says of %s that service jobs are not part of Slipway', async (path, input) => {
    const response = await echo(
      aRequest({ rawPath: `/v1/${path}`, body: Buffer.from(JSON.stringify(input)) }),
    );
    expect(response.headers['x-amzn-ErrorType']).toBe('ClientException');
    expect(messageOf(response)).toContain(
      'service jobs, which run on Amazon SageMaker, are not part of Slipway',
    );
  });
});

describe('reading the body', () => {
  it.each([
    { why: 'no body as an empty object', body: '', answer: '{}' },
    { why: 'blanks as an empty object', body: ' \n', answer: '{}' },
    {
      why: 'unknown members by dropping them',
      body: '{"state":"x","maxResults":5}',
      answer: '{"maxResults":5}',
    },
    { why: 'null members as absent ones', body: '{"nextToken":null}', answer: '{}' },
    {
      why: 'the last of two equal keys',
      body: '{"maxResults":1,"maxResults":2}',
      answer: '{"maxResults":2}',
    },
  ])('takes $why', async ({ body, answer }) => {
    const handle = (_context: object, input: object): Promise<object> => Promise.resolve(input);
    const operations: OperationRegistry<object> = {
      DescribeJobQueues: { name: 'DescribeJobQueues', handle },
    };
    const router = createRouter(trustingOptions({ operations }));
    const response = await router(aRequest({ rawPath: '/v1/describejobqueues', body: Buffer.from(body) }));
    expect(response).toMatchObject({ status: 200, body: answer });
  });

  it.each(['application/json; charset=utf-8', 'application/x-amz-json-1.1', 'Text/JSON', undefined])(
    'takes the content type %s',
    async (contentType) => {
      const response = await echo(
        aRequest({ headers: { 'content-type': contentType }, body: Buffer.from('{"jobs":["a"]}') }),
      );
      expect(response).toMatchObject({ status: 200, body: '{"jobs":["a"]}' });
    },
  );

  it.each([
    { why: 'malformed JSON', body: Buffer.from('{"jobs":'), status: 400 },
    { why: 'a list', body: Buffer.from('[]'), status: 400 },
    { why: 'null', body: Buffer.from('null'), status: 400 },
    { why: 'invalid UTF-8', body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), status: 400 },
    { why: 'a bomb of lists', body: Buffer.from(`{"jobs":${'['.repeat(100_000)}`), status: 400 },
    { why: 'a form', body: Buffer.from('a=b'), type: 'application/x-www-form-urlencoded', status: 415 },
  ])('answers SerializationException to $why', async ({ body, type, status }) => {
    const response = await echo(aRequest({ body, headers: { 'content-type': type ?? 'application/json' } }));
    expect(response.status).toBe(status);
    expect(response.headers['x-amzn-ErrorType']).toBe('SerializationException');
  });

  it('does not count brackets inside strings as nesting', async () => {
    const text = `{"jobs":["${'[{\\"'.repeat(1000)}"]}`;
    expect((await echo(aRequest({ body: Buffer.from(text) }))).status).toBe(200);
  });

  it('refuses a body over one mebibyte before it is parsed', async () => {
    const response = await echo(aRequest({ body: Buffer.alloc(1024 * 1024 + 1, 0x20) }));
    expect(response.status).toBe(413);
    expect(response.headers['x-amzn-ErrorType']).toBe('ClientException');
  });

  it('holds RegisterJobDefinition to 24 KiB', async () => {
    const client = batchClient(createRouter(routerOptions()));
    const command = ['x'.repeat(25_000)];
    const register = new RegisterJobDefinitionCommand({
      jobDefinitionName: 'a',
      type: 'container',
      containerProperties: { image: 'busybox', command },
    });
    await expect(client.send(register)).rejects.toThrow(
      /RegisterJobDefinition request has \d+ bytes; at most 24576/,
    );
  });
});

describe('answering', () => {
  it('leaves undefined and null members off the wire and keeps empty lists', async () => {
    const output = { jobs: [], a: undefined, b: null, c: [1, null], d: Number.NaN, e: 'null' };
    const router = createRouter(trustingOptions({ operations: describing(() => output) }));
    const response = await router(aRequest({ body: Buffer.from('{"jobs":[]}') }));
    expect(response.body).toBe('{"jobs":[],"c":[1],"e":"null"}');
    expect(response.headers).toEqual({ 'content-type': 'application/json', 'x-amzn-RequestId': REQUEST_ID });
  });

  it('is read by the SDK as it was written', async () => {
    const output = { jobArn: 'arn:x', jobName: 'a', jobId: 'b' };
    const send = (client: BatchClient): Promise<object> =>
      client.send(new SubmitJobCommand({ jobName: 'a', jobQueue: 'q', jobDefinition: 'd' }));
    expect(await throughSdk('SubmitJob', output, send)).toEqual(output);
  });

  it.each([
    { error: new ClientException('no'), type: 'ClientException', status: 400, message: 'no' },
    { error: new StoreFullError('x'), type: 'ServerException', status: 500, message: /storage .* is full/ },
    {
      error: new StoreUnavailableError('x'),
      type: 'ServerException',
      status: 500,
      message: /cannot be reached/,
    },
    {
      error: new TypeError('secret'),
      type: 'ServerException',
      status: 500,
      message: `Internal error, request id ${REQUEST_ID}`,
    },
    {
      error: 'thrown text',
      type: 'ServerException',
      status: 500,
      message: `Internal error, request id ${REQUEST_ID}`,
    },
  ])('renders $error as $type without its stack', async ({ error, type, status, message }) => {
    const logged: string[] = [];
    const operations = describing(() => {
      throw error;
    });
    const log = (event: string): void => void logged.push(event);
    const router = createRouter(trustingOptions({ operations, log }));
    const response = await router(aRequest({ body: Buffer.from('{"jobs":[]}') }));
    expect(response.status).toBe(status);
    expect(response.headers['x-amzn-ErrorType']).toBe(type);
    expect(messageOf(response)).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
    expect(Object.keys(JSON.parse(response.body) as object)).toEqual(['message']);
    expect(logged).toEqual(status === 500 ? ['call.failed'] : []);
  });

  it('gives the SDK its own error classes', async () => {
    const client = batchClient(createRouter(routerOptions()));
    const error: unknown = await client
      .send(new DescribeJobsCommand({ jobs: undefined }))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'ClientException', message: 'DescribeJobs.jobs is required.' });
  });
});

describe('around the call', () => {
  const operations = describing(() => ({ jobs: [] }));

  it('tells the handler who calls, from where and for which Region', async () => {
    const contexts: object[] = [];
    const watching: OperationRegistry<{ store: string }> = {
      DescribeJobs: {
        name: 'DescribeJobs',
        handle(context) {
          contexts.push(context);
          return Promise.resolve({ jobs: [] });
        },
      },
    };
    const options = {
      ...routerOptions({ nowMs: () => 1_700_000_000_000 }),
      authenticate: trustingOptions().authenticate,
    };
    const router = createRouter({ ...options, operations: watching, deps: { store: 's' } });
    await router(
      aRequest({
        body: Buffer.from('{"jobs":[]}'),
        sourceIp: '127.0.0.1',
        headers: { 'user-agent': 'curl' },
      }),
    );
    expect(contexts).toEqual([
      {
        scope: { partition: 'aws', region: 'us-east-1', account: '123456789012' },
        identity: IDENTITY,
        requestId: REQUEST_ID,
        sourceIp: '127.0.0.1',
        userAgent: 'curl',
        atMs: 1_700_000_000_000,
        deps: { store: 's' },
      },
    ]);
  });

  it('asks for authorisation with the parsed input and records the refusal', async () => {
    const asked: Call[] = [];
    const records: CallRecord[] = [];
    const router = createRouter(
      routerOptions({
        operations,
        authorize: (call) => {
          asked.push(call);
          return Promise.reject(
            new AccessDeniedException(call.context.identity.arn, 'batch:DescribeJobs', '*'),
          );
        },
        onCall: (record) => void records.push(record),
      }),
    );
    const error: unknown = await batchClient(router)
      .send(new DescribeJobsCommand({ jobs: ['a'] }))
      .catch((e) => e);
    expect(error).toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${IDENTITY.arn} is not authorized to perform: batch:DescribeJobs on resource: *`,
    });
    expect(asked).toMatchObject([
      { service: 'batch', operation: 'DescribeJobs', readOnly: true, input: { jobs: ['a'] } },
    ]);
    expect(records).toMatchObject([
      { operation: 'DescribeJobs', input: { jobs: ['a'] }, outcome: { ok: false } },
    ]);
  });

  it('records a call whose input was invalid, without input', async () => {
    const records: CallRecord[] = [];
    const router = createRouter(
      trustingOptions({ operations, onCall: (record) => void records.push(record) }),
    );
    await router(aRequest());
    expect(records).toHaveLength(1);
    expect(records[0]).not.toHaveProperty('input');
  });

  it('answers although the record could not be kept, and logs that', async () => {
    const logged: string[] = [];
    const onCall = (): Promise<void> => Promise.reject(new Error('disk'));
    const router = createRouter(
      trustingOptions({ operations, onCall, log: (event) => void logged.push(event) }),
    );
    expect((await router(aRequest({ body: Buffer.from('{"jobs":[]}') }))).status).toBe(200);
    expect(logged).toEqual(['call.unrecorded']);
  });

  it('refuses an unsigned call before looking into its body', async () => {
    const records: CallRecord[] = [];
    const router = createRouter(routerOptions({ operations, onCall: (record) => void records.push(record) }));
    const response = await router(aRequest({ body: Buffer.from('{') }));
    expect(response.status).toBe(403);
    expect(response.headers['x-amzn-ErrorType']).toBe(
      'MissingAuthenticationTokenException' satisfies ApiError['type'],
    );
    expect(records).toEqual([]);
  });
});
