// The API of the cloud home. What a call rarely needs, executions, the scheduler's queue, own keys, is loaded when one does: a
// cold start reads no more than a SubmitJob uses.
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createHomeEndpoint } from '../api/home-endpoint.ts';
import type { ApiRequest } from '../api/request.ts';
import { createApiRouter, tagTargetsOf } from './api-router.ts';
import { createAuthenticate } from './authenticate.ts';
import { clock, composeStore } from './compose-store.ts';
import { readConfig } from './config.ts';
import { homeOf } from './home-of-account.ts';
import type { HttpEvent, IamCaller } from './http-event.ts';
import { apiRequestOf, httpResultOf } from './http-event.ts';
import { composeResourceDeps } from './compose-resource-deps.ts';
import { once } from './once.ts';
import { createTelemetry, measured } from './telemetry.ts';

export function composeApi(): (event: HttpEvent) => Promise<APIGatewayProxyStructuredResultV2> {
  const config = readConfig('api');
  const telemetry = createTelemetry('api');
  const cloud = composeStore(config, telemetry);
  const access = once(async () => {
    const { composeAccess } = await import('./compose-access.ts');
    return composeAccess(config, tagTargetsOf(cloud.store), telemetry);
  });
  const callers = new WeakMap<ApiRequest, IamCaller>();
  const router = createApiRouter({
    store: cloud.store,
    clock,
    resources: composeResourceDeps(config, cloud, telemetry),
    authenticate: createAuthenticate({
      account: config.account,
      region: config.region,
      iamCallerOf: (request) => callers.get(request),
      ...(config.accessKeysSecretPrefix === undefined
        ? {}
        : { findOwnKey: async (id: string) => (await access()).findOwnKey(id) }),
    }),
    beside: [createHomeEndpoint(() => homeOf(config))],
    authorize: async (call) => (await access()).authorize(call),
    onCall: async (record) => (await access()).onCall(record),
    log: telemetry.log,
  });
  return (event) =>
    measured(telemetry, async () => {
      const request = apiRequestOf(event);
      const caller = event.requestContext.authorizer?.iam;
      if (caller) callers.set(request, caller);
      return httpResultOf(await router(request));
    });
}
