// The job that a page names.
import type { JobId, Scope } from '../../core/ids.ts';
import { parseJobId } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { getJob } from '../../engine/store/jobs.ts';
import { ClientException } from '../errors.ts';
import { isInScope } from '../operations/job-scope.ts';
import { quoted } from './job-filter.ts';

/** The job of this Region with this id; a mistake of the caller's when there is none. */
export async function findJob(store: JobStore, scope: Scope, text: string): Promise<Job> {
  const found = parseJobId(text) ? await getJob(store, text as JobId) : undefined; // parsed as one
  if (found && isInScope(scope, found.job)) return found.job;
  throw new ClientException(`Job ${quoted(text)} does not exist in ${scope.region}.`, 404);
}
