// HTTP requests signed with AWS Signature Version 4, for what is served beside the Batch API: logs, reasons, events.
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Server } from './server.ts';

export interface SignedRequest {
  readonly service: 'batch' | 'logs';
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Percent-encoded as it goes over the wire. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** The service answered with an error; `name` is its AWS error code. */
export class ServiceError extends Error {
  override readonly name: string;
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(code: string, message: string, httpStatusCode: number) {
    super(message);
    this.name = code;
    this.$metadata = { httpStatusCode };
  }
}

/** Sends a request and resolves to its answer; answers that are not 2xx are thrown as ServiceError. */
export async function sendSigned(server: Server, request: SignedRequest): Promise<IncomingMessage> {
  const base = request.service === 'logs' ? (server.logsEndpoint ?? server.endpoint) : server.endpoint;
  const url = new URL(request.path, base);
  url.search = Object.entries(request.query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const headers = await sign(server, request, url);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const { method, signal } = request;
    const outgoing = send(url, { method, headers, ...(signal && { signal }) }, resolve);
    outgoing.once('error', reject);
    outgoing.end(request.body);
  });
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  throw errorFrom(status, response.headers['x-amzn-errortype'], await text(response));
}

/** Sends a request and reads its answer as JSON. */
export async function requestJson(server: Server, request: SignedRequest): Promise<unknown> {
  return JSON.parse(await text(await sendSigned(server, request)));
}

async function sign(server: Server, request: SignedRequest, url: URL): Promise<Record<string, string>> {
  const { signRequest } = await import('../local/sign-request.ts');
  const service = request.service === 'batch' ? (server.signsFor ?? 'batch') : request.service;
  const { credentials, region } = server;
  const { body = '' } = request;
  return signRequest(
    { credentials, region, service },
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port && { port: Number(url.port) }),
      path: url.pathname,
      query: { ...request.query },
      headers: { host: url.host, 'content-length': String(Buffer.byteLength(body)), ...request.headers },
      body,
    },
  );
}

function errorFrom(status: number, typeHeader: string | string[] | undefined, body: string): ServiceError {
  const answer = parseObject(body);
  const type = [typeHeader, answer['__type']].find((candidate) => typeof candidate === 'string');
  const code = (type ?? `HTTP ${status}`).replace(/^.*#/, '').replace(/:.*$/, '');
  const message = answer['message'] ?? answer['Message'];
  return new ServiceError(
    code,
    typeof message === 'string' ? message : `The server answered ${status} (${code}).`,
    status,
  );
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // not JSON: a proxy's own page, told by its status alone
  }
  return {};
}
