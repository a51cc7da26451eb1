// The project of somebody who follows a page: an empty folder with Slipway installed in it, a server started there by the
// page's own words, and a shell for its commands.
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, normalize } from 'node:path';
import type { Page } from './page.ts';

const CHECKOUT = normalize(join(import.meta.dirname, '../..'));
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
const COMMAND_LIMIT_MS = 120_000;
/** This checkout's `npm start`. */
export const NPM_START = `npm --prefix '${CHECKOUT}' start --`;
const WITH_VARIABLES = '[ ! -e .variables ] || source .variables';

export interface Ended {
  readonly exitCode: number;
  /** Both streams, as a person sees them. */
  readonly printed: string;
}

export interface PageProject {
  readonly folder: string;
  readonly endpoint: string;
  /** Of every command: what the page's reader has before the page begins. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a block with the variables that the blocks before it left. */
  shell(text: string, limitMs?: number): Promise<Ended>;
  /** Starts a command line with those variables and leaves it running; the caller ends it. */
  background(text: string): Running;
  /** Starts a server of its own by a command line, and ends it by Ctrl-C as soon as it has said so much. */
  serveOnce(text: string, until?: RegExp): Promise<Ended>;
  stop(): Promise<void>;
}

export interface Running {
  readonly child: ChildProcess;
  /** Ctrl-C: a terminal tells the program and all that it started. */
  interrupt(): void;
  /** What it has printed so far. */
  printed(): string;
  readonly ended: Promise<Ended>;
}

export interface PageProjectOptions {
  /** Folders whose programs the page's reader has installed. */
  readonly path?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** What starts the server of a page that takes one for granted. */
  readonly server?: string;
}

export async function aPageProject(page: Page, options: PageProjectOptions = {}): Promise<PageProject> {
  const folder = await mkdtemp(join(tmpdir(), `slipway-page-${page.name}-`));
  const home = join(folder, 'home');
  await mkdir(home);
  await mkdir(join(folder, 'tmp'));
  await install(folder);
  for (const { name, text } of page.files) await writeFile(join(folder, name), text);
  const { PATH = '' } = process.env;
  const environment = {
    PATH: [...(options.path ?? []), PATH].join(delimiter),
    HOME: home,
    USER: 'reader',
    TMPDIR: join(folder, 'tmp'),
    LANG: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
    npm_config_update_notifier: 'false',
    ...options.environment,
  };
  const background = (text: string): Running =>
    runningProgram(
      spawn('bash', ['-c', `${WITH_VARIABLES}\n${text}`], { cwd: folder, env: environment, detached: true }),
    );
  // As the page has it, but on a free port, and so that no job outlives the test.
  const server = background(`exec ${options.server ?? startOf(page)} --port 0 --allow-reset`);
  let served = 0;
  const clean = (): Promise<void> => rm(folder, { recursive: true, maxRetries: 3 });
  let endpoint: string;
  try {
    endpoint = await readyEndpoint(server);
  } catch (error) {
    server.child.kill('SIGKILL');
    await clean();
    throw error;
  }
  return {
    folder,
    endpoint,
    environment,
    background,
    shell: (text, limitMs = COMMAND_LIMIT_MS) => shell({ text, folder, environment, limitMs }),
    async serveOnce(text, until) {
      const other = background(
        `exec ${text} --port 0 --data-dir '${join(folder, `served-${(served += 1)}`)}'`,
      );
      await readyEndpoint(other, until);
      other.interrupt();
      return other.ended;
    },
    async stop() {
      await fetch(`${endpoint}/_local/reset`, { method: 'POST' });
      await endServer(server, folder);
      await clean();
    },
  };
}

function startOf({ path, server }: Page): string {
  if (server === undefined) throw new Error(`${path} starts no server`);
  return server;
}

async function install(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '.bin'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'project', type: 'module' }));
  await symlink(CHECKOUT, join(modules, 'slipway'));
  await symlink(join(CHECKOUT, 'bin', 'slipway.mjs'), join(modules, '.bin', 'slipway'));
  await symlink(join(CHECKOUT, 'node_modules', '@aws-sdk'), join(modules, '@aws-sdk'));
}

function runningProgram(child: ChildProcess): Running {
  let printed = '';
  const take = (chunk: Buffer): void => void (printed += chunk.toString());
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const ended = once(child, 'close').then(([code]) => ({ exitCode: Number(code ?? -1), printed }));
  const { pid } = child;
  const interrupt = (): void => void (pid === undefined || process.kill(-pid, 'SIGINT'));
  return { child, interrupt, printed: () => printed, ended };
}

async function readyEndpoint(server: Running, ready = /^Slipway ready: (\S+)$/m): Promise<string> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    const endpoint = ready.exec(server.printed())?.[1];
    if (endpoint !== undefined) return endpoint;
    const { child } = server;
    if (child.exitCode !== null || performance.now() > deadline) {
      throw new Error(`the server is not ready (exit code ${child.exitCode}):\n${server.printed()}`);
    }
    await Promise.race([server.ended, pause(20)]);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

interface ShellRun {
  readonly text: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

function shell({ text, folder, environment, limitMs }: ShellRun): Promise<Ended> {
  // Every variable is exported, so that the next block has what this one leaves.
  const script = [
    'exec 2>&1',
    WITH_VARIABLES,
    "trap 'declare -px >.variables' EXIT",
    'set -aeuo pipefail',
    text,
  ].join('\n');
  const options = { cwd: folder, env: environment, timeout: limitMs, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', script], options, (error, stdout) => {
      if (error && typeof error.code !== 'number') reject(new Error(`${text}\n${stdout}`, { cause: error }));
      else resolve({ exitCode: Number(error?.code ?? 0), printed: stdout });
    });
  });
}

/** The server itself: what `npx` starts is not what hears the signals that npx gets. */
async function endServer(server: Running, folder: string): Promise<void> {
  if (server.child.exitCode !== null) return;
  const { pid } = await endpointFile(folder);
  process.kill(pid, 'SIGTERM');
  const impatience = setTimeout(() => process.kill(pid, 'SIGKILL'), STOP_LIMIT_MS);
  await server.ended;
  clearTimeout(impatience);
}

export interface EndpointFile {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly pid: number;
}

/** The keys and the Region of the project's server. */
export async function endpointFile(folder: string): Promise<EndpointFile> {
  const text = await readFile(join(folder, '.slipway', 'endpoint.json'), 'utf8');
  return JSON.parse(text) as EndpointFile; // what the server wrote
}
