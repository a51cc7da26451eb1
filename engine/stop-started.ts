// A stop that meets an attempt in STARTING: whether its container was ever started is the runtime's to say, not the row's.
import type { StartingJob } from '../core/job/job.ts';
import { attemptId } from '../core/job/job.ts';
import type { ContainerTask, Launcher } from './launch-ports.ts';

export interface StopStartedDeps {
  readonly launcher: Launcher;
  readonly taskOf: (job: StartingJob) => ContainerTask;
  readonly stopGraceSeconds: number;
}

/**
 * True when an earlier call started the container and failed, or died, before anybody saw it run: it is asked to stop, and
 * its end will be observed like any other. Only when this is false may the attempt be said never to have run.
 */
export async function stopStarted(deps: StopStartedDeps, job: StartingJob): Promise<boolean> {
  const id = attemptId(job.jobId, job.attempt.number);
  const found = await deps.launcher.adopt(id, job.attempt.taskId, {
    task: () => deps.taskOf(job),
    hasRun: false,
    stopRequested: true,
  });
  if (found === 'unknown') return false;
  await deps.launcher.stop(id, deps.stopGraceSeconds);
  return true;
}
