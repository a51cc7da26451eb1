// `slipway proxy`: takes calls that clients sign for `batch`, on loopback, and sends them on signed for `execute-api`, as API
// Gateway wants them. It lends its credentials to nobody: a call passes only if it was signed with those very credentials.
import { request as requestHttp } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { randomUUID } from 'node:crypto';
import type { Log } from '../api/errors.ts';
import { ApiError, renderError, ServerException } from '../api/errors.ts';
import { assertRequestSize } from '../api/request.ts';
import type { ApiRequest } from '../api/request.ts';
import { createSignatureVerifier } from '../api/sigv4.ts';
import type { SideRoute } from './http-server.ts';
import { createHttpServer, listenOnLoopback, send } from './http-server.ts';
import type { CredentialSource, ProxyCredentials } from './proxy-credentials.ts';
import { signRequest } from './sign-request.ts';

export interface ProxyOptions {
  /** Where API Gateway answers: https://<id>.execute-api.<region>.amazonaws.com */
  readonly endpoint: string;
  readonly region: string;
  /** 0: any free one. */
  readonly port: number;
  readonly credentials: CredentialSource;
  readonly log: Log;
}

export interface Proxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

const ACCEPTED_SERVICES = ['batch', 'execute-api'];
/** API Gateway answers within 30 seconds. */
const PATIENCE_MS = 35_000;

/** Made anew by the signature or by the connection; the rest of a request goes on as it came. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'host',
  'x-amz-date',
  'date',
  'x-amz-security-token',
  'x-amz-content-sha256',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'expect',
  'upgrade',
  'te',
  'trailer',
]);
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const upstream = new URL(options.endpoint);
  const every = (method: string): SideRoute => ({
    method,
    path: /^/,
    handle: (request, _match, response) => handle(options, upstream, request, response),
  });
  const http = createHttpServer({
    router: async () =>
      renderError(new ApiError('UnknownOperationException', 405, 'GET, POST, DELETE'), 'rest-json', ''),
    routes: ['GET', 'POST', 'DELETE'].map(every),
    log: options.log,
  });
  const port = await listenOnLoopback(http, options.port, false);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
  };
}

async function handle(
  options: ProxyOptions,
  upstream: URL,
  request: ApiRequest,
  response: ServerResponse,
): Promise<void> {
  try {
    assertRequestSize(request);
    const credentials = await credentialsOf(options);
    await admit(options, credentials, request);
    const answer = await forward(options, upstream, credentials, request);
    const headers = Object.entries(answer.headers).filter(([name]) => !HOP_HEADERS.has(name));
    response.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers));
    await pipeline(answer, response);
  } catch (error) {
    // A caller who left is nobody to tell; an answer that broke off half way is seen by its end.
    if (response.headersSent) response.destroy();
    else send(response, renderError(refusalOf(options, error), 'rest-json', randomUUID()));
  }
}

async function credentialsOf({ credentials }: ProxyOptions): Promise<ProxyCredentials> {
  try {
    return await credentials();
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new ServerException(`The proxy found no AWS credentials: ${said}`, { cause });
  }
}

/** Throws for a call that its sender did not sign with our credentials, or signed for another Region. */
async function admit(
  options: ProxyOptions,
  credentials: ProxyCredentials,
  request: ApiRequest,
): Promise<void> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const identity = { arn: '', accountId: '', accessKeyId, principalId: '', type: '' };
  const verify = createSignatureVerifier({
    services: ACCEPTED_SERVICES,
    credentialsOf: (id) =>
      id === accessKeyId
        ? { secretAccessKey, identity, ...(sessionToken === undefined ? {} : { sessionToken }) }
        : undefined,
  });
  const verified = await verify(request, Date.now());
  if (!verified.ok) throw verified.refusal;
  if (verified.region === options.region) return;
  throw new ApiError(
    'ClientException',
    400,
    `This proxy leads to ${options.region}, but the call was signed for ${verified.region}. Set AWS_REGION=${options.region}.`,
  );
}

async function forward(
  options: ProxyOptions,
  upstream: URL,
  credentials: ProxyCredentials,
  request: ApiRequest,
): Promise<IncomingMessage> {
  const path = upstream.pathname.replace(/\/$/, '') + request.rawPath;
  const headers = await sign(options, upstream, credentials, request, path);
  const url = new URL(upstream.origin);
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = start(
      {
        protocol: url.protocol,
        hostname: url.hostname,
        port: url.port,
        method: request.method,
        path: request.rawQuery === '' ? path : `${path}?${request.rawQuery}`,
        headers,
        timeout: PATIENCE_MS,
      },
      resolve,
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer within ${PATIENCE_MS / 1_000} s`)));
    outgoing.once('error', reject);
    outgoing.end(request.body);
  });
}

async function sign(
  { region }: ProxyOptions,
  upstream: URL,
  credentials: ProxyCredentials,
  request: ApiRequest,
  path: string,
): Promise<Record<string, string>> {
  const kept = Object.entries(request.headers).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !OWN_HEADERS.has(pair[0]),
  );
  return signRequest(
    { credentials, region, service: 'execute-api' },
    {
      method: request.method,
      protocol: upstream.protocol,
      hostname: upstream.hostname,
      path,
      query: queryOf(request.rawQuery),
      headers: {
        ...Object.fromEntries(kept),
        host: upstream.host,
        'content-length': String(request.body.byteLength),
      },
      body: request.body,
    },
  );
}

/** Repeated keys are lists, as the signer takes them. */
function queryOf(rawQuery: string): Record<string, string | string[]> {
  const query: Record<string, string[]> = {};
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    (query[decodeURIComponent(name)] ??= []).push(decodeURIComponent(value));
  }
  return query;
}

function refusalOf({ endpoint, log }: ProxyOptions, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof URIError)
    return new ApiError('ClientException', 400, 'The query is not well encoded.');
  const said = error instanceof Error ? error.message : String(error);
  log('proxy.failed', { error: said });
  return new ApiError('ServerException', 502, `${endpoint} did not answer: ${said}`);
}
