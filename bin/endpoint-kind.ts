// Whether an address is a server on this machine or one in an AWS account, and which Region the latter is in.
import { usageError } from './cli-error.ts';

/** `local`: loopback. Anything else is taken for a server in the cloud. */
export function isOnThisMachine(endpoint: string): boolean {
  const { hostname } = new URL(endpoint);
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** The Region that an address of API Gateway names. */
export function regionOfEndpoint(endpoint: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(new URL(endpoint).hostname)?.[1];
}

export function readEndpoint(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))
    return new URL(text).href.replace(/\/+$/, '');
  throw usageError(
    `--endpoint is not an http address: ${text}`,
    'Such as https://abc123.execute-api.eu-west-1.amazonaws.com',
  );
}

/** What was typed, what the address says, what the shell says; in that order. */
export function cloudRegion(
  endpoint: string,
  typed: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const region = typed ?? regionOfEndpoint(endpoint) ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (region) return region;
  throw usageError(`Which Region is ${endpoint} in?`, 'Name it with --region, such as --region eu-west-1');
}
