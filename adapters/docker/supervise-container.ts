// Follows one created container to its end and tells what it sees. The container itself is asked at every turn, so it makes
// no difference whether this process started it, a dead one did, or the Engine was away in between.
// Invariant: a container is started at most once, and its exit is told once, after all its output is in the log file.
import type { EpochMs } from '../../core/ids.ts';
import type { Exit } from '../../engine/launch-ports.ts';
import {
  START_TIMEOUT_SECONDS,
  inspectContainer,
  removeContainer,
  startContainer,
  waitForEnd,
} from './container-calls.ts';
import { LABELS } from './container-names.ts';
import { cannotStart, exitOf } from './container-state.ts';
import type { ContainerState, Inspection } from './container-state.ts';
import type { EngineClient } from './engine-client.ts';
import { EngineError, EngineTimeoutError } from './engine-errors.ts';
import type { LogFollower } from './log-follower.ts';
import type { Patience } from './patience.ts';
import { STOPPED_EARLY } from './prepare-container.ts';

export interface Supervision {
  readonly client: EngineClient;
  readonly container: string;
  readonly log: LogFollower;
  readonly patience: Patience;
  /** Ends the supervision without a word; the container goes on. */
  readonly closing: AbortSignal;
  readonly stopping: AbortSignal;
  readonly now: () => EpochMs;
  readonly bootedAtMs: EpochMs;
  /** Engine's warnings about this container, when this process created it. */
  readonly warnings: readonly string[];
  /** Once: the container runs, or will never be started by us. */
  readonly onLaunched: () => void;
  readonly onRunning: (atMs: EpochMs, note: string, address: string | undefined) => void;
}

export interface Ending {
  readonly exit: Exit;
  readonly atMs: EpochMs;
}

/** Resolves with the end; rejects only when `closing` was aborted. */
export async function superviseContainer(supervision: Supervision): Promise<Ending> {
  const turn = createTurn(supervision);
  try {
    for (let fruitless = 0; ; fruitless += 1) {
      try {
        const ending = await turn();
        if (ending) return ending;
      } catch (error) {
        // An Engine that is away or out of order says nothing about the container: it is asked until it answers.
        supervision.closing.throwIfAborted();
        supervision.patience.report('docker.container.unobserved', error);
      }
      // The usual life takes three turns: created, running, ended.
      if (fruitless >= 2) await supervision.patience.pause(fruitless - 2, supervision.closing);
      supervision.closing.throwIfAborted();
    }
  } finally {
    supervision.onLaunched();
  }
}

/** Looks at the container once and does what its state asks for; `undefined` as long as it has not ended. */
function createTurn(supervision: Supervision): () => Promise<Ending | undefined> {
  const { client, container, log, closing, onLaunched } = supervision;
  let told = false;
  const tellRunning = (seen: Inspection): void => {
    onLaunched();
    if (told || seen.state.startedAtMs === undefined) return;
    told = true;
    const note = [seen.labels[LABELS.note], ...supervision.warnings].filter(Boolean).join(' ');
    supervision.onRunning(seen.state.startedAtMs, note, seen.address);
  };
  return async () => {
    const seen = await inspectContainer(client, container, closing);
    if (!seen || seen.state.phase === 'going') {
      await log.abandon();
      return lost(supervision);
    }
    switch (seen.state.phase) {
      case 'created':
        return startUnlessStopped(supervision);
      case 'unstartable':
        return ended(supervision, seen.state);
      case 'running':
        tellRunning(seen);
        log.begin();
        await waitForEnd(client, container, closing);
        return undefined;
      case 'ended':
        tellRunning(seen);
        await log.finish();
        return ended(supervision, seen.state);
    }
  };
}

async function startUnlessStopped(supervision: Supervision): Promise<Ending | undefined> {
  if (supervision.stopping.aborted) return failedToStart(supervision, STOPPED_EARLY);
  try {
    await startContainer(supervision.client, supervision.container);
    return undefined;
  } catch (error) {
    if (error instanceof EngineTimeoutError) {
      // Whether it starts later is unknown, so it must not be there any more before the attempt is called failed.
      await removeContainer(supervision.client, supervision.container, supervision.closing);
      const minutes = START_TIMEOUT_SECONDS / 60;
      const words = `Could not transition to started; timed out after waiting ${minutes}m0s`;
      return failedToStart(supervision, `DockerTimeoutError: ${words}`);
    }
    if (error instanceof EngineError) return refusedStart(supervision, error);
    throw error; // the next turn sees whether it started
  }
}

/** A start that the Engine refused, unless the container turns out to be gone or running after all. */
async function refusedStart(supervision: Supervision, error: EngineError): Promise<Ending | undefined> {
  const seen = await inspectContainer(supervision.client, supervision.container, supervision.closing);
  if (!seen || seen.state.phase === 'running' || seen.state.phase === 'ended') return undefined;
  return failedToStart(supervision, cannotStart(error.message));
}

function failedToStart(supervision: Supervision, reason: string): Ending {
  return { exit: { cause: 'failed-to-start', reason }, atMs: supervision.now() };
}

function ended(supervision: Supervision, state: ContainerState): Ending {
  // The Engine takes the two times in different places: a container can seem to end just before it started.
  const atMs = Math.max(state.finishedAtMs ?? supervision.now(), state.startedAtMs ?? 0);
  return { exit: exitOf(state, supervision.bootedAtMs), atMs };
}

function lost(supervision: Supervision): Ending {
  const reason = `The container ${supervision.container} was removed before its exit could be read.`;
  return { exit: { cause: 'host-lost', reason }, atMs: supervision.now() };
}
