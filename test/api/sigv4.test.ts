import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { SignatureV4 } from '@smithy/signature-v4';
import { HttpRequest, buildQueryString } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../api/request.ts';
import { createSignatureVerifier, type KnownCredentials } from '../../api/sigv4.ts';
import { IDENTITY } from './sdk-roundtrip.ts';

const NOW = Date.UTC(2026, 10, 21, 10, 15);
const ID = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const known: KnownCredentials = { secretAccessKey: SECRET, identity: IDENTITY };

function verifierOf(credentials: KnownCredentials = known) {
  return createSignatureVerifier({
    services: ['batch', 'logs'],
    credentialsOf: (id) => (id === ID ? credentials : undefined),
  });
}
const verify = verifierOf();

interface ToSign {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Record<string, string | string[]>;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  readonly region?: string;
  readonly service?: string;
  readonly secret?: string;
  readonly sessionToken?: string;
  readonly applyChecksum?: boolean;
  readonly atMs?: number;
}

/** A request as an SDK signs it. */
async function signed(what: ToSign = {}): Promise<ApiRequest> {
  const { method = 'POST', path = '/v1/submitjob', query = {}, body = '{"jobName":"a"}' } = what;
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: ID,
      secretAccessKey: what.secret ?? SECRET,
      ...(what.sessionToken !== undefined && { sessionToken: what.sessionToken }),
    },
    region: what.region ?? 'us-east-1',
    service: what.service ?? 'batch',
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: what.applyChecksum ?? true,
    uriEscapePath: true,
  });
  const headers = { host: 'localhost:7411', 'content-type': 'application/json', ...what.headers };
  const request = new HttpRequest({ method, path, query, headers, body, protocol: 'http:' });
  const result = await signer.sign(request, { signingDate: new Date(what.atMs ?? NOW) });
  return {
    method,
    rawPath: path,
    rawQuery: buildQueryString(query),
    headers: Object.fromEntries(
      Object.entries(result.headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: Buffer.from(body),
  };
}

async function refusalOf(request: ApiRequest, verifier = verify, nowMs = NOW): Promise<string> {
  const verification = await verifier(request, nowMs);
  if (verification.ok) throw new Error('The signature was accepted.');
  expect(verification.refusal.status).toBe(403);
  return `${verification.refusal.type}: ${verification.refusal.message}`;
}

function withHeader(request: ApiRequest, name: string, value: string | undefined): ApiRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

describe('a request signed by the SDK', () => {
  it('tells who signed, for which Region and service', async () => {
    expect(await verify(await signed({ region: 'eu-west-3', service: 'logs' }), NOW)).toEqual({
      ok: true,
      identity: IDENTITY,
      region: 'eu-west-3',
      service: 'logs',
    });
  });

  it.each<{ what: string; request: ToSign }>([
    {
      what: 'an ARN in the path',
      request: { path: `/v1/tags/${encodeURIComponent('arn:aws:batch:r:1:job-definition/a b:3')}` },
    },
    {
      what: 'an unencoded ARN in the path',
      request: { path: '/v1/tags/arn:aws:batch:r:1:job-definition/a:3' },
    },
    { what: 'repeated query keys', request: { query: { tagKeys: ['b', 'a', 'a b', 'ü'] } } },
    { what: 'keys that sort differently once joined', request: { query: { a: '1', 'a-': '0', 'a+b': '+' } } },
    { what: 'folded header values', request: { headers: { 'x-amz-meta': '  two   words ' } } },
    { what: 'a signed content length', request: { headers: { 'content-length': '15' } } },
    { what: 'no content hash header', request: { applyChecksum: false } },
    { what: 'dot segments', request: { path: '/v1/./x//../submitjob/' } },
    { what: 'a body in UTF-8', request: { body: '{"jobName":"ünïcödé"}' } },
  ])('passes with $what', async ({ request }) => {
    expect(await verify(await signed(request), NOW)).toMatchObject({ ok: true });
  });

  it('passes whatever its path, query and body hold', async () => {
    const segment = fc.string({ unit: 'grapheme' }).map((text) => encodeURIComponent(text.toWellFormed()));
    const cases = fc.record({
      path: fc.array(segment).map((segments) => `/${segments.join('/')}`),
      query: fc.dictionary(
        // The SDK's signer keeps the query in a plain object and loses this one key; it could not have signed it.
        fc.string({ unit: 'grapheme', minLength: 1 }).filter((key) => key !== '__proto__'),
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }),
        ),
      ),
      body: fc.uint8Array({ maxLength: 100 }),
      headers: fc.dictionary(
        fc.constantFrom('x-amz-a', 'x-b', 'accept'),
        fc.string({ unit: 'grapheme-ascii' }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(cases, async (request) => {
        expect(await verify(await signed(request), NOW)).toMatchObject({ ok: true });
      }),
      { numRuns: 200 },
    );
  });

  it('must carry the session token of a temporary key', async () => {
    const temporary = verifierOf({ ...known, sessionToken: 'token', expiresAtMs: NOW + 1 });
    expect(await temporary(await signed({ sessionToken: 'token' }), NOW)).toMatchObject({ ok: true });
    expect(await refusalOf(await signed({ sessionToken: 'other' }), temporary)).toMatch(
      'UnrecognizedClientException',
    );
    expect(await refusalOf(await signed(), temporary)).toMatch('UnrecognizedClientException');
    expect(await refusalOf(await signed({ sessionToken: 'token' }))).toMatch('UnrecognizedClientException');
    const late = await signed({ sessionToken: 'token' });
    expect(await refusalOf(late, temporary, NOW + 1)).toMatch(/^ExpiredTokenException: .* is expired$/);
  });

  it('is checked against the current secret after a key was replaced', async () => {
    let credentials = known;
    const verifier = createSignatureVerifier({ services: ['batch'], credentialsOf: () => credentials });
    const request = await signed();
    expect(await verifier(request, NOW)).toMatchObject({ ok: true });
    credentials = { ...known, secretAccessKey: 'replaced' };
    expect(await refusalOf(request, verifier)).toMatch('InvalidSignatureException');
  });
});

describe('a request that was changed after signing', () => {
  it.each<{ what: string; change: (request: ApiRequest) => ApiRequest }>([
    { what: 'method', change: (request) => ({ ...request, method: 'PUT' }) },
    { what: 'path', change: (request) => ({ ...request, rawPath: '/v1/terminatejob' }) },
    { what: 'query', change: (request) => ({ ...request, rawQuery: 'a=b' }) },
    { what: 'body', change: (request) => ({ ...request, body: Buffer.from('{"jobName":"b"}') }) },
    { what: 'signed header', change: (request) => withHeader(request, 'host', 'elsewhere') },
    { what: 'date', change: (request) => withHeader(request, 'x-amz-date', '20261121T101501Z') },
    {
      what: 'signature',
      change: (request) => withHeader(request, 'authorization', `${request.headers['authorization']}0`),
    },
  ])('is refused when its $what differs', async ({ change }) => {
    expect(await refusalOf(change(await signed()))).toMatch(
      /^InvalidSignatureException: The request signature/,
    );
  });

  it('is refused when a byte of its body flips, wherever it is', async () => {
    const body = '{"jobName":"a","jobQueue":"b"}';
    const request = await signed({ body, applyChecksum: false });
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const changed = Uint8Array.from(request.body, (byte, index) => (index === at ? byte ^ mask : byte));
        expect(await refusalOf({ ...request, body: changed })).toMatch('InvalidSignatureException');
      }),
      { numRuns: 50 },
    );
  });
});

