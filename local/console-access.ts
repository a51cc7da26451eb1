// Who may get a link that signs a browser in to the console, and a record of who asked.
import type { Authorize } from '../api/access.ts';
import { toApiError } from '../api/errors.ts';
import type { Log } from '../api/errors.ts';
import type { CallRecord, Identity, RequestContext } from '../api/operation.ts';
import type { ApiRequest } from '../api/request.ts';
import type { Authenticated } from '../api/router.ts';
import { partitionOf } from '../core/ids.ts';

export interface ConsoleAccess {
  readonly authenticate: (request: ApiRequest, atMs: number) => Promise<Authenticated>;
  readonly authorize: Authorize;
  readonly onCall: (record: CallRecord) => Promise<void>;
}

export interface ConsoleAccessOptions {
  /** A reset makes a new one. */
  readonly instance: () => ConsoleAccess;
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
