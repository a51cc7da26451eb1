// The key pairs of a server, wherever it is: through its own signed calls on this machine, in Secrets Manager for one in an AWS
// account. A policy is checked before anything is asked for, so that a mistake in it names its file.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError, exitCodes } from './cli-error.ts';
import { cloudRegion, isOnThisMachine, readEndpoint } from './endpoint-kind.ts';
import type { Server, ServerOptions } from './server.ts';
import { requestJson } from './signed-request.ts';
import type { Terminal } from './terminal.ts';
import { useServer } from './use-server.ts';

export interface KeyOptions extends ServerOptions {
  readonly secretPrefix: string;
}

export interface ShownKey {
  readonly accessKeyId: string;
  readonly name: string;
  readonly policies: readonly object[];
  readonly createdAt: number;
  readonly expiresAt?: number;
}

export interface MadeKey extends ShownKey {
  readonly secretAccessKey: string;
}

export interface KeyClient {
  list(): Promise<readonly ShownKey[]>;
  create(name: string, policies: readonly object[]): Promise<MadeKey>;
  rotate(accessKeyId: string, overlapHours: number): Promise<MadeKey>;
  delete(accessKeyId: string): Promise<void>;
}

export const DEFAULT_SECRET_PREFIX = 'slipway/keys/';
const HOUR_MS = 3_600_000;

export async function useKeys<T>(
  terminal: Terminal,
  options: KeyOptions,
  work: (keys: KeyClient) => Promise<T>,
): Promise<T> {
  const endpoint = options.endpoint === undefined ? undefined : readEndpoint(options.endpoint);
  if (endpoint !== undefined && !isOnThisMachine(endpoint)) {
    return useCloudKeys(cloudRegion(endpoint, options.region, terminal.env), options.secretPrefix, work);
  }
  return useServer(terminal, options, ({ server }) => work(localKeys(server)));
}

function localKeys(server: Server): KeyClient {
  const ask = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> =>
    requestJson(server, {
      service: 'batch',
      method,
      path: `/_slipway/keys${path}`,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  const id = encodeURIComponent;
  // The server's own answers, in the shapes that api/key-endpoints.ts gives them.
  return {
    list: async () => ((await ask('GET', '')) as { readonly keys: readonly ShownKey[] }).keys,
    create: async (name, policies) => (await ask('POST', '', { name, policies })) as MadeKey,
    rotate: async (accessKeyId, overlapHours) =>
      (await ask('POST', `/${id(accessKeyId)}/rotate`, { overlapHours })) as MadeKey,
    delete: async (accessKeyId) => void (await ask('DELETE', `/${id(accessKeyId)}`)),
  };
}

async function useCloudKeys<T>(
  region: string,
  prefix: string,
  work: (keys: KeyClient) => Promise<T>,
): Promise<T> {
  const { openCloudKeys } = await import('../local/cloud-keys.ts');
  const keys = openCloudKeys(region, prefix);
  try {
    return await work({
      list: () => keys.list(),
      create: (name, policies) => keys.create(name, policies),
      async rotate(accessKeyId, overlapHours) {
        const made = await keys.rotate(accessKeyId, overlapHours * HOUR_MS);
        if (made) return made;
        throw noSuchKey(accessKeyId);
      },
      async delete(accessKeyId) {
        if ((await keys.delete(accessKeyId)) === 'missing') throw noSuchKey(accessKeyId);
      },
    });
  } finally {
    keys.close();
  }
}

function noSuchKey(accessKeyId: string): CliError {
  return new CliError(`There is no key ${accessKeyId}.`, {
    hint: 'slipway keys list shows those there are.',
  });
}

/** A policy document from a file, checked as IAM would. */
export async function readPolicyFile(terminal: Terminal, file: string): Promise<object> {
  const path = resolve(terminal.cwd, file);
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`Cannot read the policy ${file}: ${said}`, { exitCode: exitCodes.usage, cause });
  }
  const { policyMistake } = await import('../local/policy-mistake.ts');
  const mistake = policyMistake(document);
  if (mistake === undefined) return document as object; // a policy is an object
  throw new CliError(`${file} is not a policy that IAM would take: ${mistake}`, {
    exitCode: exitCodes.usage,
    hint: 'docs/access.md has examples.',
  });
}
