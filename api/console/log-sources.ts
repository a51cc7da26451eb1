// Where the output of a job is: the tasks of its attempts, each container of them by itself.
import type { Job } from '../../core/job/job.ts';
import { isPlaced } from '../../core/job/job.ts';
import { LONE_CONTAINER_NAME } from '../../core/job/spec.ts';
import { containerTaskId } from '../../core/job/task-id.ts';
import type { LogSource } from './wire.ts';

/** Newest attempt last; a multi-node job has none, its nodes have. */
export function logSourcesOf(job: Job): readonly LogSource[] {
  if (job.kind === 'multinode') return [];
  const tasks = job.attempts.map(({ taskId }, index) => ({ attempt: index + 1, taskId }));
  if (isPlaced(job)) tasks.push({ attempt: job.attempt.number, taskId: job.attempt.taskId });
  const { containers } = job.spec;
  if (!containers) return tasks.map((task) => ({ ...task, container: LONE_CONTAINER_NAME }));
  return tasks.flatMap(({ attempt, taskId }) =>
    containers.map(({ name }, index) => ({
      attempt,
      container: name,
      taskId: containerTaskId(taskId, index + 1),
    })),
  );
}
