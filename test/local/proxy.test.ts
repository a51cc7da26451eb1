// The proxy between a client that signs for `batch` and a server that wants `execute-api`, both real, over sockets.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Batch } from '@aws-sdk/client-batch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../api/request.ts';
import { createSignatureVerifier } from '../../api/sigv4.ts';
import type { Proxy } from '../../local/proxy.ts';
import { startProxy } from '../../local/proxy.ts';
import type { ProxyCredentials } from '../../local/proxy-credentials.ts';
import { remember } from '../../local/proxy-credentials.ts';

const KEY: ProxyCredentials = { accessKeyId: 'ASIAOWN', secretAccessKey: 'secret', sessionToken: 'token' };
const REGION = 'eu-west-1';
const ARN = `arn:aws:batch:${REGION}:123456789012:job-queue/blue sky`;

interface Seen {
  readonly request: ApiRequest;
  readonly verdict: string;
}

let seen: Seen[];
let answer: { status: number; body: string };
let upstream: string;
let proxy: Proxy;
const closers: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  seen = [];
  answer = { status: 200, body: '{"jobs":[]}' };
  // What stands for API Gateway here: it takes signatures for execute-api only.
  const verify = createSignatureVerifier({
    services: ['execute-api'],
    credentialsOf: (id) =>
      id === KEY.accessKeyId
        ? { ...KEY, identity: { arn: 'a', accountId: 'a', accessKeyId: id, principalId: 'a', type: 'a' } }
        : undefined,
  });
  const gateway = createServer((incoming, response) => {
    void (async () => {
      const [rawPath = '', rawQuery = ''] = (incoming.url ?? '').split('?');
      const headers = incoming.headers as Record<string, string>; // none of those sent is repeated
      const request = {
        method: incoming.method ?? '',
        rawPath,
        rawQuery,
        headers,
        body: await buffer(incoming),
      };
      const verdict = await verify(request, Date.now());
      seen.push({ request, verdict: verdict.ok ? verdict.service : verdict.refusal.type });
      response.writeHead(answer.status, { 'content-type': 'application/json', 'x-amzn-requestid': 'r-1' });
      response.end(answer.body);
    })();
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  upstream = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`; // a TCP server that listens has an address
  closers.push(() => {
    gateway.closeAllConnections();
    gateway.close();
  });
  proxy = await start();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(endpoint = upstream, credentials = async () => KEY): Promise<Proxy> {
  const started = await startProxy({ endpoint, region: REGION, port: 0, credentials, log: () => undefined });
  closers.push(() => started.close());
  return started;
}

function client(credentials: ProxyCredentials = KEY, region = REGION, through = proxy): Batch {
  const batch = new Batch({ endpoint: through.endpoint, region, credentials, maxAttempts: 1 });
  closers.push(() => batch.destroy());
  return batch;
}

describe('the proxy', () => {
  it('passes a call on, signed for execute-api, and its answer back', async () => {
    answer = { status: 200, body: '{"jobs":[{"jobId":"j","jobName":"ü"}]}' };
    expect((await client().describeJobs({ jobs: ['ü'] })).jobs).toMatchObject([{ jobId: 'j', jobName: 'ü' }]);
    expect(seen).toMatchObject([
      { verdict: 'execute-api', request: { method: 'POST', rawPath: '/v1/describejobs' } },
    ]);
    expect(Buffer.from(seen[0]?.request.body ?? []).toString()).toBe('{"jobs":["ü"]}');
    expect(seen[0]?.request.headers['user-agent']).toContain('aws-sdk-js');
  });

  it('signs paths and queries as they are on the wire', async () => {
    await client().listTagsForResource({ resourceArn: ARN });
    await client().untagResource({ resourceArn: ARN, tagKeys: ['a+b', 'c d', 'e'] });
    expect(seen.map(({ verdict, request }) => [verdict, request.rawPath, request.rawQuery])).toEqual([
      ['execute-api', `/v1/tags/${encodeURIComponent(ARN)}`, ''],
      ['execute-api', `/v1/tags/${encodeURIComponent(ARN)}`, 'tagKeys=a%2Bb&tagKeys=c%20d&tagKeys=e'],
    ]);
  });

  it('passes a refusal on as it is', async () => {
    answer = { status: 403, body: '{"message":"not yours"}' };
    await expect(client().describeJobs({ jobs: [] })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
      message: 'not yours',
    });
  });

  it.each([
    ['another key', { ...KEY, accessKeyId: 'AKIAOTHER' }, 'UnrecognizedClientException'],
    ['a wrong secret', { ...KEY, secretAccessKey: 'guess' }, 'InvalidSignatureException'],
    ['another session', { ...KEY, sessionToken: 'old' }, 'UnrecognizedClientException'],
    [
      'no session',
      { accessKeyId: KEY.accessKeyId, secretAccessKey: KEY.secretAccessKey },
      'UnrecognizedClientException',
    ],
  ])('lends its credentials to nobody who signs with %s', async (_what, credentials, name) => {
    await expect(client(credentials).describeJobs({ jobs: [] })).rejects.toMatchObject({ name });
    expect(seen).toEqual([]);
  });

  it('refuses an unsigned call', async () => {
    const response = await fetch(`${proxy.endpoint}/v1/describejobs`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    expect(seen).toEqual([]);
  });

  it('refuses a call for another Region, and says which is right', async () => {
    await expect(client(KEY, 'us-east-1').describeJobs({ jobs: [] })).rejects.toMatchObject({
      message: `This proxy leads to ${REGION}, but the call was signed for us-east-1. Set AWS_REGION=${REGION}.`,
    });
  });

  it('says when nobody answers, and when it has no credentials', async () => {
    const lost = await start('http://127.0.0.1:9');
    await expect(client(KEY, REGION, lost).describeJobs({ jobs: [] })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 502 },
      message: expect.stringContaining('did not answer'),
    });
    const poor = await start(upstream, async () => {
      throw new Error('no profile');
    });
    await expect(client(KEY, REGION, poor).describeJobs({ jobs: [] })).rejects.toMatchObject({
      message: 'The proxy found no AWS credentials: no profile',
    });
  });
});

describe('remembered credentials', () => {
  it('are asked for again only before they end, and after a failure', async () => {
    let asked = 0;
    let nowMs = 0;
    const source = remember(
      async () => {
        asked += 1;
        if (asked === 1) throw new Error('not yet');
        return { ...KEY, expiration: new Date(nowMs + 3_600_000) };
      },
      () => nowMs,
    );
    await expect(source()).rejects.toThrow('not yet');
    await Promise.all([source(), source(), source()]);
    expect(asked).toBe(2);
    nowMs = 3_000_000;
    await source();
    expect(asked).toBe(2);
    nowMs = 3_400_000;
    await source();
    expect(asked).toBe(3);
  });
});
