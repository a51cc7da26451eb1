// How every AWS client of the functions is made: no endpoint of its own, so that the standard variables hold; a few quick
// repetitions, on top of which the adapters have bounded ones; and what it asks is watched: each refusal for being too many is
// counted, and where the environment wants it, each call.
import type { MetadataBearer, MiddlewareStack } from '@smithy/types';
import type { Telemetry } from './telemetry.ts';

/** A container that is frozen between calls finds old connections closed; a short wait for a new one tells soon. */
export const CLIENT_OPTIONS = { maxAttempts: 3, retryMode: 'standard' } as const;

const THROTTLED = /throttl|toomanyrequests|requestlimitexceeded|provisionedthroughputexceeded|slowdown/i;

interface Client<Input extends object, Output extends MetadataBearer> {
  readonly middlewareStack: MiddlewareStack<Input, Output>;
}

/** To be called once for every client. */
export function watchCalls<Input extends object, Output extends MetadataBearer>(
  client: Client<Input, Output>,
  service: string,
  telemetry: Pick<Telemetry, 'measure' | 'meter'>,
): void {
  countThrottles(client, service, telemetry);
  const { meter } = telemetry;
  if (!meter) return;
  client.middlewareStack.add(
    (next, context) => async (args) =>
      (await meter()).middleware<Input, Output>(service)(next, context)(args),
    { step: 'initialize', name: 'slipwayMeterOperations' },
  );
}

/** Counts what is refused by `service`, each try of a call on its own. */
function countThrottles<Input extends object, Output extends MetadataBearer>(
  client: Client<Input, Output>,
  service: string,
  { measure }: Pick<Telemetry, 'measure'>,
): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error && THROTTLED.test(error.name)) measure('throttles', 1, service);
        throw error;
      }
    },
    // Inside the SDK's own repetitions.
    { step: 'finalizeRequest', priority: 'low', name: 'slipwayCountThrottles' },
  );
}
