// A runtime that only pretends: containers start and end when the test says so, or by themselves with a given outcome.
// It keeps count of what no runtime may do: start an attempt twice, or two attempts of one job at a time.
import type { ContainerTask, Exit, Launcher, LaunchOutcome, Observation } from '../../engine/launch-ports.ts';
import { parseContainerAttemptId } from '../../adapters/task-group/container-attempts.ts';
import { parseAttemptId } from '../../core/job/job.ts';

/** Of every container: they only pretend. */
export const ADDRESS = '10.0.0.1';

export interface SimulatedContainer {
  readonly task: ContainerTask;
  readonly startedAtMs: number;
  ended: boolean;
}

export interface SimulatedLauncher extends Launcher {
  readonly containers: ReadonlyMap<string, SimulatedContainer>;
  readonly violations: readonly string[];
  exit(attemptId: string, exit: Partial<Exit>): void;
}

export interface SimulatedLauncherOptions {
  readonly now: () => number;
  /** Decides what a started container does: its exit at once, or `undefined` to run until told otherwise. */
  readonly onStart?: (task: ContainerTask) => Partial<Exit> | undefined;
  readonly refuse?: (task: ContainerTask) => string | undefined;
}

/** The attempt that a container is of: containers of one task run side by side. */
function ownerOf(id: string): string {
  return parseContainerAttemptId(id)?.attemptId ?? id;
}

export function createSimulatedLauncher(options: SimulatedLauncherOptions): SimulatedLauncher {
  const containers = new Map<string, SimulatedContainer>();
  const violations: string[] = [];
  let listener: (observation: Observation) => void = () => undefined;

  function exit(attemptId: string, given: Partial<Exit>): void {
    const container = containers.get(attemptId);
    if (!container || container.ended) return;
    container.ended = true;
    const how: Exit = { cause: 'exited', exitCode: 0, startedAtMs: container.startedAtMs, ...given };
    listener({ kind: 'exited', attemptId, atMs: options.now(), exit: how });
  }

  /** Every container a job ever had, so that looking for its live ones costs nothing in large arrays. */
  const ofJob = new Map<string, string[]>();

  function checkAlone(task: ContainerTask): void {
    const attempt = ownerOf(task.attemptId);
    const { jobId } = parseAttemptId(attempt);
    const siblings = ofJob.get(jobId) ?? [];
    for (const id of siblings) {
      if (!containers.get(id)?.ended && ownerOf(id) !== attempt) {
        violations.push(`${task.attemptId} started while ${id} ran`);
      }
    }
    ofJob.set(jobId, [...siblings, task.attemptId]);
  }

  return {
    containers,
    violations,
    exit,
    async start(task): Promise<LaunchOutcome> {
      if (containers.has(task.attemptId)) return { started: true };
      const reason = options.refuse?.(task);
      if (reason !== undefined) return { started: false, reason };
      checkAlone(task);
      const startedAtMs = options.now();
      containers.set(task.attemptId, { task, startedAtMs, ended: false });
      queueMicrotask(() => {
        listener({ kind: 'running', attemptId: task.attemptId, atMs: startedAtMs, address: ADDRESS });
        const outcome = options.onStart?.(task);
        if (outcome) exit(task.attemptId, outcome);
      });
      return { started: true };
    },
    async stop(attemptId) {
      exit(attemptId, { exitCode: 143 });
    },
    async adopt(attemptId) {
      const container = containers.get(attemptId);
      if (!container) return 'unknown';
      listener({ kind: 'running', attemptId, atMs: container.startedAtMs, address: ADDRESS });
      return 'adopted';
    },
    onObservation(given) {
      listener = given;
    },
    async forget() {},
    async close() {},
  };
}
