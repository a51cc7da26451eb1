// All that one data folder holds, opened and wired: the store, the engine on it, and what its callers reach. A reset closes it
// and opens a new one behind the same port.
import { randomBytes, randomUUID } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { createFileLogs } from '../adapters/files/file-logs.ts';
import { NO_SECRETS, openSecretsFile } from '../adapters/files/secrets-file.ts';
import { openSqliteStore } from '../adapters/sqlite/open-sqlite-store.ts';
import type { SqliteStore } from '../adapters/sqlite/open-sqlite-store.ts';
import { createAuthorize } from '../api/access.ts';
import type { Authorize } from '../api/access.ts';
import { createConsoleEndpoints } from '../api/console/console-endpoints.ts';
import { createEcsService } from '../api/ecs/service.ts';
import type { Log } from '../api/errors.ts';
import { createHomeEndpoint } from '../api/home-endpoint.ts';
import { createKeyEndpoints } from '../api/key-endpoints.ts';
import { createJobEndpoints } from '../api/job-endpoints.ts';
import { DEFAULT_LOG_GROUP } from '../api/logs/catalog.ts';
import { createLogsService } from '../api/logs/service.ts';
import { OPERATIONS } from '../api/offered-operations.ts';
import type { CallRecord } from '../api/operation.ts';
import { createOverviewEndpoint } from '../api/overview-endpoint.ts';
import { createPolicyAuthorizer } from '../api/policy-authorizer.ts';
import type { ApiRequest } from '../api/request.ts';
import type { Authenticated, Router } from '../api/router.ts';
import { createRouter } from '../api/router.ts';
import { authenticateBySignature, createSignatureVerifier } from '../api/sigv4.ts';
import { partitionOf } from '../core/ids.ts';
import type { JobId } from '../core/ids.ts';
import type { Clock, Ids } from '../engine/ports.ts';
import type { Host } from '../engine/schedule-deps.ts';
import { jobTags } from '../engine/store/job-tags.ts';
import { queueTableTags } from '../engine/store/tags.ts';
import type { AccessKey } from './access-keys.ts';
import { createAccessKeys, makeAccessKey } from './access-keys.ts';
import { openAuditTrail } from './audit-trail.ts';
import type { LocalEngine } from './compose.ts';
import { composeLocalEngine } from './compose.ts';
import { stepsOfEvents } from './console/event-steps.ts';
import type { ConsoleInstance } from './console/open-console.ts';
import { openConsole } from './console/open-console.ts';
import { createDefaultsMaker } from './defaults.ts';
import { createEcsView } from './ecs-view.ts';
import { createEventStream } from './event-stream.ts';
import { openOwnKeys } from './own-keys.ts';
import type { Runtime } from './runtime.ts';
import { createLauncher } from './runtime.ts';
import type { LocalOptions } from './local-options.ts';
import { createLogCatalog } from './task-records.ts';

const DEFAULT_RETENTION_MS = 30 * 24 * 60 * 60 * 1000;
const STOP_GRACE_SECONDS = 30;
const SERVICES = ['batch', 'logs', 'ecs', 'execute-api'];
export const clock: Clock = { now: () => Date.now() };
const ids: Ids = { jobId: () => randomUUID() as JobId, uuid: () => randomUUID() }; // a job id is a UUID

/** Everything that a reset makes anew. */
export interface Instance {
  readonly engine: LocalEngine;
  readonly router: Router;
  readonly events: ReturnType<typeof createEventStream>;
  readonly console: ConsoleInstance;
  readonly key: AccessKey;
  readonly authenticate: (request: ApiRequest, atMs: number) => Promise<Authenticated>;
  readonly authorize: Authorize;
  /** For what is called beside the router. */
  readonly onCall: (record: CallRecord) => Promise<void>;
  close(): Promise<void>;
}

/** A server with a long queue is to stay small; what is not at hand is read again. */
const STORE_MEMORY = { cachedRows: 3_000, maxQueuedChanges: 1_500 };

export async function openInstance(
  options: LocalOptions,
  runtime: Runtime,
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Instance> {
  const { secretsFile } = options;
  const secrets = secretsFile === undefined ? NO_SECRETS : await openSecretsFile(secretsFile);
  const opened = openSqliteStore({ file: join(options.dataDir, 'slipway.db'), clock, log, ...STORE_MEMORY });
  const vcpus = options.vcpus ?? availableParallelism();
  const gpus = options.gpus ?? 0;
  const key = await ownKey(opened, options);
  const { launcher, isLive } = createLauncher(runtime, {
    dataDir: options.dataDir,
    dataDirId: await remembered(opened, 'data-dir-id', randomUUID),
    environment,
    ...(options.network === undefined ? {} : { network: options.network }),
    secrets,
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
  const made = await openOwnKeys(opened.settings, clock);
  const keys = createAccessKeys({
    account,
    own: [key, ...options.accessKeys],
    made,
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
  const logs = createFileLogs(options.dataDir, isLive ? { isLive } : {});
  const { store } = engine;
  const { table } = store;
  const tagTargets = { ...queueTableTags(table), job: jobTags(store) };
  const authorize = createAuthorize({
    authorizer: createPolicyAuthorizer(({ accessKeyId }) => keys.policiesOf(accessKeyId)),
    tagTargets,
    isEncrypted: false,
  });
  const trail = openAuditTrail({
    audit: opened.audit,
    clock,
    writesRetentionMs: options.retentionMs ?? DEFAULT_RETENTION_MS,
    log,
  });
  const deps = {
    ...engine.resources,
    store,
    countsChildren: true,
    clock,
    ids,
    tagTargets,
  };
  const router = createRouter<typeof deps>({
    operations: OPERATIONS,
    deps,
    services: [
      createLogsService({ logs, catalog: createLogCatalog(store) }),
      createEcsService(createEcsView(store, host)),
    ],
    beside: [
      ...createJobEndpoints({ schedule: async () => engine.schedule }),
      createOverviewEndpoint({
        store,
        // With the pages of the console that ask at the same time.
        read: (scope) => console.overview(scope),
        history: (region) => console.history.read(region, 5),
      }),
      ...createConsoleEndpoints({
        store,
        nowMs: () => clock.now(),
        schedule: async () => engine.schedule,
        stepsOf: (job) => stepsOfEvents(opened.events, job),
      }),
      createHomeEndpoint(({ region }) => ({
        kind: 'local',
        account,
        region,
        runtime,
        logGroups: { jobs: DEFAULT_LOG_GROUP },
      })),
      ...createKeyEndpoints(made),
      trail.endpoint,
    ],
    authenticate,
    authorize,
    onCall: trail.onCall,
    log,
    newRequestId: randomUUID,
    nowMs: () => clock.now(),
  });
  const console = openConsole({
    schedule: engine.schedule,
    ids,
    events: opened.events,
    audit: opened.audit,
    logs,
    sessionKey: await remembered(opened, 'console-session-key', () => randomBytes(32).toString('base64url')),
    prepare: makeDefaults,
    account,
    runtime,
    onCall: trail.onCall,
    log,
  });
  await engine.start();
  return {
    engine,
    router,
    events: createEventStream({
      events: opened.events,
      account,
      authenticate,
      authorize,
      nowMs: () => clock.now(),
      newRequestId: randomUUID,
      log,
    }),
    console,
    key,
    authenticate,
    authorize,
    onCall: trail.onCall,
    async close() {
      console.close();
      trail.close();
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
