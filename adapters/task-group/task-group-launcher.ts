// Runs tasks of several containers on a runtime that knows single ones: each container is an attempt of its own there, under
// names that follow from the task's. Tasks of one container pass straight through. Nothing is stored: which containers there
// are is in the task's id, and how each stands is the runtime's to say.
import { containerCountOf, containerTaskId } from '../../core/job/task-id.ts';
import type { EpochMs } from '../../core/ids.ts';
import type { ContainerTask, Launcher, Observation } from '../../engine/launch-ports.ts';
import { containerAttemptId, parseContainerAttemptId } from './container-attempts.ts';
import { createTaskGroup } from './task-group.ts';
import type { TaskGroup, TaskGroupDeps } from './task-group.ts';

export interface TaskGroupOptions {
  /** ECS's own default: 30. */
  readonly stopGraceSeconds?: number;
  readonly now?: () => EpochMs;
  /** Default: nothing is reported. */
  readonly report?: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

export function createTaskGroupLauncher(inner: Launcher, options: TaskGroupOptions = {}): Launcher {
  const groups = new Map<string, TaskGroup>();
  let listener: ((observation: Observation) => void) | undefined;
  const deps: TaskGroupDeps = {
    inner,
    now: options.now ?? Date.now,
    stopGraceSeconds: options.stopGraceSeconds ?? 30,
    emit: (observation) => listener?.(observation),
    report: options.report ?? (() => undefined),
  };
  const groupOf = (task: ContainerTask): TaskGroup => {
    const known = groups.get(task.attemptId);
    if (known) return known;
    const group = createTaskGroup(deps, task);
    groups.set(task.attemptId, group);
    return group;
  };
  return {
    async start(task) {
      if (task.containers === undefined) return inner.start(task);
      await groupOf(task).start();
      return { started: true };
    },
    stop(attemptId, graceSeconds) {
      const group = groups.get(attemptId);
      return group ? group.stop(graceSeconds) : inner.stop(attemptId, graceSeconds);
    },
    async adopt(attemptId, taskId, adoptee) {
      if (containerCountOf(taskId) === 0) return inner.adopt(attemptId, taskId, adoptee);
      if (!adoptee)
        throw new Error(`${attemptId} has several containers: to adopt it, its task must be given`);
      const outcome = await groupOf(adoptee.task()).adopt(adoptee);
      if (outcome === 'unknown') groups.delete(attemptId);
      return outcome;
    },
    onObservation(given) {
      listener = given;
      inner.onObservation((observation) => {
        const container = parseContainerAttemptId(observation.attemptId);
        if (container) groups.get(container.attemptId)?.take(container.number, observation);
        else given(observation);
      });
    },
    async forget(attemptId, taskId) {
      const count = containerCountOf(taskId);
      if (count === 0) return inner.forget(attemptId, taskId);
      groups.get(attemptId)?.leave();
      groups.delete(attemptId);
      // One after the other: what containers share goes with the last of them.
      for (let number = 1; number <= count; number += 1) {
        await inner.forget(containerAttemptId(attemptId, number), containerTaskId(taskId, number));
      }
    },
    close() {
      for (const group of groups.values()) group.leave();
      return inner.close();
    },
  };
}
