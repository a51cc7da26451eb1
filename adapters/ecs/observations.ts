// What a task state change of ECS means for the attempt that the task is. Pure: the same event always means the same, whatever
// came before, so that repeated, late and reordered events are harmless. Source of the shapes and stop codes: ECS Developer
// Guide, "Task state change events" and "Stopped tasks error codes"; API Reference, Task.
import { LONE_CONTAINER_NAME } from '../../core/job/spec.ts';
import type { Exit, Observation } from '../../engine/launch-ports.ts';
import { attemptIdOf } from './started-by.ts';
import type { EcsContainerState, EcsTaskState } from './task-state.ts';
import { addressOf, epochMsOf, launchTimesOf, runtimeTaskIdOf } from './task-state.ts';

/** `seenAtMs`: when the event was sent; stands in for a time that the task does not tell. */
export function observationsOf(task: EcsTaskState, seenAtMs: number): readonly Observation[] {
  const attemptId = attemptIdOf(task.startedBy) ?? attemptIdOf(task.group);
  if (attemptId === undefined) return [];
  const runtimeTaskId = runtimeTaskIdOf(task);
  const launch = launchTimesOf(task);
  const origin = {
    attemptId,
    ...(runtimeTaskId === undefined ? {} : { runtimeTaskId }),
    ...(Object.keys(launch).length === 0 ? {} : { launch }),
  };
  // ECS says so of a task once each of its containers has started; one that waits for another keeps it PENDING.
  if (task.lastStatus === 'RUNNING') {
    const address = addressOf(task);
    const atMs = epochMsOf(task.startedAt) ?? seenAtMs;
    return [{ kind: 'running', ...origin, atMs, ...(address === undefined ? {} : { address }) }];
  }
  if (task.lastStatus !== 'STOPPED') return [];
  return [{ kind: 'exited', ...origin, atMs: epochMsOf(task.stoppedAt) ?? seenAtMs, exit: exitOf(task) }];
}

function exitOf(task: EcsTaskState): Exit {
  const { stoppedReason } = task;
  const cause = causeOf(task);
  const startedAtMs = epochMsOf(task.startedAt);
  const one = judgedContainer(task.containers ?? []);
  // Only where ECS says more of the whole task than that its container has ended.
  const statusReason = speaksForItself(task, cause) ? stoppedReason : undefined;
  const reason = reasonOf(task, cause, one);
  const exitCode = exitCodeOf(cause, one);
  return {
    cause,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(reason === undefined ? {} : { reason }),
    ...(statusReason === undefined ? {} : { statusReason }),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    containers: (task.containers ?? []).flatMap(containerExitOf),
  };
}

type Cause = Exit['cause'];

/** By `stopCode`; what is not in here is judged by how far the task got. */
const CAUSES: Readonly<Record<string, Cause | 'by-progress'>> = {
  TaskFailedToStart: 'failed-to-start',
  EssentialContainerExited: 'by-progress',
  // StopTask: by us, or by somebody at the console.
  UserInitiated: 'by-progress',
  ServiceSchedulerInitiated: 'by-progress',
  SpotInterruption: 'host-lost',
  // Fargate retires the host, or ECS found it impaired.
  TerminationNotice: 'host-lost',
  InfrastructureHealth: 'host-lost',
};

/** What ECS says of tasks whose EC2 instance went away, with no stop code of its own: `Host EC2 (instance i-…) terminated.` */
const HOST_GONE = /^Host EC2\b/;

function causeOf(task: EcsTaskState): Cause {
  if (HOST_GONE.test(task.stoppedReason ?? '')) return 'host-lost';
  const known = task.stopCode === undefined ? undefined : CAUSES[task.stopCode];
  if (known !== undefined && known !== 'by-progress') return known;
  const hasExitCode = (task.containers ?? []).some(({ exitCode }) => exitCode !== undefined);
  if (hasExitCode) return 'exited';
  if (task.startedAt === undefined) return 'failed-to-start';
  // It ran, and nobody can say how its containers ended: unless ECS says that they did, they went with their host.
  return known === 'by-progress' ? 'exited' : 'host-lost';
}

function speaksForItself({ stopCode, stoppedReason }: EcsTaskState, cause: Cause): boolean {
  if (stoppedReason === undefined) return false;
  return cause === 'host-lost' || (cause === 'exited' && stopCode === 'UserInitiated');
}

/** Of a job of one container that one; of several `undefined`: which of them counts is for the job's own row to say. */
function judgedContainer(containers: readonly EcsContainerState[]): EcsContainerState | undefined {
  return (
    containers.find(({ name }) => name === LONE_CONTAINER_NAME) ??
    (containers.length === 1 ? containers[0] : undefined)
  );
}

function reasonOf(task: EcsTaskState, cause: Cause, one: EcsContainerState | undefined): string | undefined {
  if (cause !== 'failed-to-start') return one?.reason;
  const told = one?.reason ?? (task.containers ?? []).find(({ reason }) => reason)?.reason;
  return told ?? task.stoppedReason;
}

/** A container that is told to end because its host goes may exit with 0; its work is not done for that. */
function exitCodeOf(cause: Cause, one: EcsContainerState | undefined): number | undefined {
  return cause === 'host-lost' && one?.exitCode === 0 ? undefined : one?.exitCode;
}

function containerExitOf({ name, exitCode, reason }: EcsContainerState): NonNullable<Exit['containers']> {
  if (name === undefined) return [];
  return [
    {
      name,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
    },
  ];
}