describe('a request that cannot be trusted', () => {
  const authorization = (text: string): Promise<ApiRequest> =>
    signed().then((request) => withHeader(request, 'authorization', text));
  const scope = `${ID}/20261121/us-east-1/batch/aws4_request`;

  it.each<{ what: string; request: () => Promise<ApiRequest>; refusal: RegExp }>([
    {
      what: 'without Authorization',
      request: async () => withHeader(await signed(), 'authorization', undefined),
      refusal: /^MissingAuthenticationTokenException: Missing Authentication Token$/,
    },
    {
      what: 'presigned in its query',
      request: async () => ({
        ...withHeader(await signed(), 'authorization', undefined),
        rawQuery: 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00',
      }),
      refusal: /^MissingAuthenticationTokenException: Presigned URLs are not accepted/,
    },
    {
      what: 'with another scheme',
      request: () => authorization('Bearer abc'),
      refusal: /^IncompleteSignatureException/,
    },
    {
      what: 'with parts missing',
      request: () => authorization(`AWS4-HMAC-SHA256 Credential=${scope}`),
      refusal: /requires 'SignedHeaders' parameter. Authorization header requires 'Signature' parameter.$/,
    },
    {
      what: 'with a malformed credential',
      request: () => authorization('AWS4-HMAC-SHA256 Credential=abc, SignedHeaders=host, Signature=00'),
      refusal: /^IncompleteSignatureException: The Credential must have the form/,
    },
    {
      what: 'with a region that is none',
      request: () => signed({ region: '../x y' }),
      refusal: /^IncompleteSignatureException/,
    },
    {
      what: 'without a date',
      request: async () => withHeader(await signed(), 'x-amz-date', undefined),
      refusal: /^IncompleteSignatureException: .*'X-Amz-Date'/,
    },
    {
      what: 'with a date that is none',
      request: async () => withHeader(await signed(), 'x-amz-date', 'now'),
      refusal: /^IncompleteSignatureException: Date must be/,
    },
    {
      what: 'for another service',
      request: () => signed({ service: 's3' }),
      refusal:
        /^InvalidSignatureException: Credential should be scoped to correct service: 'batch', 'logs'.$/,
    },
    {
      what: 'of another day than its scope',
      request: async () => withHeader(await signed(), 'x-amz-date', '20261122T000000Z'),
      refusal: /^InvalidSignatureException: The date in the credential scope/,
    },
    {
      what: 'whose target is not signed',
      request: async () => withHeader(await signed(), 'x-amz-target', 'Logs_20140328.DeleteLogStream'),
      refusal: /'x-amz-target' must be a 'SignedHeader'/,
    },
    {
      what: 'that lost a signed header',
      request: async () => withHeader(await signed(), 'content-type', undefined),
      refusal: /'content-type' must be a 'SignedHeader'/,
    },
    {
      what: 'by an unknown key',
      request: async () =>
        authorization((await signed()).headers['authorization']?.replace(ID, 'AKIAOTHER') ?? ''),
      refusal: /^UnrecognizedClientException: The security token included in the request is invalid.$/,
    },
    {
      what: 'with the wrong secret',
      request: () => signed({ secret: 'guess' }),
      refusal: /^InvalidSignatureException: The request signature we calculated/,
    },
    {
      what: 'signed too long ago',
      request: () => signed({ atMs: NOW - 901_000 }),
      refusal:
        /^InvalidSignatureException: Signature expired: 20261121T095959Z is now earlier than 20261121T100000Z \(20261121T101500Z - 15 min.\)$/,
    },
    {
      what: 'signed in the future',
      request: () => signed({ atMs: NOW + 901_000 }),
      refusal: /Signature not yet current: 20261121T103001Z is still later than 20261121T103000Z/,
    },
  ])('is refused $what', async ({ request, refusal }) => {
    expect(await refusalOf(await request())).toMatch(refusal);
  });

  it('is accepted up to fifteen minutes either way', async () => {
    expect(await verify(await signed({ atMs: NOW - 900_000 }), NOW)).toMatchObject({ ok: true });
    expect(await verify(await signed({ atMs: NOW + 900_000 }), NOW)).toMatchObject({ ok: true });
  });
});

it('hashes the body it received, not the hash the client claims', async () => {
  const request = await signed();
  const claimed = createHash('sha256').update('{"jobName":"a"}').digest('hex');
  expect(request.headers['x-amz-content-sha256']).toBe(claimed);
  expect(await refusalOf({ ...request, body: Buffer.from('{}') })).toMatch('InvalidSignatureException');
});
