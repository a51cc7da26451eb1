// Job events in the shape of AWS Batch's (contract §5): the detail is the job as the change committed it.
import { parseArn } from '../core/ids.ts';
import type { EpochMs } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { isTerminal } from '../core/job/job.ts';
import { isPart, jobDetail } from '../core/job/job-detail.ts';
import type { SlipwayEvent } from './ports.ts';
import type { Change } from './table-ports.ts';

export const JOB_STATE_CHANGE = 'Batch Job State Change';
export const QUEUE_BLOCKED = 'Batch Job Queue Blocked';

/** The id comes from the row's version, so that an event that is published again is recognised. */
export function jobStateChange(job: Job, change: Change, nowMs: EpochMs): SlipwayEvent {
  return {
    id: `${job.jobId}/${change.after?.version ?? 0}`,
    detailType: JOB_STATE_CHANGE,
    region: regionOf(job),
    atMs: changedAtMs(job, nowMs),
    resources: [job.jobArn],
    detail: eventDetail(job),
  };
}

/** The detail is the job as it was found blocked (contract §5.2); nothing for one that is not. */
export function queueBlocked(job: Job, change: Change): SlipwayEvent[] {
  if (!job.blocked) return [];
  const event = {
    id: `${job.jobId}/${change.after?.version ?? 0}/blocked`,
    detailType: QUEUE_BLOCKED,
    region: regionOf(job),
    atMs: job.blocked.sinceMs,
    resources: [job.jobArn, job.spec.queueArn],
    detail: eventDetail(job),
  };
  return [event];
}

/** AWS adds the job's ARN to the tags of an event's detail, and nowhere else. */
export function eventDetail(job: Job): object {
  const tags = isPart(job) ? {} : job.spec.tags;
  return { ...jobDetail(job), tags: { resourceArn: job.jobArn, ...tags } };
}

function regionOf(job: Job): string {
  return parseArn(job.jobArn)?.region ?? 'us-east-1';
}

/** When the state was reached, as the row knows it; a repeated publication says the same time. */
function changedAtMs(job: Job, nowMs: EpochMs): EpochMs {
  if (isTerminal(job)) return job.stoppedAtMs;
  switch (job.status) {
    case 'RUNNABLE':
      return job.runnableAtMs;
    case 'STARTING':
      return job.attempt.placedAtMs;
    case 'RUNNING':
      return job.startedAtMs;
    case 'SUBMITTED':
    case 'PENDING':
      return nowMs;
  }
}
