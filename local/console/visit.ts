// How a route of the console is answered: for a signed-in page of this origin, in JSON, with one place that renders what was refused.
import type { ServerResponse } from 'node:http';
import type { Log } from '../../api/errors.ts';
import { renderError, toApiError } from '../../api/errors.ts';
import type { ApiRequest } from '../../api/request.ts';
import { decodePercent } from '../../api/request.ts';
import type { SideRoute } from '../http-server.ts';
import { send } from '../http-server.ts';
import { SECURITY_HEADERS, sessionOf } from './guard.ts';
import type { SignIn } from './sign-in.ts';
import type { ConsoleSource, ServedConsole, Visit } from './source.ts';

export interface AnsweringDeps {
  readonly newRequestId: () => string;
  readonly log: Log;
}

export interface ConsoleRouteDeps extends AnsweringDeps {
  /** A reset makes a new one. */
  readonly instance: () => ServedConsole;
  readonly nowMs: () => number;
}

/** A request of a signed-in page on its way to an answer. */
export interface PageCall extends Call {
  readonly source: ConsoleSource;
  readonly signIn: SignIn;
  readonly visit: Visit;
  readonly query: URLSearchParams;
}

export function sessionRoute(
  deps: ConsoleRouteDeps,
  method: string,
  path: RegExp,
  answer: (call: PageCall) => Promise<object>,
): SideRoute {
  return answering(deps, method, path, async (call) => {
    const { request } = call;
    const { source, signIn } = deps.instance();
    const visit = visitOf(sessionOf(signIn, request).region, call);
    return answer({ ...call, source, signIn, visit, query: new URLSearchParams(request.rawQuery) });
  });
}

export function visitOf(region: string, { request, requestId, response }: Omit<Call, 'parts'>): Visit {
  const left = new AbortController();
  response.once('close', () => left.abort());
  return {
    region,
    requestId,
    sourceIp: request.sourceIp ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    left: left.signal,
  };
}

export interface Call {
  readonly request: ApiRequest;
  readonly requestId: string;
  /** The parts of the path that the route's pattern left open, decoded. */
  readonly parts: readonly string[];
  readonly response: ServerResponse;
}

/** Renders what `answer` returns or throws; `undefined`: it has answered by itself. */
export function answering(
  deps: AnsweringDeps,
  method: string,
  path: RegExp,
  answer: (call: Call) => Promise<object | undefined>,
): SideRoute {
  return {
    method,
    path,
    async handle(request, match, response) {
      const requestId = deps.newRequestId();
      try {
        const parts = match.slice(1).map(decodePercent);
        const body = await answer({ request, requestId, parts, response });
        if (body !== undefined) {
          send(response, { status: 200, headers: OWN_HEADERS, body: JSON.stringify(body) });
        }
      } catch (error) {
        if (response.headersSent) throw error;
        const refused = renderError(toApiError(error, requestId, deps.log), 'rest-json', requestId);
        send(response, { ...refused, headers: { ...refused.headers, ...OWN_HEADERS } });
      }
    },
  };
}

const OWN_HEADERS = {
  ...SECURITY_HEADERS,
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
};
