// What follows when a launcher finds no capacity for an attempt: its job goes back into line. Only the placement that was
// refused is given up; a job that has been placed anew meanwhile is left alone, so that repeating this changes nothing.
import type { StartingJob } from '../core/job/job.ts';
import { onNoCapacity } from '../core/job/no-capacity.ts';
import type { Clock } from './ports.ts';
import type { JobStore } from './store/jobs.ts';
import { transition } from './store/jobs.ts';

/** `job`: as it was placed when it was refused. */
export async function returnToLine(
  deps: { readonly store: JobStore; readonly clock: Clock },
  job: StartingJob,
  reason: string,
): Promise<void> {
  await transition(deps.store, job.jobId, (now) => onNoCapacity(now, job.attempt, reason, deps.clock.now()));
}
