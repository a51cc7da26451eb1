// The Launcher over the Docker Engine. Invariant: the Engine's own containers are the only memory that matters; what this
// process keeps per attempt can be rebuilt from them by `adopt`.
import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EpochMs } from '../../core/ids.ts';
import type { Launcher, Observation } from '../../engine/launch-ports.ts';
import { createAttempt } from './attempt.ts';
import type { Attempt, AttemptDeps } from './attempt.ts';
import { inspectContainer } from './container-calls.ts';
import { LABELS, namesOf } from './container-names.ts';
import type { CreateSetting } from './create-setting.ts';
import type { Inspection } from './container-state.ts';
import { createEngineClient } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';
import { EngineUnreachableError } from './engine-errors.ts';
import { readEngineMachine } from './engine-machine.ts';
import type { EngineMachine } from './engine-machine.ts';
import { createImagePuller } from './image-puller.ts';
import { createPatience } from './patience.ts';
import type { Pauses, Report } from './patience.ts';
import type { RegistryAuth } from './registry-auth.ts';
import { removeTraces } from './remove-traces.ts';

export interface DockerLauncherOptions {
  readonly socketPath: string;
  /** Where a task's output goes; its folder is made when needed. */
  readonly logFileOf: (taskId: string) => string;
  /** Names the data directory: containers of other servers on the same Engine are left alone. */
  readonly dataDirId: string;
  /** `host`, `bridge` (default), `none` or the name of an existing network. */
  readonly network?: string;
  /** Default `shares`: see CreateSetting. */
  readonly cpu?: CreateSetting['cpu'];
  /** Default: anonymous pulls. */
  readonly registryAuth?: RegistryAuth;
  /** Default: nothing is reported. */
  readonly report?: Report;
  readonly now?: () => EpochMs;
  /** Default 100 ms growing to 5 s. */
  readonly pauses?: Pauses;
  /** How long a start waits for an Engine that does not answer; default one minute. */
  readonly engineWaitSeconds?: number;
  /** How long `close` waits for calls under way before it cuts them off; default five seconds. */
  readonly closeWaitMs?: number;
}

export function createDockerLauncher(options: DockerLauncherOptions): Launcher {
  const client = createEngineClient(options.socketPath);
  const puller = createImagePuller(client, options.registryAuth);
  const closing = new AbortController();
  const attempts = new Map<string, Attempt>();
  let listener: ((observation: Observation) => void) | undefined;
  const deps: AttemptDeps = {
    client,
    puller,
    setting: createSettingReader(client, options),
    engineWaitMs: (options.engineWaitSeconds ?? 60) * 1000,
    logFileOf: options.logFileOf,
    closing: closing.signal,
    now: options.now ?? Date.now,
    bootedAtMs: Date.now() - uptime() * 1000,
    patienceFor: (fields) =>
      createPatience(
        options.pauses ?? { firstMs: 100, longestMs: 5_000 },
        options.report ?? (() => undefined),
        fields,
      ),
    observe: (observation) => listener?.(observation),
  };
  const attemptOf = (attemptId: string, taskId: string): Attempt => {
    const known = attempts.get(attemptId);
    if (known) return known;
    const attempt = createAttempt(deps, attemptId, taskId);
    attempts.set(attemptId, attempt);
    return attempt;
  };
  return {
    async start(task) {
      const attempt = attemptOf(task.attemptId, task.taskId);
      const outcome = await attempt.start(task);
      // A refused attempt leaves nothing behind; a stopped one is remembered, as it must never start.
      if (!outcome.started && !attempt.isStopped()) attempts.delete(task.attemptId);
      return outcome;
    },
    async stop(attemptId, graceSeconds) {
      await attempts.get(attemptId)?.stop(graceSeconds);
    },
    async adopt(attemptId, taskId) {
      const known = attempts.get(attemptId);
      if (known) return known.adopt() ? 'adopted' : 'unknown';
      const found = await findContainer(deps, taskId);
      if (found?.labels[LABELS.attempt] !== attemptId) return 'unknown';
      if (found.labels[LABELS.dataDir] !== options.dataDirId) return 'unknown';
      attemptOf(attemptId, taskId).adopt();
      return 'adopted';
    },
    onObservation(newListener) {
      listener = newListener;
    },
    async forget(attemptId, taskId) {
      const attempt = attempts.get(attemptId);
      attempts.delete(attemptId);
      await attempt?.abandon();
      const patience = deps.patienceFor({ attemptId, container: namesOf(taskId).container });
      const mayHave = {
        volumes: attempt?.mayHaveVolumes() ?? true,
        network: attempt?.mayHaveNetwork() ?? true,
      };
      await removeTraces(client, taskId, mayHave, patience, closing.signal);
    },
    async close() {
      closing.abort(new Error('The Docker runtime was closed.'));
      puller.close();
      const settled = Promise.all([...attempts.values()].map((attempt) => attempt.settled()));
      // A create or start under way is better let through: one that was cut off leaves a container in doubt.
      await Promise.race([settled, sleep(options.closeWaitMs ?? 5_000, undefined, { ref: false })]);
      client.close();
      await settled;
    },
  };
}

/** A server may come up before its Engine does, and "not there" must not be said of an Engine that was not asked. */
async function findContainer(deps: AttemptDeps, taskId: string): Promise<Inspection | undefined> {
  const { container } = namesOf(taskId);
  const patience = deps.patienceFor({ container });
  const giveUpAtMs = performance.now() + deps.engineWaitMs;
  for (let failures = 0; ; failures += 1) {
    try {
      return await inspectContainer(deps.client, container, deps.closing);
    } catch (error) {
      const patient = error instanceof EngineUnreachableError && performance.now() < giveUpAtMs;
      if (!patient) throw error;
      patience.report('docker.engine.unreachable', error);
      await patience.pause(failures, deps.closing);
    }
  }
}

/** The machine is asked once, when first needed, and again only after a failure. */
function createSettingReader(
  client: EngineClient,
  options: DockerLauncherOptions,
): () => Promise<CreateSetting> {
  let machine: Promise<EngineMachine> | undefined;
  return async () => {
    machine ??= readEngineMachine(client);
    try {
      const { dataDirId, network = 'bridge', cpu = 'shares' } = options;
      return { dataDirId, network, cpu, machine: await machine };
    } catch (error) {
      machine = undefined;
      throw error;
    }
  };
}
