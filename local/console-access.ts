// The console's part in access and audit: who may get a link that signs a browser in, and a record of what is done in it.
import type { Authorize } from '../api/access.ts';
import { ApiError, toApiError } from '../api/errors.ts';
import type { Log } from '../api/errors.ts';
import type { CallRecord, Identity, RequestContext } from '../api/operation.ts';
import type { ApiRequest } from '../api/request.ts';
import { readJsonBody } from '../api/request.ts';
import type { Authenticated } from '../api/router.ts';
import { partitionOf } from '../core/ids.ts';
import type { SideRoute } from './http-server.ts';

export interface ConsoleAccess {
  readonly authenticate: (request: ApiRequest, atMs: number) => Promise<Authenticated>;
  readonly authorize: Authorize;
  readonly onCall: (record: CallRecord) => Promise<void>;
}

export interface ConsoleAccessOptions {
  /** A reset makes a new one. */
  readonly instance: () => ConsoleAccess;
  readonly account: string;
  readonly region: string;
  readonly newRequestId: () => string;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Authenticates and admits who asks for a link: a signed-in page may do everything, so they must be allowed to. */
export function admitToConsole(
  options: ConsoleAccessOptions,
): (request: ApiRequest, atMs: number) => Promise<Authenticated> {
  return async (request, atMs) => {
    const { authenticate, authorize, onCall } = options.instance();
    const caller = await authenticate(request, atMs);
    const context = contextOf(options, request, caller.identity, caller.region, atMs);
    const call = { service: 'slipway', operation: 'OpenConsole', input: {}, context };
    const about = { ...call, readOnly: false };
    try {
      await authorize(call);
    } catch (error) {
      const refused = toApiError(error, context.requestId, options.log);
      await onCall({ ...about, outcome: { ok: false, error: refused } });
      throw refused;
    }
    await onCall({ ...about, outcome: { ok: true, output: {} } });
    return caller;
  };
}

/** What a visitor changes is a call of the API by another way, and is recorded as one. */
const VISITOR_CALLS: Readonly<Record<string, string>> = {
  cancel: 'CancelJob',
  terminate: 'TerminateJob',
  hold: 'HoldJob',
  release: 'ReleaseJob',
  priority: 'PrioritizeJob',
  rerun: 'SubmitJob',
};
const VISITOR_PATH = /^\/_console\/jobs\/([^/]+)\/([a-z]+)$/;

export function recordVisits(options: ConsoleAccessOptions, route: SideRoute): SideRoute {
  if (route.method !== 'POST') return route;
  return {
    ...route,
    async handle(request, match, response) {
      await route.handle(request, match, response);
      const [, job = '', verb = ''] = VISITOR_PATH.exec(request.rawPath) ?? [];
      const operation = VISITOR_CALLS[verb];
      const { statusCode } = response;
      // Whoever was not signed in is nobody we know.
      if (operation === undefined || statusCode === 401 || statusCode === 403) return;
      const { account } = options;
      const context = contextOf(options, request, visitor(account), options.region, options.nowMs());
      await options.instance().onCall({
        service: 'batch',
        operation,
        readOnly: false,
        context,
        input: { ...readableBody(request), jobId: readableName(job) },
        outcome:
          statusCode < 400
            ? { ok: true, output: {} }
            : { ok: false, error: new ApiError('ClientException', statusCode, 'Refused in the console.') },
      });
    },
  };
}

/** The route itself has told the visitor what is wrong with a body that cannot be read. */
function readableBody(request: ApiRequest): object {
  try {
    return readJsonBody(request);
  } catch (error) {
    if (error instanceof ApiError) return {};
    throw error;
  }
}

function readableName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (error instanceof URIError) return encoded;
    throw error;
  }
}

/** A session is not one of the access keys: it acts for the account's owner, who made its link. */
function visitor(account: string): Identity {
  return {
    arn: `arn:aws:iam::${account}:user/slipway-console`,
    accountId: account,
    accessKeyId: '',
    principalId: 'slipway-console',
    type: 'IAMUser',
  };
}

function contextOf(
  options: ConsoleAccessOptions,
  request: ApiRequest,
  identity: Identity,
  region: string,
  atMs: number,
): RequestContext {
  return {
    scope: { partition: partitionOf(region), region, account: identity.accountId },
    identity,
    requestId: options.newRequestId(),
    sourceIp: request.sourceIp ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    atMs,
  };
}
