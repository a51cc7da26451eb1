// The graph of the jobs that hang together with one, as our own endpoint answers it.
import { nameOf, parseJobId } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { jobGraph } from '../engine/job-graph.ts';
import type { ScheduleDeps } from '../engine/schedule-deps.ts';
import { getJob } from '../engine/store/jobs.ts';

/** A child or node hangs together with what its whole job does. */
export async function graphAnswer(
  { store }: Pick<ScheduleDeps, 'store'>,
  job: Job,
): Promise<object | undefined> {
  const root = parseJobId(job.jobId)?.root;
  const whole = root === undefined || root === job.jobId ? job : (await getJob(store, root))?.job;
  if (!whole) return undefined;
  const { jobs, edges, more } = await jobGraph(store, whole);
  return { jobId: whole.jobId, nodes: jobs.map(graphNodeOf), edges, more };
}

function graphNodeOf({ jobId, spec, status, createdAtMs, statusReason, heldAtMs, children }: Job): object {
  return {
    jobId,
    jobName: spec.jobName,
    queue: nameOf(spec.queueArn),
    status,
    createdAtMs,
    ...(statusReason === undefined ? {} : { statusReason }),
    ...(heldAtMs === undefined ? {} : { isHeld: true }),
    ...(children
      ? { array: { size: spec.arraySize, succeeded: children.SUCCEEDED, failed: children.FAILED } }
      : {}),
  };
}
