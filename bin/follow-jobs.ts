// Follows several jobs at once until all of them have ended, asking for those still under way in few calls.
import type { JobDetail } from '@aws-sdk/client-batch';
import { pause, whileServerIsAway } from './follow-job.ts';
import type { Visit } from './use-server.ts';
import { isEnded } from './wording.ts';

export interface FollowJobsOptions {
  /** Called for a job's first look and each change of its status or of its array's counters. */
  readonly onChange?: (job: JobDetail) => void;
  /** Called after every look with those that were looked at: all that had not ended before; awaited. */
  readonly onLook?: (
    looked: readonly JobDetail[],
    known: ReadonlyMap<string, JobDetail>,
  ) => void | Promise<void>;
  readonly onServerAway?: () => void;
  readonly signal?: AbortSignal;
}

/** DescribeJobs takes so many ids. */
const DESCRIBED_AT_ONCE = 100;
const LOOK_EVERY_MS = 500;

/** Resolves to the jobs as they ended, by id, without those that are not there; or as last known when `signal` aborts. */
export async function followJobs(
  visit: Visit,
  jobIds: readonly string[],
  options: FollowJobsOptions = {},
): Promise<ReadonlyMap<string, JobDetail>> {
  const known = new Map<string, JobDetail>();
  let open = [...jobIds];
  for (;;) {
    for (let at = 0; at < open.length; at += DESCRIBED_AT_ONCE) {
      const asked = open.slice(at, at + DESCRIBED_AT_ONCE);
      const { jobs } = await whileServerIsAway(() => visit.batch.describeJobs({ jobs: asked }), options);
      for (const job of jobs ?? []) {
        const before = known.get(job.jobId ?? '');
        known.set(job.jobId ?? '', job);
        if (!before || isChanged(before, job)) options.onChange?.(job);
      }
    }
    await options.onLook?.(
      open.flatMap((jobId) => known.get(jobId) ?? []),
      known,
    );
    open = open.filter((jobId) => isUnderWay(known.get(jobId)));
    if (open.length === 0 || options.signal?.aborted) return known;
    await pause(LOOK_EVERY_MS, options.signal);
  }
}

/** A job that is not there, such as a child that was never made, has nothing to follow. */
function isUnderWay(job: JobDetail | undefined): boolean {
  return job !== undefined && !isEnded(job.status);
}

function isChanged(before: JobDetail, after: JobDetail): boolean {
  if (before.status !== after.status) return true;
  const [was, is] = [before.arrayProperties?.statusSummary, after.arrayProperties?.statusSummary];
  return JSON.stringify(was) !== JSON.stringify(is);
}
