// Calls to the server behind the console, signed with the keys of whoever started it: they stay in this process, and the page
// never sees one. Reads are made again a few times where that may help; a change is sent once.
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { backOff } from '../../adapters/aws/back-off.ts';
import { signRequest } from '../sign-request.ts';
import type { CallerCredentials } from './caller-credentials.ts';
import {
  errorOf,
  isTransient,
  isUnknownCaller,
  noCredentials,
  readRefusal,
  unreachable,
} from './remote-errors.ts';
import type { Refusal } from './remote-errors.ts';

export interface RemoteServer {
  readonly endpoint: string;
  readonly region: string;
  /** `execute-api` behind API Gateway. */
  readonly signsFor: 'batch' | 'execute-api';
  readonly credentials: CallerCredentials;
}

export interface RemoteCall {
  readonly method: 'GET' | 'POST';
  /** Percent-encoded as it goes over the wire. */
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly body?: object;
}

/** The answer's JSON. Throws AwayError, or the server's own refusal as an ApiError. */
export type CallRemote = (call: RemoteCall) => Promise<unknown>;

/** API Gateway answers within 30 seconds. */
const PATIENCE_MS = 35_000;
const READS = { maxAttempts: 3, firstWaitMs: 200, maxWaitMs: 1_000 };

export function createSignedCalls(server: RemoteServer): CallRemote {
  return async (call) => {
    const mayRepeat = call.method === 'GET';
    let isRenewed = false;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptCall(server, call);
      if ('answer' in outcome) return outcome.answer;
      const mayTryAgain = mayRepeat && attempt < READS.maxAttempts;
      if ('lost' in outcome) {
        if (!mayTryAgain || !isBrokenOff(outcome.lost)) throw unreachable(server.endpoint, outcome.lost);
      } else if (isUnknownCaller(outcome.refusal) && !isRenewed) {
        // Nothing was done, so a change may be sent again, too.
        isRenewed = true;
        if (!server.credentials.renew()) throw errorOf(server.endpoint, outcome.refusal);
        continue;
      } else if (!mayTryAgain || !isTransient(outcome.refusal)) {
        throw errorOf(server.endpoint, outcome.refusal);
      }
      await backOff(READS, attempt);
    }
  };
}

type Outcome = { readonly answer: unknown } | { readonly refusal: Refusal } | { readonly lost: unknown };

async function attemptCall(server: RemoteServer, call: RemoteCall): Promise<Outcome> {
  const body = call.body === undefined ? '' : JSON.stringify(call.body);
  const url = urlOf(server, call);
  const headers = await sign(server, call, url, body);
  try {
    const response = await send(url, call.method, headers, body);
    const said = await text(response);
    const { statusCode: status = 0 } = response;
    if (status >= 200 && status < 300) return { answer: JSON.parse(said === '' ? '{}' : said) as unknown };
    const type = response.headers['x-amzn-errortype'];
    return { refusal: readRefusal(status, Array.isArray(type) ? type[0] : type, said) };
  } catch (lost) {
    return { lost };
  }
}

/** A kept connection that was closed at the other end is no sign that nobody is there. */
function isBrokenOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function send(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = start(url, { method, headers, timeout: PATIENCE_MS }, resolve);
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer within ${PATIENCE_MS / 1_000} s`)));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** The endpoint may have a path of its own: a stage. */
function urlOf({ endpoint }: RemoteServer, { path, query }: RemoteCall): URL {
  const url = new URL(endpoint.replace(/\/+$/, '') + path);
  url.search = [...(query ?? [])].map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  return url;
}

/** As signatures want it; encodeURIComponent leaves these. */
function encode(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function sign(
  { region, signsFor, credentials }: RemoteServer,
  { method, query }: RemoteCall,
  url: URL,
  body: string,
): Promise<Record<string, string>> {
  const keys = await credentials.current().catch((cause: unknown) => {
    throw noCredentials(cause);
  });
  return signRequest(
    { credentials: keys, region, service: signsFor },
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(query ?? []),
      headers: {
        host: url.host,
        'content-length': String(Buffer.byteLength(body)),
        ...(body === '' ? {} : { 'content-type': 'application/json' }),
      },
      body,
    },
  );
}
