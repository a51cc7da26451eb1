// The answer to a submission that was accepted before under the same token: the same job, or a refusal when it asks for
// something else.
import type { Problem } from '../core/definition/problem.ts';
import type { Scope } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import type { JobStore } from './store/jobs.ts';
import { getJob } from './store/jobs.ts';
import type { SubmissionToken } from './store/submission-tokens.ts';
import { findSubmission } from './store/submission-tokens.ts';

export type Accepted = { readonly job: Job } | { readonly problem: Pick<Problem, 'message'> };

export async function earlierSubmission(
  store: JobStore,
  scope: Scope,
  { text, fingerprint }: SubmissionToken,
): Promise<Accepted | undefined> {
  const known = await findSubmission(store.table, scope, text);
  if (!known) return undefined;
  if (known.fingerprint !== fingerprint) {
    return refusal(text, `was used for job ${known.jobId} by a request that differs from this one`);
  }
  const found = await getJob(store, known.jobId);
  return found
    ? { job: found.job }
    : refusal(text, `was used for job ${known.jobId}, which is not kept any more`);
}

function refusal(text: string, rule: string): Accepted {
  return { problem: { message: `slipway:token ${JSON.stringify(text)} ${rule}.` } };
}
