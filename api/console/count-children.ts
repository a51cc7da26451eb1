// Arrays under way as their children stand at this moment, for a home whose rows of arrays count the ends of children only. Counting
// reads an index: it goes on, newest array first, as far as a call may cost.
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/job.ts';
import { withChildrenCounted } from '../../engine/store/child-counts.ts';
import type { JobStore } from '../../engine/store/jobs.ts';

/** Two arrays of the largest size, or two hundred of a hundred children. */
const MAX_COUNTED = 20_000;

/** What is not counted comes back as its row says. */
export async function countChildren(store: JobStore, jobs: readonly Job[]): Promise<readonly Job[]> {
  let left = MAX_COUNTED;
  return Promise.all(
    jobs.map((job) => {
      if (job.children === undefined || isTerminal(job)) return job;
      left -= job.spec.arraySize ?? 0;
      return left < 0 ? job : withChildrenCounted(store, job);
    }),
  );
}
