// Builders for jobs in any state: a test states only what matters to it.
import type { ComputeEnvironmentArn, DefinitionArn, JobId, QueueArn } from '../../../core/ids.ts';
import type { Job, JobStatus } from '../../../core/job/job.ts';
import type { LiveAttempt } from '../../../core/job/attempt.ts';
import type { JobSpec } from '../../../core/job/spec.ts';
import { initialCounts } from '../../../core/job/array.ts';
import { taskIdOf } from '../../../core/job/task-id.ts';

export const JOB_ID = '00000000-0000-4000-8000-000000000001' as JobId;
export const CE_ARN = 'arn:aws:batch:us-east-1:123456789012:compute-environment/ce' as ComputeEnvironmentArn;
export const QUEUE_ARN = 'arn:aws:batch:us-east-1:123456789012:job-queue/q' as QueueArn;

export function aSpec(given: Partial<JobSpec> = {}): JobSpec {
  return {
    jobName: 'job',
    queueArn: QUEUE_ARN,
    definitionArn: 'arn:aws:batch:us-east-1:123456789012:job-definition/d:1' as DefinitionArn,
    container: { image: 'busybox', command: ['true'] },
    demand: { vcpus: 1, memoryMiB: 128, gpus: 0 },
    parameters: {},
    retryStrategy: { attempts: 1, evaluateOnExit: [] },
    dependsOn: [],
    tags: {},
    platformCapabilities: ['EC2'],
    ...given,
  };
}

export function anAttempt(number = 1, jobId: JobId = JOB_ID): LiveAttempt {
  const placement = {
    ceArn: CE_ARN,
    clusterName: 'cluster',
    demand: { vcpus: 1, memoryMiB: 128, gpus: 0 },
    gpuIds: [],
  };
  return { number, taskId: taskIdOf(jobId, number), placedAtMs: 2_000, placement };
}

type Given = Partial<Omit<Job, 'status' | 'spec'>> & { readonly spec?: Partial<JobSpec> };

/** A job in the given state, created at 1,000 ms, placed at 2,000, running since 3,000, ended at 9,000. */
export function aJob<S extends JobStatus>(status: S, given: Given = {}): Extract<Job, { status: S }> {
  const { spec, ...rest } = given;
  const jobId = given.jobId ?? JOB_ID;
  const base = {
    jobId,
    jobArn: `arn:aws:batch:us-east-1:123456789012:job/${jobId}`,
    kind: 'single' as const,
    spec: aSpec(spec),
    createdAtMs: 1_000,
    attempts: [],
    awaiting: [],
    status,
  };
  const attempt = anAttempt((given.attempts?.length ?? 0) + 1, jobId);
  const byStatus: Record<JobStatus, object> = {
    SUBMITTED: {},
    PENDING: {},
    RUNNABLE: { runnableAtMs: 1_500 },
    STARTING: { attempt },
    RUNNING: { attempt, startedAtMs: 3_000 },
    SUCCEEDED: { stoppedAtMs: 9_000 },
    FAILED: { stoppedAtMs: 9_000 },
  };
  // The pieces above are exactly the members of that status.
  return { ...base, ...byStatus[status], ...rest } as unknown as Extract<Job, { status: S }>;
}

export function anArray(size: number, status: 'SUBMITTED' | 'PENDING' = 'PENDING', given: Given = {}): Job {
  return aJob(status, {
    kind: 'array',
    children: initialCounts(size, 1_000),
    ...(status === 'PENDING' ? { expanded: true } : {}),
    ...given,
    spec: { arraySize: size, ...given.spec },
  });
}
