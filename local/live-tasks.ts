// Which tasks of a runtime may still write to their logs, for a runtime that keeps no record of it on disk: half a line of a
// task that is still running is not a line yet.
import type { Launcher } from '../engine/launch-ports.ts';

export interface LiveTasks {
  readonly launcher: Launcher;
  readonly isLive: (taskId: string) => boolean;
}

export function trackLiveTasks(launcher: Launcher): LiveTasks {
  const taskOf = new Map<string, string>();
  const live = new Set<string>();
  const begin = (attemptId: string, taskId: string): void => {
    taskOf.set(attemptId, taskId);
    live.add(taskId);
  };
  const end = (attemptId: string): void => {
    const taskId = taskOf.get(attemptId);
    if (taskId !== undefined) live.delete(taskId);
    taskOf.delete(attemptId);
  };
  return {
    isLive: (taskId) => live.has(taskId),
    launcher: {
      ...launcher,
      async start(task) {
        begin(task.attemptId, task.taskId);
        const outcome = await launcher.start(task);
        if (!outcome.started) end(task.attemptId);
        return outcome;
      },
      async adopt(attemptId, taskId, adoptee) {
        // Before the answer: an exit that happened meanwhile is told while the adoption is under way.
        begin(attemptId, taskId);
        const found = await launcher.adopt(attemptId, taskId, adoptee);
        if (found === 'unknown') end(attemptId);
        return found;
      },
      onObservation(listener) {
        launcher.onObservation((observation) => {
          if (observation.kind === 'exited') end(observation.attemptId);
          listener(observation);
        });
      },
    },
  };
}
