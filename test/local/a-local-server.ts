// A Slipway server in the process of a test: on a free port, with processes of this machine for jobs, and nothing of anybody's AWS
// configuration. What a test does not care about is said here.
import { Batch } from '@aws-sdk/client-batch';
import type { LocalOptions } from '../../local/local-options.ts';
import type { LocalServer } from '../../local/server.ts';
import { startLocal } from '../../local/server.ts';

export type GivenOptions = Partial<LocalOptions> & Pick<LocalOptions, 'dataDir'>;

export function aLocalServer(given: GivenOptions): Promise<LocalServer> {
  return startLocal({
    port: 0,
    portFallback: false,
    runtime: 'process',
    vcpus: 4,
    memoryMiB: 4_096,
    account: '123456789012',
    accessKeys: [],
    allowReset: false,
    jobEnvironment: {},
    log: () => undefined,
    environment: { HOME: given.dataDir },
    ...given,
  });
}

/** The SDK's client with the server's own key; a failure that its own retry would hide is a failure. */
export function batchOf(
  { endpoint, credentials, region }: Pick<LocalServer, 'endpoint' | 'credentials' | 'region'>,
  wanted = region,
): Batch {
  return new Batch({ endpoint, region: wanted, credentials: { ...credentials }, maxAttempts: 1 });
}
