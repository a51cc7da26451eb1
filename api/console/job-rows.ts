// A job as one line of the console's tables.
import { nameOf, parseArn, parseJobId } from '../../core/ids.ts';
import type { Job, JobStatus } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/job.ts';
import type { JobRow } from './wire.ts';

export function jobRowOf(job: Job): JobRow {
  const last = job.attempts.at(-1);
  const parsed = parseJobId(job.jobId);
  const startedAtMs = 'startedAtMs' in job ? job.startedAtMs : undefined;
  return {
    jobId: job.jobId,
    name: job.spec.jobName,
    status: job.status,
    kind: job.kind,
    createdAtMs: job.createdAtMs,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(isTerminal(job) ? { stoppedAtMs: job.stoppedAtMs } : {}),
    ...(job.statusReason === undefined ? {} : { statusReason: job.statusReason }),
    ...(last?.exitCode === undefined ? {} : { exitCode: last.exitCode }),
    attempts: job.attempts.length + ('attempt' in job ? 1 : 0),
    ...(parsed && parsed.kind !== 'job' ? { index: parsed.index } : {}),
    ...(job.children ? { children: countsOf(job.children) } : {}),
    definition: parseArn(job.spec.definitionArn)?.name ?? job.spec.definitionArn,
    ...(job.spec.shareIdentifier === undefined ? {} : { share: job.spec.shareIdentifier }),
    queue: nameOf(job.spec.queueArn),
    ...(job.heldAtMs === undefined || isTerminal(job) ? {} : { held: true }),
    ...(job.stopRequest && !isTerminal(job) ? { stopping: job.stopRequest.kind } : {}),
  };
}

function countsOf(children: Readonly<Record<JobStatus, number>>): Record<JobStatus, number> {
  const { SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED, FAILED } = children;
  return { SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED, FAILED };
}
