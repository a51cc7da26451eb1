// `slipway local`: the whole service on one machine and one port. Owns the data folder: nothing else may use it at the same
// time, and what is in it is enough to go on after any crash.
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { authenticateBySignature, createSignatureVerifier } from '../api/sigv4.ts';
import type { Authenticated, Router } from '../api/router.ts';
import { createRouter } from '../api/router.ts';
import type { ApiRequest } from '../api/request.ts';
import { createLogsService } from '../api/logs/service.ts';
import { createEcsService } from '../api/ecs/service.ts';
import { createFileLogs } from '../adapters/files/file-logs.ts';
import { openSqliteStore } from '../adapters/sqlite/open-sqlite-store.ts';
import type { SqliteStore } from '../adapters/sqlite/open-sqlite-store.ts';
import { partitionOf } from '../core/ids.ts';
import type { JobId } from '../core/ids.ts';
import type { Clock, Ids } from '../engine/ports.ts';
import type { Host } from '../engine/schedule.ts';
import { jobTags } from '../engine/store/job-tags.ts';
import { queueTableTags } from '../engine/store/tags.ts';
import type { AccessKey } from './access-keys.ts';
import { createAccessKeys, makeAccessKey } from './access-keys.ts';
import type { LocalEngine } from './compose.ts';
import { composeLocalEngine } from './compose.ts';
import { createDefaultsMaker } from './defaults.ts';
import { createEcsView } from './ecs-view.ts';
import { createEventStream } from './event-stream.ts';
import { createHttpServer, listenOnLoopback, sendJson } from './http-server.ts';
import type { SideRoute } from './http-server.ts';
import { createLogCatalog } from './task-records.ts';
import { OPERATIONS } from './operations.ts';
import { createResetRoute } from './reset.ts';
import type { Runtime, RuntimeChoice } from './runtime.ts';
import { chooseRuntime, createLauncher } from './runtime.ts';
import { createWhyRoute } from './why-route.ts';

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
  /** How long ended jobs stay; default 30 days. */
  readonly retentionMs?: number;
  readonly log: (event: object) => void;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface LocalServer {
  readonly endpoint: string;
  readonly region: string;
  readonly runtime: Runtime;
  readonly credentials: AccessKey;
  readonly dataDir: string;
  /** Jobs that run go on; the next start takes them up. */
  close(): Promise<void>;
}

type Log = (event: string, fields: Readonly<Record<string, unknown>>) => void;

const DEFAULT_RETENTION_MS = 30 * 24 * 60 * 60 * 1000;
const STOP_GRACE_SECONDS = 30;
const SERVICES = ['batch', 'logs', 'ecs', 'execute-api'];
const clock: Clock = { now: () => Date.now() };
const ids: Ids = { jobId: () => randomUUID() as JobId, uuid: () => randomUUID() }; // a job id is a UUID

/** Errors, each a sentence for its user: PortInUseError, RuntimeUnavailableError, and those of `openSqliteStore`. */
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

  const authenticate = async (request: ApiRequest, atMs: number): Promise<Authenticated> =>
    instance.authenticate(request, atMs);
  const events = {
    method: 'GET',
    path: /^\/_local\/events$/,
    handle: (...call: Parameters<SideRoute['handle']>) => instance.events.handle(...call),
  };
  const why = createWhyRoute({
    schedule: () => instance.engine.schedule,
    authenticate,
    nowMs: () => clock.now(),
    newRequestId: randomUUID,
    log,
  });
  const http = createHttpServer({
    router: async (request) => {
      await ready;
      return instance.router(request);
    },
    routes: [events, why, statusRoute(), ...(options.allowReset ? [createResetRoute(reset)] : [])],
    log,
  });
  let port: number;
  try {
    port = await listenOnLoopback(http, options.port, options.portFallback);
  } catch (error) {
    await instance.close();
    throw error;
  }
  const endpoint = `http://127.0.0.1:${port}`;
  await writeEndpointFile(options.dataDir, { endpoint, region, ...instance.key, pid: process.pid });
  log('local.ready', { endpoint, runtime });
  return {
    endpoint,
    region,
    runtime,
    credentials: instance.key,
    dataDir: options.dataDir,
    async close() {
      await rm(join(options.dataDir, 'endpoint.json'), { force: true });
      instance.events.close();
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeIdleConnections();
      await instance.close();
      http.closeAllConnections();
      await closed;
    },
  };
}

