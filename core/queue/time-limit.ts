// What a queue's jobStateTimeLimitActions mean for one of its jobs: the moment at which it has been blocked long enough,
// and what is then said. Source: AWS Batch User Guide, "Job queue blocked events"; contract §4.6.
import type { EpochMs } from '../ids.ts';
import type { Blockage } from '../job/job.ts';
import type { JobStateTimeLimitAction } from './job-queue.ts';

/** The part of a status reason that an action names: what stands before its dash. */
export function blockedReasonOf(statusReason: string): string {
  return statusReason.split(/ [-–] /, 1)[0] ?? statusReason;
}

/** When a blocked job is to be cancelled; `undefined` when no action is for its reason. */
export function timeLimitOf(
  actions: readonly JobStateTimeLimitAction[],
  blocked: Blockage | undefined,
): { readonly atMs: EpochMs; readonly statusReason: string } | undefined {
  if (!blocked) return undefined;
  const reason = blockedReasonOf(blocked.reason);
  const limits = actions.filter((action) => action.reason === reason);
  if (limits.length === 0) return undefined;
  const seconds = Math.min(...limits.map(({ maxTimeSeconds }) => maxTimeSeconds));
  return {
    atMs: blocked.sinceMs + seconds * 1000,
    statusReason: `Canceled by JobStateTimeLimit action due to reason: ${reason}`,
  };
}
