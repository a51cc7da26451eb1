// A server in an AWS account: behind API Gateway, which wants signatures for itself, made with whatever credentials this shell has
// for AWS; its logs are in CloudWatch Logs.
import { CliError } from './cli-error.ts';
import { askHome } from './ask-home.ts';
import { cloudRegion } from './endpoint-kind.ts';
import type { Credentials, Server, ServerOptions } from './server.ts';
import { ServiceError } from './signed-request.ts';
import type { Terminal } from './terminal.ts';

/** API Gateway's hosts, also those of its private endpoints and of emulators. */
export function isCloudEndpoint(endpoint: string): boolean {
  return new URL(endpoint).hostname.includes('.execute-api.');
}

export function cloudServer(
  { env }: Terminal,
  endpoint: string,
  foundIn: string,
  options: ServerOptions,
): Server {
  const region = cloudRegion(endpoint, options.region, env);
  const server: Server = {
    endpoint,
    region,
    credentials: standardChain(endpoint),
    foundIn,
    signsFor: 'execute-api',
    logsEndpoint:
      env['AWS_ENDPOINT_URL_CLOUDWATCH_LOGS'] ?? env['AWS_ENDPOINT_URL'] ?? logsEndpointIn(region),
    jobLogGroup: () => group(),
  };
  const group = askedOnce(server);
  return server;
}

/** The log group of a server's jobs, asked for at the first call. */
export function askedOnce(server: Server): () => Promise<string | undefined> {
  let group: Promise<string | undefined> | undefined;
  return () => (group ??= askGroup(server));
}

/** Not told by an earlier Slipway, nor to everybody who may read logs: then it is most likely the ordinary one. */
async function askGroup(server: Server): Promise<string | undefined> {
  try {
    return (await askHome(server)).logGroups.jobs;
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

function logsEndpointIn(region: string): string {
  return `https://logs.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** The chain is loaded and asked at the first call, and again before its credentials end. */
function standardChain(endpoint: string): () => Promise<Credentials> {
  let chain: Promise<() => Promise<Credentials>> | undefined;
  return async () => {
    try {
      chain ??= import('../local/proxy-credentials.ts').then((module) => module.standardCredentials());
      return await (
        await chain
      )();
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new CliError(`There are no AWS credentials to sign calls to ${endpoint}: ${said}`, {
        hint: 'aws sso login, or set AWS_PROFILE to a profile with valid keys. slipway doctor --aws shows who you are.',
        cause,
      });
    }
  };
}
