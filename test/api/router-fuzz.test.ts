import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../api/request.ts';
import { createRouter } from '../../api/router.ts';
import { operationNames } from '../../api/shapes/operation-shapes.ts';
import { jsonOperation } from '../../api/operation.ts';
import { integer, optional, structure } from '../../api/shapes/shape.ts';
import { routerOptions, trustingOptions } from './sdk-roundtrip.ts';

const paths = fc.oneof(
  fc.constantFrom(
    '/',
    '',
    '/v1/submitjob',
    '/v1/registerjobdefinition',
    '/v1/tags/x',
    '/v1/tags/%',
    '/v1/tags/%ff',
  ),
  fc.constantFrom(...operationNames()).map((name) => `/v1/${name.toLowerCase()}`),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'binary' }).map((text) => `/v1/tags/${text}`),
);
const json = fc.json({ maxDepth: 5 });
const submitLike = fc.record(
  {
    jobName: fc.jsonValue(),
    jobQueue: fc.jsonValue(),
    jobDefinition: fc.string(),
    containerOverrides: fc.record({
      environment: fc.jsonValue(),
      command: fc.jsonValue(),
      vcpus: fc.double(),
    }),
    tags: fc.dictionary(fc.constantFrom('__proto__', 'constructor', 'a'), fc.jsonValue()),
    ['__proto__']: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  json.map((text) => Buffer.from(text)),
  submitLike.map((value) => Buffer.from(JSON.stringify(value))),
);
const headerNames = fc.constantFrom(
  'content-type',
  'authorization',
  'x-amz-date',
  'x-amz-target',
  'host',
  'date',
);
const headerValues = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'application/json',
    '20261121T101500Z',
    'Logs_20140328.GetLogEvents',
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/batch/aws4_request, SignedHeaders=host;x-amz-date, Signature=00',
    'AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,SignedHeaders=;,Signature=é',
  ),
);
const requests: fc.Arbitrary<ApiRequest> = fc.record({
  method: fc.oneof(fc.constantFrom('GET', 'POST', 'DELETE', 'PUT'), fc.string()),
  rawPath: paths,
  rawQuery: fc.oneof(
    fc.constantFrom('', 'tagKeys=a&tagKeys', 'tagKeys=%zz', '&&=&'),
    fc.string({ unit: 'binary' }),
  ),
  headers: fc.dictionary(headerNames, headerValues),
  body: bodies,
});

const services = [
  {
    name: 'logs',
    targetPrefix: 'Logs_20140328',
    operations: [
      jsonOperation({
        name: 'GetLogEvents',
        input: structure({ limit: optional(integer()) }),
        handle: (_context, input) => Promise.resolve({ ...input }),
      }),
    ],
  },
];

describe('a router given anything at all', () => {
  it.each([
    { trust: 'everybody', options: trustingOptions({ services }) },
    {
      trust: 'signatures only',
      options: routerOptions({ services, nowMs: () => Date.UTC(2026, 10, 21, 10, 15) }),
    },
  ])('answers in JSON, blames the caller and logs nothing when it trusts $trust', async ({ options }) => {
    const logged: string[] = [];
    const router = createRouter({
      ...options,
      log: (event, fields) => void logged.push(event, JSON.stringify(fields)),
    });
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const response = await router(request);
        expect(response.status === 200 || (response.status >= 400 && response.status < 500)).toBe(true);
        expect(typeof JSON.parse(response.body)).toBe('object');
        expect(logged).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });
});
