// Everything one attempt's container needs, worked out from the placed job: command after Ref:: substitution, environment,
// log and GPU assignment. What runs is a function of the row, so starting it twice starts the same thing.
import { jobEnvironment } from '../core/definition/environment.ts';
import { substituteCommand } from '../core/definition/parameters.ts';
import { nameOf } from '../core/ids.ts';
import type { StartingJob } from '../core/job/job.ts';
import { attemptId } from '../core/job/job.ts';
import type { ContainerTask } from './ports.ts';

export interface TaskSettings {
  /** The operator's variables for every job. */
  readonly jobEnvironment: Readonly<Record<string, string>>;
  /** AWS_EXECUTION_ENV. */
  readonly executionEnv: string;
}

export function containerTaskOf(settings: TaskSettings, job: StartingJob): ContainerTask {
  const { spec, attempt } = job;
  const { placement } = attempt;
  return {
    attemptId: attemptId(job.jobId, attempt.number),
    taskId: attempt.taskId,
    spec: spec.container,
    command: substituteCommand(spec.container.command ?? [], spec.parameters),
    environment: jobEnvironment({
      operator: settings.jobEnvironment,
      container: spec.container.environment ?? [],
      executionEnv: settings.executionEnv,
      jobId: job.jobId,
      attempt: attempt.number,
      queueName: nameOf(spec.queueArn),
      computeEnvironmentName: nameOf(placement.ceArn),
      ...(job.arrayIndex === undefined ? {} : { arrayIndex: job.arrayIndex }),
    }),
    demand: placement.demand,
    gpuIds: placement.gpuIds,
  };
}
