// The console's routes, all there are: console/README.md says what each is for. Everything under /_console/ is for a signed-in page of
// this origin; the link that signs it in is made by `slipway console` with a signed call, or printed by the server itself.
import type { SideRoute } from '../http-server.ts';
import { readCells } from './array-cells.ts';
import { readAudit, readAuditRecord } from './audit-rows.ts';
import { streamChanges } from './change-stream.ts';
import { readEvent, readEvents } from './event-rows.ts';
import { sessionOf } from './guard.ts';
import { formForVisitor, queueByVisitor, rerunByVisitor, stopByVisitor } from './job-actions.ts';
import { listJobs } from './job-lists.ts';
import { readLog } from './log-pages.ts';
import { searchLog } from './log-search.ts';
import { readMachine } from './machines.ts';
import { findJob, readJob } from './one-job.ts';
import { createSessionRoutes } from './session-routes.ts';
import type { Answer, ConsoleRouteDeps } from './visit.ts';
import { answering, sessionRoute } from './visit.ts';
import { readWorkflow } from './workflow.ts';

export function createConsoleRoutes(deps: ConsoleRouteDeps): readonly SideRoute[] {
  const get = (path: RegExp, answer: Answer) => sessionRoute(deps, 'GET', path, answer);
  const post = (path: RegExp, answer: Answer) => sessionRoute(deps, 'POST', path, answer);
  return [
    ...createSessionRoutes(deps),
    get(/^\/_console\/overview$/, ({ console, scope }) => console.overview(scope)),
    get(/^\/_console\/history$/, async ({ console, scope, query }) =>
      console.history.read(scope.region, query.get('minutes') === '60' ? 60 : 5),
    ),
    get(/^\/_console\/jobs$/, async ({ console, scope, query }) => ({
      nowMs: deps.nowMs(),
      ...(await listJobs(console.store, scope, query)),
    })),
    get(/^\/_console\/jobs\/([^/]+)$/, ({ console, scope, parts: [id = ''] }) => readJob(console, scope, id)),
    get(/^\/_console\/jobs\/([^/]+)\/cells$/, async ({ console, scope, parts: [id = ''] }) => {
      const seq = console.changes.lastSeq();
      return readCells(console.store, await findJob(console.store, scope, id), seq);
    }),
    get(/^\/_console\/jobs\/([^/]+)\/workflow$/, async ({ console, scope, parts: [id = ''] }) =>
      readWorkflow(console.store, await findJob(console.store, scope, id)),
    ),
    get(/^\/_console\/jobs\/([^/]+)\/log$/, ({ console, scope, query, parts: [id = ''], response }) => {
      const left = new AbortController();
      response.once('close', () => left.abort());
      return readLog(console, scope, id, query, left.signal);
    }),
    get(/^\/_console\/jobs\/([^/]+)\/log\/search$/, ({ console, scope, query, parts: [id = ''] }) =>
      searchLog(console, scope, id, query),
    ),
    get(/^\/_console\/jobs\/([^/]+)\/rerun$/, formForVisitor),
    post(/^\/_console\/jobs\/([^/]+)\/rerun$/, rerunByVisitor),
    post(/^\/_console\/jobs\/([^/]+)\/(cancel|terminate)$/, stopByVisitor),
    post(/^\/_console\/jobs\/([^/]+)\/(hold|release|priority)$/, queueByVisitor),
    get(/^\/_console\/machines\/(job|multi-node-job)$/, ({ parts: [name] }) =>
      readMachine(name === 'job' ? 'job' : 'multi-node-job'),
    ),
    get(/^\/_console\/event-log$/, ({ console, scope, query }) =>
      readEvents(console.events, scope.region, query),
    ),
    get(/^\/_console\/event-log\/([^/]+)$/, ({ console, scope, parts: [seq = ''] }) =>
      readEvent(console.events, deps.account, scope.region, seq),
    ),
    get(/^\/_console\/audit$/, ({ console, scope, query }) => readAudit(console.audit, scope.region, query)),
    get(/^\/_console\/audit\/([^/]+)$/, ({ console, scope, parts: [seq = ''] }) =>
      readAuditRecord(console.audit, scope.region, seq),
    ),
    streamRoute(deps),
  ];
}

function streamRoute(deps: ConsoleRouteDeps): SideRoute {
  return answering(deps, 'GET', /^\/_console\/events$/, async ({ request, response }) => {
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
