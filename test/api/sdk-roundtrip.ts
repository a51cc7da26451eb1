// Real AWS clients wired straight into a router, without a socket: what they sign, send and read back is what an
// application does. `throughSdk` shows an operation's output as the SDK's own deserialiser sees it.
import { Readable } from 'node:stream';
import { BatchClient } from '@aws-sdk/client-batch';
import { HttpResponse, buildQueryString, type HttpRequest } from '@smithy/core/protocols';
import type { ApiRequest } from '../../api/request.ts';
import { createRouter, type Router, type RouterOptions } from '../../api/router.ts';
import { authenticateBySignature, createSignatureVerifier } from '../../api/sigv4.ts';
import type { Identity, OperationName, OperationRegistry, OutputOf } from '../../api/operation.ts';

export const REGION = 'us-east-1';
export const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' };
export const IDENTITY: Identity = {
  arn: 'arn:aws:iam::123456789012:user/tester',
  accountId: '123456789012',
  accessKeyId: CREDENTIALS.accessKeyId,
  principalId: 'AIDATESTER',
  type: 'IAMUser',
};

/** Everything a router needs, with signatures checked for `CREDENTIALS`; a test overrides what it is about. */
export function routerOptions(overrides: Partial<RouterOptions<object>> = {}): RouterOptions<object> {
  const verify = createSignatureVerifier({
    services: ['batch', 'logs', 'ecs'],
    credentialsOf: (id) =>
      id === CREDENTIALS.accessKeyId
        ? { secretAccessKey: CREDENTIALS.secretAccessKey, identity: IDENTITY }
        : undefined,
  });
  return {
    operations: {},
    deps: {},
    authenticate: authenticateBySignature(verify),
    log: () => undefined,
    newRequestId: () => '6f6e7c0e-0000-4000-8000-000000000001',
    nowMs: () => Date.now(),
    ...overrides,
  };
}

/** Options for requests that carry no signature: everybody is the tester. */
export function trustingOptions(overrides: Partial<RouterOptions<object>> = {}): RouterOptions<object> {
  const authenticate = (): Promise<{ identity: Identity; region: string }> =>
    Promise.resolve({ identity: IDENTITY, region: REGION });
  return routerOptions({ authenticate, ...overrides });
}

export interface InProcessHandler {
  handle(request: HttpRequest): Promise<{ response: HttpResponse }>;
}

/** An SDK client's `requestHandler` that calls the router. `seen` collects the requests. */
export function handlerFor(router: Router, seen: ApiRequest[] = []): InProcessHandler {
  return {
    async handle(request) {
      const apiRequest = toApiRequest(request);
      seen.push(apiRequest);
      const { status, headers, body } = await router(apiRequest);
      const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      const response = new HttpResponse({
        statusCode: status,
        headers: Object.fromEntries(lowerCase),
        body: Readable.from([Buffer.from(body)]),
      });
      return { response };
    },
  };
}

function toApiRequest(request: HttpRequest): ApiRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const body: unknown = request.body;
  return {
    method: request.method,
    rawPath: request.path,
    rawQuery: buildQueryString(request.query),
    headers: Object.fromEntries(headers),
    body: body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : ''),
    sourceIp: '127.0.0.1',
  };
}

/** What every AWS client of these tests is configured with. */
export function clientConfig(router: Router, seen?: ApiRequest[]) {
  return {
    region: REGION,
    credentials: CREDENTIALS,
    endpoint: 'http://127.0.0.1:7411',
    maxAttempts: 1,
    requestHandler: handlerFor(router, seen),
  };
}

export function batchClient(router: Router, seen?: ApiRequest[]): BatchClient {
  return new BatchClient(clientConfig(router, seen));
}

/** An output of `name` after the wire: rendered by the router, read by the SDK's deserialiser. */
export async function throughSdk<Name extends OperationName>(
  name: Name,
  output: OutputOf<Name>,
  send: (client: BatchClient) => Promise<object>,
): Promise<object> {
  const operation = { name, handle: () => Promise.resolve(output) };
  // One operation under its own name; TypeScript cannot see that a computed key is that name.
  const operations = { [name]: operation } as OperationRegistry<object>;
  const client = batchClient(createRouter(routerOptions({ operations })));
  // The SDK adds what it knows of the transport; the rest is the output.
  return Object.fromEntries(Object.entries(await send(client)).filter(([member]) => member !== '$metadata'));
}