/** Everything that a reset makes anew. */
interface Instance {
  readonly engine: LocalEngine;
  readonly router: Router;
  readonly events: ReturnType<typeof createEventStream>;
  readonly key: AccessKey;
  readonly authenticate: (request: ApiRequest, atMs: number) => Promise<Authenticated>;
  close(): Promise<void>;
}

async function openInstance(
  options: LocalOptions,
  runtime: Runtime,
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Instance> {
  const opened = openSqliteStore({ file: join(options.dataDir, 'slipway.db'), clock, log });
  const vcpus = options.vcpus ?? availableParallelism();
  const gpus = options.gpus ?? 0;
  const key = await ownKey(opened, options);
  const launcher = createLauncher(runtime, {
    dataDir: options.dataDir,
    dataDirId: await remembered(opened, 'data-dir-id', randomUUID),
    environment,
    ...(options.network === undefined ? {} : { network: options.network }),
    log,
  });
  const host: Host = {
    total: { vcpus, memoryMiB: options.memoryMiB ?? Math.floor(totalmem() / 2 ** 20), gpus },
    gpuIds: Array.from({ length: gpus }, (_, gpu) => gpu),
  };
  const engine = composeLocalEngine({
    opened,
    launcher,
    host,
    clock,
    ids,
    jobEnvironment: options.jobEnvironment,
    retentionMs: options.retentionMs ?? DEFAULT_RETENTION_MS,
    stopGraceSeconds: STOP_GRACE_SECONDS,
    log,
  });
  const { account } = options;
  const makeDefaults = createDefaultsMaker({
    resources: engine.resources,
    settings: opened.settings,
    vcpus,
    nowMs: () => clock.now(),
  });
  const keys = createAccessKeys({
    account,
    own: [key, ...options.accessKeys],
    environment,
    nowMs: () => clock.now(),
  });
  const verified = authenticateBySignature(
    createSignatureVerifier({ credentialsOf: (id) => keys.credentialsOf(id), services: SERVICES }),
  );
  const authenticate = async (request: ApiRequest, atMs: number): Promise<Authenticated> => {
    const caller = await verified(request, atMs);
    await makeDefaults({ partition: partitionOf(caller.region), region: caller.region, account });
    return caller;
  };
  const { store } = engine;
  const { table } = store;
  const deps = {
    ...engine.resources,
    store,
    clock,
    ids,
    tagTargets: { ...queueTableTags(table), job: jobTags(store) },
  };
  const router = createRouter<typeof deps>({
    operations: OPERATIONS,
    deps,
    services: [
      createLogsService({ logs: createFileLogs(options.dataDir), catalog: createLogCatalog(store) }),
      createEcsService(createEcsView(store, host)),
    ],
    authenticate,
    log,
    newRequestId: randomUUID,
    nowMs: () => clock.now(),
  });
  await engine.start();
  return {
    engine,
    router,
    events: createEventStream({
      events: opened.events,
      account,
      authenticate,
      nowMs: () => clock.now(),
      newRequestId: randomUUID,
      log,
    }),
    key,
    authenticate,
    async close() {
      await engine.stop();
      await opened.close();
    },
  };
}

/** The key pair of this data folder: made once, then kept. */
async function ownKey(opened: SqliteStore, options: LocalOptions): Promise<AccessKey> {
  const kept = await remembered(opened, 'access-key', () =>
    JSON.stringify(options.accessKeys[0] ?? makeAccessKey()),
  );
  return JSON.parse(kept) as AccessKey; // written by the line above
}

async function remembered(opened: SqliteStore, key: string, make: () => string): Promise<string> {
  const known = await opened.settings.get(key);
  if (known !== undefined) return known;
  const made = make();
  await opened.settings.set(key, made);
  return made;
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

/** Says that it is there, and nothing that a stranger should not know. */
function statusRoute(): SideRoute {
  return {
    method: 'GET',
    path: /^\/$/,
    async handle(_request, _match, response) {
      sendJson(response, 200, { service: 'slipway', api: 'AWS Batch 2016-08-10' });
    },
  };
}
