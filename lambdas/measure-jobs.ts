// What the changes of jobs say of the service's pace and of failures.
import type { StageTime } from '../core/job/attempt-stages.ts';
import { stagesOf } from '../core/job/attempt-stages.ts';
import type { EndedAttempt } from '../core/job/attempt.ts';
import type { Job } from '../core/job/job.ts';
import { isPlaced, isTerminal } from '../core/job/job.ts';
import type { Telemetry } from './telemetry.ts';

/** Measures one committed change. A change that is delivered again is measured again: these are trends, no accounts. */
export function measureChange(
  { measure }: Pick<Telemetry, 'measure'>,
  before: Job | undefined,
  after: Job,
): void {
  if (!before || before.status === after.status) return;
  for (const { stage, fromMs, toMs } of stagesEndedBy(before, after)) {
    measure('stageTime', toMs - fromMs, stage);
  }
  measurePace(measure, before, after);
  const cause = failureCauseOf(before, after);
  if (cause) measure('failures', 1, cause);
}

/** The stages of the attempt that this change is the first to tell of. */
function stagesEndedBy(before: Job, after: Job): readonly StageTime[] {
  if (before.status === 'RUNNABLE' && after.status === 'STARTING') {
    return stagesOf({ runnableAtMs: before.runnableAtMs, placedAtMs: after.attempt.placedAtMs });
  }
  if (!isPlaced(before)) return [];
  if (after.status === 'RUNNING') return stagesOf({ ...after.attempt, startedAtMs: after.startedAtMs });
  const ended = attemptEndedBy(before, after);
  if (!ended) return [];
  if (before.status === 'STARTING') return stagesOf(ended);
  return stagesOf({ startedAtMs: before.startedAtMs, stoppedAtMs: ended.stoppedAtMs });
}

/** What a history of jobs is drawn from. */
function measurePace(measure: Telemetry['measure'], before: Job, after: Job): void {
  if (after.kind === 'array') return;
  const isFirst = after.attempts.length === 0;
  if (before.status === 'STARTING' && after.status === 'RUNNING' && isFirst) {
    measure('startTime', after.startedAtMs - after.createdAtMs);
  }
  if (isTerminal(after)) measure('jobsEnded', 1, after.status === 'SUCCEEDED' ? 'succeeded' : 'failed');
}

function attemptEndedBy(before: Job, after: Job): EndedAttempt | undefined {
  return after.attempts.length > before.attempts.length ? after.attempts.at(-1) : undefined;
}

export type FailureCause =
  | 'exit-code'
  | 'failed-to-start'
  | 'host-lost'
  | 'timeout'
  | 'stopped'
  | 'never-placed';

/** Why the attempt that this change ends has failed, or the job that never had one; `undefined` when nothing failed. */
export function failureCauseOf(before: Job, after: Job): FailureCause | undefined {
  // An array's failure is that of its children.
  if (after.kind === 'array') return undefined;
  const ended = attemptEndedBy(before, after);
  if (!ended) {
    if (!isTerminal(after) || after.status !== 'FAILED') return undefined;
    return after.stopRequest ? 'stopped' : 'never-placed';
  }
  if (after.status === 'SUCCEEDED') return undefined;
  if (after.stopRequest) return after.stopRequest.kind === 'timeout' ? 'timeout' : 'stopped';
  if (ended.statusReason.startsWith('Host EC2')) return 'host-lost';
  return ended.exitCode === undefined ? 'failed-to-start' : 'exit-code';
}
