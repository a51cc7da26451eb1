// What the task of a placed job is made of in the cloud home.
import { containerTaskOf } from '../engine/container-task.ts';
import type { PlacedJob } from '../core/job/job.ts';
import type { ContainerTask } from '../engine/launch-ports.ts';

/** ECS sends SIGTERM, and SIGKILL after the container's own stop timeout, which is 30 seconds unless it says otherwise. */
export const STOP_GRACE_SECONDS = 30;

/** AWS_EXECUTION_ENV says what ECS itself would say: a job runs on Fargate exactly when its definition asks for it. */
export function taskOf(job: PlacedJob): ContainerTask {
  const onFargate = job.spec.platformCapabilities.includes('FARGATE');
  return containerTaskOf(
    { jobEnvironment: {}, executionEnv: onFargate ? 'AWS_ECS_FARGATE' : 'AWS_ECS_EC2' },
    job,
  );
}
