// A whole local engine in memory, with a pretended runtime: what an engine test needs to submit jobs and see them end.
import { randomUUID } from 'node:crypto';
import { openSqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import type { SqliteStore } from '../../adapters/sqlite/open-sqlite-store.ts';
import { registeredForm } from '../../core/definition/definition.ts';
import type { ContainerProperties, NodeProperties, SubmitJobInput } from '../../core/definition/wire.ts';
import type { JobId, QueueArn, Scope } from '../../core/ids.ts';
import { arnOf } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/job.ts';
import { acceptJob } from '../../engine/accept.ts';
import type { Ids } from '../../engine/ports.ts';
import type { Launcher } from '../../engine/launch-ports.ts';
import { findDefinition } from '../../engine/store/definitions.ts';
import { getJob } from '../../engine/store/jobs.ts';
import type { LocalEngine } from '../../local/compose.ts';
import { composeLocalEngine } from '../../local/compose.ts';
import { createDefaultsMaker } from '../../local/defaults.ts';
import type { SimulatedLauncher, SimulatedLauncherOptions } from './simulated-launcher.ts';
import { createSimulatedLauncher } from './simulated-launcher.ts';
import { registerDefinition } from '../../engine/store/definitions.ts';

export const SCOPE: Scope = { partition: 'aws', region: 'us-east-1', account: '123456789012' };
export const DEFAULT_QUEUE_ARN = arnOf(SCOPE, 'job-queue', 'default') as QueueArn; // of this type

export interface ALocalEngine {
  readonly engine: LocalEngine;
  readonly opened: SqliteStore;
  readonly launcher: SimulatedLauncher;
  readonly ids: Ids;
  readonly log: readonly { readonly event: string; readonly fields: object }[];
  submit(input?: Partial<SubmitJobInput>): Promise<JobId>;
  register(name: string, container: ContainerProperties): Promise<void>;
  registerNodes(name: string, nodeProperties: NodeProperties): Promise<void>;
  job(jobId: JobId): Promise<Job>;
  /** Resolves with the job as soon as `condition` holds; rejects after a while (default 5 s) with where it stands instead. */
  until(jobId: JobId, condition: (job: Job) => boolean, patienceMs?: number): Promise<Job>;
  ended(jobId: JobId): Promise<Job>;
  close(): Promise<void>;
}

export interface ALocalEngineOptions extends Partial<SimulatedLauncherOptions> {
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly gpus?: number;
  /** Default: a new one. One that is given outlives the engine, as containers outlive a crash. */
  readonly launcher?: SimulatedLauncher;
  /** What runs the containers instead of `launcher`. */
  readonly runtime?: Launcher;
  /** Default: in memory. */
  readonly file?: string;
}

export async function aLocalEngine(given: ALocalEngineOptions = {}): Promise<ALocalEngine> {
  const clock = { now: given.now ?? (() => Date.now()) };
  const log: { event: string; fields: object }[] = [];
  const opened = openSqliteStore({ file: given.file ?? ':memory:', clock });
  const launcher =
    given.launcher ??
    createSimulatedLauncher({ now: () => clock.now(), onStart: () => ({ exitCode: 0 }), ...given });
  const vcpus = given.vcpus ?? 4;
  const gpus = given.gpus ?? 0;
  const ids = { jobId: () => randomUUID() as JobId, uuid: () => randomUUID() }; // a job id is a UUID
  const engine = composeLocalEngine({
    opened,
    launcher: given.runtime ?? launcher,
    host: {
      total: { vcpus, memoryMiB: given.memoryMiB ?? 65_536, gpus },
      gpuIds: Array.from({ length: gpus }, (_, gpu) => gpu),
    },
    clock,
    ids,
    jobEnvironment: {},
    retentionMs: 86_400_000,
    stopGraceSeconds: 1,
    log: (event, fields) => log.push({ event, fields }),
  });
  await engine.start();
  const { store, resources } = engine;
  await createDefaultsMaker({ resources, settings: opened.settings, vcpus, nowMs: () => clock.now() })(SCOPE);

  async function job(jobId: JobId): Promise<Job> {
    const found = await getJob(store, jobId);
    if (!found) throw new Error(`no job ${jobId}`);
    return found.job;
  }

  async function until(jobId: JobId, condition: (job: Job) => boolean, patienceMs = 5_000): Promise<Job> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const now = await job(jobId);
      if (condition(now)) return now;
      if (Date.now() > deadline)
        throw new Error(`${jobId} is still ${JSON.stringify(now)}; log: ${JSON.stringify(log)}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 2);
      });
    }
  }

  return {
    engine,
    opened,
    launcher,
    ids,
    log,
    job,
    until,
    ended: (jobId) => until(jobId, isTerminal),
    async register(name, containerProperties) {
      const registered = registeredForm({ jobDefinitionName: name, type: 'container', containerProperties });
      await registerDefinition(store.table, SCOPE, {
        name,
        type: 'container',
        registered,
        tags: {},
        createdAtMs: 1,
      });
    },
    async registerNodes(name, nodeProperties) {
      const registered = registeredForm({ jobDefinitionName: name, type: 'multinode', nodeProperties });
      const definition = { name, type: 'multinode', registered, tags: {}, createdAtMs: 1 };
      await registerDefinition(store.table, SCOPE, definition);
    },
    async submit(input = {}) {
      const submit = { jobName: 'job', jobQueue: 'default', jobDefinition: 'shell', ...input };
      const definition = await findDefinition(store.table, SCOPE, submit.jobDefinition);
      if (!('found' in definition)) throw new Error(definition.message);
      const accepted = await acceptJob(
        { store, clock, ids },
        { scope: SCOPE, queueArn: DEFAULT_QUEUE_ARN, definition: definition.found, submit },
      );
      if ('problem' in accepted) throw new Error(accepted.problem.message);
      return accepted.job.jobId;
    },
    async close() {
      await engine.stop();
      await opened.close();
    },
  };
}
