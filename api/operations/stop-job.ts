// CancelJob and TerminateJob share everything but the kind of stop. Unknown ids and ended jobs are answered like any
// other: there is nothing left to stop.
import type { Scope } from '../../core/ids.ts';
import type { StopDeps } from '../../engine/stop.ts';
import { requestStop } from '../../engine/stop.ts';
import { getJob } from '../../engine/store/jobs.ts';
import { ClientException } from '../errors.ts';
import { isInScope, readJobId } from './job-scope.ts';

const MAX_REASON = 1024;

export async function stopJob(
  deps: StopDeps,
  scope: Scope,
  kind: 'cancel' | 'terminate',
  input: { readonly jobId: string; readonly reason: string },
): Promise<void> {
  const jobId = readJobId(input.jobId);
  if (input.reason === '') throw new ClientException('reason must not be empty.');
  if (input.reason.length > MAX_REASON) {
    throw new ClientException(
      `reason must have at most ${MAX_REASON} characters, but has ${input.reason.length}.`,
    );
  }
  const found = await getJob(deps.store, jobId);
  if (!found || !isInScope(scope, found.job)) return;
  await requestStop(deps, jobId, kind, input.reason);
}
