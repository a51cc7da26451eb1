// Everything one attempt's task needs, worked out from the placed job: commands after Ref:: substitution, environments,
// log and GPU assignment. What runs is a function of the row, so starting it twice starts the same thing.
import { jobEnvironment } from '../core/definition/environment.ts';
import { substituteCommand } from '../core/definition/parameters.ts';
import { nameOf } from '../core/ids.ts';
import type { PlacedJob } from '../core/job/job.ts';
import { attemptId } from '../core/job/job.ts';
import type { ContainerSpec, JobSpec, NameValue, TaskContainerSpec } from '../core/job/spec.ts';
import { containerTaskId } from '../core/job/task-id.ts';
import type { ContainerTask, TaskContainer } from './launch-ports.ts';

export interface TaskSettings {
  /** The operator's variables for every job. */
  readonly jobEnvironment: Readonly<Record<string, string>>;
  /** AWS_EXECUTION_ENV. */
  readonly executionEnv: string;
}

export function containerTaskOf(settings: TaskSettings, job: PlacedJob): ContainerTask {
  const { spec, attempt } = job;
  const { placement } = attempt;
  const instanceId = placement.machineIds?.[0] ?? placement.instanceIds?.[0];
  return {
    attemptId: attemptId(job.jobId, attempt.number),
    taskId: attempt.taskId,
    ceArn: placement.ceArn,
    queueArn: spec.queueArn,
    jobName: spec.jobName,
    jobDefinitionArn: spec.definitionArn,
    placedAtMs: attempt.placedAtMs,
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(spec.propagateTags === true ? { tags: spec.tags } : {}),
    spec: spec.container,
    command: substituteCommand(spec.container.command ?? [], spec.parameters),
    environment: environmentOf(settings, job, spec.container.environment),
    demand: placement.demand,
    gpuIds: placement.gpuIds,
    ...(job.node?.groupTaskId === undefined ? {} : { nodeGroup: job.node.groupTaskId }),
    ...(spec.containers === undefined ? {} : { containers: containersOf(settings, job, spec.containers) }),
    ...(spec.task === undefined ? {} : { task: spec.task }),
  };
}

function environmentOf(
  settings: TaskSettings,
  job: PlacedJob,
  container: readonly NameValue[] = [],
): Readonly<Record<string, string>> {
  const { spec, attempt } = job;
  return jobEnvironment({
    operator: settings.jobEnvironment,
    container,
    executionEnv: settings.executionEnv,
    jobId: job.jobId,
    attempt: attempt.number,
    queueName: nameOf(spec.queueArn),
    computeEnvironmentName: nameOf(attempt.placement.ceArn),
    ...(job.arrayIndex === undefined ? {} : { arrayIndex: job.arrayIndex }),
    ...(job.node === undefined ? {} : { node: job.node }),
  });
}

function containersOf(
  settings: TaskSettings,
  job: PlacedJob,
  containers: readonly TaskContainerSpec[],
): readonly TaskContainer[] {
  let givenGpus = 0;
  return containers.map((container, index) => {
    const { spec, demand } = container;
    const gpuIds = job.attempt.placement.gpuIds.slice(givenGpus, givenGpus + demand.gpus);
    givenGpus += demand.gpus;
    return {
      ...container,
      taskId: containerTaskId(job.attempt.taskId, index + 1),
      spec: withTaskProperties(spec, job.spec.task),
      command: substituteCommand(spec.command ?? [], job.spec.parameters),
      environment: environmentOf(settings, job, spec.environment),
      gpuIds,
    };
  });
}

/** A container of a task as if it were alone: what the task says for all of them, in the words of a lone one. */
function withTaskProperties(spec: ContainerSpec, task: JobSpec['task']): ContainerSpec {
  if (task === undefined) return spec;
  const { volumes, executionRoleArn, ephemeralStorage, runtimePlatform, networkConfiguration } = task;
  const { taskRoleArn: jobRoleArn, platformVersion } = task;
  return {
    ...spec,
    ...(volumes === undefined ? {} : { volumes }),
    ...(executionRoleArn === undefined ? {} : { executionRoleArn }),
    ...(jobRoleArn === undefined ? {} : { jobRoleArn }),
    ...(ephemeralStorage === undefined ? {} : { ephemeralStorage }),
    ...(runtimePlatform === undefined ? {} : { runtimePlatform }),
    ...(networkConfiguration === undefined ? {} : { networkConfiguration }),
    ...(platformVersion === undefined ? {} : { fargatePlatformConfiguration: { platformVersion } }),
  };
}
