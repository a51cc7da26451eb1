// Routes under /_slipway/jobs/{id}/, beside the Batch API: signed like any call, and answered in its forms.
import type { Log } from '../api/errors.ts';
import { ClientException, renderError, toApiError } from '../api/errors.ts';
import { readJobId } from '../api/operations/job-scope.ts';
import type { ApiRequest } from '../api/request.ts';
import type { Authenticated } from '../api/router.ts';
import type { JobId } from '../core/ids.ts';
import type { ScheduleDeps } from '../engine/schedule.ts';
import type { SideRoute } from './http-server.ts';
import { send, sendJson } from './http-server.ts';

export interface JobRouteDeps {
  readonly schedule: () => ScheduleDeps;
  readonly authenticate: (request: ApiRequest, atMs: number) => Promise<Authenticated>;
  readonly nowMs: () => number;
  readonly newRequestId: () => string;
  readonly log: Log;
}

export interface JobRequest {
  readonly jobId: JobId;
  readonly region: string;
  readonly request: ApiRequest;
}

export function createJobRoute(
  deps: JobRouteDeps,
  method: 'GET' | 'POST',
  verb: string,
  answer: (asked: JobRequest) => Promise<object>,
): SideRoute {
  return {
    method,
    path: new RegExp(`^/_slipway/jobs/([^/]+)/${verb}$`),
    async handle(request, match, response) {
      const requestId = deps.newRequestId();
      try {
        const { region } = await deps.authenticate(request, deps.nowMs());
        const jobId = readJobId(decodeURIComponent(match[1] ?? ''));
        sendJson(response, 200, await answer({ jobId, region, request }));
      } catch (error) {
        // A path that is not percent-encoded as it should be is the caller's mistake too.
        const known =
          error instanceof URIError ? new ClientException('The path is not well encoded.') : error;
        send(response, renderError(toApiError(known, requestId, deps.log), 'rest-json', requestId));
      }
    },
  };
}

export function noSuchJob({ jobId, region }: JobRequest): ClientException {
  return new ClientException(`Job ${jobId} does not exist in ${region}.`, 404);
}
