// The keys that the console signs with: those of whoever started it. They are remembered until they end; where a service does not
// know them any more they are looked for anew, because somebody may have signed in again meanwhile.
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { CredentialSource, ProxyCredentials } from '../proxy-credentials.ts';
import { remember } from '../proxy-credentials.ts';

export interface CallerCredentials {
  current(): Promise<ProxyCredentials>;
  /** The next `current` looks for them again. False: that was done a moment ago, or these are all there are. */
  renew(): boolean;
}

/** Those who wait for new ones ask every second. */
const RENEW_EVERY_MS = 5_000;

/** The standard chain, which reads the files of the user's AWS configuration. */
export function chainCredentials(profile?: string): CallerCredentials {
  const options = profile === undefined ? {} : { profile };
  // The chain remembers, and so does what it reads files with.
  return renewable(
    () => fromNodeProviderChain({ ...options, ignoreCache: true }),
    () => Date.now(),
  );
}

/** `open`: a source that has seen nothing yet. */
export function renewable(open: () => CredentialSource, nowMs: () => number): CallerCredentials {
  let source = remember(open(), nowMs);
  let renewedAtMs = Number.NEGATIVE_INFINITY;
  return {
    current: () => source(),
    renew() {
      if (nowMs() - renewedAtMs < RENEW_EVERY_MS) return false;
      renewedAtMs = nowMs();
      source = remember(open(), nowMs);
      return true;
    },
  };
}

/** Keys that never change. */
export function fixedCredentials(keys: ProxyCredentials): CallerCredentials {
  return { current: async () => keys, renew: () => false };
}
