// How a browser is signed in, stays so, and changes the Region it looks at.
import { ClientException } from '../../api/errors.ts';
import { readJsonBody } from '../../api/request.ts';
import { parseArn } from '../../core/ids.ts';
import { everyQueue } from '../../engine/store/queues.ts';
import type { SideRoute } from '../http-server.ts';
import { assertSameOrigin, sessionOf, setSession, signedOut } from './guard.ts';
import { quoted } from './job-filter.ts';
import type { ConsoleInstance } from './open-console.ts';
import type { ConsoleRouteDeps, Visit } from './visit.ts';
import { answering, sessionRoute } from './visit.ts';
import type { SessionAnswer } from './wire.ts';

export function createSessionRoutes(deps: ConsoleRouteDeps): readonly SideRoute[] {
  return [
    linkRoute(deps),
    signInRoute(deps),
    sessionRoute(deps, 'GET', /^\/_console\/session$/, (visit) => renewSession(deps, visit)),
    sessionRoute(deps, 'POST', /^\/_console\/region$/, (visit) => changeRegion(deps, visit)),
  ];
}

/** POST /_slipway/console-link, signed like any call of the API: a link that signs a browser in. */
function linkRoute(deps: ConsoleRouteDeps): SideRoute {
  return answering(deps, 'POST', /^\/_slipway\/console-link$/, async ({ request }) => {
    const { region } = await deps.authenticate(request, deps.nowMs());
    return { url: deps.linkFor(region) };
  });
}

function signInRoute(deps: ConsoleRouteDeps): SideRoute {
  return answering(deps, 'POST', /^\/_console\/session$/, async ({ request, response }) => {
    assertSameOrigin(request);
    const { token } = readJsonBody(request);
    const console = deps.instance();
    const session = typeof token === 'string' ? console.signIn.redeem(token) : undefined;
    if (!session) throw signedOut();
    setSession(console.signIn, request, response, session);
    return sessionAnswer(deps, console, session.region);
  });
}

/** Every load of the page makes its session good for another day. */
async function renewSession(
  deps: ConsoleRouteDeps,
  { console, scope, request, response }: Visit,
): Promise<SessionAnswer> {
  const { signIn } = console;
  setSession(signIn, request, response, signIn.renew(sessionOf(signIn, request)));
  return sessionAnswer(deps, console, scope.region);
}

/** Whoever may look at one Region may look at all: they are of one owner. Only those with queues can be chosen. */
async function changeRegion(
  deps: ConsoleRouteDeps,
  { console, scope, request, response }: Visit,
): Promise<SessionAnswer> {
  const { region } = readJsonBody(request);
  const regions = await regionsOf(console, scope.region);
  const chosen = regions.find((known) => known === region);
  if (chosen === undefined) {
    throw new ClientException(
      `region must be one of ${regions.join(', ')}, but is ${quoted(String(region))}.`,
    );
  }
  const { signIn } = console;
  setSession(signIn, request, response, signIn.renew({ ...sessionOf(signIn, request), region: chosen }));
  return sessionAnswer(deps, console, chosen);
}

async function regionsOf(console: ConsoleInstance, own: string): Promise<readonly string[]> {
  const queues = await everyQueue(console.store.table);
  const used = queues.flatMap(({ record }) => parseArn(record.queue.queueArn)?.region ?? []);
  return [...new Set([own, ...used])].sort();
}

async function sessionAnswer(
  deps: ConsoleRouteDeps,
  console: ConsoleInstance,
  region: string,
): Promise<SessionAnswer> {
  const { account, runtime } = deps;
  return { region, account, runtime, nowMs: deps.nowMs(), regions: await regionsOf(console, region) };
}
