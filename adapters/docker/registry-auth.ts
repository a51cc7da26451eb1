// Registry logins of this machine: what `docker login` keeps in Docker's config.json, as the pull's X-Registry-Auth header.
// The file is read anew for each pull, as ECR logins last twelve hours and are renewed by hand or by cron.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { recordOf, textOf } from './container-state.ts';

/** The header's value for a registry; `undefined` for an anonymous pull. */
export type RegistryAuth = (registry: string) => Promise<string | undefined>;

const HELPER_TIMEOUT_MS = 30_000;
/** What a credential helper answers as user name when its secret is an identity token. */
const TOKEN_USER = '<token>';

/** `configFile`: usually `~/.docker/config.json`. A missing file, or one without the registry, means anonymous. */
export function dockerConfigAuth(configFile: string): RegistryAuth {
  return async (registry) => {
    const config = await readConfig(configFile);
    const helper = textOf(recordOf(config['credHelpers'])[registry]) || textOf(config['credsStore']);
    const login = helper === '' ? storedLogin(config, registry) : await askHelper(helper, registry);
    return login === undefined ? undefined : encodeLogin(login, registry);
  };
}

interface Login {
  readonly username: string;
  readonly password: string;
}

async function readConfig(configFile: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readFile(configFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}; // fs errors carry a code
    throw error;
  }
  try {
    return recordOf(JSON.parse(text));
  } catch (error) {
    throw new Error(`${configFile} must be JSON, as \`docker login\` writes it.`, { cause: error });
  }
}

function storedLogin(config: Readonly<Record<string, unknown>>, registry: string): Login | undefined {
  const auths = recordOf(config['auths']);
  const entry = recordOf(auths[registry] ?? auths[`https://${registry}`] ?? auths[`https://${registry}/v1/`]);
  const identityToken = textOf(entry['identitytoken']);
  if (identityToken !== '') return { username: TOKEN_USER, password: identityToken };
  const decoded = Buffer.from(textOf(entry['auth']), 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon === -1 ? undefined : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Helpers are programs named `docker-credential-<name>`; one that knows no login for the registry fails. */
function askHelper(helper: string, registry: string): Promise<Login | undefined> {
  return new Promise((resolve) => {
    const child = execFile(
      `docker-credential-${helper}`,
      ['get'],
      { timeout: HELPER_TIMEOUT_MS },
      (error, stdout) => {
        resolve(error ? undefined : parseHelperAnswer(stdout));
      },
    );
    // A helper that is not installed closes its input before the name is written; the callback above says so.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(registry);
  });
}

function parseHelperAnswer(text: string): Login | undefined {
  const answer = recordOf(JSON.parse(text));
  const username = textOf(answer['Username']);
  return username === '' ? undefined : { username, password: textOf(answer['Secret']) };
}

function encodeLogin(login: Login, registry: string): string {
  const auth =
    login.username === TOKEN_USER
      ? { identitytoken: login.password, serveraddress: registry }
      : { username: login.username, password: login.password, serveraddress: registry };
  return Buffer.from(JSON.stringify(auth)).toString('base64url');
}
