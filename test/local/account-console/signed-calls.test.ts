// Calls over a real socket to a server that checks every signature.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSignatureVerifier } from '../../../api/sigv4.ts';
import type { CallerCredentials } from '../../../local/account-console/caller-credentials.ts';
import { fixedCredentials } from '../../../local/account-console/caller-credentials.ts';
import { createSignedCalls } from '../../../local/account-console/signed-calls.ts';

const KEY = { accessKeyId: 'ASIAOWN', secretAccessKey: 'secret', sessionToken: 'token' };
const WORN_OUT = { ...KEY, secretAccessKey: 'another' };

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  /** Hangs up instead. */
  readonly isBroken?: boolean;
}

let seen: {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly verdict: string;
}[];
let answers: Answer[];
let endpoint: string;
let close: () => void;
beforeEach(async () => {
  seen = [];
  answers = [];
  const verify = createSignatureVerifier({
    services: ['execute-api'],
    credentialsOf: (id) =>
      id === KEY.accessKeyId
        ? { ...KEY, identity: { arn: 'a', accountId: 'a', accessKeyId: id, principalId: 'a', type: 'a' } }
        : undefined,
  });
  const server = createServer((incoming, response) => {
    void (async () => {
      const { method = '', url = '', headers } = incoming;
      const body = await buffer(incoming);
      const [rawPath = '', rawQuery = ''] = url.split('?');
      const request = { method, rawPath, rawQuery, headers: headers as Record<string, string>, body }; // none repeats
      const verdict = await verify(request, Date.now());
      seen.push({
        method,
        url,
        body: body.toString(),
        verdict: verdict.ok ? verdict.service : verdict.refusal.type,
      });
      const answer: Answer = verdict.ok
        ? (answers.shift() ?? { status: 200, body: '{"is":"there"}' })
        : {
            status: 403,
            body: JSON.stringify({ message: verdict.refusal.message }),
            type: verdict.refusal.type,
          };
      if (answer.isBroken) {
        incoming.socket.resetAndDestroy();
        return;
      }
      response.writeHead(answer.status, answer.type ? { 'x-amzn-errortype': answer.type } : {});
      response.end(answer.body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => close());

function calls(credentials: CallerCredentials = fixedCredentials(KEY), at = endpoint) {
  return createSignedCalls({ endpoint: at, region: 'eu-west-1', signsFor: 'execute-api', credentials });
}

describe('a call', () => {
  it('is signed for the gateway, whatever its path and query hold', async () => {
    const query = new URLSearchParams({ name: "it's (a) *job*! +1 & more", after: 'a/b=c' });
    const answer = await calls()({ method: 'GET', path: '/_slipway/console/jobs/a%3A7', query });
    expect(answer).toEqual({ is: 'there' });
    expect(seen).toMatchObject([
      {
        method: 'GET',
        url: '/_slipway/console/jobs/a%3A7?name=it%27s%20%28a%29%20%2Ajob%2A%21%20%2B1%20%26%20more&after=a%2Fb%3Dc',
        verdict: 'execute-api',
      },
    ]);
  });

  it('carries its body as JSON', async () => {
    await calls()({ method: 'POST', path: '/v1/canceljob', body: { jobId: 'x', reason: 'ü' } });
    expect(seen).toMatchObject([{ body: '{"jobId":"x","reason":"ü"}', verdict: 'execute-api' }]);
  });

  it('keeps the path of an endpoint that has one', async () => {
    await calls(fixedCredentials(KEY), `${endpoint}/prod/`)({ method: 'GET', path: '/_slipway/home' });
    expect(seen).toMatchObject([{ url: '/prod/_slipway/home', verdict: 'execute-api' }]);
  });
});

const BUSY = { status: 503, body: '{"message":"Service Unavailable"}' };

describe('a read', () => {
  it('is made again where the server was busy, or hung up', async () => {
    answers = [BUSY, { status: 200, body: '', isBroken: true }];
    expect(await calls()({ method: 'GET', path: '/x' })).toEqual({ is: 'there' });
    expect(seen).toHaveLength(3);
  });

  it('is given up after a few times', async () => {
    answers = [BUSY, BUSY, BUSY, BUSY];
    await expect(calls()({ method: 'GET', path: '/x' })).rejects.toMatchObject({
      status: 429,
      message: `${endpoint} answered with 503. Service Unavailable`,
    });
    expect(seen).toHaveLength(3);
  });
});

describe('a change', () => {
  it.each([[BUSY], [{ status: 200, body: '', isBroken: true }]])(
    'is sent once, because nobody knows what came of it: %j',
    async (answer) => {
      answers = [answer];
      await expect(calls()({ method: 'POST', path: '/v1/submitjob', body: {} })).rejects.toBeInstanceOf(
        Error,
      );
      expect(seen).toHaveLength(1);
    },
  );
});

describe('keys that are not good any more', () => {
  it('are looked for anew at once, also for a change', async () => {
    let current = WORN_OUT;
    const credentials = {
      current: async () => current,
      renew() {
        current = KEY;
        return true;
      },
    };
    expect(await calls(credentials)({ method: 'POST', path: '/v1/submitjob', body: {} })).toEqual({
      is: 'there',
    });
    expect(seen.map(({ verdict }) => verdict)).toEqual(['InvalidSignatureException', 'execute-api']);
  });

  it('are told, where there are no others', async () => {
    await expect(calls(fixedCredentials(WORN_OUT))({ method: 'GET', path: '/x' })).rejects.toMatchObject({
      status: 424,
      message: expect.stringContaining('does not take the AWS credentials'),
    });
    expect(seen).toHaveLength(1);
  });

  it('are told with the reason where there are none at all', async () => {
    const credentials = { current: () => Promise.reject(new Error('Token is expired')), renew: () => true };
    await expect(calls(credentials)({ method: 'GET', path: '/x' })).rejects.toMatchObject({
      status: 424,
      message: expect.stringContaining('Token is expired'),
    });
    expect(seen).toEqual([]);
  });
});

it('a server that is not there is told as away', async () => {
  await expect(
    calls(fixedCredentials(KEY), 'http://127.0.0.1:1')({ method: 'GET', path: '/x' }),
  ).rejects.toMatchObject({
    status: 424,
    message: expect.stringContaining('http://127.0.0.1:1 does not answer'),
  });
});
