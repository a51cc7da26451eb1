// What stands for an account's API Gateway: takes calls signed for execute-api with one identity's keys, and passes them on to a server
// on this machine. It can be taken away, and it can stop knowing its callers.
import { createServer, request as requestHttp } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { HomeAnswer } from '../../../api/home-endpoint.ts';
import { createSignatureVerifier } from '../../../api/sigv4.ts';
import type { LocalServer } from '../../../local/server.ts';

/** What nobody but the one who signs may ever see. */
export const CALLER = {
  accessKeyId: 'ASIACALLER00000000000',
  secretAccessKey: 'caller-secret-that-stays',
  sessionToken: 'caller-session-token-that-stays',
} as const;

export interface Refused {
  readonly status: number;
  readonly type?: string;
  readonly message: string;
}

export interface Gateway {
  readonly endpoint: string;
  /** Paths and their methods, as they were asked for. */
  readonly seen: string[];
  /** Calls whose path matches are refused; `undefined`: none is any more. */
  refuse(refused: Refused | undefined, path?: RegExp): void;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function aGateway(server: LocalServer, home: Partial<HomeAnswer> = {}): Promise<Gateway> {
  const verify = createSignatureVerifier({
    services: ['execute-api'],
    credentialsOf: (id) => (id === CALLER.accessKeyId ? { ...CALLER, identity: callerOf(id) } : undefined),
  });
  const seen: string[] = [];
  let refused: Refused | undefined;
  let refusedPath = /^/;
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = incoming;
    const [rawPath = '', rawQuery = ''] = url.split('?');
    const body = await buffer(incoming);
    const headers = incoming.headers as Record<string, string>; // none of those sent is repeated
    seen.push(`${method} ${rawPath}`);
    const verdict = await verify({ method, rawPath, rawQuery, headers, body }, Date.now());
    const refusal = refused && refusedPath.test(rawPath) ? refused : undefined;
    if (refusal) refuse(response, refusal);
    else if (!verdict.ok) refuse(response, { status: 403, message: 'Forbidden' });
    else await pass(server, { method, url, body }, home, response);
  };
  const http = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => http.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = http.address() as AddressInfo; // it listens on a port
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    refuse(now, path = /^/) {
      refused = now;
      refusedPath = path;
    },
    async goAway() {
      if (!http.listening) return;
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
    comeBack: () => listen(port),
  };
}

function callerOf(accessKeyId: string) {
  const arn = 'arn:aws:sts::123456789012:assumed-role/engineer/ada';
  return { arn, accountId: '123456789012', accessKeyId, principalId: 'AROA:ada', type: 'AssumedRole' };
}

function refuse(response: ServerResponse, { status, type, message }: Refused): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
  });
  response.end(JSON.stringify({ message }));
}

interface Passed {
  readonly method: string;
  readonly url: string;
  readonly body: Buffer;
}

async function pass(
  server: LocalServer,
  { method, url, body }: Passed,
  home: Partial<HomeAnswer>,
  response: ServerResponse,
): Promise<void> {
  const at = new URL(url, server.endpoint);
  const signer = new SignatureV4({
    credentials: server.credentials,
    region: server.region,
    service: 'batch',
    sha256: Hash.bind(null, 'sha256'),
  });
  const { headers } = await signer.sign({
    method,
    protocol: at.protocol,
    hostname: at.hostname,
    path: at.pathname,
    query: Object.fromEntries(at.searchParams),
    headers: {
      host: at.host,
      'content-length': String(body.byteLength),
      ...(body.byteLength === 0 ? {} : { 'content-type': 'application/json' }),
    },
    body,
  });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = requestHttp(at, { method, headers }, resolve);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
  const said = await buffer(answer);
  const isHome = at.pathname === '/_slipway/home' && answer.statusCode === 200;
  const type = answer.headers['x-amzn-errortype'];
  response.writeHead(answer.statusCode ?? 502, {
    'content-type': 'application/json',
    ...(typeof type === 'string' ? { 'x-amzn-errortype': type } : {}),
  });
  response.end(
    isHome ? JSON.stringify({ ...(JSON.parse(said.toString()) as object), runtime: 'ecs', ...home }) : said,
  );
}
