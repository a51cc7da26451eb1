// How a route of the console is answered: for a signed-in page of this origin, in JSON, with one place that renders what was refused.
import type { ServerResponse } from 'node:http';
import type { Log } from '../../api/errors.ts';
import { renderError, toApiError } from '../../api/errors.ts';
import type { ApiRequest } from '../../api/request.ts';
import { decodePercent } from '../../api/request.ts';
import type { Authenticated } from '../../api/router.ts';
import type { Scope } from '../../core/ids.ts';
import { partitionOf } from '../../core/ids.ts';
import type { SideRoute } from '../http-server.ts';
import { send } from '../http-server.ts';
import { SECURITY_HEADERS, sessionOf } from './guard.ts';
import type { ConsoleInstance } from './open-console.ts';

export interface ConsoleRouteDeps {
  /** A reset makes a new one. */
  readonly instance: () => ConsoleInstance;
  readonly account: string;
  readonly runtime: string;
  readonly linkFor: (region: string) => string;
  readonly authenticate: (request: ApiRequest, atMs: number) => Promise<Authenticated>;
  readonly nowMs: () => number;
  readonly newRequestId: () => string;
  readonly log: Log;
}

export interface Visit {
  readonly console: ConsoleInstance;
  readonly scope: Scope;
  readonly request: ApiRequest;
  readonly requestId: string;
  readonly query: URLSearchParams;
  /** The parts of the path that the route's pattern left open, decoded. */
  readonly parts: readonly string[];
  readonly response: ServerResponse;
}

/** `undefined`: it has answered by itself. */
export type Answer = (visit: Visit) => Promise<object | undefined>;

export function sessionRoute(
  deps: ConsoleRouteDeps,
  method: string,
  path: RegExp,
  answer: Answer,
): SideRoute {
  return answering(deps, method, path, async ({ request, requestId, parts, response }) => {
    const console = deps.instance();
    const { region } = sessionOf(console.signIn, request);
    const scope: Scope = { partition: partitionOf(region), region, account: deps.account };
    await console.prepare(scope);
    const query = new URLSearchParams(request.rawQuery);
    return answer({ console, scope, request, requestId, query, parts, response });
  });
}

export type Call = Pick<Visit, 'request' | 'requestId' | 'parts' | 'response'>;

/** Renders what `answer` returns or throws; `undefined`: it has answered by itself. */
export function answering(
  deps: Pick<ConsoleRouteDeps, 'newRequestId' | 'log'>,
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
