// One attempt in this process: its start, its supervision, its stop. Invariant: at most one supervision runs, and a stop,
// whenever it comes, either keeps the container from starting or reaches the started one.
import type { EpochMs } from '../../core/ids.ts';
import type { ContainerTask, LaunchOutcome, Observation } from '../../engine/launch-ports.ts';
import { wholeTaskId } from '../../core/job/task-id.ts';
import { stopContainer } from './container-calls.ts';
import { namesOf } from './container-names.ts';
import { createLogCopy } from './log-copy.ts';
import { createLogFollower } from './log-follower.ts';
import type { Patience } from './patience.ts';
import { prepareContainer } from './prepare-container.ts';
import type { Preparation, PrepareDeps } from './prepare-container.ts';
import { superviseContainer } from './supervise-container.ts';
import type { Ending, Supervision } from './supervise-container.ts';

export interface AttemptDeps extends PrepareDeps {
  readonly logFileOf: (taskId: string) => string;
  readonly closing: AbortSignal;
  readonly bootedAtMs: EpochMs;
  readonly patienceFor: (fields: Readonly<Record<string, string>>) => Patience;
  readonly observe: (observation: Observation) => void;
}

export interface Attempt {
  start(task: ContainerTask): Promise<LaunchOutcome>;
  /** Takes up the container that exists; when its end was told already, tells it again. `false`: it never had one. */
  adopt(): boolean;
  /** Resolves when the container has ended, or will never start. */
  stop(graceSeconds: number): Promise<void>;
  isStopped(): boolean;
  /** Whether volumes of its own may be left with the Engine. */
  mayHaveVolumes(): boolean;
  /** Whether a network of its own group may be left with the Engine. */
  mayHaveNetwork(): boolean;
  /** Ends the supervision without a word. */
  abandon(): Promise<void>;
  /** Resolves when nothing of the attempt goes on in this process. */
  settled(): Promise<void>;
}

interface AttemptState {
  readonly attemptId: string;
  readonly taskId: string;
  readonly container: string;
  readonly patience: Patience;
  readonly stopping: AbortController;
  readonly abandoning: AbortController;
  /** The runtime is closed or the attempt abandoned. */
  readonly closing: AbortSignal;
  /** Resolved when the container runs, or never will by our doing. */
  readonly launched: PromiseWithResolvers<void>;
  /** Absent while nobody knows: an adopted attempt's task is not at hand. */
  hasMounts?: boolean;
  /** It names a group of nodes; absent as above. */
  namesGroup?: boolean;
  outcome?: Promise<LaunchOutcome>;
  supervised?: Promise<void>;
  end?: 'never-started' | Ending;
}

export function createAttempt(deps: AttemptDeps, attemptId: string, taskId: string): Attempt {
  const { container } = namesOf(taskId);
  const abandoning = new AbortController();
  const state: AttemptState = {
    attemptId,
    taskId,
    container,
    patience: deps.patienceFor({ attemptId, container }),
    stopping: new AbortController(),
    abandoning,
    closing: AbortSignal.any([deps.closing, abandoning.signal]),
    launched: Promise.withResolvers<void>(),
  };
  return {
    start(task) {
      state.outcome ??= state.supervised ? Promise.resolve({ started: true }) : launch(deps, state, task);
      return state.outcome;
    },
    adopt() {
      if (state.end === 'never-started') return false;
      if (state.end) deps.observe({ kind: 'exited', attemptId, ...state.end });
      else if (!state.outcome) state.supervised ??= supervise(deps, state, { warnings: [] });
      return true;
    },
    stop: (graceSeconds) => stop(deps, state, graceSeconds),
    isStopped: () => state.stopping.signal.aborted,
    mayHaveVolumes: () => state.hasMounts ?? true,
    mayHaveNetwork: () => state.namesGroup ?? true,
    async abandon() {
      abandoning.abort(new Error('The attempt was forgotten.'));
      await state.supervised;
    },
    async settled() {
      await Promise.allSettled([state.outcome, state.supervised]);
    },
  };
}

async function launch(deps: AttemptDeps, state: AttemptState, task: ContainerTask): Promise<LaunchOutcome> {
  state.hasMounts = (task.spec.mountPoints?.length ?? 0) > 0;
  state.namesGroup = task.nodeGroup === wholeTaskId(task.taskId);
  const signals = { stopping: state.stopping.signal, closing: state.closing };
  try {
    const prepared = await prepareContainer(deps, task, signals, state.patience);
    if (!prepared.ready) {
      state.end = 'never-started';
      return { started: false, reason: prepared.reason };
    }
    state.supervised ??= supervise(deps, state, prepared);
    return { started: true };
  } finally {
    // From here on only a supervision can still launch it; a stop waits for that.
    if (!state.supervised) state.launched.resolve();
  }
}

async function supervise(
  deps: AttemptDeps,
  state: AttemptState,
  { warnings, launch }: Preparation,
): Promise<void> {
  const { attemptId, container, patience, closing } = state;
  const copy = createLogCopy(deps.client, container, deps.logFileOf(state.taskId));
  const log = createLogFollower(copy, patience, closing);
  const supervision: Supervision = {
    client: deps.client,
    container,
    log,
    patience,
    closing,
    stopping: state.stopping.signal,
    now: deps.now,
    bootedAtMs: deps.bootedAtMs,
    warnings,
    onLaunched: () => state.launched.resolve(),
    onRunning: (atMs, note, address) =>
      deps.observe({
        kind: 'running',
        attemptId,
        atMs,
        ...(note === '' ? {} : { note }),
        ...(address === undefined ? {} : { address }),
        ...(launch === undefined ? {} : { launch }),
      }),
  };
  try {
    state.end = await superviseContainer(supervision);
    deps.observe({ kind: 'exited', attemptId, ...state.end });
  } catch (error) {
    if (!closing.aborted) throw error; // a bug, not a way to end
  } finally {
    await log.abandon();
  }
}

async function stop(deps: AttemptDeps, state: AttemptState, graceSeconds: number): Promise<void> {
  const { patience, closing } = state;
  state.stopping.abort(new Error('The attempt was stopped.'));
  await state.launched.promise;
  for (let failures = 0; state.end === undefined && !closing.aborted; failures += 1) {
    try {
      return await stopContainer(deps.client, state.container, graceSeconds, closing);
    } catch (error) {
      if (!closing.aborted) patience.report('docker.stop.failed', error);
      await patience.pause(failures, closing);
    }
  }
}
