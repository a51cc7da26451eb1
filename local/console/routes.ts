// The console's routes, all there are: console/README.md says what each is for. Everything under /_console/ is for a signed-in page of
// this origin; the link that signs it in is made by `slipway console` with a signed call, or printed by the server itself.
import { readRerun } from '../../api/console/rerun-input.ts';
import { readJsonBody } from '../../api/request.ts';
import type { SideRoute } from '../http-server.ts';
import { streamChanges } from './change-stream.ts';
import { sessionOf } from './guard.ts';
import { readChange, readReason } from './change-input.ts';
import { readMachine } from './machines.ts';
import { parsePlace } from './place.ts';
import { createSessionRoutes } from './session-routes.ts';
import type { ConsoleRouteDeps, PageCall } from './visit.ts';
import { answering, sessionRoute } from './visit.ts';

export function createConsoleRoutes(deps: ConsoleRouteDeps): readonly SideRoute[] {
  return [...createSessionRoutes(deps), ...jobRoutes(deps), ...logRoutes(deps), streamRoute(deps)];
}

function jobRoutes(deps: ConsoleRouteDeps): readonly SideRoute[] {
  const get = (path: RegExp, answer: (call: PageCall) => Promise<object>) =>
    sessionRoute(deps, 'GET', path, answer);
  const post = (path: RegExp, act: (call: PageCall) => Promise<object | void>) =>
    sessionRoute(deps, 'POST', path, async (call) => (await act(call)) ?? {});
  return [
    get(/^\/_console\/overview$/, ({ source, visit }) => source.overview(visit)),
    get(/^\/_console\/history$/, ({ source, visit, query }) =>
      source.history(visit, query.get('minutes') === '60' ? 60 : 5),
    ),
    get(/^\/_console\/jobs$/, ({ source, visit, query }) => source.jobs(visit, query)),
    get(/^\/_console\/jobs\/([^/]+)$/, ({ source, visit, parts: [id = ''] }) => source.job(visit, id)),
    get(/^\/_console\/jobs\/([^/]+)\/cells$/, ({ source, visit, parts: [id = ''] }) =>
      source.cells(visit, id),
    ),
    get(/^\/_console\/jobs\/([^/]+)\/workflow$/, ({ source, visit, parts: [id = ''] }) =>
      source.workflow(visit, id),
    ),
    get(/^\/_console\/jobs\/([^/]+)\/rerun$/, ({ source, visit, parts: [id = ''] }) =>
      source.rerunForm(visit, id),
    ),
    post(/^\/_console\/jobs\/([^/]+)\/rerun$/, ({ source, visit, request, parts: [id = ''] }) =>
      source.rerun(visit, id, readRerun(readJsonBody(request))),
    ),
    post(
      /^\/_console\/jobs\/([^/]+)\/(cancel|terminate)$/,
      ({ source, visit, request, parts: [id = '', kind] }) =>
        source.stop(visit, id, kind === 'cancel' ? 'cancel' : 'terminate', readReason(request)),
    ),
    post(
      /^\/_console\/jobs\/([^/]+)\/(hold|release|priority)$/,
      ({ source, visit, request, parts: [id = '', verb = ''] }) =>
        source.changeQueued(visit, id, readChange(verb, request)),
    ),
    get(/^\/_console\/machines\/(job|multi-node-job)$/, ({ parts: [name] }) =>
      readMachine(name === 'job' ? 'job' : 'multi-node-job'),
    ),
  ];
}

function logRoutes(deps: ConsoleRouteDeps): readonly SideRoute[] {
  const get = (path: RegExp, answer: (call: PageCall) => Promise<object>) =>
    sessionRoute(deps, 'GET', path, answer);
  return [
    get(/^\/_console\/jobs\/([^/]+)\/log$/, ({ source, visit, query, parts: [id = ''] }) =>
      source.log(visit, id, query),
    ),
    get(/^\/_console\/jobs\/([^/]+)\/log\/search$/, ({ source, visit, query, parts: [id = ''] }) =>
      source.searchLog(visit, id, query),
    ),
    get(/^\/_console\/event-log$/, ({ source, visit, query }) => source.events(visit, query)),
    get(/^\/_console\/event-log\/([^/]+)$/, ({ source, visit, parts: [seq = ''] }) =>
      source.event(visit, seq),
    ),
    get(/^\/_console\/audit$/, ({ source, visit, query }) => source.audit(visit, query)),
    get(/^\/_console\/audit\/([^/]+)$/, ({ source, visit, parts: [seq = ''] }) =>
      source.auditRecord(visit, seq),
    ),
  ];
}

function streamRoute(deps: ConsoleRouteDeps): SideRoute {
  return answering(deps, 'GET', /^\/_console\/events$/, async ({ request, response }) => {
    const { source, signIn, pages } = deps.instance();
    const { region } = sessionOf(signIn, request);
    const query = new URLSearchParams(request.rawQuery);
    const follow = query.get('follow');
    const after = request.headers['last-event-id'] ?? query.get('after') ?? '';
    pages.add(response);
    await streamChanges(
      source.changes,
      response,
      { region, ...(follow === null ? {} : { follow }) },
      parsePlace(after),
    );
    pages.delete(response);
    return undefined;
  });
}
