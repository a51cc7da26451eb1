// From a task to a container that exists and has not been started: mapping, pull, create. Invariant: whoever repeats it,
// in this process or the next, ends with the same one container; and after a stop there is none.
import type { EpochMs } from '../../core/ids.ts';
import type { LaunchTimes } from '../../core/job/launch-times.ts';
import type { ContainerTask } from '../../engine/launch-ports.ts';
import {
  CREATE_TIMEOUT_SECONDS,
  createContainer,
  inspectContainer,
  removeContainer,
  removeVolume,
} from './container-calls.ts';
import type { Created } from './container-calls.ts';
import { LABELS, namesOf, volumesIn } from './container-names.ts';
import { createBodyOf } from './create-body.ts';
import type { Creation } from './create-body.ts';
import type { CreateSetting } from './create-setting.ts';
import type { EngineClient } from './engine-client.ts';
import { EngineError, EngineTimeoutError, EngineUnreachableError } from './engine-errors.ts';
import type { ImagePuller } from './image-puller.ts';
import { ensureNodeNetwork } from './node-network.ts';
import type { Patience } from './patience.ts';

export interface PrepareDeps {
  readonly client: EngineClient;
  readonly puller: ImagePuller;
  /** Asks the Engine for its machine at the first use. */
  readonly setting: () => Promise<CreateSetting>;
  /** How long an Engine may be away before an attempt gives up waiting for it. */
  readonly engineWaitMs: number;
  readonly now: () => EpochMs;
}

/** What is known of a container that this process has made. */
export interface Preparation {
  /** The Engine's. */
  readonly warnings: readonly string[];
  /** Where its image had to be pulled first. */
  readonly launch?: LaunchTimes;
}

export type Prepared =
  | (Preparation & { readonly ready: true })
  | { readonly ready: false; readonly reason: string };

export const STOPPED_EARLY = 'The attempt was stopped before its container started.';

export interface PrepareSignals {
  /** Somebody stopped the attempt. */
  readonly stopping: AbortSignal;
  /** The runtime is being closed. */
  readonly closing: AbortSignal;
}

export async function prepareContainer(
  deps: PrepareDeps,
  task: ContainerTask,
  signals: PrepareSignals,
  patience: Patience,
): Promise<Prepared> {
  const giveUpAtMs = performance.now() + deps.engineWaitMs;
  for (let failures = 0; ; failures += 1) {
    if (signals.stopping.aborted) return refused(STOPPED_EARLY);
    signals.closing.throwIfAborted();
    try {
      const setting = await deps.setting();
      const creation = createBodyOf(task, setting);
      if (!creation.fits) return refused(creation.reason);
      await ensureNodeNetwork(deps.client, task, setting);
      return await createOrPull(deps, task, creation, signals);
    } catch (error) {
      const patient = error instanceof EngineUnreachableError && performance.now() < giveUpAtMs;
      if (!patient) return refused(reasonOf(error));
      patience.report('docker.engine.unreachable', error);
      await patience.pause(failures, AbortSignal.any([signals.stopping, signals.closing]));
    }
  }
}

async function createOrPull(
  deps: PrepareDeps,
  task: ContainerTask,
  creation: Creation & { readonly fits: true },
  signals: PrepareSignals,
): Promise<Prepared> {
  const { container } = namesOf(task.taskId);
  const create = (): Promise<Created> =>
    createContainer(deps.client, container, creation.body, creation.platform);
  let made = await create();
  let launch: LaunchTimes | undefined;
  if (made.kind === 'no-image') {
    const pullStartedAtMs = deps.now();
    const failure = await pullFor(deps, creation, signals);
    if (signals.stopping.aborted) return refused(STOPPED_EARLY);
    if (failure !== undefined) return refused(failure);
    launch = { pullStartedAtMs, pullStoppedAtMs: deps.now() };
    made = await create();
  }
  switch (made.kind) {
    case 'created':
      if (!signals.stopping.aborted) {
        return { ready: true, warnings: made.warnings, ...(launch === undefined ? {} : { launch }) };
      }
      await removeContainer(deps.client, container);
      // What its labels would tell at the clean-up is gone with it.
      for (const volume of volumesIn(creation.body.Labels)) await removeVolume(deps.client, volume);
      return refused(STOPPED_EARLY);
    case 'name-taken':
      return ownedAlready(deps.client, task, creation.body.Labels);
    case 'no-image':
      return refused(
        `CannotPullContainerError: the image ${creation.body.Image} was pulled and is gone again.`,
      );
  }
}

/** The image is only asked for when the Engine lacks it, so a job never waits for a registry it does not need. */
async function pullFor(
  deps: PrepareDeps,
  creation: Creation & { readonly fits: true },
  signals: PrepareSignals,
): Promise<string | undefined> {
  try {
    const pulled = deps.puller.pull(creation.body.Image, creation.platform);
    await Promise.race([pulled, aborted(signals.stopping)]);
    return undefined;
  } catch (error) {
    if (signals.closing.aborted || error instanceof EngineUnreachableError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    const origin = error instanceof EngineError ? 'Error response from daemon: ' : '';
    return `CannotPullContainerError: ${origin}${words}`;
  }
}

/** A container of this name is there: an earlier start made it, in this process or in one that died. */
async function ownedAlready(
  client: EngineClient,
  task: ContainerTask,
  labels: Readonly<Record<string, string>>,
): Promise<Prepared> {
  const { container } = namesOf(task.taskId);
  const found = await inspectContainer(client, container);
  const isOurs = [LABELS.attempt, LABELS.dataDir].every((label) => found?.labels[label] === labels[label]);
  if (isOurs) return { ready: true, warnings: [] };
  return refused(
    `CannotCreateContainerError: the name ${container} belongs to a container of somebody else.`,
  );
}

function refused(reason: string): Prepared {
  return { ready: false, reason };
}

function reasonOf(error: unknown): string {
  if (error instanceof EngineTimeoutError) {
    const minutes = CREATE_TIMEOUT_SECONDS / 60;
    return `DockerTimeoutError: Could not transition to created; timed out after waiting ${minutes}m0s`;
  }
  if (error instanceof EngineError) {
    return `CannotCreateContainerError: Error response from daemon: ${error.message}`;
  }
  if (error instanceof EngineUnreachableError) return `CannotCreateContainerError: ${error.message}`;
  throw error; // the runtime was closed, or a bug: not an outcome of this attempt
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
