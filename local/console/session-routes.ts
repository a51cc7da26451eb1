// How a browser is signed in, stays so, and changes the Region it looks at.
import { ClientException } from '../../api/errors.ts';
import { readJsonBody } from '../../api/request.ts';
import type { ApiRequest } from '../../api/request.ts';
import type { Authenticated } from '../../api/router.ts';
import type { SessionAnswer } from '../../api/console/wire.ts';
import { quoted } from '../../api/console/job-filter.ts';
import type { SideRoute } from '../http-server.ts';
import { assertSameOrigin, sessionOf, setSession, signedOut } from './guard.ts';
import type { ConsoleSource, Visit } from './source.ts';
import type { AnsweringDeps, ConsoleRouteDeps, PageCall } from './visit.ts';
import { answering, sessionRoute, visitOf } from './visit.ts';

export function createSessionRoutes(deps: ConsoleRouteDeps): readonly SideRoute[] {
  return [
    signInRoute(deps),
    sessionRoute(deps, 'GET', /^\/_console\/session$/, (call) => renewSession(deps, call)),
    sessionRoute(deps, 'POST', /^\/_console\/region$/, (call) => changeRegion(deps, call)),
  ];
}

export interface LinkRouteDeps extends AnsweringDeps {
  readonly linkFor: (region: string) => string;
  readonly authenticate: (request: ApiRequest, atMs: number) => Promise<Authenticated>;
  readonly nowMs: () => number;
}

/** POST /_slipway/console-link, signed like any call of the API: a link that signs a browser in. */
export function createLinkRoute(deps: LinkRouteDeps): SideRoute {
  return answering(deps, 'POST', /^\/_slipway\/console-link$/, async ({ request }) => {
    const { region } = await deps.authenticate(request, deps.nowMs());
    return { url: deps.linkFor(region) };
  });
}

function signInRoute(deps: ConsoleRouteDeps): SideRoute {
  return answering(deps, 'POST', /^\/_console\/session$/, async ({ request, requestId, response }) => {
    assertSameOrigin(request);
    const { token } = readJsonBody(request);
    const { source, signIn } = deps.instance();
    const session = typeof token === 'string' ? signIn.redeem(token) : undefined;
    if (!session) throw signedOut();
    setSession(signIn, request, response, session);
    return sessionAnswer(deps, source, visitOf(session.region, { request, requestId, response }));
  });
}

/** Every load of the page makes its session good for another day. */
async function renewSession(
  deps: ConsoleRouteDeps,
  { source, signIn, visit, request, response }: PageCall,
): Promise<SessionAnswer> {
  setSession(signIn, request, response, signIn.renew(sessionOf(signIn, request)));
  return sessionAnswer(deps, source, visit);
}

/** Whoever may look at one Region may look at all: they are of one owner. Only those with queues can be chosen. */
async function changeRegion(
  deps: ConsoleRouteDeps,
  { source, signIn, visit, request, response }: PageCall,
): Promise<SessionAnswer> {
  const { region } = readJsonBody(request);
  const { regions } = await source.home(visit);
  const chosen = regions.find((known) => known === region);
  if (chosen === undefined) {
    throw new ClientException(
      `region must be one of ${regions.join(', ')}, but is ${quoted(String(region))}.`,
    );
  }
  setSession(signIn, request, response, signIn.renew({ ...sessionOf(signIn, request), region: chosen }));
  return sessionAnswer(deps, source, { ...visit, region: chosen });
}

async function sessionAnswer(
  { nowMs }: ConsoleRouteDeps,
  source: ConsoleSource,
  visit: Visit,
): Promise<SessionAnswer> {
  return { ...(await source.home(visit)), region: visit.region, nowMs: nowMs() };
}
