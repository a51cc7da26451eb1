// GET /_slipway/jobs/{id}/why: why a job waits, since when, and its place in line. Signed like any call.
import type { Log } from '../api/errors.ts';
import { ClientException, renderError, toApiError } from '../api/errors.ts';
import type { ApiRequest } from '../api/request.ts';
import type { Authenticated } from '../api/router.ts';
import { readJobId } from '../api/operations/job-scope.ts';
import type { ScheduleDeps } from '../engine/schedule.ts';
import { whyWaiting } from '../engine/why.ts';
import { parseArn } from '../core/ids.ts';
import type { SideRoute } from './http-server.ts';
import { send, sendJson } from './http-server.ts';

export interface WhyRouteDeps {
  readonly schedule: () => ScheduleDeps;
  readonly authenticate: (request: ApiRequest, atMs: number) => Promise<Authenticated>;
  readonly nowMs: () => number;
  readonly newRequestId: () => string;
  readonly log: Log;
}

export function createWhyRoute(deps: WhyRouteDeps): SideRoute {
  return {
    method: 'GET',
    path: /^\/_slipway\/jobs\/([^/]+)\/why$/,
    async handle(request, match, response) {
      const requestId = deps.newRequestId();
      try {
        const { region } = await deps.authenticate(request, deps.nowMs());
        const jobId = readJobId(decodeURIComponent(match[1] ?? ''));
        const answer = await whyWaiting(deps.schedule(), jobId);
        if (!answer || parseArn(answer.queue)?.region !== region) {
          throw new ClientException(`Job ${jobId} does not exist in ${region}.`, 404);
        }
        sendJson(response, 200, answer);
      } catch (error) {
        // A path that is not percent-encoded as it should be is the caller's mistake too.
        const known =
          error instanceof URIError ? new ClientException('The path is not well encoded.') : error;
        send(response, renderError(toApiError(known, requestId, deps.log), 'rest-json', requestId));
      }
    },
  };
}
