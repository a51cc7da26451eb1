// The user's own AWS credentials, from the standard chain: asked for once, and again before they expire.
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';

export interface ProxyCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type CredentialSource = () => Promise<ProxyCredentials>;

/** The SDK asks for new ones so long before the old ones end. */
const EARLY_MS = 5 * 60_000;

export function standardCredentials(profile?: string): CredentialSource {
  return remember(fromNodeProviderChain(profile === undefined ? {} : { profile }), () => Date.now());
}

export function remember(source: CredentialSource, nowMs: () => number): CredentialSource {
  let current: ProxyCredentials | undefined;
  /** Those who come while the chain is asked share its answer. */
  let asking: Promise<ProxyCredentials> | undefined;
  return async () => {
    const endsMs = current?.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    if (current && nowMs() < endsMs - EARLY_MS) return current;
    asking ??= source().finally(() => (asking = undefined));
    current = await asking;
    return current;
  };
}
