// The one port of the local home: hands each HTTP request to the API's router, or to one of the few routes beside it. It
// knows sockets and bodies; what a request means is decided elsewhere.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiRequest } from '../api/request.ts';
import type { ApiResponse } from '../api/response.ts';
import type { Router } from '../api/router.ts';

/** A route beside the Batch API. Answers by itself, so that it may stream. */
export interface SideRoute {
  readonly method: string;
  readonly path: RegExp;
  handle(request: ApiRequest, match: RegExpExecArray, response: ServerResponse): Promise<void>;
}

export interface HttpServerOptions {
  readonly router: Router;
  readonly routes: readonly SideRoute[];
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** A little over what the router accepts, so that a body that is too large is refused with the router's words. */
const BODY_BYTES = 2 * 1024 * 1024;

export function createHttpServer(options: HttpServerOptions): Server {
  const server = createServer((incoming, response) => {
    serve(options, incoming, response).catch((error: unknown) => {
      options.log('http.failed', { error: String(error), url: incoming.url });
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: 'Internal error' }));
    });
  });
  // SDKs keep connections open between polls; closing them just before a reuse shows up as a reset at the client.
  server.keepAliveTimeout = 75_000;
  server.requestTimeout = 60_000;
  return server;
}

async function serve(
  options: HttpServerOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming);
  for (const route of options.routes) {
    const match = route.method === request.method ? route.path.exec(request.rawPath) : null;
    if (match) {
      await route.handle(request, match, response);
      return;
    }
  }
  send(response, await options.router(request));
}

async function readRequest(incoming: IncomingMessage): Promise<ApiRequest> {
  const url = incoming.url ?? '/';
  const question = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    rawPath: question < 0 ? url : url.slice(0, question),
    rawQuery: question < 0 ? '' : url.slice(question + 1),
    headers: joinedHeaders(incoming),
    body: await readBody(incoming),
    ...(incoming.socket.remoteAddress === undefined ? {} : { sourceIp: incoming.socket.remoteAddress }),
  };
}

function joinedHeaders(incoming: IncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return headers;
}

/** Reads on past the limit but keeps nothing of it: a client that is still sending could not hear an answer. */
async function readBody(incoming: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes <= BODY_BYTES) chunks.push(chunk);
  }
  // Longer than the router takes, whatever was left out: it refuses by length before it looks inside.
  return Buffer.concat(chunks);
}

export function send(response: ServerResponse, answer: ApiResponse): void {
  const body = Buffer.from(answer.body, 'utf8');
  response.writeHead(answer.status, { ...answer.headers, 'content-length': body.byteLength });
  response.end(body);
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  send(response, { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

/** The port in use is told as what it is: the one thing a user can mend. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/** Listens on loopback. With `fallback`, any free port when the wanted one is taken. Resolves with the port. */
export async function listenOnLoopback(server: Server, port: number, fallback: boolean): Promise<number> {
  try {
    return await listen(server, port);
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'; // listen rejects with errno errors
    if (!inUse) throw error;
    if (fallback) return listen(server, 0);
    throw new PortInUseError(`Port ${port} on 127.0.0.1 is in use by another program.`, { cause: error });
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      server.off('listening', ready);
      reject(error);
    };
    const ready = (): void => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port); // a TCP server that listens has an address
    };
    server.once('error', failed);
    server.once('listening', ready);
    server.listen(port, '127.0.0.1');
  });
}
