// Which server a client command talks to, and with which keys. The order, first match wins: what was typed, what the
// shell's environment names, what a server running in this folder (or one above) left in its endpoint.json.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CliError, exitCodes, usageError } from './cli-error.ts';
import { cloudServer, isCloudEndpoint } from './cloud-server.ts';
import type { KeyedServer, Server, ServerOptions } from './server.ts';
import type { Terminal } from './terminal.ts';

export const defaultDataDir = '.slipway';
export const defaultRegion = 'us-east-1';

export function findServer(terminal: Terminal, options: ServerOptions): Server {
  const { env } = terminal;
  if (options.endpoint) return atEndpoint(terminal, options.endpoint, '--endpoint', options);
  if (options.dataDir) return inDataDir(resolve(terminal.cwd, options.dataDir), options);
  for (const name of ['SLIPWAY_ENDPOINT', 'AWS_ENDPOINT_URL_BATCH']) {
    const endpoint = env[name];
    if (endpoint) return atEndpoint(terminal, endpoint, name, options);
  }
  const file = findEndpointFile(terminal.cwd);
  if (file) return fromFile(file, options);
  throw new CliError('No Slipway server was found.', {
    exitCode: exitCodes.noServer,
    hint:
      `Tried: --endpoint, --data-dir, SLIPWAY_ENDPOINT, AWS_ENDPOINT_URL_BATCH, and ${defaultDataDir}/endpoint.json in ` +
      `${terminal.cwd} and the folders above it.\nStart one here with: slipway local`,
  });
}

/** As findServer, without the AWS variables: for `slipway env`, which exists to replace what they say. */
export function findLocalServer(terminal: Terminal, options: ServerOptions): Server {
  const { AWS_ENDPOINT_URL_BATCH: _, ...env } = terminal.env;
  try {
    return findServer({ ...terminal, env }, options);
  } catch (error) {
    if (!terminal.env['AWS_ENDPOINT_URL_BATCH']) throw error;
    return findServer(terminal, options);
  }
}

function atEndpoint(terminal: Terminal, endpoint: string, foundIn: string, options: ServerOptions): Server {
  const { env } = terminal;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw usageError(`${foundIn} is not an http address: ${endpoint}`, 'Such as http://127.0.0.1:7411');
  }
  if (isCloudEndpoint(endpoint)) return cloudServer(terminal, endpoint, foundIn, options);
  const file = findEndpointFile(terminal.cwd);
  const local = file ? fromFile(file, options) : undefined;
  const region = options.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? local?.region;
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  if (accessKeyId && secretAccessKey) {
    const sessionToken = env['AWS_SESSION_TOKEN'];
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
    return { endpoint, region: region ?? defaultRegion, credentials, foundIn };
  }
  if (local && sameAddress(local.endpoint, endpoint)) {
    return { ...local, region: region ?? defaultRegion, foundIn };
  }
  throw new CliError(`There are no keys to sign calls to ${endpoint} (from ${foundIn}).`, {
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `eval "$(slipway env)"` in the folder of the server.',
  });
}

function sameAddress(left: string, right: string): boolean {
  return new URL(left).origin === new URL(right).origin;
}

function inDataDir(dataDir: string, options: ServerOptions): KeyedServer {
  const file = join(dataDir, 'endpoint.json');
  if (existsSync(file)) return fromFile(file, options);
  throw new CliError(`No Slipway server runs with the data folder ${dataDir}.`, {
    exitCode: exitCodes.noServer,
    hint: `Tried: ${file}.\nStart it with: slipway local --data-dir ${dataDir}`,
  });
}

function findEndpointFile(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, defaultDataDir, 'endpoint.json');
    if (existsSync(file)) return file;
    if (dirname(at) === at) return undefined;
  }
}

function fromFile(file: string, options: ServerOptions): KeyedServer {
  const written = readEndpointFile(file);
  return {
    endpoint: written.endpoint,
    region: options.region ?? written.region,
    credentials: { accessKeyId: written.accessKeyId, secretAccessKey: written.secretAccessKey },
    foundIn: file,
  };
}

type EndpointFile = Readonly<Record<'endpoint' | 'region' | 'accessKeyId' | 'secretAccessKey', string>>;

function readEndpointFile(file: string): EndpointFile {
  let written: unknown;
  try {
    written = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new CliError(`Cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      exitCode: exitCodes.noServer,
      hint: 'Restart the server there (slipway local): it writes the file anew.',
      cause,
    });
  }
  if (isEndpointFile(written)) return written;
  throw new CliError(`${file} lacks an endpoint, a region or the keys.`, {
    exitCode: exitCodes.noServer,
    hint: 'Restart the server there (slipway local): it writes the file anew.',
  });
}

function isEndpointFile(written: unknown): written is EndpointFile {
  if (typeof written !== 'object' || written === null) return false;
  const members = new Map(Object.entries(written));
  const names = ['endpoint', 'region', 'accessKeyId', 'secretAccessKey'];
  return (
    names.every((name) => typeof members.get(name) === 'string') &&
    URL.canParse(String(members.get('endpoint')))
  );
}
