// One pure asynchronous function from request to response: find the operation, authenticate, validate, authorise, handle,
// render, record. It answers every request, whatever its bytes, and never throws.
import { partitionOf, type EpochMs, type Scope } from '../core/ids.ts';
import { endpointFinder, protocolOf, type Endpoint, type SideEndpoint } from './endpoints.ts';
import { renderError, responseHeaders, toApiError, type Log, type Protocol } from './errors.ts';
import type {
  Call,
  CallRecord,
  Identity,
  JsonService,
  OperationRegistry,
  RequestContext,
} from './operation.ts';
import { assertRequestSize, type ApiRequest } from './request.ts';
import type { ApiResponse } from './response.ts';

/** Who a request comes from and which Region it is for. */
export interface Authenticated {
  readonly identity: Identity;
  readonly region: string;
}

export interface RouterOptions<Deps> {
  readonly operations: OperationRegistry<Deps>;
  readonly deps: Deps;
  readonly services?: readonly JsonService[];
  readonly beside?: readonly SideEndpoint[];
  /** Throws an ApiError to refuse. Called for operations that exist, before the body is looked into. */
  readonly authenticate: (request: ApiRequest, atMs: EpochMs) => Promise<Authenticated>;
  /** Throws `AccessDeniedException` to refuse; answers which parts of a bulk call are refused while the rest goes on. */
  readonly authorize?: (call: Call) => Promise<RefusedParts | void>;
  /** Called after each authenticated call, refused ones too; the answer waits for it. Its own failure is logged, no more. */
  readonly onCall?: (record: CallRecord) => Promise<void> | void;
  readonly log: Log;
  readonly newRequestId: () => string;
  readonly nowMs: () => EpochMs;
}

export type RefusedParts = NonNullable<RequestContext['refusedParts']>;

export type Router = (request: ApiRequest) => Promise<ApiResponse>;

export function createRouter<Deps>(options: RouterOptions<Deps>): Router {
  const { operations, deps, services = [], beside = [] } = options;
  const findEndpoint = endpointFinder(operations, deps, services, beside);
  return async (request) => {
    const requestId = options.newRequestId();
    const protocol = protocolOf(request);
    try {
      assertRequestSize(request);
      const endpoint = findEndpoint(request);
      const context = await contextOf(options, request, requestId);
      const record = await call(options, endpoint, request, context);
      await audit(options, record);
      const { outcome } = record;
      return outcome.ok
        ? renderOutput(outcome.output, protocol, requestId)
        : renderError(outcome.error, protocol, requestId);
    } catch (error) {
      return renderError(toApiError(error, requestId, options.log), protocol, requestId);
    }
  };
}

async function contextOf<Deps>(
  options: RouterOptions<Deps>,
  request: ApiRequest,
  requestId: string,
): Promise<RequestContext> {
  const atMs = options.nowMs();
  const { identity, region } = await options.authenticate(request, atMs);
  const scope: Scope = { partition: partitionOf(region), region, account: identity.accountId };
  const userAgent = request.headers['user-agent'] ?? '';
  return { scope, identity, requestId, sourceIp: request.sourceIp ?? '', userAgent, atMs };
}

async function call<Deps>(
  options: RouterOptions<Deps>,
  endpoint: Endpoint,
  request: ApiRequest,
  context: RequestContext,
): Promise<CallRecord> {
  const { service, operation, readOnly } = endpoint;
  const about = { service, operation, readOnly, context };
  let input: object | undefined;
  try {
    input = endpoint.readInput(request);
    const refusedParts = await options.authorize?.({ ...about, input });
    const output = await endpoint.handle(refusedParts ? { ...context, refusedParts } : context, input);
    return { ...about, input, outcome: { ok: true, output } };
  } catch (thrown) {
    const error = toApiError(thrown, context.requestId, options.log);
    return { ...about, ...(input && { input }), outcome: { ok: false, error } };
  }
}

async function audit<Deps>(options: RouterOptions<Deps>, record: CallRecord): Promise<void> {
  try {
    await options.onCall?.(record);
  } catch (error) {
    const { operation, context } = record;
    options.log('call.unrecorded', { requestId: context.requestId, operation, error: String(error) });
  }
}

function renderOutput(output: object, protocol: Protocol, requestId: string): ApiResponse {
  return { status: 200, headers: responseHeaders(protocol, requestId), body: stringifyWithoutNull(output) };
}

/**
 * JSON without null members, which AWS never sends and strict clients choke on. A replacer costs ten times the plain
 * call, so it only runs when the text may hold a null at all.
 */
function stringifyWithoutNull(output: object): string {
  const text = JSON.stringify(output);
  if (!text.includes('null')) return text;
  return JSON.stringify(output, (_name, value: unknown) => {
    if (Array.isArray(value)) return value.filter((element) => !isAbsent(element));
    return isAbsent(value) ? undefined : value;
  });
}

/** What JSON would write as null. */
function isAbsent(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value));
}
