// `slipway local`: the whole service on one machine and one port. Owns the data folder: nothing else may use it at the same
// time, and what is in it is enough to go on after any crash.
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../api/errors.ts';
import type { AccessKey } from './access-keys.ts';
import { admitToConsole, recordVisits } from './console-access.ts';
import { createConsoleRoutes } from './console/routes.ts';
import { createPageRoute } from './console/static-files.ts';
import { createHttpServer, listenOnLoopback } from './http-server.ts';
import type { SideRoute } from './http-server.ts';
import { clock, openInstance } from './instance.ts';
import { createResetRoute } from './reset.ts';
import type { Runtime, RuntimeChoice } from './runtime.ts';
import { chooseRuntime } from './runtime.ts';

export interface LocalOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Take a free port when the wanted one is in use. */
  readonly portFallback: boolean;
  readonly dataDir: string;
  readonly runtime: RuntimeChoice;
  /** Defaults: this machine's processors and memory; no GPUs. */
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly gpus?: number;
  readonly account: string;
  readonly accessKeys: readonly AccessKey[];
  readonly allowReset: boolean;
  readonly jobEnvironment: Readonly<Record<string, string>>;
  readonly network?: string;
  /** A JSON file of what definitions name as secrets; read anew for each attempt. */
  readonly secretsFile?: string;
  /** How long ended jobs stay; default 30 days. */
  readonly retentionMs?: number;
  readonly log: (event: object) => void;
  /** Where the built page of the console lies; default: dist/console. */
  readonly consoleFolder?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface LocalServer {
  readonly endpoint: string;
  readonly region: string;
  readonly runtime: Runtime;
  readonly credentials: AccessKey;
  readonly dataDir: string;
  /** A link that signs one browser in to the console, once and within ten minutes. */
  consoleLink(): string;
  /** Jobs that run go on; the next start takes them up. */
  close(): Promise<void>;
}

/** Errors, each a sentence for its user: PortInUseError, RuntimeUnavailableError, SecretsFileError, and those of `openSqliteStore`. */
export async function startLocal(options: LocalOptions): Promise<LocalServer> {
  const log: Log = (event, fields) =>
    options.log({
      at: new Date().toISOString(),
      level: /fail|broke|corrupt/.test(event) ? 'error' : 'info',
      event,
      ...fields,
    });
  const environment = options.environment ?? process.env;
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const runtime = await chooseRuntime(options.runtime, environment);
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });

  let instance = await openInstance(options, runtime, environment, log);
  /** While a reset is under way, calls wait for the new instance. */
  let ready: Promise<void> = Promise.resolve();
  const reset = async (): Promise<void> => {
    await ready;
    ready = (async () => {
      await instance.engine.killAll();
      await instance.close();
      await emptyDataDir(options.dataDir);
      instance = await openInstance(
        { ...options, accessKeys: [instance.key, ...options.accessKeys] },
        runtime,
        environment,
        log,
      );
    })();
    await ready;
  };

  const events = {
    method: 'GET',
    path: /^\/_local\/events$/,
    handle: (...call: Parameters<SideRoute['handle']>) => instance.events.handle(...call),
  };
  let endpoint = '';
  const linkFor = (of: string): string => `${endpoint}/#token=${instance.console.signIn.issue(of)}`;
  const about = {
    account: options.account,
    nowMs: () => clock.now(),
    newRequestId: randomUUID,
    log,
  };
  const consoleAccess = { ...about, instance: () => instance, region };
  const consoleRoutes = createConsoleRoutes({
    ...about,
    instance: () => instance.console,
    runtime,
    linkFor,
    authenticate: admitToConsole(consoleAccess),
  }).map((route) => recordVisits(consoleAccess, route));
  const http = createHttpServer({
    router: async (request) => {
      await ready;
      return instance.router(request);
    },
    routes: [
      events,
      createPageRoute(options.consoleFolder),
      ...consoleRoutes,
      ...(options.allowReset ? [createResetRoute(reset)] : []),
    ],
    log,
  });
  let port: number;
  try {
    port = await listenOnLoopback(http, options.port, options.portFallback);
  } catch (error) {
    await instance.close();
    throw error;
  }
  endpoint = `http://127.0.0.1:${port}`;
  await writeEndpointFile(options.dataDir, { endpoint, region, ...instance.key, pid: process.pid });
  log('local.ready', { endpoint, runtime });
  return {
    endpoint,
    region,
    runtime,
    credentials: instance.key,
    dataDir: options.dataDir,
    consoleLink: () => linkFor(region),
    async close() {
      await rm(join(options.dataDir, 'endpoint.json'), { force: true });
      instance.events.close();
      instance.console.close();
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeIdleConnections();
      await instance.close();
      http.closeAllConnections();
      await closed;
    },
  };
}

async function writeEndpointFile(dataDir: string, content: object): Promise<void> {
  await writeFile(join(dataDir, 'endpoint.json'), `${JSON.stringify(content, undefined, 2)}\n`, {
    mode: 0o600,
  });
}

async function emptyDataDir(dataDir: string): Promise<void> {
  for (const name of ['slipway.db', 'slipway.db-wal', 'slipway.db-shm', 'attempts', 'logs']) {
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}
