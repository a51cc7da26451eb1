// POST /_local/reset: stops everything and empties every Region, for test harnesses. Unsigned, so it exists only when the
// operator asked for it, and never for a web page: a browser always says where a request comes from.
import type { SideRoute } from './http-server.ts';
import { sendJson } from './http-server.ts';

export function createResetRoute(reset: () => Promise<void>): SideRoute {
  return {
    method: 'POST',
    path: /^\/_local\/reset$/,
    async handle(request, _match, response) {
      const fromBrowser =
        request.headers['origin'] !== undefined || request.headers['sec-fetch-site'] !== undefined;
      if (fromBrowser) {
        sendJson(response, 403, { message: 'A web page may not reset this server.' });
        return;
      }
      await reset();
      sendJson(response, 200, { message: 'Everything is gone.' });
    },
  };
}
