// The console's routes. Everything under /_console/ is for a signed-in page of this origin; the link that signs it in is made
// by `slipway console` with a signed call, or printed by the server itself.
import type { ServerResponse } from 'node:http';
import type { Log } from '../../api/errors.ts';
import { ClientException, renderError, toApiError } from '../../api/errors.ts';
import { stopJob } from '../../api/operations/stop-job.ts';
import type { ApiRequest } from '../../api/request.ts';
import { decodePercent, readJsonBody } from '../../api/request.ts';
import type { Authenticated } from '../../api/router.ts';
import type { Scope } from '../../core/ids.ts';
import { partitionOf } from '../../core/ids.ts';
import type { SideRoute } from '../http-server.ts';
import { send } from '../http-server.ts';
import { readCells } from './array-cells.ts';
import { streamChanges } from './change-stream.ts';
import { assertSameOrigin, SECURITY_HEADERS, sessionOf, setSession, signedOut } from './guard.ts';
import { listJobs } from './job-lists.ts';
import { readLog } from './log-pages.ts';
import { findJob, readJob } from './one-job.ts';
import type { ConsoleInstance } from './open-console.ts';
import type { SessionAnswer } from './wire.ts';

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

interface Visit {
  readonly console: ConsoleInstance;
  readonly scope: Scope;
  readonly request: ApiRequest;
  readonly query: URLSearchParams;
  /** The parts of the path that the route's pattern left open, decoded. */
  readonly parts: readonly string[];
  readonly response: ServerResponse;
}

type Answer = (visit: Visit) => Promise<object>;

export function createConsoleRoutes(deps: ConsoleRouteDeps): readonly SideRoute[] {
  const get = (path: RegExp, answer: Answer) => sessionRoute(deps, 'GET', path, answer);
  const post = (path: RegExp, answer: Answer) => sessionRoute(deps, 'POST', path, answer);
  return [
    linkRoute(deps),
    signInRoute(deps),
    get(/^\/_console\/session$/, (visit) => renewSession(deps, visit)),
    get(/^\/_console\/overview$/, ({ console, scope }) => console.overview(scope)),
    get(/^\/_console\/jobs$/, async ({ console, scope, query }) => ({
      nowMs: deps.nowMs(),
      ...(await listJobs(console.store, scope, query)),
    })),
    get(/^\/_console\/jobs\/([^/]+)$/, ({ console, scope, parts: [id = ''] }) => readJob(console, scope, id)),
    get(/^\/_console\/jobs\/([^/]+)\/cells$/, async ({ console, scope, parts: [id = ''] }) => {
      const seq = console.changes.lastSeq();
      return readCells(console.store, await findJob(console.store, scope, id), seq);
    }),
    get(/^\/_console\/jobs\/([^/]+)\/log$/, ({ console, scope, query, parts: [id = ''], response }) => {
      const left = new AbortController();
      response.once('close', () => left.abort());
      return readLog(console, scope, id, query, left.signal);
    }),
    post(/^\/_console\/jobs\/([^/]+)\/(cancel|terminate)$/, stopByVisitor),
    streamRoute(deps),
  ];
}

/** POST /_slipway/console-link, signed like any call of the API: a link that signs a browser in. */
function linkRoute(deps: ConsoleRouteDeps): SideRoute {
  return answering(deps, 'POST', /^\/_slipway\/console-link$/, async (request) => {
    const { region } = await deps.authenticate(request, deps.nowMs());
    return { url: deps.linkFor(region) };
  });
}

function signInRoute(deps: ConsoleRouteDeps): SideRoute {
  return answering(deps, 'POST', /^\/_console\/session$/, async (request, _parts, response) => {
    assertSameOrigin(request);
    const { token } = readJsonBody(request);
    const { signIn } = deps.instance();
    const session = typeof token === 'string' ? signIn.redeem(token) : undefined;
    if (!session) throw signedOut();
    setSession(signIn, request, response, session);
    return sessionAnswer(deps, session.region);
  });
}

/** Every load of the page makes its session good for another day. */
async function renewSession(
  deps: ConsoleRouteDeps,
  { console, scope, request, response }: Visit,
): Promise<object> {
  const { signIn } = console;
  setSession(signIn, request, response, signIn.renew(sessionOf(signIn, request)));
  return sessionAnswer(deps, scope.region);
}

function sessionAnswer(deps: ConsoleRouteDeps, region: string): SessionAnswer {
  return { region, account: deps.account, runtime: deps.runtime, nowMs: deps.nowMs() };
}

async function stopByVisitor({ console, scope, request, parts: [jobId = '', kind] }: Visit): Promise<object> {
  const { reason } = readJsonBody(request);
  if (typeof reason !== 'string') throw new ClientException('reason must be a text.');
  await findJob(console.store, scope, jobId);
  await stopJob(console.schedule, scope, kind === 'cancel' ? 'cancel' : 'terminate', { jobId, reason });
  return {};
}

function streamRoute(deps: ConsoleRouteDeps): SideRoute {
  const path = /^\/_console\/events$/;
  return answering(deps, 'GET', path, async (request, _parts, response) => {
    const { signIn, changes, pages } = deps.instance();
    const { region } = sessionOf(signIn, request);
    const query = new URLSearchParams(request.rawQuery);
    const follow = query.get('follow');
    const after = request.headers['last-event-id'] ?? query.get('after') ?? '';
    pages.add(response);
    await streamChanges(
      changes,
      response,
      { region, ...(follow === null ? {} : { follow }) },
      /^\d{1,15}$/.test(after) ? Number(after) : undefined,
    );
    pages.delete(response);
    return undefined;
  });
}

function sessionRoute(deps: ConsoleRouteDeps, method: string, path: RegExp, answer: Answer): SideRoute {
  return answering(deps, method, path, async (request, parts, response) => {
    const console = deps.instance();
    const { region } = sessionOf(console.signIn, request);
    const scope: Scope = { partition: partitionOf(region), region, account: deps.account };
    await console.prepare(scope);
    const query = new URLSearchParams(request.rawQuery);
    return answer({ console, scope, request, query, parts, response });
  });
}

/** Renders what `answer` returns or throws; `undefined`: it has answered by itself. */
function answering(
  deps: ConsoleRouteDeps,
  method: string,
  path: RegExp,
  answer: (
    request: ApiRequest,
    parts: readonly string[],
    response: ServerResponse,
  ) => Promise<object | undefined>,
): SideRoute {
  return {
    method,
    path,
    async handle(request, match, response) {
      const requestId = deps.newRequestId();
      try {
        const body = await answer(request, match.slice(1).map(decodePercent), response);
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
