// CancelJob, TerminateJob and their bulk forms share everything but the kind of stop. Unknown ids and ended jobs are
// answered like any other: there is nothing left to stop.
import type { JobId, Scope } from '../../core/ids.ts';
import type { StopDeps } from '../../engine/stop.ts';
import { requestStop } from '../../engine/stop.ts';
import { getJob } from '../../engine/store/jobs.ts';
import { ClientException } from '../errors.ts';
import { BULK_STOP_JOBS } from '../limits.ts';
import { isInScope, readJobId } from './job-scope.ts';

const MAX_REASON = 1024;

type StopKind = 'cancel' | 'terminate';

export async function stopJob(
  deps: StopDeps,
  scope: Scope,
  kind: StopKind,
  input: { readonly jobId: string; readonly reason: string },
): Promise<void> {
  const jobId = readJobId(input.jobId);
  assertReason(input.reason);
  await stopIfHere(deps, scope, kind, jobId, input.reason);
}

export interface BulkStopResult {
  readonly successful: string[];
  readonly errors: { readonly job: string; readonly code: string; readonly message: string }[];
}

/**
 * Each job on its own: a malformed id is told beside the jobs that were stopped. A failure of ours fails the whole call,
 * which may be repeated: the first stop of a job stands.
 */
export async function stopJobs(
  deps: StopDeps,
  scope: Scope,
  kind: StopKind,
  input: { readonly jobs: readonly string[]; readonly reason: string },
  refused: ReadonlyMap<string, string> = new Map(),
): Promise<BulkStopResult> {
  const { jobs, reason } = input;
  if (jobs.length < 1 || jobs.length > BULK_STOP_JOBS) {
    throw new ClientException(`jobs must have 1 to ${BULK_STOP_JOBS} elements, but has ${jobs.length}.`);
  }
  assertReason(reason);
  const read = jobs.map((job, index) => {
    const denied = refused.get(job);
    if (denied !== undefined) return { job, code: 'AccessDenied', message: denied };
    return { job, code: 'ValidationException', ...readOrRefuse(job, `jobs[${index}]`) };
  });
  const named = new Set(read.flatMap((one) => ('jobId' in one ? [one.jobId] : [])));
  await Promise.all([...named].map((jobId) => stopIfHere(deps, scope, kind, jobId, reason)));
  return {
    successful: read.filter((one) => 'jobId' in one).map(({ job }) => job),
    errors: read.flatMap((one) => ('jobId' in one ? [] : [one])),
  };
}

function readOrRefuse(text: string, field: string): { readonly jobId: JobId } | { readonly message: string } {
  try {
    return { jobId: readJobId(text, field) };
  } catch (error) {
    if (error instanceof ClientException) return { message: error.message };
    throw error;
  }
}

function assertReason(reason: string): void {
  if (reason === '') throw new ClientException('reason must not be empty.');
  if (reason.length > MAX_REASON) {
    throw new ClientException(`reason must have at most ${MAX_REASON} characters, but has ${reason.length}.`);
  }
}

async function stopIfHere(
  deps: StopDeps,
  scope: Scope,
  kind: StopKind,
  jobId: JobId,
  reason: string,
): Promise<void> {
  const found = await getJob(deps.store, jobId);
  if (!found || !isInScope(scope, found.job)) return;
  await requestStop(deps, jobId, kind, reason);
}
