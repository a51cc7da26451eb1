// A Slipway server for one file of client tests, as a user starts it: the command, a free port, a data folder of its own.
// Nothing of the machine's AWS configuration reaches it or its clients, and no job outlives it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';

const COMMAND = normalize(join(import.meta.dirname, '../../bin/slipway.mjs'));
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

/** A key pair with a session token, as single sign-on leaves it in the user's own AWS configuration. */
export const SHARED_KEY = {
  accessKeyId: 'ASIAOFTHEUSERSPROFIL',
  secretAccessKey: 'the-secret-of-the-users-own-profile',
  sessionToken: 'the-session-of-the-users-own-profile',
} as const;

export interface TestServer {
  readonly endpoint: string;
  /** What a client's process gets to see; `AWS_*` leads it to this server. */
  readonly clientEnvironment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function aServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-clients-test-'));
  const home = join(folder, 'home');
  await mkdir(join(home, '.aws'), { recursive: true });
  await writeFile(join(home, '.aws', 'credentials'), profileText());
  const dataDir = join(folder, 'data');
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: tmpdir() };
  // More room than the machine has: these jobs wait and print, and must not wait for each other.
  const room = ['--vcpus', '64', '--memory', '65536'];
  const args = ['local', '--port', '0', '--data-dir', dataDir, '--runtime', 'process', '--allow-reset'];
  const forEveryJob = ['--job-env', 'FOR_EVERY_JOB=from the operator'];
  const server = spawn(process.execPath, [COMMAND, ...args, ...room, ...forEveryJob], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const clean = (): Promise<void> => rm(folder, { recursive: true });
  try {
    const endpoint = await readyLine(server);
    return {
      endpoint,
      clientEnvironment: await clientEnvironment(endpoint, dataDir, folder),
      async stop() {
        await endJobs(endpoint);
        await end(server);
        await clean();
      },
    };
  } catch (error) {
    await end(server);
    await clean();
    throw error;
  }
}

function profileText(): string {
  const { accessKeyId, secretAccessKey, sessionToken } = SHARED_KEY;
  return [
    '[sso]',
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    `aws_session_token = ${sessionToken}`,
    '',
  ].join('\n');
}

async function readyLine(server: ChildProcess): Promise<string> {
  let out = '';
  let err = '';
  server.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ready = new Promise<string>((resolve) => {
    server.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      const endpoint = /^Slipway ready: (\S+)$/m.exec(out)?.[1];
      if (endpoint !== undefined) resolve(endpoint);
    });
  });
  const failed = Promise.withResolvers<never>();
  server.once('error', failed.reject);
  server.once('exit', (code) => failed.reject(new Error(`slipway local ended with ${code}: ${out}${err}`)));
  const late = setTimeout(
    () => failed.reject(new Error(`slipway local is not ready after a minute: ${out}${err}`)),
    START_LIMIT_MS,
  );
  try {
    return await Promise.race([ready, failed.promise]);
  } finally {
    clearTimeout(late);
    // The server's end after this is no failure of its start.
    failed.promise.catch(() => undefined);
  }
}

interface EndpointFile {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

async function clientEnvironment(
  endpoint: string,
  dataDir: string,
  folder: string,
): Promise<Record<string, string>> {
  const text = await readFile(join(dataDir, 'endpoint.json'), 'utf8');
  const { region, accessKeyId, secretAccessKey } = JSON.parse(text) as EndpointFile; // what the server wrote
  const home = join(folder, 'client-home');
  await mkdir(home);
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
    // A failure that a client's own retry would hide is a failure.
    AWS_MAX_ATTEMPTS: '1',
  };
}

/** Jobs go on when their server ends, which is right for a user and wrong here. */
async function endJobs(endpoint: string): Promise<void> {
  const answer = await fetch(`${endpoint}/_local/reset`, { method: 'POST' });
  if (!answer.ok) throw new Error(`The server could not be reset: ${answer.status} ${await answer.text()}`);
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) return;
  const gone = once(server, 'exit');
  server.kill('SIGTERM');
  const impatience = setTimeout(() => server.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(impatience);
}
