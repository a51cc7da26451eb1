// The names under which a runtime of single containers knows the containers of a task. They follow from the task's own
// names and a container's number, so that a restarted server finds every container without having stored anything.
import type { ContainerTask, TaskContainer } from '../../engine/launch-ports.ts';

/** `<jobId>/<attempt>/<number>`; the number counts from 1. No attempt of a job has such an id: job ids hold no slash. */
export function containerAttemptId(attemptId: string, number: number): string {
  return `${attemptId}/${number}`;
}

/** The task's attempt and the container's number; `undefined` for the attempt of a single container. */
export function parseContainerAttemptId(
  id: string,
): { readonly attemptId: string; readonly number: number } | undefined {
  const last = id.lastIndexOf('/');
  if (last <= 0 || id.lastIndexOf('/', last - 1) < 0) return undefined;
  return { attemptId: id.slice(0, last), number: Number(id.slice(last + 1)) };
}

/** One container of a task as a task of its own. */
export function singleTaskOf(task: ContainerTask, container: TaskContainer, number: number): ContainerTask {
  const { taskId, spec, command, environment, demand, gpuIds } = container;
  const { ceArn, queueArn, jobName, jobDefinitionArn } = task;
  return {
    ceArn,
    queueArn,
    jobName,
    jobDefinitionArn,
    attemptId: containerAttemptId(task.attemptId, number),
    taskId,
    spec,
    command,
    environment,
    demand,
    gpuIds,
    partOf: task.taskId,
    ...(task.nodeGroup === undefined ? {} : { nodeGroup: task.nodeGroup }),
  };
}
