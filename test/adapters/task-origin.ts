// Where the tasks of launcher tests say that they come from.
import type { ComputeEnvironmentArn, DefinitionArn, QueueArn } from '../../core/ids.ts';
import type { ContainerTask } from '../../engine/launch-ports.ts';

const PREFIX = 'arn:aws:batch:us-east-1:123456789012:';

export const TASK_ORIGIN: Pick<ContainerTask, 'ceArn' | 'queueArn' | 'jobName' | 'jobDefinitionArn'> = {
  ceArn: `${PREFIX}compute-environment/ce` as ComputeEnvironmentArn, // of this type
  queueArn: `${PREFIX}job-queue/queue` as QueueArn,
  jobName: 'job',
  jobDefinitionArn: `${PREFIX}job-definition/definition:1` as DefinitionArn,
};
