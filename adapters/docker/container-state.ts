// What `GET /containers/{id}/json` says of a container, read once into the few facts this adapter acts on, and how such a
// container's end reads in Batch's terms. Pure.
import type { EpochMs } from '../../core/ids.ts';
import type { Exit } from '../../engine/launch-ports.ts';

/** `created`: never ran, can be started. `unstartable`: a start failed. `going`: somebody is removing it. */
export type ContainerPhase = 'created' | 'unstartable' | 'running' | 'ended' | 'going';

export interface ContainerState {
  readonly phase: ContainerPhase;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** The Engine's own words about a failed start; empty otherwise. */
  readonly error: string;
  readonly startedAtMs?: EpochMs;
  readonly finishedAtMs?: EpochMs;
}

export interface Inspection {
  readonly id: string;
  readonly state: ContainerState;
  readonly labels: Readonly<Record<string, string>>;
  /** Where containers of its network reach it, while it runs. */
  readonly address?: string;
}

const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

/** The Engine records this code for a container that it lost sight of, as after a crash of the machine. */
const LOST_EXIT_CODE = 255;

export function parseInspection(answer: unknown): Inspection {
  const root = recordOf(answer);
  const labels = recordOf(recordOf(root['Config'])['Labels']);
  return {
    id: textOf(root['Id']),
    state: parseState(recordOf(root['State'])),
    labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, textOf(value)])),
    ...addressOf(root),
  };
}

function addressOf(root: Readonly<Record<string, unknown>>): { readonly address?: string } {
  if (recordOf(root['HostConfig'])['NetworkMode'] === 'host') return { address: '127.0.0.1' };
  const networks = Object.values(recordOf(recordOf(root['NetworkSettings'])['Networks']));
  const address = networks
    .map((network) => textOf(recordOf(network)['IPAddress']))
    .find((text) => text !== '');
  return address === undefined ? {} : { address };
}

function parseState(state: Readonly<Record<string, unknown>>): ContainerState {
  const startedAtMs = timeOf(state['StartedAt']);
  const finishedAtMs = timeOf(state['FinishedAt']);
  const exitCode = typeof state['ExitCode'] === 'number' ? state['ExitCode'] : 0;
  const error = textOf(state['Error']);
  return {
    phase: phaseOf(textOf(state['Status']), startedAtMs !== undefined, error !== '' || exitCode !== 0),
    exitCode,
    oomKilled: state['OOMKilled'] === true,
    error,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(finishedAtMs === undefined ? {} : { finishedAtMs }),
  };
}

function phaseOf(status: string, hasRun: boolean, hasFailed: boolean): ContainerPhase {
  switch (status) {
    case 'created':
      return hasFailed ? 'unstartable' : 'created';
    case 'exited':
    case 'dead':
      // Some Engines call a container whose start failed `exited`; one that ran has a start time.
      return hasRun ? 'ended' : 'unstartable';
    case 'removing':
      return 'going';
    default:
      return 'running'; // running, paused, restarting: it is there and has not ended
  }
}

/**
 * The end of an attempt as Batch reports it. `bootedAtMs`: when this machine started; a container that started before
 * that and "ended" with the lost code after it did not end by itself, its host went away.
 */
export function exitOf(state: ContainerState, bootedAtMs: EpochMs): Exit {
  const started = state.startedAtMs === undefined ? {} : { startedAtMs: state.startedAtMs };
  if (state.phase === 'unstartable') {
    const words = state.error === '' ? `exit code ${state.exitCode}` : state.error;
    return { cause: 'failed-to-start', reason: cannotStart(words) };
  }
  if (state.exitCode === LOST_EXIT_CODE && spans(state, bootedAtMs)) {
    return { cause: 'host-lost', reason: 'Host restarted while the container was running.', ...started };
  }
  // ECS reports the reason whenever the kernel killed any process of the container, and the code as it is.
  const reason = state.oomKilled ? { reason: OUT_OF_MEMORY } : {};
  return { cause: 'exited', exitCode: state.exitCode, ...reason, ...started };
}

function spans(state: ContainerState, bootedAtMs: EpochMs): boolean {
  if (state.startedAtMs === undefined || state.finishedAtMs === undefined) return false;
  return state.startedAtMs < bootedAtMs && bootedAtMs < state.finishedAtMs;
}

/** ECS's words for a container that the Engine created and could not start. */
export function cannotStart(engineMessage: string): string {
  return `CannotStartContainerError: Error response from daemon: ${engineMessage}`;
}

/** Go's zero time stands for "never". */
function timeOf(value: unknown): EpochMs | undefined {
  const atMs = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(atMs) || atMs <= 0 ? undefined : atMs;
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  // Checked to be an object; which members it has is checked where each is read.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
