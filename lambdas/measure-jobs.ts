// What the changes of jobs say of the service's pace and of failures.
import type { Job } from '../core/job/job.ts';
import { isTerminal } from '../core/job/job.ts';
import type { Telemetry } from './telemetry.ts';

/** Measures one committed change. A change that is delivered again is measured again: these are trends, no accounts. */
export function measureChange(
  { measure }: Pick<Telemetry, 'measure'>,
  before: Job | undefined,
  after: Job,
): void {
  if (!before || before.status === after.status) return;
  if (before.status === 'RUNNABLE' && after.status === 'STARTING') {
    measure('stageTime', after.attempt.placedAtMs - before.runnableAtMs, 'queued');
  }
  if (before.status === 'STARTING' && after.status === 'RUNNING') {
    measure('stageTime', after.startedAtMs - after.attempt.placedAtMs, 'placed');
  }
  if (before.status === 'RUNNING') {
    const stoppedAtMs = after.attempts.at(-1)?.stoppedAtMs;
    if (stoppedAtMs !== undefined) measure('stageTime', stoppedAtMs - before.startedAtMs, 'started');
  }
  const cause = failureCauseOf(before, after);
  if (cause) measure('failures', 1, cause);
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
  const ended = after.attempts.length > before.attempts.length ? after.attempts.at(-1) : undefined;
  if (!ended) {
    if (!isTerminal(after) || after.status !== 'FAILED') return undefined;
    return after.stopRequest ? 'stopped' : 'never-placed';
  }
  if (after.status === 'SUCCEEDED') return undefined;
  if (after.stopRequest) return after.stopRequest.kind === 'timeout' ? 'timeout' : 'stopped';
  if (ended.statusReason.startsWith('Host EC2')) return 'host-lost';
  return ended.exitCode === undefined ? 'failed-to-start' : 'exit-code';
}
