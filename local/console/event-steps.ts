// The states a job went through, as its events tell them; what has none (the submission, an event not yet written) is told from
// the row.
import type { EventLog } from '../../adapters/sqlite/event-log.ts';
import type { Step } from '../../api/console/timeline.ts';
import type { Job, JobStatus } from '../../core/job/job.ts';
import { JOB_STATUSES } from '../../core/job/job.ts';
import { JOB_STATE_CHANGE } from '../../engine/job-events.ts';

/** Ten attempts have forty changes of state; a job may also be told blocked, again and again. */
const MAX_EVENTS = 200;

export async function stepsOfEvents(events: EventLog, job: Job): Promise<readonly Step[]> {
  const stored = await events.read({ afterSeq: 0, limit: MAX_EVENTS, jobId: job.jobId });
  const steps: Step[] = [{ status: 'SUBMITTED', atMs: job.createdAtMs }];
  for (const { detailType, atMs, detail } of stored) {
    const status = detailType === JOB_STATE_CHANGE ? statusIn(detail) : undefined;
    if (status && status !== steps.at(-1)?.status) steps.push({ status, atMs });
  }
  const now = stepNow(job);
  if (now && steps.at(-1)?.status !== now.status) steps.push(now);
  return steps;
}

function statusIn(detail: object): JobStatus | undefined {
  const { status } = detail as { readonly status?: unknown }; // any object
  return JOB_STATUSES.find((known) => known === status);
}

function stepNow(job: Job): Step | undefined {
  const { status } = job;
  switch (status) {
    case 'SUBMITTED':
      return undefined;
    case 'PENDING':
      return { status, atMs: job.createdAtMs };
    case 'RUNNABLE':
      return { status, atMs: job.runnableAtMs };
    case 'STARTING':
      return { status, atMs: job.attempt.placedAtMs };
    case 'RUNNING':
      return { status, atMs: job.startedAtMs };
    case 'SUCCEEDED':
    case 'FAILED':
      return { status, atMs: job.stoppedAtMs };
  }
}
