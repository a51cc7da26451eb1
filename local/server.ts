// `slipway local`: the whole service on one machine and one port. Owns the data folder: nothing else may use it at the same
// time, and what is in it is enough to go on after any crash.
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../api/errors.ts';
import type { AccessKey } from './access-keys.ts';
import { admitToConsole } from './console-access.ts';
import { createConsoleRoutes } from './console/routes.ts';
import { createLinkRoute } from './console/session-routes.ts';
import { createPageRoute } from './console/static-files.ts';
import type { LocalOptions } from './local-options.ts';
import { createHttpServer, listenOnLoopback } from './http-server.ts';
import type { SideRoute } from './http-server.ts';
import { clock, openInstance } from './instance.ts';
import { createResetRoute } from './reset.ts';
import type { Runtime } from './runtime.ts';
import { chooseRuntime } from './runtime.ts';

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
  const about = { nowMs: () => clock.now(), newRequestId: randomUUID, log };
  const consoleRoutes = [
    createLinkRoute({
      ...about,
      linkFor,
      authenticate: admitToConsole({ ...about, instance: () => instance }),
    }),
    ...createConsoleRoutes({ ...about, instance: () => instance.console }),
  ];
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
